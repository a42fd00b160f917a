// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"
#include "metrics/codec.h"
#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/json_fields.h"
#include "server/api/server_metrics.h"
#include "server/api/services.h"
#include "server/api/work_pool.h"
#include "server/auth/certificate_authority.h"
#include "server/auth/enrolment_tokens.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/hosts/run_watch.h"
#include "server/ingest/documents.h"
#include "server/ingest/ingest.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <charconv>
#include <memory>
#include <optional>
#include <utility>

namespace sextant::server {
namespace {

/// 2200-01-01, as a time that is far from overflow.
constexpr std::int64_t kLatestMs = 7'258'118'400'000;

struct EnrolmentRequest {
    QByteArray secret;
    QByteArray csr;
    HostDescription host;
};

HostDescription readDescription(JsonFields& fields)
{
    HostDescription host;
    host.name = fields.text(QStringLiteral("hostname"), 1, 253);
    host.machineId = fields.optionalText(QStringLiteral("machineId"), 128);
    host.agentVersion = fields.optionalText(QStringLiteral("agentVersion"), 64);
    JsonFields os = fields.object(QStringLiteral("os"));
    host.osFamily = os.text(QStringLiteral("family"), 1, 32);
    host.os = os.optionalText(QStringLiteral("name"), 200);
    host.kernel = os.optionalText(QStringLiteral("kernel"), 200);
    host.architecture = os.optionalText(QStringLiteral("architecture"), 64);
    fields.include(os);
    return host;
}

EnrolmentRequest readEnrolment(JsonFields& fields)
{
    EnrolmentRequest request;
    request.secret = fields.text(QStringLiteral("secret"), 1, 128).toUtf8();
    request.csr = fields.text(QStringLiteral("csr"), 1, 12'000, true).toUtf8();
    request.host = readDescription(fields);
    return request;
}

http::Response badToken(Services& services)
{
    services.metrics.countRefusedCredential();
    return http::problem(401, ErrorCode::Denied, "the enrolment token is unknown, used, revoked or expired", "secret");
}

bool isProtobuf(const std::string* contentType)
{
    return contentType && contentType->starts_with("application/x-protobuf");
}

http::Response refusedBatch(const Error& error)
{
    switch (error.code) {
    case ErrorCode::Busy:
    case ErrorCode::Io:
    case ErrorCode::TimedOut:
    case ErrorCode::Unreachable:
    case ErrorCode::Internal:
        return http::problem(
            503, error.code, "the batch could not be stored now; send it again", std::chrono::seconds(2));
    case ErrorCode::TooLarge:
        return http::problem(413, error.code, error.message);
    default:
        return http::problem(400, error.code, error.message);
    }
}

QString reasonText(metrics::RefusalReason reason)
{
    const std::string_view name = reasonName(reason);
    return QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()));
}

/// What an agent may call its run: a UUID, or another short word.
bool isRun(std::string_view run)
{
    return !run.empty() && run.size() <= 64;
}

/// Said once per host; the flag stays until the host is removed.
void noteCloned(Services& services, HostId host)
{
    const auto facts = services.hosts.find(host);
    if (!facts || facts->clonedMs)
        return;
    (void)services.queries.post([&services, host, name = facts->description.name.toStdString()] {
        const auto now = services.hosts.find(host);
        if (!now || now->clonedMs)
            return;
        if (auto marked = services.hosts.markCloned(host); !marked)
            services.log.error("hosts", "cannot note that a host was cloned", {{"error", marked.error().message}});
        else
            services.log.warning("hosts", "two machines deliver as one host: its identity was cloned; enrol one again",
                {{"host", std::to_string(host.value)}, {"name", name}});
    });
}

/// Nothing to say when all of it was stored; otherwise what was left out.
http::Response storedBatch(const StoredBatch& stored)
{
    if (!stored.refusals.any())
        return http::emptyResponse(204);
    QJsonArray refused;
    for (const metrics::Refusal& refusal : stored.refusals.listed()) {
        QJsonObject one{{QStringLiteral("frame"), static_cast<qint64>(refusal.frame)},
            {QStringLiteral("reason"), reasonText(refusal.reason)}};
        if (refusal.row)
            one.insert(QStringLiteral("row"), static_cast<qint64>(*refusal.row));
        refused.append(one);
    }
    QJsonObject reasons;
    for (std::size_t i = 0; i < metrics::kRefusalReasons; ++i) {
        const auto reason = static_cast<metrics::RefusalReason>(i);
        if (const std::size_t rows = stored.refusals.rows(reason); rows > 0)
            reasons.insert(reasonText(reason), static_cast<qint64>(rows));
    }
    const QJsonObject body{{QStringLiteral("stored_rows"), static_cast<qint64>(stored.rows)},
        {QStringLiteral("refused_rows"), static_cast<qint64>(stored.refusals.rows())},
        {QStringLiteral("reasons"), reasons}, {QStringLiteral("refused"), refused}};
    return http::jsonResponse(200, QJsonDocument(body).toJson(QJsonDocument::Compact));
}

} // namespace

http::Response enrol(Services& services, const Call& call)
{
    JsonFields fields(call.request);
    const EnrolmentRequest request = readEnrolment(fields);
    if (fields.problem())
        return *fields.problem();
    const auto good = services.tokens.isGood(request.secret);
    if (!good)
        return failed(services, "enrol", "a token cannot be looked up", good.error());
    if (!*good)
        return badToken(services);
    if (auto checked = CertificateAuthority::checkRequest(request.csr); !checked)
        return http::problem(400, checked.error().code, checked.error().message, "csr");

    IssuedCertificate issued;
    const auto host =
        services.hosts.enrol(request.host, [&](QSqlDatabase& database, HostId id) -> Result<HostCertificate> {
            if (auto used = services.tokens.use(database, request.secret, id); !used)
                return tl::unexpected<Error>(used.error());
            auto certificate = services.authority.signClient(
                request.csr, QStringLiteral("host-%1").arg(id.value), services.clock(), services.clientCertificateDays);
            if (!certificate)
                return tl::unexpected<Error>(certificate.error());
            issued = std::move(*certificate);
            return HostCertificate{issued.fingerprint, issued.notAfterMs};
        });
    if (!host && host.error().code == ErrorCode::Denied)
        return badToken(services);
    if (!host)
        return failed(services, "enrol", "a host cannot be enrolled", host.error());
    services.metrics.countEnrolment();
    services.log.info("enrol", "a host enrolled",
        {{"host", std::to_string(host->id.value)}, {"name", request.host.name.toStdString()},
            {"address", call.request.peer.address}});
    const QJsonObject body{{QStringLiteral("hostId"), static_cast<qint64>(host->id.value)},
        {QStringLiteral("certificate"), QString::fromLatin1(issued.pem)},
        {QStringLiteral("ca"), QString::fromLatin1(services.authority.pem())},
        {QStringLiteral("notAfter"), static_cast<qint64>(issued.notAfterMs)}};
    return http::jsonResponse(201, QJsonDocument(body).toJson(QJsonDocument::Compact));
}

http::Response renewCertificate(Services& services, const Call& call)
{
    JsonFields fields(call.request);
    const QByteArray csr = fields.text(QStringLiteral("csr"), 1, 12'000, true).toUtf8();
    if (fields.problem())
        return *fields.problem();
    const HostId host = *call.who.host;
    const auto issued = services.authority.signClient(
        csr, QStringLiteral("host-%1").arg(host.value), services.clock(), services.clientCertificateDays);
    if (!issued)
        return issued.error().code == ErrorCode::Internal
                   ? http::problem(issued.error())
                   : http::problem(400, issued.error().code, issued.error().message, "csr");
    if (auto offered = services.hosts.offerCertificate(host, {issued->fingerprint, issued->notAfterMs}); !offered)
        return failed(services, "hosts", "a certificate cannot be renewed", offered.error());
    services.log.info("hosts", "a host's certificate was renewed", {{"host", std::to_string(host.value)}});
    const QJsonObject body{{QStringLiteral("certificate"), QString::fromLatin1(issued->pem)},
        {QStringLiteral("not_after_ms"), static_cast<qint64>(issued->notAfterMs)}};
    return http::jsonResponse(200, QJsonDocument(body).toJson(QJsonDocument::Compact));
}

http::Response describeHost(Services& services, const Call& call)
{
    JsonFields fields(call.request);
    const HostDescription now = readDescription(fields);
    if (fields.problem())
        return *fields.problem();
    const auto known = services.hosts.find(*call.who.host);
    if (!known)
        return http::problem(404, ErrorCode::NotFound, "this host was removed");
    if (known->description == now)
        return http::emptyResponse(204);
    if (auto stored = services.hosts.describe(known->id, now); !stored)
        return failed(services, "hosts", "a host's description cannot be stored", stored.error());
    services.log.info("hosts", "a host is not what it was",
        {{"host", std::to_string(known->id.value)}, {"name", now.name.toStdString()},
            {"was", known->description.name.toStdString()}, {"agent", now.agentVersion.toStdString()},
            {"os", now.os.toStdString()}, {"kernel", now.kernel.toStdString()}});
    return http::emptyResponse(204);
}

namespace {

/// When the agent sent the request, by its own clock; nothing when it does not say.
std::optional<std::int64_t> sendTime(const http::RequestHead& head)
{
    const std::string* text = head.header("sextant-time");
    std::int64_t value = 0;
    if (!text)
        return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    const bool isTime = error == std::errc() && end == text->data() + text->size() && value > 0 && value < kLatestMs;
    return isTime ? std::optional(value) : std::nullopt;
}

void storeSamples(Services& services, HostId host, metrics::DecodedBatch batch, std::optional<std::int64_t> sentMs,
    const http::Responder& responder)
{
    const auto submitted = services.ingest.submit(
        host, std::move(batch),
        [responder](const Result<StoredBatch>& stored) {
            responder.send(stored ? storedBatch(*stored) : refusedBatch(stored.error()));
        },
        sentMs);
    if (!submitted)
        responder.send(refusedBatch(submitted.error()));
}

} // namespace

void storeBatch(Services& services, Call& call, const http::Responder& responder)
{
    if (!isProtobuf(call.request.head.header("content-type"))) {
        responder.send(http::problem(415, ErrorCode::Malformed, "expected application/x-protobuf", "Content-Type"));
        return;
    }
    if (const std::string* run = call.request.head.header("sextant-run");
        run && isRun(*run) && !services.runs.admit(*call.who.host, *run)) {
        noteCloned(services, *call.who.host);
        responder.send(http::problem(409, ErrorCode::Conflict,
            "cloned: another machine delivers with this certificate since; enrol one of them again"));
        return;
    }
    auto batch = metrics::decodeBatch(call.request.body, {.finiteOnly = true});
    if (!batch) {
        responder.send(refusedBatch(batch.error()));
        return;
    }
    const HostId host = *call.who.host;
    const auto sent = sendTime(call.request.head);
    if (sent)
        services.overview.noteClock(host, *sent - services.clock());
    if (batch->batch.documents.empty()) {
        storeSamples(services, host, std::move(*batch), sent, responder);
        return;
    }
    std::size_t bytes = call.request.body.size(); // memory, about
    for (const metrics::Frame& frame : batch->batch.frames)
        bytes += frame.rowCount() * frame.family().columns.size() * sizeof(metrics::Value);
    // The documents go first: a batch that is acknowledged is stored with all that it has.
    auto documents = std::exchange(batch->batch.documents, {});
    auto samples = std::make_shared<metrics::DecodedBatch>(std::move(*batch));
    const auto submitted = services.documents.submit(
        host, std::move(documents), bytes, [&services, host, samples, sent, responder](const Result<void>& stored) {
            if (stored)
                storeSamples(services, host, std::move(*samples), sent, responder);
            else
                responder.send(refusedBatch(stored.error()));
        });
    if (!submitted)
        responder.send(refusedBatch(submitted.error()));
}

} // namespace sextant::server
