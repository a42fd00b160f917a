// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/unattended_login.h"

#include "console/session/session.h"

namespace sextant::console {

UnattendedLogin::UnattendedLogin(
    Session& session, QByteArray caFingerprint, QString user, QString password, QObject* parent)
    : QObject(parent),
      m_session(session),
      m_caFingerprint(std::move(caFingerprint)),
      m_user(std::move(user)),
      m_password(std::move(password))
{
    // Queued: the session must have left its own step before the next one is taken.
    connect(&session, &Session::stateChanged, this, &UnattendedLogin::follow, Qt::QueuedConnection);
}

void UnattendedLogin::follow()
{
    switch (m_session.state()) {
    case Session::State::Trust:
        if (m_session.offeredFingerprint() == m_caFingerprint)
            m_session.acceptAuthority();
        else
            emit failed(tr("the server's CA has another fingerprint: %1")
                            .arg(QString::fromLatin1(m_session.offeredFingerprint().toHex())));
        break;
    case Session::State::LogIn:
        if (m_sent) {
            emit failed(m_session.message());
            break;
        }
        m_sent = true;
        m_session.logIn(m_user, m_password, false);
        m_password.clear();
        break;
    case Session::State::Changed:
        emit failed(tr("the server's CA has changed"));
        break;
    case Session::State::Failed:
        emit failed(m_session.message());
        break;
    default:
        break;
    }
}

} // namespace sextant::console
