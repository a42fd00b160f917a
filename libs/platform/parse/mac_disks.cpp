// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/mac_disks.h"

#include <utility>

namespace sextant::platform::parse {

std::optional<BlockDevice> readDiskStatistics(
    std::string name, const std::function<std::optional<std::uint64_t>(const char* key)>& number)
{
    const auto readBytes = number("Bytes (Read)");
    const auto writeBytes = number("Bytes (Write)");
    const auto reads = number("Operations (Read)");
    const auto writes = number("Operations (Write)");
    if (!readBytes || !writeBytes || !reads || !writes)
        return std::nullopt;
    const auto time = [&number](const char* key) -> std::optional<std::chrono::milliseconds> {
        const auto nanoseconds = number(key);
        if (!nanoseconds)
            return std::nullopt;
        return std::chrono::milliseconds(*nanoseconds / 1'000'000);
    };
    BlockDevice device;
    device.kernelName = name;
    device.name = std::move(name);
    device.readBytes = *readBytes;
    device.writeBytes = *writeBytes;
    device.reads = *reads;
    device.writes = *writes;
    device.readTime = time("Total Time (Read)");
    device.writeTime = time("Total Time (Write)");
    return device;
}

} // namespace sextant::platform::parse
