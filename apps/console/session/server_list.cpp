// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/server_list.h"

#include <QCoreApplication>
#include <QSettings>
#include <QUuid>

#include <algorithm>

namespace sextant::console {
namespace {

constexpr int kDefaultPort = 7443;

std::string sentence(const char* text)
{
    return QCoreApplication::translate("ServerList", text).toStdString();
}

} // namespace

QString ServerProfile::title() const
{
    return url.port(kDefaultPort) == kDefaultPort ? url.host() : url.authority();
}

Result<QUrl> parseServerAddress(const QString& text)
{
    QString address = text.trimmed();
    if (address.isEmpty())
        return fail(ErrorCode::Invalid,
            sentence(QT_TRANSLATE_NOOP("ServerList", "Enter the server's address, for example fleet.example.")));
    if (!address.contains(u"://"))
        address.prepend(u"https://");
    const QUrl url(address, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty())
        return fail(ErrorCode::Invalid,
            sentence(QT_TRANSLATE_NOOP(
                "ServerList", "This is no address. Enter a name or an IP address, with :port where it is not 7443.")));
    if (url.scheme() != u"https")
        return fail(ErrorCode::Invalid, sentence(QT_TRANSLATE_NOOP("ServerList", "The server speaks only https.")));
    if (!url.userInfo().isEmpty() || url.path().size() > 1 || url.hasQuery() || url.hasFragment())
        return fail(ErrorCode::Invalid,
            sentence(QT_TRANSLATE_NOOP("ServerList", "Enter only the address and port, nothing behind them.")));
    QUrl clean;
    clean.setScheme(QStringLiteral("https"));
    clean.setHost(url.host());
    clean.setPort(url.port(kDefaultPort));
    return clean;
}

ServerList::ServerList(QSettings& settings) : m_settings(settings)
{
    load();
}

std::optional<ServerProfile> ServerList::find(const QUrl& url) const
{
    const auto found = std::ranges::find(m_servers, url, &ServerProfile::url);
    return found == m_servers.end() ? std::nullopt : std::optional(*found);
}

ServerProfile ServerList::findOrMake(const QUrl& url) const
{
    if (const auto known = find(url))
        return *known;
    ServerProfile profile;
    profile.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    profile.url = url;
    return profile;
}

void ServerList::store(const ServerProfile& profile)
{
    m_servers.removeIf([&profile](const ServerProfile& known) { return known.id == profile.id; });
    m_servers.prepend(profile);
    save();
}

void ServerList::remove(const QString& id)
{
    m_servers.removeIf([&id](const ServerProfile& known) { return known.id == id; });
    save();
}

void ServerList::load()
{
    const int count = m_settings.beginReadArray(QStringLiteral("servers"));
    for (int index = 0; index < count; ++index) {
        m_settings.setArrayIndex(index);
        ServerProfile profile;
        profile.id = m_settings.value(QStringLiteral("id")).toString();
        profile.url = QUrl(m_settings.value(QStringLiteral("url")).toString());
        profile.authority = QByteArray::fromBase64(m_settings.value(QStringLiteral("authority")).toByteArray());
        profile.acceptedAt =
            QDateTime::fromString(m_settings.value(QStringLiteral("acceptedAt")).toString(), Qt::ISODate);
        profile.userName = m_settings.value(QStringLiteral("userName")).toString();
        profile.keepPassword = m_settings.value(QStringLiteral("keepPassword")).toBool();
        if (!profile.id.isEmpty() && profile.url.isValid())
            m_servers.append(profile);
    }
    m_settings.endArray();
}

void ServerList::save()
{
    m_settings.remove(QStringLiteral("servers"));
    m_settings.beginWriteArray(QStringLiteral("servers"), int(m_servers.size()));
    for (int index = 0; index < m_servers.size(); ++index) {
        const ServerProfile& profile = m_servers[index];
        m_settings.setArrayIndex(index);
        m_settings.setValue(QStringLiteral("id"), profile.id);
        m_settings.setValue(QStringLiteral("url"), profile.url.toString());
        m_settings.setValue(QStringLiteral("authority"), QString::fromLatin1(profile.authority.toBase64()));
        m_settings.setValue(QStringLiteral("acceptedAt"), profile.acceptedAt.toString(Qt::ISODate));
        m_settings.setValue(QStringLiteral("userName"), profile.userName);
        m_settings.setValue(QStringLiteral("keepPassword"), profile.keepPassword);
    }
    m_settings.endArray();
    m_settings.sync();
}

} // namespace sextant::console
