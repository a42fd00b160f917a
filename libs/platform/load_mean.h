// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/cpu.h"

#include <chrono>
#include <optional>

namespace sextant::platform {

/// Load averages for a system that keeps none: means over time in which what is older counts less, with the time
/// constants that Unix uses (1, 5 and 15 min). A young mean is one over the time that it has seen, not one that grows
/// from 0.
class LoadMean {
public:
    /// So many tasks ran or were ready to run, on average over the `elapsed` time before now.
    void add(double tasks, std::chrono::duration<double> elapsed);

    /// Nothing before the first time that passed.
    [[nodiscard]] std::optional<LoadAverages> averages() const;

private:
    struct Mean {
        double sum = 0;
        double weight = 0; ///< 1 when it is old
        void add(double tasks, std::chrono::duration<double> elapsed, std::chrono::duration<double> constant);
        [[nodiscard]] double value() const { return sum / weight; }
    };
    Mean m_one, m_five, m_fifteen;
};

/// How many CPUs worked on average between two readings, and how much time passed by their own clocks: a sleep of the
/// machine is not in it.
struct CpuWork {
    double busyCpus = 0;
    std::chrono::duration<double> elapsed{};
};
[[nodiscard]] CpuWork workBetween(const CpuReading& previous, const CpuReading& current);

} // namespace sextant::platform
