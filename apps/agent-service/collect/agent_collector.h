// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/self.h"

namespace sextant::agent {

/// Family `agent`: what the agent costs its host, and what it delivered (from the tick).
class AgentCollector final : public Collector {
public:
    [[nodiscard]] std::string_view name() const override { return "agent"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::SelfReader m_reader;
};

} // namespace sextant::agent
