// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/battery.h"

#include <utility>

namespace sextant::agent {

/// Family `battery`: a row per battery that can run the machine.
class BatteryCollector final : public Collector {
public:
    explicit BatteryCollector(platform::Roots roots) : m_roots(std::move(roots)) {}

    [[nodiscard]] std::string_view name() const override { return "battery"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::Roots m_roots;
};

} // namespace sextant::agent
