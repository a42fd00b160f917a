// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/wifi.h"

#include <chrono>
#include <optional>
#include <utility>

namespace sextant::agent {

/// Family `wifi`: a row per wireless link, every `interval`.
class WifiCollector final : public Collector {
public:
    WifiCollector(platform::Roots roots, std::chrono::milliseconds interval)
        : m_reader(std::move(roots)), m_interval(interval)
    {
    }

    [[nodiscard]] std::string_view name() const override { return "wifi"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::WifiReader m_reader;
    std::chrono::milliseconds m_interval;
    std::optional<std::int64_t> m_lastMs;
};

/// The rows of a reading.
[[nodiscard]] metrics::Frame frameOf(
    const platform::WifiReading& reading, std::int64_t timeMs, std::uint32_t intervalMs);

} // namespace sextant::agent
