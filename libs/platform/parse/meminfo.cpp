// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/meminfo.h"

#include "platform/parse/fields.h"

#include <algorithm>
#include <limits>

namespace sextant::platform::parse {
namespace {

/// The lines that are kept, in bytes.
struct Lines {
    std::optional<std::uint64_t> total, free, available, buffers, cached, shared, slabReclaimable, swapTotal, swapFree,
        committed, commitLimit;
};

std::optional<std::uint64_t>* find(Lines& lines, std::string_view name)
{
    if (name == "MemTotal:")
        return &lines.total;
    if (name == "MemFree:")
        return &lines.free;
    if (name == "MemAvailable:")
        return &lines.available;
    if (name == "Buffers:")
        return &lines.buffers;
    if (name == "Cached:")
        return &lines.cached;
    if (name == "Shmem:")
        return &lines.shared;
    if (name == "SReclaimable:")
        return &lines.slabReclaimable;
    if (name == "SwapTotal:")
        return &lines.swapTotal;
    if (name == "SwapFree:")
        return &lines.swapFree;
    if (name == "Committed_AS:")
        return &lines.committed;
    if (name == "CommitLimit:")
        return &lines.commitLimit;
    return nullptr;
}

/// "16318412 kB" in bytes. A line cut before its unit may be cut within its number: it is absent.
std::optional<std::uint64_t> kibibytes(std::string_view rest)
{
    const auto value = takeUnsigned(rest);
    if (!value || *value > std::numeric_limits<std::int64_t>::max() / 1024 || takeField(rest) != "kB")
        return std::nullopt;
    return *value * 1024;
}

} // namespace

Result<MemoryReading> parseMemInfo(std::string_view text)
{
    Lines lines;
    std::string_view line;
    while (takeLine(text, line)) {
        if (auto* const value = find(lines, takeField(line)))
            *value = kibibytes(line);
    }
    if (!lines.total || !lines.free)
        return fail(ErrorCode::Malformed, "/proc/meminfo does not say MemTotal and MemFree");

    MemoryReading reading;
    reading.total = *lines.total;
    const std::uint64_t free = std::min(*lines.free, *lines.total);
    reading.free = free;
    // The kernel counts shared memory and tmpfs as cached, though it cannot be given back.
    if (lines.cached)
        reading.cached = *lines.cached - std::min(*lines.cached, lines.shared.value_or(0));
    reading.buffers = lines.buffers;
    reading.shared = lines.shared;
    reading.slabReclaimable = lines.slabReclaimable;
    reading.committed = lines.committed;
    reading.commitLimit = lines.commitLimit;
    reading.swapTotal = lines.swapTotal;
    if (lines.swapTotal && lines.swapFree)
        reading.swapFree = std::min(*lines.swapFree, *lines.swapTotal);
    reading.available = lines.available.value_or(
        free + reading.buffers.value_or(0) + reading.cached.value_or(0) + reading.slabReclaimable.value_or(0));
    if (reading.available > reading.total)
        reading.available = free;
    return reading;
}

VmStat parseVmStat(std::string_view text)
{
    VmStat stat;
    std::string_view line;
    while (takeLine(text, line)) {
        if (line.starts_with("pgfault "))
            stat.pageFaults = toUnsigned(line.substr(8));
        else if (line.starts_with("pgmajfault "))
            stat.majorPageFaults = toUnsigned(line.substr(11));
        else if (line.starts_with("oom_kill "))
            stat.oomKills = toUnsigned(line.substr(9));
    }
    return stat;
}

} // namespace sextant::platform::parse
