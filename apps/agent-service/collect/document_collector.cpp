// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/document_collector.h"

#include "agent-service/collect/due.h"

#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace sextant::agent {

/// Shared with the thread, which alone writes `given`.
struct DocumentCollector::Reading {
    std::int64_t tickMs = 0;
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    std::mutex mutex;
    std::optional<Result<DocumentText>> given;
};

DocumentCollector::DocumentCollector(
    std::string kind, std::chrono::milliseconds interval, Read read, std::chrono::milliseconds firstAfter)
    : m_kind(std::move(kind)), m_interval(interval), m_read(std::move(read)), m_firstAfter(firstAfter)
{
}

bool DocumentCollector::mayBegin(std::int64_t timeMs)
{
    if (m_readMs)
        return isDue(m_readMs, timeMs, m_interval);
    if (!m_firstTickMs)
        m_firstTickMs = timeMs;
    return isDue(m_firstTickMs, timeMs, m_firstAfter);
}

Result<void> DocumentCollector::start(std::int64_t timeMs)
{
    auto reading = std::make_shared<Reading>();
    reading->tickMs = timeMs;
    try {
        std::thread([reading, read = m_read] {
            auto given = read();
            const std::scoped_lock lock(reading->mutex);
            reading->given = std::move(given);
        }).detach();
    } catch (const std::system_error& error) { // the service's limit of tasks
        return fail(ErrorCode::Busy, std::string("no thread to read with: ") + error.what());
    }
    m_reading = std::move(reading);
    m_readMs = timeMs;
    return {};
}

Result<Collected> DocumentCollector::finish(Result<DocumentText> given, std::int64_t timeMs)
{
    if (!given)
        return tl::unexpected(given.error());
    if (given->json.size() > kLimit)
        return fail(ErrorCode::TooLarge,
            "it has " + std::to_string(given->json.size()) + " bytes, of at most " + std::to_string(kLimit));
    Collected collected;
    collected.warnings = std::move(given->warnings);
    const std::size_t hash = std::hash<std::string>()(given->json);
    if (hash == m_sent && !isDue(m_sentMs, timeMs, kAtLeast))
        return collected;
    m_sent = hash;
    m_sentMs = timeMs;
    collected.documents.push_back({m_kind, timeMs, std::move(given->json)});
    return collected;
}

Result<Collected> DocumentCollector::collect(const Tick& tick)
{
    if (!m_reading) {
        if (mayBegin(tick.timeMs)) {
            if (const auto started = start(tick.timeMs); !started)
                return tl::unexpected(started.error());
        }
        return Collected{};
    }
    std::optional<Result<DocumentText>> given;
    {
        const std::scoped_lock lock(m_reading->mutex);
        given = std::exchange(m_reading->given, std::nullopt);
    }
    if (given)
        return finish(std::move(*given), std::exchange(m_reading, nullptr)->tickMs);
    if (std::chrono::steady_clock::now() - m_reading->started >= kPatience)
        return fail(ErrorCode::TimedOut, "its reading has not come back yet");
    return Collected{};
}

} // namespace sextant::agent
