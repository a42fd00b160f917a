// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"

#include <cstdint>
#include <random>
#include <string>

namespace sextant::testing {

/// What a made-up machine has.
struct MachineShape {
    int cores = 8;
    int disks = 3;
    int devices = 2;
    int interfaces = 3;
};

/// A made-up host that sends what a Linux agent sends: one frame of every family per tick, counters that grow, gauges
/// that wander, columns absent where Linux has none. The same seed gives the same batches. With the default shape a
/// tick has about 300 values.
class MadeHost {
public:
    explicit MadeHost(std::uint32_t seed, MachineShape shape = {}) : m_random(seed), m_shape(shape) {}

    /// The frames of one tick, in a batch with an id of its own.
    [[nodiscard]] metrics::Batch tick(std::int64_t timeMs, std::uint32_t intervalMs = 10'000);

private:
    std::int64_t grow(std::int64_t& counter, int atMost);
    [[nodiscard]] double percent();
    [[nodiscard]] metrics::BatchId newId(std::int64_t timeMs);
    void addCpu(metrics::Batch& batch, std::int64_t timeMs, std::uint32_t intervalMs);
    void addSpace(metrics::Batch& batch, std::int64_t timeMs, std::uint32_t intervalMs);
    void addTraffic(metrics::Batch& batch, std::int64_t timeMs, std::uint32_t intervalMs);
    void addSystem(metrics::Batch& batch, std::int64_t timeMs, std::uint32_t intervalMs);
    void fillCounters(metrics::Frame& frame, std::size_t row);

    std::mt19937 m_random;
    MachineShape m_shape;
    std::int64_t m_busy = 1'000'000;
};

/// How many cells of a batch have a value.
[[nodiscard]] std::size_t valueCount(const metrics::Batch& batch);

} // namespace sextant::testing
