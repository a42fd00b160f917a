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

/// One graphics processor; what its driver does not tell is absent.
struct Gpu {
    std::string id; ///< stays after a restart: NVML's UUID, the PCI address on Linux, the place in the list on Windows
    std::string name;                         ///< "NVIDIA H100 80GB HBM3"; driver and PCI ids where there is none
    std::optional<double> usagePercent;       ///< of the time that the driver looks at; the busiest engine
    std::optional<double> memoryBusyPercent;  ///< of that time, in which its memory was read or written
    std::optional<std::uint64_t> memoryTotal; ///< its own memory, bytes
    std::optional<std::uint64_t> memoryUsed;  ///< bytes
    std::optional<double> celsius;
    std::optional<double> watts;
    std::optional<double> wattsLimit;        ///< what it may draw
    std::optional<double> fanPercent;        ///< of what the fan can do
    std::optional<std::uint64_t> clockHertz; ///< of the shaders
    std::optional<std::uint64_t> memoryHertz;
};

struct GpuReading {
    std::vector<Gpu> gpus;
    std::vector<std::string> warnings;
};

/// Reads the graphics processors. NVIDIA's by its management library (NVML), which is loaded when it is there; others
/// by the kernel's files on Linux and by performance counters on Windows. NotAvailable without any, and on systems
/// where none can be read. One that the kernel has put to sleep is not woken and not listed. One thread at a time.
class GpuReader {
public:
    explicit GpuReader(Roots roots);
    ~GpuReader();
    GpuReader(const GpuReader&) = delete;
    GpuReader& operator=(const GpuReader&) = delete;

    [[nodiscard]] Result<GpuReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
