// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/processes.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace sextant::agent {

/// The document `processes`, once in `interval`: of the processes that used the most CPU time since the list before and
/// of those that hold the most memory `top` each, and how many there are of each name while there are few names.
/// Sorted, so that two lists in a row differ where the machine does. Command lines are left out: passwords stand in
/// them.
class ProcessListCollector final : public Collector {
public:
    static constexpr std::size_t kNames = 300; ///< from more names on they are left out

    ProcessListCollector(platform::Roots roots, std::chrono::milliseconds interval, std::uint64_t top)
        : m_reader(std::move(roots)), m_interval(interval), m_top(top)
    {
    }

    [[nodiscard]] std::string_view name() const override { return "process_list"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    struct Used {
        std::optional<std::chrono::system_clock::time_point> started; ///< tells a number that is used again
        std::chrono::nanoseconds cpuTime{};
    };

    platform::ProcessesReader m_reader;
    std::chrono::milliseconds m_interval;
    std::size_t m_top;
    std::optional<std::int64_t> m_lastMs;
    std::map<std::int64_t, Used> m_before; ///< by pid, of the list before
};

} // namespace sextant::agent
