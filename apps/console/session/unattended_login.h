// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>

namespace sextant::console {

class Session;

/// Answers the session's questions from the command line instead of a person: trusts the CA with the one given
/// fingerprint and no other, and logs in once. For pictures, demonstrations and tests. GUI thread; the session outlives
/// it.
class UnattendedLogin : public QObject {
    Q_OBJECT

public:
    /// `caFingerprint`: SHA-256, 32 bytes.
    UnattendedLogin(
        Session& session, QByteArray caFingerprint, QString user, QString password, QObject* parent = nullptr);

signals:
    /// The server is another one, or refused: one sentence.
    void failed(const QString& reason);

private:
    void follow();

    Session& m_session;
    QByteArray m_caFingerprint;
    QString m_user, m_password;
    bool m_sent = false;
};

} // namespace sextant::console
