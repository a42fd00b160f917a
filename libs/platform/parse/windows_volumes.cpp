// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_volumes.h"

#include "platform/parse/fields.h"

#include <algorithm>

namespace sextant::platform::parse {

std::optional<std::string> mountPointOf(std::vector<std::string> paths)
{
    for (std::string& path : paths) {
        if (path.ends_with('\\'))
            path.pop_back();
    }
    std::erase(paths, std::string());
    const auto isBefore = [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    };
    const auto first = std::ranges::min_element(paths, isBefore);
    return first == paths.end() ? std::nullopt : std::optional(std::move(*first));
}

std::optional<std::string> shareOf(std::string_view target)
{
    const std::size_t letter = target.rfind("\\;");
    const std::size_t share = letter == std::string_view::npos ? letter : target.find('\\', letter + 1);
    if (share == std::string_view::npos || share + 1 == target.size())
        return std::nullopt;
    return '\\' + std::string(target.substr(share));
}

std::optional<unsigned> physicalDriveNumber(std::string_view deviceName)
{
    constexpr std::string_view kPrefix = "PhysicalDrive";
    constexpr std::uint64_t kLimit = 4096;
    if (!deviceName.starts_with(kPrefix))
        return std::nullopt;
    const auto number = toUnsigned(deviceName.substr(kPrefix.size()));
    return number && *number < kLimit ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

} // namespace sextant::platform::parse
