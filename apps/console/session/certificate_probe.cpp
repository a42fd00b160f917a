// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/certificate_probe.h"

#include "console/session/certificate_pin.h"

#include <QSslConfiguration>
#include <QSslSocket>

namespace sextant::console {

CertificateProbe::CertificateProbe(QObject* parent) : QObject(parent)
{
    m_timeout.setSingleShot(true);
    connect(&m_timeout, &QTimer::timeout, this, [this] {
        giveUp(tr("%1 did not answer within %n s.", nullptr, int(kTimeout.count())).arg(m_url.authority()));
    });
}

CertificateProbe::~CertificateProbe()
{
    cancel();
}

void CertificateProbe::start(const QUrl& url)
{
    cancel();
    m_url = url;
    m_socket = new QSslSocket(this);
    m_socket->setPeerVerifyMode(QSslSocket::VerifyNone);
    connect(m_socket, &QSslSocket::encrypted, this, &CertificateProbe::takeChain);
    connect(m_socket, &QAbstractSocket::errorOccurred, this, [this](QAbstractSocket::SocketError error) {
        if (error == QAbstractSocket::HostNotFoundError)
            giveUp(tr("No machine named %1 could be found.").arg(m_url.host()));
        else if (error == QAbstractSocket::ConnectionRefusedError)
            giveUp(tr("Nothing answers at %1: the connection was refused.").arg(m_url.authority()));
        else
            giveUp(tr("%1 could not be reached: %2.").arg(m_url.authority(), m_socket->errorString()));
    });
    m_timeout.start(kTimeout);
    m_socket->connectToHostEncrypted(url.host(), static_cast<quint16>(url.port(443)));
}

void CertificateProbe::cancel()
{
    m_timeout.stop();
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket->deleteLater();
    m_socket = nullptr;
}

void CertificateProbe::takeChain()
{
    const auto authority = authorityOf(m_socket->peerCertificateChain());
    if (!authority) {
        giveUp(tr("%1 sent no certificate authority of its own. Is this a Sextant server?").arg(m_url.authority()));
        return;
    }
    cancel();
    emit found(*authority);
}

void CertificateProbe::giveUp(const QString& reason)
{
    const QString sentence = reason;
    cancel();
    emit failed(sentence);
}

} // namespace sextant::console
