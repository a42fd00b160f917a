// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/certificate_probe.h"

#include "agent-service/uplink/proxy.h"

#include <QCryptographicHash>
#include <QNetworkProxy>
#include <QSslConfiguration>
#include <QSslSocket>

namespace sextant::agent {

Result<QSslCertificate> findAuthority(
    const ServerAddress& server, const QByteArray& sha256, std::chrono::milliseconds timeout)
{
    QSslConfiguration tls;
    tls.setProtocol(QSsl::TlsV1_3OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    QSslSocket socket;
    socket.setSslConfiguration(tls);
    socket.setProxy(QNetworkProxy::applicationProxy());
    socket.connectToHostEncrypted(server.host, server.port);
    if (!socket.waitForEncrypted(static_cast<int>(timeout.count()))) {
        return fail(ErrorCode::Unreachable,
            "the server at " + server.text() + " cannot be reached: " + connectionError(socket));
    }
    const QList<QSslCertificate> chain = socket.peerCertificateChain();
    socket.abort();
    for (const QSslCertificate& certificate : chain) {
        if (certificate.digest(QCryptographicHash::Sha256) == sha256)
            return certificate;
    }
    return fail(ErrorCode::Denied, "the server at " + server.text() +
                                       " is not the one that made the token: it does not show the CA certificate with "
                                       "the token's fingerprint. Nothing was sent to it");
}

} // namespace sextant::agent
