// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/introduction.h"

#include <QJsonDocument>

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

Introduction::Introduction(logging::Log& log, Backoff::Dice dice)
    : m_log(log), m_backoff(unhurriedBackoff(std::move(dice)))
{
}

void Introduction::tell(const platform::HostFacts& facts)
{
    if (facts.hostname.empty())
        return;
    m_body = QJsonDocument(introductionOf(facts)).toJson(QJsonDocument::Compact).toStdString();
    m_backoff.reset();
    m_pause = QDeadlineTimer();
}

HttpRequest Introduction::request() const
{
    return {"PUT", "/api/v1/agent/host", {{"Content-Type", "application/json"}}, m_body};
}

void Introduction::note(const Result<HttpResponse>& answer)
{
    constexpr int kNotFound = 404;
    if (!answer)
        failed(answer.error().message);
    else if (answer->status != kNotFound && (answer->status < 200 || answer->status >= 300))
        failed("HTTP " + std::to_string(answer->status));
    else
        m_body.clear();
}

void Introduction::failed(const std::string& reason)
{
    m_log.debug("uplink", "the server was not told what this host is now, trying again later", {{"reason", reason}});
    m_pause = QDeadlineTimer(m_backoff.next());
}

} // namespace sextant::agent
