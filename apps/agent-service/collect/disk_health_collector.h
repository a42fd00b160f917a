// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "agent-service/collect/said_once.h"
#include "platform/roots.h"

#include <chrono>
#include <optional>
#include <utility>

namespace sextant::agent {

/// Family `disk_health`: a row per disk that tells of its health, every `interval`. A failure waits as long.
class DiskHealthCollector final : public Collector {
public:
    DiskHealthCollector(platform::Roots roots, std::chrono::milliseconds interval)
        : m_roots(std::move(roots)), m_interval(interval)
    {
    }

    [[nodiscard]] std::string_view name() const override { return "disk_health"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::Roots m_roots;
    std::chrono::milliseconds m_interval;
    std::optional<std::int64_t> m_lastMs;
    SaidOnce m_warnings;
};

} // namespace sextant::agent
