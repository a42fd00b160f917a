// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/memory.h"

namespace sextant::platform {
namespace {

double percent(std::uint64_t part, std::uint64_t whole)
{
    return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

std::optional<std::uint64_t> MemoryReading::swapUsed() const
{
    if (!swapTotal || !swapFree)
        return std::nullopt;
    return *swapTotal - *swapFree;
}

double MemoryReading::usedPercent() const
{
    return total == 0 ? 0 : percent(used(), total);
}

std::optional<double> MemoryReading::swapUsedPercent() const
{
    const auto swap = swapUsed();
    if (!swap || *swapTotal == 0)
        return std::nullopt;
    return percent(*swap, *swapTotal);
}

std::optional<double> MemoryReading::committedPercent() const
{
    if (!refusesPastCommitLimit || !committed || commitLimit.value_or(0) == 0)
        return std::nullopt;
    return percent(*committed, *commitLimit);
}

} // namespace sextant::platform
