// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/pressure.h"

#include <utility>

namespace sextant::agent {

/// Family `pressure`: a row per resource. NotAvailable on kernels without pressure stall information.
class PressureCollector final : public Collector {
public:
    explicit PressureCollector(platform::Roots roots) : m_reader(std::move(roots)) {}

    [[nodiscard]] std::string_view name() const override { return "pressure"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::PressureReader m_reader;
};

} // namespace sextant::agent
