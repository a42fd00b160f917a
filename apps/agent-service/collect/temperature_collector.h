// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/temperature.h"

#include <utility>

namespace sextant::agent {

/// Family `temperature`: a row per sensor that gives a temperature.
class TemperatureCollector final : public Collector {
public:
    explicit TemperatureCollector(platform::Roots roots) : m_reader(std::move(roots)) {}

    [[nodiscard]] std::string_view name() const override { return "temperature"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::TemperatureReader m_reader;
};

} // namespace sextant::agent
