// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QByteArray>
#include <QDateTime>
#include <QList>
#include <QString>
#include <QUrl>

#include <optional>

class QSettings;

namespace sextant::console {

/// A server that this person has connected to. Holds no secret: the certificate of a CA is public.
struct ServerProfile {
    QString id; ///< stable, random; the key of its secrets
    QUrl url;
    QByteArray authority; ///< the accepted CA certificate (DER); empty before the first use
    QDateTime acceptedAt;
    QString userName;
    bool keepPassword = false;

    /// "fleet.example" or "fleet.example:8443": what people call it.
    [[nodiscard]] QString title() const;
};

/// A person's words for a server: "fleet.example", "10.0.0.1:8443" or a whole https address. Plain HTTP, paths, user
/// names and anything else is Invalid with a sentence that says so.
[[nodiscard]] Result<QUrl> parseServerAddress(const QString& text);

/// The known servers, kept in the settings file, last used first. The settings are the caller's and outlive this.
class ServerList {
public:
    explicit ServerList(QSettings& settings);

    [[nodiscard]] const QList<ServerProfile>& servers() const { return m_servers; }
    [[nodiscard]] std::optional<ServerProfile> find(const QUrl& url) const;
    /// The profile of that address, made when there is none yet (not stored before store()).
    [[nodiscard]] ServerProfile findOrMake(const QUrl& url) const;
    /// Adds or replaces, and puts it first.
    void store(const ServerProfile& profile);
    void remove(const QString& id);

private:
    void load();
    void save();

    QSettings& m_settings;
    QList<ServerProfile> m_servers;
};

} // namespace sextant::console
