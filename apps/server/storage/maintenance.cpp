// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/maintenance.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sextant::server {
namespace {

/// How long after its end an hour is sealed: what is on its way has come by then.
constexpr std::int64_t kSealAfterMs = 10 * 60'000;
/// So many hours are sealed before it is looked again what has to go: late samples may make hours to seal without end.
constexpr int kHoursAtOnce = 100;
/// An hour that rows came late for is sealed when none came in this many rounds.
constexpr int kQuietRounds = 5;
/// An eviction makes this share of the limit free, so that the next is not due at once.
constexpr std::int64_t kSlackDivisor = 20;
/// The least pause after something failed: the database may be away.
constexpr std::chrono::milliseconds kAfterFailure{1'000};

/// Joins what two steps of one tier removed.
void join(Evicted& all, const Evicted& step)
{
    all.fromMs = all.blocks == 0 ? step.fromMs : std::min(all.fromMs, step.fromMs);
    all.toMs = all.blocks == 0 ? step.toMs : std::max(all.toMs, step.toMs);
    all.blocks += step.blocks;
    all.tier = step.tier;
    all.usedBytes = step.usedBytes;
}

} // namespace

Maintenance::Maintenance(Upkeep& store, Clock clock, Options options, Told told)
    : m_store(store), m_clock(std::move(clock)), m_options(std::move(options)), m_told(std::move(told))
{
}

void Maintenance::start()
{
    m_thread = std::thread([this] { run(); });
}

void Maintenance::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

void Maintenance::run()
{
    while (!isStopping()) {
        runOnce();
        std::unique_lock lock(m_mutex);
        const auto pause = m_hasFailed ? std::max(m_options.every, kAfterFailure) : m_options.every;
        m_wake.wait_for(lock, pause, [this] { return m_stopping; });
    }
}

void Maintenance::fail(const std::string& what, const Error& error)
{
    m_hasFailed = true;
    m_told.failed(what, error);
}

void Maintenance::runOnce()
{
    m_hasFailed = false;
    bool isMore = true;
    while (isMore && !m_hasFailed && !isStopping()) {
        isMore = sealSome();
        remove();
        evict();
    }
}

bool Maintenance::isStopping()
{
    const std::lock_guard lock(m_mutex);
    return m_stopping;
}

bool Maintenance::sealSome()
{
    for (int hours = 0; hours < kHoursAtOnce; ++hours) {
        if (isStopping())
            return false;
        const auto sealed = m_store.seal(m_clock() - kSealAfterMs, kQuietRounds * m_options.every.count());
        if (!sealed) {
            ++m_sealFailures;
            fail("cannot seal an hour", sealed.error());
        }
        if (!sealed || !*sealed)
            return false;
        m_lastSealMs = m_clock();
    }
    return true;
}

/// Until nothing is left for that step to remove.
void Maintenance::repeat(const char* what, const std::function<Result<std::size_t>()>& step)
{
    while (!isStopping()) {
        const auto removed = step();
        if (!removed)
            fail(what, removed.error());
        if (!removed || *removed == 0)
            return;
    }
}

void Maintenance::removeSnapshots(std::int64_t beforeMs)
{
    if (m_options.removeSnapshots)
        repeat("cannot remove old snapshots", [&] { return m_options.removeSnapshots(beforeMs); });
}

void Maintenance::remove()
{
    repeat("cannot remove old samples", [&] { return m_store.expire(m_options.retention); });
    removeSnapshots(m_clock() - m_options.snapshotsKeptMs);
    repeat("cannot forget old batch ids", [&] { return m_store.pruneBatchIds(); });
}

void Maintenance::evict()
{
    if (m_options.maxBytes == 0)
        return;
    std::array<Evicted, 3> byTier;
    std::int64_t target = m_options.maxBytes;
    while (!isStopping()) {
        const auto step = m_store.evict(target);
        if (!step) {
            fail("cannot evict old samples", step.error());
            break;
        }
        if (step->blocks == 0) {
            const bool isFull = step->usedBytes > m_options.maxBytes;
            if (isFull && !m_toldFull)
                fail("the database is larger than storage.max_bytes and holds nothing that could go",
                    Error{ErrorCode::TooLarge, std::to_string(step->usedBytes) + " bytes are used; raise it"});
            m_toldFull = isFull;
            break;
        }
        join(byTier[static_cast<std::size_t>(step->tier)], *step);
        removeSnapshots(step->toMs);
        target = m_options.maxBytes - m_options.maxBytes / kSlackDivisor;
    }
    for (const Evicted& evicted : byTier) {
        if (evicted.blocks > 0)
            m_told.evicted(evicted);
    }
}

} // namespace sextant::server
