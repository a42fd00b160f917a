// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/config/config.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sextant::server {

/// One setting: its key in the file ("limits.connections"), what is expected, and how a value, given as text, is put
/// into the configuration. The variable is SEXTANT_SERVER_ and the key in capitals with '_' for '.'.
struct Setting {
    std::string key;
    std::string_view expected;
    std::function<bool(Config& config, const QString& value)> put; ///< false: the value is not what is expected
};

/// Every setting there is, those of each family ("retention.family.diskio.raw") among them.
[[nodiscard]] std::span<const Setting> settings();
[[nodiscard]] const Setting* findSetting(std::string_view key);
[[nodiscard]] std::string environmentName(const Setting& setting);

} // namespace sextant::server
