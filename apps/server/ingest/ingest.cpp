// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ingest/ingest.h"

#include "logging/log.h"
#include "server/hosts/gap_ledger.h"
#include "server/hosts/overview.h"
#include "server/hosts/state_tracker.h"
#include "server/storage/store.h"

#include <iterator>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace sextant::server {

Ingest::Ingest(Store& store, Overview& overview, GapLedger& ledger, logging::Log& log, Clock clock, Committed committed,
    IngestLimits limits)
    : m_store(store),
      m_overview(overview),
      m_ledger(ledger),
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

Result<void> Ingest::submit(
    HostId host, metrics::DecodedBatch batch, Done done, std::optional<std::int64_t> sentMs, Sender sender)
{
    const std::size_t unknownFamilies = batch.unknownFamilies;
    const std::size_t refusedTags = batch.refusedTags;
    const std::int64_t nowMs = m_clock();
    Admitted admitted = admit(std::move(batch), nowMs, m_limits.admission, sentMs.value_or(nowMs));
    const auto now = Steady::now();
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopping)
            return fail(ErrorCode::Unreachable, "the server is stopping");
        if (isStuck(now)) {
            ++m_counts.busy;
            return fail(ErrorCode::Busy, "the database is too slow now");
        }
        if (!m_queue.empty() && m_counts.queuedBytes + admitted.bytes > m_limits.queueBytes) {
            ++m_counts.busy;
            return fail(ErrorCode::Busy, "the server has more to store than it can take now");
        }
        m_counts.unknownFamilies += unknownFamilies;
        m_counts.refusedTags += refusedTags;
        m_counts.queuedBytes += admitted.bytes;
        ++m_counts.queuedBatches;
        m_queue.push_back({host, std::move(admitted), sentMs, sender, std::move(done), now});
    }
    m_wake.notify_one();
    if (refusedTags > 0)
        m_log.warning("ingest", "tags of a host were left out: they are none, or too many",
            {{"host", std::to_string(host.value)}, {"tags", std::to_string(refusedTags)}});
    return {};
}

bool Ingest::isStuck(Steady::time_point now) const
{
    return m_storeSince && now - *m_storeSince > m_limits.answerWithin;
}

void Ingest::answerOverdue()
{
    std::vector<Waiting> overdue;
    {
        const std::lock_guard lock(m_mutex);
        const auto now = Steady::now();
        while (!m_queue.empty() && now - m_queue.front().since > m_limits.answerWithin) {
            m_counts.queuedBytes -= m_queue.front().admitted.bytes;
            --m_counts.queuedBatches;
            ++m_counts.busy;
            overdue.push_back(std::move(m_queue.front()));
            m_queue.pop_front();
        }
    }
    for (Waiting& waiting : overdue)
        waiting.done(fail(ErrorCode::Busy, "the batch waited too long for the database"));
}

std::optional<Error> Ingest::trouble() const
{
    const std::lock_guard lock(m_mutex);
    if (isStuck(Steady::now()))
        return Error{ErrorCode::Busy, "the database has been writing one group of batches for more than " +
                                          std::to_string(m_limits.answerWithin.count() / 1'000) + " s"};
    return m_trouble;
}

IngestCounts Ingest::counts() const
{
    const std::lock_guard lock(m_mutex);
    return m_counts;
}

std::unordered_map<HostId, std::uint64_t> Ingest::overCardinality() const
{
    const std::lock_guard lock(m_mutex);
    return m_overCardinality;
}

void Ingest::run()
{
    for (std::vector<Waiting> group = takeGroup(); !group.empty(); group = takeGroup()) {
        store(group);
        const std::lock_guard lock(m_mutex);
        m_storeSince.reset();
    }
}

std::vector<Ingest::Waiting> Ingest::takeGroup()
{
    std::unique_lock lock(m_mutex);
    m_wake.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
    std::vector<Waiting> group;
    std::size_t values = 0;
    std::size_t bytes = 0;
    while (!m_queue.empty() && values < m_limits.groupValues && bytes < m_limits.groupBytes) {
        values += m_queue.front().admitted.values;
        bytes += m_queue.front().admitted.bytes;
        group.push_back(std::move(m_queue.front()));
        m_queue.pop_front();
    }
    m_counts.queuedBatches -= group.size();
    m_counts.queuedBytes -= bytes;
    if (!group.empty())
        m_storeSince = Steady::now();
    return group;
}

void Ingest::store(std::vector<Waiting>& group)
{
    const std::int64_t now = m_clock();
    std::vector<HostBatch> batches;
    std::unordered_map<HostId, HostState> states;
    GapLedger::Group books;
    for (const Waiting& waiting : group) {
        const metrics::Batch& batch = waiting.admitted.batch;
        batches.push_back({waiting.host, &batch});
        if (waiting.sender == Sender::Program)
            continue;
        const auto state = states.try_emplace(waiting.host, HostState{});
        if (state.second)
            state.first->second = m_overview.state(waiting.host);
        const auto current = std::span(batch.frames).first(waiting.admitted.current);
        m_tracker->apply(waiting.host, current, now, state.first->second, waiting.sentMs);
        StateTracker::applyTags(current, batch.tags, state.first->second);
        m_ledger.stage(books, waiting.host, batch, now, waiting.admitted.wrongClock);
    }
    std::vector<StoredHostState> stored;
    for (const auto& [host, state] : states)
        stored.push_back({host, state, books.take(host)});
    const auto outcomes = m_store.append(batches, stored);
    if (!outcomes && group.size() > 1 && !mayGoBetterLater(outcomes.error())) {
        storeEach(group);
        return;
    }
    if (outcomes)
        m_ledger.keep(std::move(books));
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
    if (m_stored)
        tellStored(group);
    for (std::size_t i = 0; i < group.size(); ++i) {
        const BatchOutcome& outcome = (*outcomes)[i];
        Admitted& admitted = group[i].admitted;
        if (outcome.overCardinality > 0)
            noteOverCardinality(group[i], outcome);
        if (outcome.goneRows > 0)
            admitted.refusals.addRows(outcome.goneRows, metrics::RefusalReason::TimeTooOld);
        group[i].done(
            StoredBatch{admitted.rows - outcome.overCardinality - outcome.goneRows, std::move(admitted.refusals)});
        if (!outcome.duplicate)
            handOn(group[i]);
    }
}

void Ingest::tellStored(const std::vector<Waiting>& group) const
{
    std::vector<StoredFrames> stored;
    for (const Waiting& waiting : group) {
        const std::span frames(waiting.admitted.batch.frames);
        stored.push_back(
            {waiting.host, frames.first(waiting.admitted.current), frames.subspan(waiting.admitted.current)});
    }
    m_stored(stored);
}

void Ingest::noteOverCardinality(Waiting& waiting, const BatchOutcome& outcome)
{
    using metrics::RefusalReason;
    const metrics::Refusals before = waiting.admitted.refusals; // that the places of rows are counted by
    for (const RowPlace& over : outcome.over) {
        const std::size_t place = waiting.admitted.places[over.frame];
        waiting.admitted.refusals.addRow(place, before.sentRow(place, over.row), RefusalReason::TooManyInstances);
    }
    waiting.admitted.refusals.addRows(outcome.overCardinality - outcome.over.size(), RefusalReason::TooManyInstances);
    m_log.warning("ingest",
        "a host has more instances than are kept (limits.instances_per_family, limits.instances_per_host); the newest "
        "are left out",
        {{"host", std::to_string(waiting.host.value)}});
}

void Ingest::handOn(Waiting& stored)
{
    std::vector<metrics::Frame>& frames = stored.admitted.batch.frames;
    m_overview.addReadings(stored.host, StateTracker::cpuReadings(frames));
    const auto firstReplayed = frames.begin() + static_cast<std::ptrdiff_t>(stored.admitted.current);
    CommittedFrames committed;
    committed.replayed.assign(std::move_iterator(firstReplayed), std::move_iterator(frames.end()));
    frames.erase(firstReplayed, frames.end());
    committed.current = std::move(frames);
    m_committed(stored.host, std::move(committed));
}

void Ingest::count(const std::vector<Waiting>& group, const Result<std::vector<BatchOutcome>>& outcomes)
{
    const std::lock_guard lock(m_mutex);
    m_trouble.reset();
    if (!outcomes) {
        m_counts.failed += group.size();
        if (mayGoBetterLater(outcomes.error()))
            m_trouble = outcomes.error();
        return;
    }
    ++m_counts.groups;
    for (std::size_t i = 0; i < group.size(); ++i) {
        const BatchOutcome& outcome = (*outcomes)[i];
        const Admitted& admitted = group[i].admitted;
        m_counts.rows += outcome.storedRows;
        m_counts.repeatedRows += outcome.repeatedRows;
        ++(outcome.duplicate ? m_counts.duplicates : m_counts.batches);
        if (outcome.duplicate)
            continue;
        m_counts.values += admitted.values;
        m_counts.replayedFrames += admitted.batch.frames.size() - admitted.current;
        for (std::size_t reason = 0; reason < metrics::kRefusalReasons; ++reason)
            m_counts.refusedRows[reason] += admitted.refusals.rows(static_cast<metrics::RefusalReason>(reason));
        m_counts.refusedRows[static_cast<std::size_t>(metrics::RefusalReason::TooManyInstances)] +=
            outcome.overCardinality;
        m_counts.refusedRows[static_cast<std::size_t>(metrics::RefusalReason::TimeTooOld)] += outcome.goneRows;
        if (outcome.overCardinality > 0)
            m_overCardinality[group[i].host] += outcome.overCardinality;
    }
}

} // namespace sextant::server
