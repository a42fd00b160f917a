// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "server/hosts/host_id.h"
#include "server/hosts/ledger_change.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sextant::server {

/// For a host whose frames carry no interval: the agent's default.
inline constexpr std::uint32_t kUsualIntervalMs = 10'000;

/// The fullest writable, local file system of a host.
struct FullestDisk {
    std::string mount;
    std::optional<double> usedPercent;
    std::optional<double> usedBytes;
    std::optional<double> totalBytes;

    friend bool operator==(const FullestDisk&, const FullestDisk&) = default;
};

/// One reading of a host's CPU usage.
struct CpuReading {
    std::int64_t timeMs = 0;
    double usagePercent = 0;
};

/// The latest headline numbers of a host, as the table `host_state` keeps them. Each family's numbers carry the time of
/// the frame that they come from and are replaced only by a newer frame, so that old data delivered late fills history
/// but never shows as now. A plain value.
struct HostState {
    std::optional<std::int64_t> lastSeenMs; ///< the server's clock when the last new batch came
    std::uint32_t intervalMs = 0;           ///< of the newest frame that had one

    std::int64_t cpuTimeMs = 0; ///< 0: never had one; so for all of these
    std::optional<double> cpuPercent;
    std::optional<double> load1;
    std::optional<double> cores;

    std::int64_t memoryTimeMs = 0;
    std::optional<double> memoryPercent;
    std::optional<double> memoryUsedBytes;
    std::optional<double> memoryTotalBytes;

    std::int64_t diskTimeMs = 0;
    std::optional<FullestDisk> disk;

    std::int64_t networkTimeMs = 0;
    std::optional<double> receiveBytesPerSecond;
    std::optional<double> transmitBytesPerSecond;

    std::int64_t systemTimeMs = 0;
    std::optional<double> uptimeSeconds;

    std::int64_t tagsTimeMs = 0; ///< of the newest frame of the batch that brought them
    metrics::Labels tags;

    friend bool operator==(const HostState&, const HostState&) = default;
};

/// A host's state as the store takes it, with what changed in the ledger of gaps, and as it gives it back.
struct StoredHostState {
    HostId host;
    HostState state;
    LedgerChange ledger{}; ///< empty when read
};

} // namespace sextant::server
