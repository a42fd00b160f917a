// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/maintenance.h"

#include <utility>

namespace sextant::server {
namespace {

/// How long after its end an hour is sealed: what is on its way has come by then.
constexpr std::int64_t kSealAfterMs = 10 * 60'000;

} // namespace

Maintenance::Maintenance(Upkeep& store, Clock clock, std::chrono::milliseconds every, Failed failed)
    : m_store(store), m_clock(std::move(clock)), m_every(every), m_failed(std::move(failed))
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
        seal();
        remove();
        std::unique_lock lock(m_mutex);
        m_wake.wait_for(lock, m_every, [this] { return m_stopping; });
    }
}

bool Maintenance::isStopping()
{
    const std::lock_guard lock(m_mutex);
    return m_stopping;
}

void Maintenance::seal()
{
    while (!isStopping()) {
        const auto sealed = m_store.seal(m_clock() - kSealAfterMs);
        if (!sealed)
            m_failed("cannot seal an hour", sealed.error());
        if (!sealed || !*sealed)
            return;
    }
}

void Maintenance::remove()
{
    const auto repeat = [this](const char* what, const auto& step) {
        while (!isStopping()) {
            const Result<std::size_t> removed = step();
            if (!removed)
                m_failed(what, removed.error());
            if (!removed || *removed == 0)
                return;
        }
    };
    const Retention retention;
    repeat("cannot remove old samples", [&] { return m_store.expire(retention); });
    repeat("cannot forget old batch ids", [&] { return m_store.pruneBatchIds(); });
}

} // namespace sextant::server
