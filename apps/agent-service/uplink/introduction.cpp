// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/introduction.h"

#include <QJsonDocument>

#include <algorithm>
#include <utility>

namespace sextant::agent {

QJsonObject introductionOf(const platform::HostFacts& facts)
{
    const auto text = [](const std::string& value) { return QString::fromStdString(value); };
    QJsonObject object{
        {QStringLiteral("hostname"), text(facts.hostname)},
        {QStringLiteral("agentVersion"), QStringLiteral(SEXTANT_VERSION)},
        {QStringLiteral("os"),
            QJsonObject{{QStringLiteral("family"), text(facts.osFamily)}, {QStringLiteral("name"), text(facts.osName)},
                {QStringLiteral("kernel"), text(facts.kernel)},
                {QStringLiteral("architecture"), text(facts.architecture)}}},
    };
    if (facts.machineId)
        object.insert(QStringLiteral("machineId"), text(*facts.machineId));
    return object;
}

Introduction::Introduction(logging::Log& log, QObject* parent) : QObject(parent), m_log(log)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Introduction::send);
}

void Introduction::introduce(const Identity& identity, const ServerAddress& server, const platform::HostFacts& facts)
{
    m_body = QJsonDocument(introductionOf(facts)).toJson(QJsonDocument::Compact).toStdString();
    m_retry = kFirstRetry;
    retire(m_client);
    m_client = std::make_unique<HttpsClient>(server, tlsAs(identity));
    m_timer.start(0);
}

void Introduction::send()
{
    m_client->send({"PUT", "/api/v1/agent/host", {{"Content-Type", "application/json"}}, m_body}, m_timeout,
        [this](const Result<HttpResponse>& answer) { onAnswer(answer); });
}

void Introduction::onAnswer(const Result<HttpResponse>& answer)
{
    constexpr int kNotFound = 404;
    if (!answer)
        failed(answer.error().message);
    else if (answer->status != kNotFound && (answer->status < 200 || answer->status >= 300))
        failed("HTTP " + std::to_string(answer->status));
    else
        retire(m_client);
}

void Introduction::failed(const std::string& reason)
{
    m_log.debug("uplink", "the server was not told what this host is now, trying again later", {{"reason", reason}});
    m_timer.start(m_retry);
    m_retry = std::min(2 * m_retry, kLongestRetry);
}

} // namespace sextant::agent
