// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/system.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace sextant::agent {

/// Family `system`. Counting the processes is dear, so it is done once in `processesInterval`; in between its columns
/// are absent, because an old count is not the count of now.
class SystemCollector final : public Collector {
public:
    SystemCollector(platform::Roots roots, std::chrono::milliseconds processesInterval)
        : m_reader(std::move(roots)), m_processesInterval(processesInterval)
    {
    }

    [[nodiscard]] std::string_view name() const override { return "system"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    [[nodiscard]] bool processesAreDue(const Tick& tick);

    platform::SystemReader m_reader;
    std::chrono::milliseconds m_processesInterval;
    std::optional<std::int64_t> m_countedAtMs;
};

} // namespace sextant::agent
