// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ingest/documents.h"

#include "logging/log.h"
#include "server/storage/snapshots.h"

#include <QByteArray>
#include <QJsonDocument>

#include <algorithm>
#include <string>
#include <utility>

namespace sextant::server {
namespace {

bool isWord(std::string_view kind)
{
    return !kind.empty() && std::ranges::all_of(kind,
                                [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool isJson(const std::string& text)
{
    return !QJsonDocument::fromJson(QByteArray::fromRawData(text.data(), static_cast<qsizetype>(text.size()))).isNull();
}

} // namespace

Documents::Documents(Snapshots& snapshots, logging::Log& log, Clock clock, AdmissionLimits limits)
    : m_snapshots(snapshots), m_log(log), m_clock(std::move(clock)), m_limits(limits)
{
}

void Documents::start()
{
    const std::lock_guard lock(m_mutex);
    m_stopping = false;
    m_thread = std::thread([this] { run(); });
}

void Documents::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

Result<void> Documents::submit(HostId host, std::vector<metrics::Document> documents, std::size_t bytes, Done done)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopping)
            return fail(ErrorCode::Unreachable, "the server is stopping");
        if (!m_queue.empty() && m_queuedBytes + bytes > kQueueBytes)
            return fail(ErrorCode::Busy, "the server has more documents to store than it can take now");
        m_queuedBytes += bytes;
        m_queue.push_back({host, std::move(documents), bytes, std::move(done), Steady::now()});
    }
    m_wake.notify_one();
    return {};
}

void Documents::answerOverdue()
{
    std::vector<Waiting> overdue;
    {
        const std::lock_guard lock(m_mutex);
        const auto now = Steady::now();
        while (!m_queue.empty() && now - m_queue.front().since > kAnswerWithin)
            overdue.push_back(takeFront());
    }
    for (const Waiting& waiting : overdue)
        waiting.done(fail(ErrorCode::Busy, "the documents waited too long for the database"));
}

DocumentCounts Documents::counts() const
{
    const std::lock_guard lock(m_mutex);
    DocumentCounts counts = m_counts;
    counts.waiting = m_queue.size();
    return counts;
}

Documents::Waiting Documents::takeFront()
{
    Waiting front = std::move(m_queue.front());
    m_queue.pop_front();
    m_queuedBytes -= front.bytes;
    return front;
}

void Documents::run()
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
        if (m_queue.empty())
            return;
        const Waiting waiting = takeFront();
        lock.unlock();
        waiting.done(store(waiting));
        lock.lock();
    }
}

Result<void> Documents::store(const Waiting& waiting)
{
    for (const metrics::Document& document : waiting.documents) {
        Result<bool> isNew = false;
        std::string fault;
        if (const char* const wrong = faultOf(document)) {
            fault = wrong;
        } else {
            isNew = m_snapshots.put(waiting.host, document.kind, document.timeMs, document.text);
            if (!isNew && mayGoBetterLater(isNew.error())) {
                m_log.error("ingest", "documents could not be stored", {{"error", isNew.error().message}});
                return tl::unexpected(isNew.error());
            }
            if (!isNew)
                fault = isNew.error().message;
        }
        if (!fault.empty())
            m_log.warning("ingest", "a host's document was left out",
                {{"host", std::to_string(waiting.host.value)}, {"reason", fault}});
        const std::lock_guard lock(m_mutex);
        ++(!fault.empty() ? m_counts.refused : *isNew ? m_counts.stored : m_counts.repeated);
    }
    return {};
}

const char* Documents::faultOf(const metrics::Document& document) const
{
    if (!isWord(document.kind))
        return "its kind is not a word of a-z, 0-9 and _";
    if (faultOfTime(document.timeMs, m_clock(), m_limits.aheadMs, m_limits.keptMs))
        return "its time cannot be, or is not kept any more";
    if (!isJson(document.text))
        return "it is not JSON";
    return nullptr;
}

} // namespace sextant::server
