// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/memory.h"

#include <utility>

namespace sextant::agent {

/// Family `memory`: one row.
class MemoryCollector final : public Collector {
public:
    explicit MemoryCollector(platform::Roots roots) : m_reader(std::move(roots)) {}

    [[nodiscard]] std::string_view name() const override { return "memory"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::MemoryReader m_reader;
};

} // namespace sextant::agent
