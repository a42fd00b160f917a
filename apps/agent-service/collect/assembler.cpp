// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/assembler.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sextant::agent {

using metrics::column;

Assembler::Assembler(std::vector<std::string> names, std::uint32_t intervalMs, logging::Log& log)
    : m_names(std::move(names)), m_counts(m_names.size()), m_intervalMs(intervalMs), m_log(log)
{
}

void Assembler::add(Outcome outcome)
{
    const std::string& name = m_names[outcome.collector];
    Counts& counts = m_counts[outcome.collector];
    count(counts, outcome);
    log(name, outcome);
    metrics::Frame& frame = collectorFrame(outcome.tickMs);
    const std::size_t row = frame.addRow({name});
    if (outcome.end != Outcome::End::Stuck)
        frame.set(row, column("agent_collector", "duration_seconds"), inSeconds(outcome.duration));
    frame.set(row, column("agent_collector", "success"), outcome.end == Outcome::End::Done);
    frame.set(row, column("agent_collector", "runs_total"), counts.runs);
    frame.set(row, column("agent_collector", "failures_total"), counts.failures);
    frame.set(row, column("agent_collector", "timeouts_total"), counts.timeouts);
    for (metrics::Frame& collected : outcome.collected.frames) {
        if (collected.rowCount() > 0)
            m_frames.push_back(std::move(collected));
    }
    std::ranges::move(outcome.collected.documents, std::back_inserter(m_documents));
}

std::vector<metrics::Frame> Assembler::take()
{
    return std::exchange(m_frames, {});
}

std::vector<metrics::Document> Assembler::takeDocuments()
{
    return std::exchange(m_documents, {});
}

metrics::Frame& Assembler::collectorFrame(std::int64_t tickMs)
{
    const metrics::Family& family = metrics::family("agent_collector");
    const auto found = std::ranges::find_if(
        m_frames, [&](const metrics::Frame& frame) { return &frame.family() == &family && frame.timeMs() == tickMs; });
    return found != m_frames.end() ? *found : m_frames.emplace_back(family, tickMs, m_intervalMs);
}

void Assembler::count(Counts& counts, const Outcome& outcome)
{
    if (outcome.end == Outcome::End::Stuck)
        return;
    ++counts.runs;
    counts.failures += outcome.end == Outcome::End::Failed ? 1 : 0;
    counts.timeouts += outcome.end == Outcome::End::TimedOut ? 1 : 0;
}

void Assembler::log(const std::string& name, const Outcome& outcome)
{
    if (outcome.end != Outcome::End::Done)
        m_log.warning("collect", "a collector gave nothing", {{"collector", name}, {"reason", outcome.error}});
    for (const std::string& warning : outcome.collected.warnings)
        m_log.warning("collect", warning, {{"collector", name}});
}

} // namespace sextant::agent
