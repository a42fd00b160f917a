// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// What a disk says of its own health; what it does not know is absent.
struct DiskHealth {
    std::string device; ///< as DiskIoReader calls it
    std::string model;
    std::string serial;
    std::optional<bool> healthy; ///< false: it fails, or says that it will
    bool asleep = false;         ///< its motor stands: it was not asked anything that would start it
    std::optional<double> celsius;
    std::optional<double> wearPercent; ///< of its life, by the maker's count; may pass 100
    std::optional<double> sparePercent;
    std::optional<std::chrono::hours> powerOn;
    std::optional<std::uint64_t> powerCycles;
    std::optional<std::uint64_t> unsafeShutdowns;
    std::optional<std::uint64_t> mediaErrors;
    std::optional<std::uint64_t> linkErrors;
    std::optional<std::uint64_t> reallocatedSectors;
    std::optional<std::uint64_t> pendingSectors;
    std::optional<std::uint64_t> readBytes; ///< in its life
    std::optional<std::uint64_t> writeBytes;
};

struct DiskHealthReading {
    std::vector<DiskHealth> disks;
    std::vector<std::string> warnings;
};

/// Asks NVMe and ATA disks for their health. A disk may take seconds to answer, and one that is broken much longer.
/// NotAvailable where there are no such disks, and on systems where they cannot be asked; those that this account may
/// not ask are named in a warning. Any thread.
[[nodiscard]] Result<DiskHealthReading> readDiskHealth(const Roots& roots);

} // namespace sextant::platform
