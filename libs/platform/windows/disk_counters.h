// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/windows_disks.h"

#include <map>
#include <memory>

namespace sextant::platform {

/// The second source of what the disks do, for systems whose drivers do not answer IOCTL_DISK_PERFORMANCE: the counters
/// of the object PhysicalDisk, by their English names in every language. How long reads and writes took is not among
/// what it gives: those counters are of a unit of their own. One thread at a time.
class DiskCounters {
public:
    DiskCounters();
    ~DiskCounters();
    DiskCounters(const DiskCounters&) = delete;
    DiskCounters& operator=(const DiskCounters&) = delete;

    /// By the disk's number. NotAvailable where there is no such object.
    [[nodiscard]] Result<std::map<unsigned, parse::DiskPerformance>> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
