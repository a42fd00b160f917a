// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/disks.h"

namespace sextant::platform {
namespace {

std::optional<double> percent(std::uint64_t part, std::uint64_t whole)
{
    if (whole == 0)
        return std::nullopt;
    return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

std::optional<double> FileSystemSpace::usedPercent() const
{
    return percent(used, used + available);
}

std::optional<double> FileSystemSpace::inodesUsedPercent() const
{
    if (!inodes || !inodesUsed)
        return std::nullopt;
    return percent(*inodesUsed, *inodes);
}

} // namespace sextant::platform
