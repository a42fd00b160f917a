// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/containers.h"

#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace sextant::agent {

/// Family `container`: a row per container that runs. Shares of CPU time need two readings of the same container: one
/// that was made anew under its name begins without.
class ContainerCollector final : public Collector {
public:
    explicit ContainerCollector(platform::Roots roots) : m_reader(std::move(roots)) {}

    [[nodiscard]] std::string_view name() const override { return "container"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    struct Used {
        std::chrono::nanoseconds cpuTime{};
        std::chrono::steady_clock::time_point taken;
    };

    platform::ContainersReader m_reader;
    std::map<std::string, Used> m_before; ///< by id, of the reading before
};

} // namespace sextant::agent
