// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/freebsd_devstat.h"

#include "platform/parse/freebsd_layout.h"

#include <algorithm>

namespace sextant::platform::parse {
namespace {

using Layout = freebsd::DevstatLayout;
using std::chrono::milliseconds;

/// struct bintime: seconds, and parts of a second in 2^-64. What is no time (below 0, past centuries) is the nearest
/// one.
milliseconds timeAt(RawBytes device, std::size_t offset)
{
    constexpr std::int64_t kMostSeconds = 1'000'000'000'000;
    const auto fraction = numberAt<std::uint64_t>(device, offset + sizeof(std::int64_t));
    const auto seconds = std::clamp(numberAt<std::int64_t>(device, offset), std::int64_t{0}, kMostSeconds);
    return std::chrono::seconds(seconds) + milliseconds(static_cast<std::int64_t>((fraction >> 32) * 1000 >> 32));
}

milliseconds busyTime(RawBytes device, std::chrono::nanoseconds uptime)
{
    const milliseconds ended = timeAt(device, Layout::kBusyTime);
    if (numberAt<std::uint32_t>(device, Layout::kStartCount) == numberAt<std::uint32_t>(device, Layout::kEndCount))
        return ended;
    const auto current = std::chrono::duration_cast<milliseconds>(uptime) - timeAt(device, Layout::kBusyFrom);
    return ended + std::max(current, milliseconds(0));
}

BlockDevice deviceOf(RawBytes bytes, std::chrono::nanoseconds uptime)
{
    const auto counter = [bytes](std::size_t array, int kind) {
        return numberAt<std::uint64_t>(bytes, array + static_cast<std::size_t>(kind) * sizeof(std::uint64_t));
    };
    const auto time = [bytes](int kind) {
        return timeAt(bytes, Layout::kDuration + static_cast<std::size_t>(kind) * 2 * sizeof(std::uint64_t));
    };
    const std::string driver = textAt(bytes, Layout::kName, Layout::kNameSize);
    BlockDevice device;
    device.name = device.kernelName = driver + std::to_string(numberAt<std::int32_t>(bytes, Layout::kUnit));
    device.kind = driver == "md" ? BlockDeviceKind::Loop : BlockDeviceKind::Disk;
    device.readBytes = counter(Layout::kBytes, Layout::kRead);
    device.writeBytes = counter(Layout::kBytes, Layout::kWrite);
    device.reads = counter(Layout::kOperations, Layout::kRead);
    device.writes = counter(Layout::kOperations, Layout::kWrite);
    device.readTime = time(Layout::kRead);
    device.writeTime = time(Layout::kWrite);
    device.busyTime = busyTime(bytes, uptime);
    device.inFlight = numberAt<std::uint32_t>(bytes, Layout::kStartCount) -
                      numberAt<std::uint32_t>(bytes, Layout::kEndCount); // both wrap; their distance does not
    return device;
}

} // namespace

Result<std::vector<BlockDevice>> parseDevstat(RawBytes bytes, std::chrono::nanoseconds uptime)
{
    constexpr std::size_t kGeneration = sizeof(std::int64_t);
    if (bytes.size() < kGeneration || (bytes.size() - kGeneration) % Layout::kSize != 0)
        return fail(ErrorCode::Malformed, "kern.devstat.all does not hold whole devices");
    std::vector<BlockDevice> devices;
    for (std::size_t at = kGeneration; at < bytes.size(); at += Layout::kSize) {
        const RawBytes device = bytes.subspan(at, Layout::kSize);
        if ((numberAt<std::uint32_t>(device, Layout::kType) & Layout::kPassThrough) == 0)
            devices.push_back(deviceOf(device, uptime));
    }
    return devices;
}

} // namespace sextant::platform::parse
