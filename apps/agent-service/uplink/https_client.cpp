// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/https_client.h"

#include "agent-service/uplink/identity.h"
#include "agent-service/uplink/proxy.h"

#include <QNetworkProxy>
#include <QSslCertificate>
#include <QSslError>

namespace sextant::agent {
namespace {

std::string bytesOf(const HttpRequest& request, const ServerAddress& server)
{
    std::string bytes = request.method + ' ' + request.path + " HTTP/1.1\r\nHost: " + server.text() +
                        "\r\nUser-Agent: sextant-agent/" SEXTANT_VERSION "\r\n";
    for (const auto& [name, value] : request.headers)
        bytes += name + ": " + value + "\r\n";
    bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n";
    return bytes += request.body;
}

} // namespace

QSslConfiguration tlsTrusting(const QSslCertificate& authority)
{
    QSslConfiguration tls;
    tls.setProtocol(QSsl::TlsV1_3OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    tls.setCaCertificates({authority});
    return tls;
}

QSslConfiguration tlsAs(const Identity& identity)
{
    QSslConfiguration tls = tlsTrusting(identity.authority);
    tls.setLocalCertificate(identity.certificate);
    tls.setPrivateKey(identity.key);
    return tls;
}

HttpsClient::HttpsClient(ServerAddress server, QSslConfiguration tls, QObject* parent)
    : QObject(parent), m_server(std::move(server)), m_tls(std::move(tls))
{
    m_timeout.setSingleShot(true);
    connect(&m_timeout, &QTimer::timeout, this,
        [this] { finish(fail(ErrorCode::TimedOut, "the server at " + m_server.text() + " did not answer in time")); });
}

HttpsClient::~HttpsClient()
{
    dropSocket();
}

void HttpsClient::send(const HttpRequest& request, std::chrono::milliseconds timeout, Done done)
{
    m_request = bytesOf(request, m_server);
    m_done = std::move(done);
    m_reader = {};
    m_timeout.start(timeout);
    m_reused = m_socket && m_socket->isEncrypted() && m_socket->state() == QAbstractSocket::ConnectedState;
    if (m_reused)
        writeRequest();
    else
        connectToServer();
}

void HttpsClient::abort()
{
    m_done = nullptr;
    m_request.clear();
    m_timeout.stop();
    dropSocket();
}

void HttpsClient::connectToServer()
{
    dropSocket();
    m_socket = std::make_unique<QSslSocket>();
    m_socket->setSslConfiguration(m_tls);
    m_socket->setProxy(QNetworkProxy::applicationProxy());
    connect(m_socket.get(), &QSslSocket::encrypted, this, &HttpsClient::writeRequest);
    connect(m_socket.get(), &QSslSocket::readyRead, this, &HttpsClient::onReadyRead);
    connect(m_socket.get(), &QSslSocket::disconnected, this, &HttpsClient::onDisconnected);
    connect(m_socket.get(), &QSslSocket::errorOccurred, this, &HttpsClient::onError);
    m_socket->connectToHostEncrypted(m_server.host, m_server.port);
}

void HttpsClient::writeRequest()
{
    // Small writes that wait for an acknowledgement would cost a round trip each.
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    m_socket->write(m_request.data(), static_cast<qint64>(m_request.size()));
    m_socket->flush();
}

void HttpsClient::onReadyRead()
{
    const QByteArray bytes = m_socket->readAll();
    if (!m_done) { // nobody asked: a connection that carries such bytes cannot be used again
        dropSocket();
        return;
    }
    const auto whole = m_reader.feed({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    if (!whole)
        finish(tl::unexpected(whole.error()));
    else if (*whole)
        finish(m_reader.take());
}

void HttpsClient::onDisconnected()
{
    if (!m_done) {
        dropSocket();
        return;
    }
    if (sendAgain())
        return;
    if (m_reader.untouched()) {
        finish(fail(
            ErrorCode::Unreachable, "the server at " + m_server.text() + " closed the connection without an answer"));
        return;
    }
    if (const auto ended = m_reader.finish(); !ended)
        finish(fail(ErrorCode::Unreachable, ended.error().message));
    else
        finish(m_reader.take());
}

void HttpsClient::onError(QAbstractSocket::SocketError error)
{
    // An orderly end is told by disconnected() too, after what was still to be read.
    if (error == QAbstractSocket::RemoteHostClosedError && m_socket->isEncrypted())
        return;
    if (!m_done)
        dropSocket();
    else if (!sendAgain())
        finish(tl::unexpected(socketError(error)));
}

bool HttpsClient::sendAgain()
{
    if (!m_reused || !m_reader.untouched())
        return false;
    m_reused = false;
    connectToServer();
    return true;
}

Error HttpsClient::socketError(QAbstractSocket::SocketError error) const
{
    const std::string where = "the server at " + m_server.text();
    const auto tlsErrors = m_socket->sslHandshakeErrors();
    if (!tlsErrors.isEmpty())
        return {ErrorCode::Denied, where + " cannot be trusted: " + tlsErrors.first().errorString().toStdString()};
    const std::string reason = connectionError(*m_socket);
    if (error == QAbstractSocket::SslHandshakeFailedError)
        return {ErrorCode::Denied, where + " does not speak TLS as expected: " + reason};
    return {ErrorCode::Unreachable, where + " cannot be reached: " + reason};
}

void HttpsClient::finish(Result<HttpResponse> result)
{
    m_timeout.stop();
    m_request.clear();
    if (!result || !result->keepAlive)
        dropSocket();
    const Done done = std::exchange(m_done, nullptr);
    done(std::move(result));
}

void HttpsClient::dropSocket()
{
    if (!m_socket)
        return;
    // This may be one of its signals: it is taken off now and deleted when the event loop is reached again.
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket.release()->deleteLater();
}

void retire(std::unique_ptr<HttpsClient>& client)
{
    if (!client)
        return;
    client->abort();
    client.release()->deleteLater();
}

} // namespace sextant::agent
