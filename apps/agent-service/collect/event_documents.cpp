// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/event_documents.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QString>

namespace sextant::agent {
namespace {

QJsonObject toJson(const platform::LoggedEvent& event)
{
    using platform::LoggedEvent;
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(event.time.time_since_epoch());
    QJsonObject json{{QStringLiteral("log"), QString::fromStdString(event.log)},
        {QStringLiteral("record"), static_cast<qint64>(event.record)},
        {QStringLiteral("time"), static_cast<qint64>(time.count())},
        {QStringLiteral("level"),
            event.level == LoggedEvent::Level::Critical ? QStringLiteral("critical") : QStringLiteral("error")},
        {QStringLiteral("source"), QString::fromStdString(event.source)},
        {QStringLiteral("id"), static_cast<qint64>(event.id)}};
    if (!event.message.empty())
        json.insert(QStringLiteral("message"), QString::fromStdString(event.message));
    return json;
}

QJsonObject toJson(const platform::Guest& guest)
{
    QJsonObject json{{QStringLiteral("id"), QString::fromStdString(guest.id)},
        {QStringLiteral("name"), QString::fromStdString(guest.name)},
        {QStringLiteral("state"), QString::fromStdString(guest.state)}};
    if (guest.healthy)
        json.insert(QStringLiteral("healthy"), *guest.healthy);
    return json;
}

template <typename Entry>
DocumentText document(const QString& name, const std::vector<Entry>& entries, const std::vector<std::string>& warnings)
{
    QJsonArray list;
    for (const Entry& entry : entries)
        list.append(toJson(entry));
    return {QJsonDocument(QJsonObject{{name, list}}).toJson(QJsonDocument::Compact).toStdString(), warnings};
}

} // namespace

DocumentText documentOf(const platform::EventsReading& reading)
{
    return document(QStringLiteral("events"), reading.events, reading.warnings);
}

DocumentText documentOf(const platform::GuestsReading& reading)
{
    return document(QStringLiteral("guests"), reading.guests, reading.warnings);
}

} // namespace sextant::agent
