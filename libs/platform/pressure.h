// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// Share of recent time lost to waiting, in percent, and the time lost since the machine started.
struct Stall {
    double avg10 = 0;
    double avg60 = 0;
    double avg300 = 0;
    std::chrono::microseconds total{};
};

/// Pressure on one resource: `some`, at least one task waited; `full`, all tasks did. Kernels before 5.13 have no full
/// line for cpu; irq has no some line.
struct Pressure {
    std::string resource; ///< "cpu", "memory", "io" or "irq"
    std::optional<Stall> some;
    std::optional<Stall> full;
};

struct PressureReading {
    std::vector<Pressure> resources;
    std::vector<std::string> warnings;
};

/// Reads the pressure stall information. Fails with NotAvailable where the kernel has none (before 4.20, built without
/// it, or not switched on): that is a property of the machine, not a fault. Owns its open files; one thread at a time.
class PressureReader {
public:
    explicit PressureReader(Roots roots);
    ~PressureReader();
    PressureReader(const PressureReader&) = delete;
    PressureReader& operator=(const PressureReader&) = delete;

    [[nodiscard]] Result<PressureReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
