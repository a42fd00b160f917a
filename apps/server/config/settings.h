// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/config/config.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sextant::server {

/// One setting: its key in the file ("limits.connections"), what is expected, and how a value, given as text, is put
/// into the configuration. The variable is SEXTANT_SERVER_ and the key in capitals with '_' for '.'.
struct Setting {
    std::string_view key;
    std::string_view expected;
    bool (*put)(Config& config, const QString& value); ///< false: the value is not what is expected
};

/// Every setting there is.
[[nodiscard]] std::span<const Setting> settings();
[[nodiscard]] const Setting* findSetting(std::string_view key);
[[nodiscard]] std::string environmentName(const Setting& setting);

} // namespace sextant::server
