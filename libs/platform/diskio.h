// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

enum class BlockDeviceKind {
    Disk,      ///< a whole physical or virtual disk
    Partition, ///< a part of one: its work is also counted by the whole
    Layered,   ///< device-mapper, software RAID, multipath heads…: its work is also counted by the disks below
    Memory,    ///< ram and zram: no disk at all
    Loop,      ///< a file shown as a device
};

/// Work of one block device since it appeared, as the kernel counts: cumulative, and 32 bits wide on some old kernels,
/// whose wraps are the reader's business, not ours. Bytes are exact multiples of 512.
struct BlockDevice {
    std::string name;       ///< what people call it: "sda", "nvme0n1", "vg-home" for a mapped device
    std::string kernelName; ///< "dm-3"
    BlockDeviceKind kind = BlockDeviceKind::Disk;
    std::uint64_t readBytes = 0;
    std::uint64_t writeBytes = 0;
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
    std::optional<std::uint64_t> readsMerged;
    std::optional<std::uint64_t> writesMerged;
    std::optional<std::chrono::milliseconds> readTime; ///< added up over all reads
    std::optional<std::chrono::milliseconds> writeTime;
    std::optional<std::chrono::milliseconds> busyTime;     ///< with at least one request
    std::optional<std::chrono::milliseconds> weightedTime; ///< in the queue, added up over all requests
    std::optional<std::uint64_t> inFlight;
};

/// Devices in the kernel's order. Loop and memory devices that never did anything are left out.
struct DiskIoReading {
    std::vector<BlockDevice> devices;
    std::vector<std::string> warnings;
};

/// Share of `elapsed` (monotonic time between the readings) during which the device was busy, in percent, at most 100.
/// Nothing when the counter fell, is absent, or no time passed.
[[nodiscard]] std::optional<double> busyPercent(
    const BlockDevice& previous, const BlockDevice& current, std::chrono::nanoseconds elapsed);

/// Reads the block devices. Owns its open files and remembers what kind each device is; one thread at a time.
class DiskIoReader {
public:
    explicit DiskIoReader(Roots roots);
    ~DiskIoReader();
    DiskIoReader(const DiskIoReader&) = delete;
    DiskIoReader& operator=(const DiskIoReader&) = delete;

    [[nodiscard]] Result<DiskIoReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
