// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/running_totals.h"

#include <algorithm>

namespace sextant::server {
namespace {

constexpr std::int64_t kSweepEveryMs = 60'000;

std::size_t heldBy(const std::string& series, const Counted& counted)
{
    return 1 + counted.buckets.size() + series.size() / 64;
}

/// The series as it is stored: what the writer is bound to stands in the place of what was said.
std::string textOf(std::string_view name, metrics::Labels labels, const metrics::Labels& bound)
{
    std::erase_if(labels, [&](const metrics::Label& label) {
        return std::ranges::find(bound, label.name, &metrics::Label::name) != bound.end();
    });
    labels.insert(labels.end(), bound.begin(), bound.end());
    std::ranges::sort(labels);
    return std::string(name) + '{' + metrics::labelText(labels) + '}';
}

} // namespace

RunningTotals::Outcome RunningTotals::add(
    HostId host, const std::string& series, std::int64_t timeMs, Counted& counted, std::optional<Total>& before)
{
    const std::lock_guard lock(m_mutex);
    Total* known = nullptr;
    if (const auto of = m_hosts.find(host); of != m_hosts.end()) {
        const auto found = of->second.totals.find(series);
        known = found == of->second.totals.end() ? nullptr : &found->second;
    }
    if (known && timeMs <= known->timeMs)
        return Outcome::Old;
    Total total = known ? *known : Total();
    const std::size_t heldBefore = known ? heldBy(series, total.counted) : 0;
    for (const auto& [end, count] : counted.buckets)
        total.counted.buckets[end] += count;
    total.counted.count += counted.count;
    if (counted.sum)
        total.counted.sum = total.counted.sum.value_or(0) + *counted.sum;
    total.timeMs = timeMs;
    total.addedMs = m_clock();
    const std::size_t grown = heldBy(series, total.counted) - heldBefore;
    if (grown > 0 && !hasRoom(host, grown)) {
        if (known)
            known->addedMs = total.addedMs; // it is not idle
        forgetIdle();
        if (!hasRoom(host, grown))
            return Outcome::Full;
    }
    counted = total.counted;
    before = known ? std::optional(std::move(*known)) : std::nullopt;
    Host& of = m_hosts[host];
    of.totals[series] = std::move(total);
    of.held += grown;
    m_held += grown;
    return Outcome::Added;
}

void RunningTotals::putBack(HostId host, const std::string& series, std::int64_t timeMs, std::optional<Total> before)
{
    const std::lock_guard lock(m_mutex);
    const auto of = m_hosts.find(host);
    if (of == m_hosts.end())
        return;
    const auto found = of->second.totals.find(series);
    if (found == of->second.totals.end() || found->second.timeMs != timeMs)
        return;
    const std::size_t shrunk = heldBy(series, found->second.counted) - (before ? heldBy(series, before->counted) : 0);
    of->second.held -= shrunk;
    m_held -= shrunk;
    if (before)
        found->second = std::move(*before);
    else
        of->second.totals.erase(found);
}

bool RunningTotals::hasRoom(HostId host, std::size_t more) const
{
    const auto of = m_hosts.find(host);
    return m_held + more <= kMax && (of == m_hosts.end() ? 0 : of->second.held) + more <= kMaxPerHost;
}

void RunningTotals::forgetIdle()
{
    const std::int64_t nowMs = m_clock();
    if (nowMs - m_sweptMs < kSweepEveryMs)
        return;
    m_sweptMs = nowMs;
    for (auto& [id, host] : m_hosts) {
        std::erase_if(host.totals, [&, of = &host](const auto& entry) {
            if (nowMs - entry.second.addedMs < kIdleMs)
                return false;
            of->held -= heldBy(entry.first, entry.second.counted);
            m_held -= heldBy(entry.first, entry.second.counted);
            return true;
        });
    }
    std::erase_if(m_hosts, [](const auto& entry) { return entry.second.totals.empty(); });
}

RunningTotals::Outcome RequestDeltas::add(
    std::string_view name, const metrics::Labels& labels, std::int64_t timeMs, Counted& counted)
{
    Added added{textOf(name, labels, m_writer.labels), timeMs, {}};
    const auto outcome = m_totals.add(m_writer.host, added.series, timeMs, counted, added.before);
    if (outcome == RunningTotals::Outcome::Added)
        m_added.push_back(std::move(added));
    return outcome;
}

void RequestDeltas::undo()
{
    for (; !m_added.empty(); m_added.pop_back()) // the last one first: a request may add to a series more than once
        m_totals.putBack(m_writer.host, m_added.back().series, m_added.back().timeMs, std::move(m_added.back().before));
}

} // namespace sextant::server
