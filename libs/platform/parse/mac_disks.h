// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/diskio.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace sextant::platform::parse {

/// What macOS tells of a whole disk: the dictionary "Statistics" of its IOBlockStorageDriver, whose numbers `number`
/// gives by their key, nothing for one that is not there (IOBlockStorageDriver.h of IOStorageFamily: counts, bytes,
/// nanoseconds). Nothing when it does not tell what was read and written.
[[nodiscard]] std::optional<BlockDevice> readDiskStatistics(
    std::string name, const std::function<std::optional<std::uint64_t>(const char* key)>& number);

} // namespace sextant::platform::parse
