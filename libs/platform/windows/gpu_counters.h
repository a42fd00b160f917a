// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

namespace sextant::platform {

/// What Windows counts of every adapter, whoever made it.
struct GpuCounts {
    std::optional<double> usagePercent; ///< absent in the first reading: it is a rate
    std::optional<std::uint64_t> memoryUsed;
};

/// The objects "GPU Engine" and "GPU Adapter Memory" of the performance counters, by their English names in every
/// language (since Windows 10 1709). One thread at a time.
class GpuCounters {
public:
    GpuCounters();
    ~GpuCounters();
    GpuCounters(const GpuCounters&) = delete;
    GpuCounters& operator=(const GpuCounters&) = delete;

    /// By the adapter's LUID. NotAvailable where there are no such objects.
    [[nodiscard]] Result<std::map<std::uint64_t, GpuCounts>> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
