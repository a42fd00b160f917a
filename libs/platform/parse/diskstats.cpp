// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/diskstats.h"

#include "platform/parse/fields.h"

#include <array>
#include <limits>
#include <optional>

namespace sextant::platform::parse {
namespace {

constexpr std::uint64_t kSector = 512;

std::chrono::milliseconds milliseconds(std::uint64_t count)
{
    constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return std::chrono::milliseconds(static_cast<std::int64_t>(count > kMax ? kMax : count));
}

void fill(BlockDevice& device, const std::array<std::uint64_t, 11>& counts)
{
    const auto& [reads, readsMerged, sectorsRead, readMs, writes, writesMerged, sectorsWritten, writeMs, inFlight,
        busyMs, weightedMs] = counts;
    device.reads = reads;
    device.readBytes = sectorsRead * kSector;
    device.writes = writes;
    device.writeBytes = sectorsWritten * kSector;
    device.readsMerged = readsMerged;
    device.writesMerged = writesMerged;
    device.readTime = milliseconds(readMs);
    device.writeTime = milliseconds(writeMs);
    device.inFlight = inFlight;
    device.busyTime = milliseconds(busyMs);
    device.weightedTime = milliseconds(weightedMs);
}

/// Kernels have shown in-flight counts below zero; that is no count.
std::optional<DiskStatsLine> parseLine(std::string_view line)
{
    DiskStatsLine result;
    const auto major = takeUnsigned(line);
    const auto minor = takeUnsigned(line);
    const std::string_view name = takeField(line);
    if (!major || !minor || *major > 0xffffffffU || *minor > 0xffffffffU || name.empty())
        return std::nullopt;
    result.major = static_cast<unsigned>(*major);
    result.minor = static_cast<unsigned>(*minor);
    result.device.kernelName = name;
    result.device.name = name;

    constexpr std::size_t kInFlight = 8;
    std::array<std::uint64_t, 11> counts{};
    std::size_t count = 0;
    bool negativeInFlight = false;
    for (; count < counts.size(); ++count) {
        const std::string_view field = takeField(line);
        if (field.empty())
            break;
        const auto value = toUnsigned(field);
        negativeInFlight = negativeInFlight || (!value && count == kInFlight && field.front() == '-');
        if (!value && !(count == kInFlight && negativeInFlight))
            return std::nullopt;
        counts[count] = value.value_or(0);
    }
    BlockDevice& device = result.device;
    if (count == counts.size()) {
        fill(device, counts);
        if (negativeInFlight)
            device.inFlight.reset();
    } else if (count == 4) { // reads, sectors read, writes, sectors written
        device.reads = counts[0];
        device.readBytes = counts[1] * kSector;
        device.writes = counts[2];
        device.writeBytes = counts[3] * kSector;
    } else {
        return std::nullopt;
    }
    return result;
}

} // namespace

Result<DiskStats> parseDiskStats(std::string_view text)
{
    DiskStats stats;
    std::string_view line;
    while (takeLine(text, line)) {
        if (auto parsed = parseLine(line))
            stats.lines.push_back(std::move(*parsed));
        else
            ++stats.broken;
    }
    if (stats.lines.empty() && stats.broken > 0)
        return fail(ErrorCode::Malformed, "/proc/diskstats holds no line that follows its format");
    return stats;
}

} // namespace sextant::platform::parse
