// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/diskio.h"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace sextant::agent {

/// Family `diskio`: a row per block device. The share of busy time needs the reading before and is absent in the first
/// run.
class DiskIoCollector final : public Collector {
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    explicit DiskIoCollector(platform::Roots roots, Clock clock = std::chrono::steady_clock::now)
        : m_reader(std::move(roots)), m_clock(std::move(clock))
    {
    }

    [[nodiscard]] std::string_view name() const override { return "diskio"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    [[nodiscard]] std::optional<double> busyPercent(
        const platform::BlockDevice& device, std::chrono::nanoseconds elapsed) const;

    platform::DiskIoReader m_reader;
    Clock m_clock;
    std::vector<platform::BlockDevice> m_previous;
    std::chrono::steady_clock::time_point m_previousAt;
};

} // namespace sextant::agent
