// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/gpu.h"

#include <utility>

namespace sextant::agent {

/// Family `gpu`: a row per graphics processor that tells something.
class GpuCollector final : public Collector {
public:
    explicit GpuCollector(platform::Roots roots) : m_reader(std::move(roots)) {}

    [[nodiscard]] std::string_view name() const override { return "gpu"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::GpuReader m_reader;
};

} // namespace sextant::agent
