// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// Where a volume is mounted, of all its paths: the shortest, of equals the first in the alphabet, without the
/// backslash at its end ("C:", "C:\data"). Nothing for a volume without a path.
[[nodiscard]] std::optional<std::string> mountPointOf(std::vector<std::string> paths);

/// The share behind a drive letter, from what the letter stands for:
/// `\Device\LanmanRedirector\;Z:00012345\server\share` is `\\server\share`. Nothing when it stands for no share.
[[nodiscard]] std::optional<std::string> shareOf(std::string_view target);

/// The number N of a device name that is PhysicalDriveN.
[[nodiscard]] std::optional<unsigned> physicalDriveNumber(std::string_view deviceName);

} // namespace sextant::platform::parse
