// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/network.h"

#include <utility>

namespace sextant::agent {

/// The family `network`, a row per interface. The same on every system.
[[nodiscard]] metrics::Frame networkFrame(const Tick& tick, const platform::NetworkReading& reading);

/// Family `network`: a row per interface; the counters go out as the kernel has them.
class NetworkCollector final : public Collector {
public:
    explicit NetworkCollector(platform::Roots roots) : m_reader(std::move(roots)) {}

    [[nodiscard]] std::string_view name() const override { return "network"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::NetworkReader m_reader;
};

} // namespace sextant::agent
