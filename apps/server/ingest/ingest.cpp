// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ingest/ingest.h"

#include "logging/log.h"
#include "server/hosts/overview.h"
#include "server/hosts/state_tracker.h"
#include "server/storage/store.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

namespace sextant::server {
namespace {

/// 2000-01-01: a machine whose time is before it has no idea what time it is.
constexpr std::int64_t kEarliestMs = 946'684'800'000;

struct Size {
    std::size_t bytes = 0;
    std::size_t values = 0;
};

Size sizeOf(const metrics::Batch& batch)
{
    Size size{sizeof(metrics::Batch) + 256, 0};
    for (const metrics::Frame& frame : batch.frames) {
        const std::size_t rowBytes =
            frame.family().columns.size() * sizeof(metrics::Value) + frame.family().labels.size() * sizeof(std::string);
        size.bytes += sizeof(metrics::Frame) + frame.rowCount() * rowBytes;
        for (std::size_t row = 0; row < frame.rowCount(); ++row) {
            for (const std::string& label : frame.labels(row))
                size.bytes += label.size();
            size.values += static_cast<std::size_t>(
                std::ranges::count_if(frame.cells(row), [](metrics::Value value) { return !value.isAbsent(); }));
        }
    }
    return size;
}

bool mayGoBetterLater(const Error& error)
{
    return error.code == ErrorCode::Busy || error.code == ErrorCode::Io || error.code == ErrorCode::Unreachable;
}

} // namespace

Ingest::Ingest(
    Store& store, Overview& overview, logging::Log& log, Clock clock, Committed committed, IngestLimits limits)
    : m_store(store),
      m_overview(overview),
      m_log(log),
      m_clock(std::move(clock)),
      m_committed(std::move(committed)),
      m_limits(limits),
      m_tracker(std::make_unique<StateTracker>())
{
}

Ingest::~Ingest()
{
    stop();
}

void Ingest::start()
{
    const std::lock_guard lock(m_mutex);
    m_stopping = false;
    m_thread = std::thread([this] { run(); });
}

void Ingest::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

Result<void> Ingest::submit(HostId host, metrics::DecodedBatch batch, Done done)
{
    auto checked = checkTimes(batch.batch);
    const Size size = sizeOf(batch.batch);
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopping)
            return fail(ErrorCode::Unreachable, "the server is stopping");
        if (!checked) {
            ++m_counts.refused;
            return checked;
        }
        if (!m_queue.empty() && m_counts.queuedBytes + size.bytes > m_limits.queueBytes) {
            ++m_counts.busy;
            return fail(ErrorCode::Busy, "the server has more to store than it can take now");
        }
        m_counts.unknownFamilies += batch.unknownFamilies;
        m_counts.queuedBytes += size.bytes;
        ++m_counts.queuedBatches;
        m_queue.push_back({host, std::move(batch.batch), std::move(done), size.bytes, size.values});
    }
    m_wake.notify_one();
    return {};
}

Result<void> Ingest::checkTimes(const metrics::Batch& batch) const
{
    const std::int64_t latest = m_clock() + m_limits.aheadMs;
    for (std::size_t i = 0; i < batch.frames.size(); ++i) {
        const metrics::Frame& frame = batch.frames[i];
        const std::string where = "frames[" + std::to_string(i) + "].time_ms: ";
        if (frame.timeMs() > latest)
            return fail(ErrorCode::Invalid, where + "expected at most " + std::to_string(m_limits.aheadMs / 60'000) +
                                                " min ahead of the server's clock (" + std::to_string(latest) +
                                                "), got " + std::to_string(frame.timeMs()) + " in family " +
                                                std::string(frame.family().name) + ": set the host's clock");
        if (frame.timeMs() < kEarliestMs)
            return fail(ErrorCode::Invalid, where + "expected a time after the year 2000, got " +
                                                std::to_string(frame.timeMs()) + " in family " +
                                                std::string(frame.family().name) + ": set the host's clock");
    }
    return {};
}

IngestCounts Ingest::counts() const
{
    const std::lock_guard lock(m_mutex);
    return m_counts;
}

void Ingest::run()
{
    for (std::vector<Waiting> group = takeGroup(); !group.empty(); group = takeGroup())
        store(group);
}

std::vector<Ingest::Waiting> Ingest::takeGroup()
{
    std::unique_lock lock(m_mutex);
    m_wake.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
    std::vector<Waiting> group;
    std::size_t values = 0;
    std::size_t bytes = 0;
    while (!m_queue.empty() && values < m_limits.groupValues && bytes < m_limits.groupBytes) {
        values += m_queue.front().values;
        bytes += m_queue.front().bytes;
        group.push_back(std::move(m_queue.front()));
        m_queue.pop_front();
    }
    m_counts.queuedBatches -= group.size();
    m_counts.queuedBytes -= bytes;
    return group;
}

void Ingest::store(std::vector<Waiting>& group)
{
    const std::int64_t now = m_clock();
    std::vector<HostBatch> batches;
    std::unordered_map<HostId, HostState> states;
    for (const Waiting& waiting : group) {
        batches.push_back({waiting.host, &waiting.batch});
        const auto state = states.try_emplace(waiting.host, HostState{});
        if (state.second)
            state.first->second = m_overview.state(waiting.host);
        m_tracker->apply(waiting.host, waiting.batch, now, state.first->second);
    }
    std::vector<StoredHostState> stored;
    for (const auto& [host, state] : states)
        stored.push_back({host, state});
    const auto outcomes = m_store.append(batches, stored);
    if (!outcomes && group.size() > 1 && !mayGoBetterLater(outcomes.error())) {
        storeEach(group);
        return;
    }
    answer(group, outcomes, stored);
}

void Ingest::storeEach(std::vector<Waiting>& group)
{
    for (Waiting& waiting : group) {
        std::vector<Waiting> single;
        single.push_back(std::move(waiting));
        store(single);
    }
}

void Ingest::answer(std::vector<Waiting>& group, const Result<std::vector<BatchOutcome>>& outcomes,
    const std::vector<StoredHostState>& states)
{
    count(group, outcomes);
    if (!outcomes) {
        m_log.error("ingest", "batches could not be stored: " + outcomes.error().message);
        for (Waiting& waiting : group)
            waiting.done(tl::unexpected(outcomes.error()));
        return;
    }
    for (const StoredHostState& stored : states)
        m_overview.update(stored.host, stored.state);
    for (std::size_t i = 0; i < group.size(); ++i) {
        group[i].done({});
        const BatchOutcome& outcome = (*outcomes)[i];
        if (outcome.duplicate)
            continue;
        if (outcome.overCardinality > 0)
            m_log.warning("ingest", "a host sends more instances of a family than are kept; the newest are left out",
                {{"host", std::to_string(group[i].host.value)}});
        m_overview.addReadings(group[i].host, StateTracker::cpuReadings(group[i].batch));
        m_committed(group[i].host, std::move(group[i].batch.frames));
    }
}

void Ingest::count(const std::vector<Waiting>& group, const Result<std::vector<BatchOutcome>>& outcomes)
{
    const std::lock_guard lock(m_mutex);
    if (!outcomes) {
        m_counts.failed += group.size();
        return;
    }
    ++m_counts.groups;
    for (std::size_t i = 0; i < group.size(); ++i) {
        const BatchOutcome& outcome = (*outcomes)[i];
        m_counts.rows += outcome.storedRows;
        m_counts.repeatedRows += outcome.repeatedRows;
        m_counts.overCardinality += outcome.overCardinality;
        ++(outcome.duplicate ? m_counts.duplicates : m_counts.batches);
        if (!outcome.duplicate)
            m_counts.values += group[i].values;
    }
}

} // namespace sextant::server
