// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/cpu.h"

#include <optional>
#include <utility>
#include <vector>

namespace sextant::agent {

/// The families `cpu` and `cpu_core`, with the shares of the time since `previous`. The same on every system.
[[nodiscard]] std::vector<metrics::Frame> cpuFrames(
    const Tick& tick, const platform::CpuReading& reading, const std::optional<platform::CpuReading>& previous);

/// Families `cpu` and `cpu_core`. Shares of time need the reading before: in the first run they are absent, never 0.
class CpuCollector final : public Collector {
public:
    explicit CpuCollector(platform::Roots roots) : m_reader(std::move(roots)) {}

    [[nodiscard]] std::string_view name() const override { return "cpu"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::CpuReader m_reader;
    std::optional<platform::CpuReading> m_previous;
};

} // namespace sextant::agent
