// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/renewal.h"

#include "agent-service/uplink/host_key.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>

#include <utility>

namespace sextant::agent {

Renewal::Renewal(logging::Log& log, Clock clock, Backoff::Dice dice, std::function<void()> onRenewed, QObject* parent)
    : QObject(parent),
      m_log(log),
      m_clock(std::move(clock)),
      m_onRenewed(std::move(onRenewed)),
      m_backoff(unhurriedBackoff(std::move(dice)))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Renewal::look);
}

std::int64_t Renewal::dueMs(const QSslCertificate& certificate)
{
    const std::int64_t fromMs = certificate.effectiveDate().toMSecsSinceEpoch();
    const std::int64_t toMs = certificate.expiryDate().toMSecsSinceEpoch();
    return fromMs + (toMs - fromMs) / 3 * 2;
}

void Renewal::watch(const IdentityStore& store, const Identity& identity, const ServerAddress& server, std::string name)
{
    m_store = store;
    m_identity = identity;
    m_name = std::move(name);
    m_backoff.reset();
    retire(m_client);
    m_client = std::make_unique<HttpsClient>(server, tlsAs(identity));
    m_timer.start(0);
}

void Renewal::look()
{
    if (m_clock() >= dueMs(m_identity.certificate))
        renew();
    else
        m_timer.start(kLook);
}

void Renewal::renew()
{
    const auto key = makeHostKey(m_name);
    if (!key) {
        failed(key.error().message);
        return;
    }
    const QJsonObject body{{QStringLiteral("csr"), QString::fromStdString(key->requestPem)}};
    const HttpRequest request{"POST", "/api/v1/agent/certificate", {{"Content-Type", "application/json"}},
        QJsonDocument(body).toJson(QJsonDocument::Compact).toStdString()};
    m_client->send(request, m_timeout,
        [this, keyPem = key->keyPem](const Result<HttpResponse>& answer) { onAnswer(keyPem, answer); });
}

void Renewal::onAnswer(const std::string& keyPem, const Result<HttpResponse>& answer)
{
    if (!answer) {
        failed(answer.error().message);
        return;
    }
    if (answer->status < 200 || answer->status >= 300) {
        failed("HTTP " + std::to_string(answer->status));
        return;
    }
    if (const auto stored = store(keyPem, *answer); !stored) {
        failed(stored.error().message);
        return;
    }
    m_log.info("uplink", "the agent's certificate was renewed");
    m_onRenewed();
}

Result<void> Renewal::store(const std::string& keyPem, const HttpResponse& response) const
{
    const QJsonObject json = QJsonDocument::fromJson(QByteArray::fromStdString(response.body)).object();
    NewIdentity renewed;
    renewed.server = m_identity.server;
    renewed.hostId = m_identity.hostId;
    renewed.certificatePem = json.value(QLatin1String("certificate")).toString().toStdString();
    renewed.authorityPem = m_identity.authority.toPem().toStdString();
    const QSslCertificate certificate(QByteArray::fromStdString(renewed.certificatePem), QSsl::Pem);
    if (certificate.isNull() || !certificateFits(renewed.certificatePem, keyPem))
        return fail(ErrorCode::Malformed, "the server's answer holds no certificate for the key that was sent");
    // The certificate's own word on when it ends, as at every later start.
    renewed.notAfterMs = certificate.expiryDate().toMSecsSinceEpoch();
    if (m_clock() >= dueMs(certificate))
        return fail(
            ErrorCode::Malformed, "the server's new certificate is as good as over (or is this host's clock wrong?)");
    const auto keyFile = m_store->createKeyFile(keyPem);
    if (!keyFile)
        return tl::unexpected(keyFile.error());
    renewed.keyFile = *keyFile;
    const auto committed = m_store->commit(renewed);
    if (!committed)
        m_store->removeKeyFile(*keyFile);
    return committed;
}

void Renewal::failed(const std::string& reason)
{
    m_log.warning("uplink", "the agent's certificate could not be renewed, trying again later", {{"reason", reason}});
    m_timer.start(m_backoff.next());
}

} // namespace sextant::agent
