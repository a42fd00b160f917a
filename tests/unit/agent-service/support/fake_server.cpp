// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/support/fake_server.h"

#include <QPointer>
#include <QSslConfiguration>
#include <QTimer>

#include <memory>
#include <optional>

namespace sextant::agent::test {
namespace {

std::optional<Request> takeRequest(QByteArray& buffer)
{
    const qsizetype end = buffer.indexOf("\r\n\r\n");
    if (end < 0)
        return std::nullopt;
    QList<QByteArray> lines = buffer.left(end).replace("\r\n", "\n").split('\n');
    const QList<QByteArray> first = lines.takeFirst().split(' ');
    Request request;
    request.method = first.value(0);
    request.path = first.value(1);
    for (const QByteArray& line : lines)
        request.headers.insert(line.left(line.indexOf(':')).toLower(), line.mid(line.indexOf(':') + 1).trimmed());
    const qsizetype length = request.headers.value("content-length").toLongLong();
    if (buffer.size() < end + 4 + length)
        return std::nullopt;
    request.body = buffer.mid(end + 4, length);
    buffer.remove(0, end + 4 + length);
    return request;
}

} // namespace

Reply reply(int status, const QByteArray& headers, const QByteArray& body)
{
    QByteArray bytes = "HTTP/1.1 " + QByteArray::number(status) + " Status\r\n" + headers;
    if (status != 204)
        bytes += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    return {bytes + "\r\n" + body, false, 0};
}

FakeServer::FakeServer(const Issued& certificate, const Issued& authority)
    : m_certificate(certificate), m_authority(authority)
{
    onRequest = [](const Request&) { return reply(204); };
    listen(QHostAddress::LocalHost);
}

QString FakeServer::url() const
{
    return QStringLiteral("https://127.0.0.1:%1").arg(serverPort());
}

void FakeServer::closeConnections()
{
    for (QSslSocket* socket : std::as_const(sockets))
        socket->disconnectFromHost();
}

void FakeServer::incomingConnection(qintptr handle)
{
    auto* socket = new QSslSocket(this);
    socket->setSocketDescriptor(handle);
    sockets.append(socket);
    QSslConfiguration tls;
    tls.setLocalCertificateChain({m_certificate.certificate(), m_authority.certificate()});
    tls.setPrivateKey(m_certificate.key());
    tls.setCaCertificates({m_authority.certificate()});
    tls.setPeerVerifyMode(QSslSocket::QueryPeer);
    socket->setSslConfiguration(tls);
    connect(socket, &QSslSocket::sslErrors, socket, [socket] { socket->ignoreSslErrors(); });
    connect(socket, &QSslSocket::disconnected, this, [this, socket] {
        sockets.removeAll(socket);
        socket->deleteLater();
    });
    const auto buffer = std::make_shared<QByteArray>();
    connect(socket, &QSslSocket::readyRead, this,
        [this, socket, buffer, number = ++connections] { read(socket, *buffer, number); });
    socket->startServerEncryption();
}

void FakeServer::read(QSslSocket* socket, QByteArray& buffer, int connection)
{
    buffer += socket->readAll();
    while (auto request = takeRequest(buffer)) {
        request->peer = socket->peerCertificate();
        request->connection = connection;
        requests.push_back(*request);
        const Reply answer = onRequest(*request);
        const QPointer<QSslSocket> target(socket);
        QTimer::singleShot(answer.delayMs, this, [target, answer] {
            if (!target)
                return;
            target->write(answer.bytes);
            if (answer.closeAfter)
                target->disconnectFromHost();
        });
    }
}

} // namespace sextant::agent::test
