// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/document_collector.h"

#include "agent-service/collect/due.h"

#include <utility>

namespace sextant::agent {

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
    if (auto started = m_reading.start(m_read); !started)
        return started;
    m_started = std::chrono::steady_clock::now();
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
    collected.warnings = m_warnings.news(std::move(given->warnings));
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
    if (!m_reading.isRunning()) {
        if (mayBegin(tick.timeMs)) {
            if (const auto started = start(tick.timeMs); !started)
                return tl::unexpected(started.error());
        }
        return Collected{};
    }
    if (auto given = m_reading.take())
        return finish(std::move(*given), *m_readMs);
    if (std::chrono::steady_clock::now() - m_started >= kPatience)
        return fail(ErrorCode::TimedOut, "its reading has not come back yet");
    return Collected{};
}

} // namespace sextant::agent
