// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/uplink.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QSslConfiguration>

#include <utility>

namespace sextant::agent {
namespace {

constexpr std::size_t kMaxReasons = 100; ///< remembered, so that a server that makes up reasons cannot fill our memory
constexpr std::size_t kMaxReasonLength = 300;

/// What the server says about its refusal: the `detail` of a problem document (RFC 9457), cut to a sane length.
std::string reasonOf(const HttpResponse& response)
{
    const QJsonObject problem = QJsonDocument::fromJson(QByteArray::fromStdString(response.body)).object();
    const std::string detail = problem.value(QLatin1String("detail")).toString().toStdString();
    std::string reason = "HTTP " + std::to_string(response.status);
    if (!detail.empty())
        reason += ": " + detail.substr(0, kMaxReasonLength);
    return reason;
}

/// `nowMs`: what time it is here, from which the server learns how far this clock is from its own.
HttpRequest requestFor(PackedBatch batch, const std::string& run, std::int64_t nowMs)
{
    HttpRequest request{"POST", "/api/v1/agent/batches",
        {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "zstd"},
            {"Sextant-Time", std::to_string(nowMs)}},
        std::move(batch.body)};
    if (!run.empty())
        request.headers.emplace_back("Sextant-Run", run);
    return request;
}

} // namespace

Uplink::Uplink(Spool& spool, logging::Log& log, Clock clock, Backoff::Dice dice, QObject* parent)
    : QObject(parent),
      m_spool(spool),
      m_log(log),
      m_clock(std::move(clock)),
      m_backoff(dice),
      m_introduction(log, std::move(dice)),
      m_refusedRows(log)
{
    m_retry.setSingleShot(true);
    m_retry.setTimerType(Qt::PreciseTimer); // a server's Retry-After is a lower bound
    m_limit.setSingleShot(true);
    m_pace.setSingleShot(true);
    setBacklogRate(20);
    connect(&m_retry, &QTimer::timeout, this, &Uplink::sendNext);
    connect(&m_pace, &QTimer::timeout, this, &Uplink::sendNext);
    connect(&m_limit, &QTimer::timeout, this, [this] {
        if (m_client)
            m_client->abort();
        checkFinished();
    });
}

void Uplink::useIdentity(const Identity& identity, const ServerAddress& server)
{
    m_client = std::make_unique<HttpsClient>(server, tlsAs(identity));
    m_backoff.reset();
    m_retry.stop();
    m_cloned = false;
    sendNext();
}

void Uplink::wake()
{
    if (!m_client || m_client->busy() || m_retry.isActive() || m_cloned)
        m_spool.keep();
    if (!m_retry.isActive())
        sendNext();
}

void Uplink::finish(std::chrono::milliseconds limit, std::function<void()> done)
{
    m_finished = std::move(done);
    m_retry.stop();
    m_limit.start(limit);
    sendNext();
}

void Uplink::sendNext()
{
    if (m_client && m_client->busy())
        return;
    const bool backlog = !m_finished && !m_spool.hasFresh();
    if (backlog && m_pace.isActive())
        return;
    std::optional<PackedBatch> batch;
    if (m_client && !m_cloned)
        batch = m_finished ? m_spool.nextAtEnd() : m_spool.next();
    if (!batch) {
        checkFinished();
        return;
    }
    if (backlog)
        m_pace.start();
    const metrics::BatchId id = batch->id;
    m_client->send(requestFor(std::move(*batch), m_run, m_clock()), m_timeout,
        [this, id](const Result<HttpResponse>& answer) { onAnswer(id, answer); });
}

void Uplink::onAnswer(const metrics::BatchId& id, const Result<HttpResponse>& answer)
{
    if (!answer) {
        onAway(metrics::GapCause::NetworkOut, answer.error().message);
        retryLater(id, answer.error().message, logging::Level::Warning);
        return;
    }
    const int status = answer->status;
    if (status >= 200 && status < 300) {
        m_refusedRows.note(answer->body);
        onDelivered(id);
    } else if (status == 401 || status == 403) {
        onRevoked(id, *answer);
    } else if (status == 409) {
        onCloned(id, *answer);
    } else if (status == 408 || status == 429 || status >= 500 || status < 400) {
        const std::string* wish = answer->header("retry-after");
        onAway(metrics::GapCause::ServerAway, reasonOf(*answer));
        retryLater(id, "the server could not take the data (" + reasonOf(*answer) + ")", logging::Level::Warning,
            wish ? parseRetryAfter(*wish, m_clock()) : std::nullopt);
    } else {
        onRefused(id, *answer);
    }
}

void Uplink::onDelivered(const metrics::BatchId& id)
{
    m_spool.acknowledge(id);
    m_backoff.reset();
    if (std::exchange(m_failing, false)) {
        m_log.info("uplink", "delivering again",
            {{"server", m_client->server().text()}, {"waiting", std::to_string(m_spool.stats().batches)}});
    }
    m_spool.journal().close(Journal::kDelivery, m_clock(), m_leastOutage.count());
    if (m_finished || !m_introduction.isDue()) {
        sendNext();
        return;
    }
    m_client->send(m_introduction.request(), m_timeout, [this](const Result<HttpResponse>& answer) {
        m_introduction.note(answer);
        sendNext();
    });
}

void Uplink::onRevoked(const metrics::BatchId& id, const HttpResponse& response)
{
    onAway(metrics::GapCause::ServerAway, reasonOf(response));
    retryLater(id,
        "the server does not accept this agent's certificate (" + reasonOf(response) +
            "): batches are kept; if the host was removed there, enrol it again: sextant-agent enroll TOKEN --force",
        logging::Level::Error);
    if (!m_finished)
        m_retry.start(m_revokedLook);
}

void Uplink::onCloned(const metrics::BatchId& id, const HttpResponse& response)
{
    onAway(metrics::GapCause::ServerAway, reasonOf(response));
    m_spool.retryLater(id);
    ++m_failures;
    m_failing = true;
    m_cloned = true;
    m_log.error("uplink",
        "another agent uses this machine's identity (was its disk cloned?): nothing is sent, batches are kept; enrol "
        "this machine again: sextant-agent enroll TOKEN --force",
        {{"reason", reasonOf(response)}});
    checkFinished();
}

void Uplink::onAway(metrics::GapCause cause, const std::string& reason)
{
    Journal& journal = m_spool.journal();
    const metrics::GapReport* open = journal.openReport(Journal::kDelivery);
    if (open && open->cause != cause)
        journal.close(Journal::kDelivery, m_clock(), m_leastOutage.count());
    journal.open(Journal::kDelivery, cause, m_clock(), reason);
}

void Uplink::onRefused(const metrics::BatchId& id, const HttpResponse& response)
{
    const std::string reason = reasonOf(response);
    m_spool.quarantine(id, reason);
    if (m_reasons.size() < kMaxReasons && m_reasons.insert(reason).second)
        m_log.error("uplink", "the server refused a batch for good", {{"batch", id.toString()}, {"reason", reason}});
    sendNext();
}

void Uplink::retryLater(const metrics::BatchId& id, const std::string& reason, logging::Level level,
    std::optional<std::chrono::milliseconds> retryAfter)
{
    m_spool.retryLater(id);
    ++m_failures;
    m_failing = true;
    m_log.write(level, "uplink", reason);
    if (m_finished) {
        checkFinished();
        return;
    }
    m_retry.start(m_backoff.next(retryAfter));
}

void Uplink::checkFinished()
{
    if (!m_finished)
        return;
    m_limit.stop();
    retire(m_client);
    std::exchange(m_finished, nullptr)();
}

} // namespace sextant::agent
