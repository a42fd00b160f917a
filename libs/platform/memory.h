// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// One reading of memory and swap. Bytes; the fault and kill counts are counters since the machine started.
struct MemoryReading {
    std::uint64_t total = 0;
    /// Holds nothing at all. Windows tells it only to who may profile the machine, as its services may.
    std::optional<std::uint64_t> free;
    /// What programs could get without swapping. Kernels before 3.14 do not say; it is then free + buffers + cached +
    /// slabReclaimable. A value above total (some containers) is replaced by free, as free(1) does.
    std::uint64_t available = 0;
    std::optional<std::uint64_t> cached;          ///< file contents; shared memory and tmpfs are not in it (see shared)
    std::optional<std::uint64_t> buffers;         ///< block device contents
    std::optional<std::uint64_t> shared;          ///< shared memory and tmpfs
    std::optional<std::uint64_t> slabReclaimable; ///< kernel caches given back on demand
    std::optional<std::uint64_t> swapTotal;       ///< 0 when the machine has no swap
    std::optional<std::uint64_t> swapFree;
    std::optional<std::uint64_t> committed; ///< promised to programs, used or not: Committed_AS, the commit charge
    std::optional<std::uint64_t> commitLimit;
    bool refusesPastCommitLimit = false;     ///< Linux promises more than its limit unless vm.overcommit_memory is 2
    std::optional<std::uint64_t> pageFaults; ///< minor and major
    std::optional<std::uint64_t> majorPageFaults;
    std::optional<std::uint64_t> oomKills; ///< kernel 4.13 and later
    std::vector<std::string> warnings;

    [[nodiscard]] std::uint64_t used() const { return total - available; }
    [[nodiscard]] std::optional<std::uint64_t> swapUsed() const;
    [[nodiscard]] double usedPercent() const;                     ///< of total, 0 to 100
    [[nodiscard]] std::optional<double> swapUsedPercent() const;  ///< absent without swap
    [[nodiscard]] std::optional<double> committedPercent() const; ///< absent where the limit is not kept to
};

/// Reads memory and swap. Owns its open files; one thread at a time. Fails when the memory figures themselves cannot be
/// read; missing fault counts are a warning.
class MemoryReader {
public:
    explicit MemoryReader(Roots roots);
    ~MemoryReader();
    MemoryReader(const MemoryReader&) = delete;
    MemoryReader& operator=(const MemoryReader&) = delete;

    [[nodiscard]] Result<MemoryReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
