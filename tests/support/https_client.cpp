// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/https_client.h"

#include <QDeadlineTimer>
#include <QJsonDocument>
#include <QSslCertificate>
#include <QSslKey>
#include <QUrl>

#include <algorithm>

namespace sextant::test {

QByteArray Answer::header(const QByteArray& name) const
{
    for (const auto& [key, value] : headers) {
        if (key == name)
            return value;
    }
    return {};
}

QJsonObject Answer::json() const
{
    return QJsonDocument::fromJson(body).object();
}

HttpsClient::HttpsClient(const QString& url, const QByteArray& caPem, const std::optional<Identity>& identity)
    : m_host(QUrl(url).host()), m_port(static_cast<quint16>(QUrl(url).port())), m_socket(std::make_unique<QSslSocket>())
{
    m_tls.setCaCertificates({QSslCertificate(caPem)});
    if (identity) {
        m_tls.setLocalCertificate(QSslCertificate(identity->certificatePem));
        m_tls.setPrivateKey(QSslKey(identity->keyPem, QSsl::Ec));
    }
}

bool HttpsClient::connect(int timeoutMs)
{
    // With many threads, QSslSocket's blocking handshake now and then never sends its first message (the kernel's
    // counters show no byte leaving the client): such a connection is given up early and made anew.
    constexpr int kAttemptMs = 3'000;
    const QDeadlineTimer deadline(timeoutMs);
    do {
        m_input.clear();
        m_socket = std::make_unique<QSslSocket>();
        m_socket->setSslConfiguration(m_tls);
        m_socket->connectToHostEncrypted(m_host, m_port);
        if (m_socket->waitForEncrypted(static_cast<int>(std::min<qint64>(kAttemptMs, deadline.remainingTime()))))
            return true;
    } while (m_socket->error() == QAbstractSocket::SocketTimeoutError && !deadline.hasExpired());
    return false;
}

bool HttpsClient::isConnected() const
{
    return m_socket->state() == QAbstractSocket::ConnectedState && m_socket->isEncrypted();
}

void HttpsClient::disconnect()
{
    m_socket->disconnectFromHost();
    if (m_socket->state() != QAbstractSocket::UnconnectedState)
        m_socket->waitForDisconnected(2'000);
}

void HttpsClient::send(const QByteArray& bytes)
{
    m_socket->write(bytes);
    while ((m_socket->bytesToWrite() > 0 || m_socket->encryptedBytesToWrite() > 0) &&
           m_socket->waitForBytesWritten(5'000)) {
    }
}

bool HttpsClient::fill(int timeoutMs)
{
    if (m_socket->bytesAvailable() == 0 && !m_socket->waitForReadyRead(timeoutMs) && m_socket->bytesAvailable() == 0)
        return false;
    m_input += m_socket->readAll();
    return true;
}

QByteArray HttpsClient::read(qsizetype wanted, int timeoutMs)
{
    const QDeadlineTimer deadline(timeoutMs);
    while (m_input.size() < wanted && !deadline.hasExpired() && fill(static_cast<int>(deadline.remainingTime()))) {
    }
    return std::exchange(m_input, {});
}

bool HttpsClient::waitForClose(int timeoutMs)
{
    const QDeadlineTimer deadline(timeoutMs);
    while (m_socket->state() != QAbstractSocket::UnconnectedState && !deadline.hasExpired()) {
        if (fill(50))
            m_input.clear();
    }
    return m_socket->state() == QAbstractSocket::UnconnectedState;
}

std::optional<QByteArray> HttpsClient::takeLine(int timeoutMs)
{
    const QDeadlineTimer deadline(timeoutMs);
    for (;;) {
        const qsizetype end = m_input.indexOf("\r\n");
        if (end >= 0) {
            const QByteArray line = m_input.left(end);
            m_input.remove(0, end + 2);
            return line;
        }
        if (deadline.hasExpired() || !fill(static_cast<int>(deadline.remainingTime())))
            return std::nullopt;
    }
}

std::optional<QByteArray> HttpsClient::take(qsizetype bytes, int timeoutMs)
{
    const QDeadlineTimer deadline(timeoutMs);
    while (m_input.size() < bytes) {
        if (deadline.hasExpired() || !fill(static_cast<int>(deadline.remainingTime())))
            return std::nullopt;
    }
    const QByteArray taken = m_input.left(bytes);
    m_input.remove(0, bytes);
    return taken;
}

std::optional<QByteArray> HttpsClient::takeChunked(int timeoutMs)
{
    QByteArray body;
    for (;;) {
        const auto size = takeLine(timeoutMs);
        if (!size)
            return std::nullopt;
        const auto bytes = size->toLongLong(nullptr, 16);
        const auto chunk = take(bytes + 2, timeoutMs);
        if (!chunk)
            return std::nullopt;
        if (bytes == 0)
            return body;
        body += chunk->chopped(2);
    }
}

Answer HttpsClient::readAnswer(int timeoutMs, bool toHead)
{
    Answer answer;
    const auto statusLine = takeLine(timeoutMs);
    if (!statusLine || !statusLine->startsWith("HTTP/1.1 "))
        return {};
    answer.status = statusLine->mid(9, 3).toInt();
    for (auto line = takeLine(timeoutMs); line && !line->isEmpty(); line = takeLine(timeoutMs)) {
        const qsizetype colon = line->indexOf(':');
        answer.headers.append({line->left(colon).toLower(), line->mid(colon + 1).trimmed()});
    }
    if (toHead || answer.status == 100 || answer.status == 204 || answer.status == 304)
        return answer;
    const auto body = answer.header("transfer-encoding") == "chunked"
                          ? takeChunked(timeoutMs)
                          : take(answer.header("content-length").toLongLong(), timeoutMs);
    if (!body)
        return {};
    answer.body = *body;
    return answer;
}

Answer HttpsClient::request(
    const QByteArray& method, const QByteArray& path, const QByteArray& body, const Headers& headers)
{
    if (!isConnected() && !connect())
        return {};
    QByteArray bytes = method + ' ' + path + " HTTP/1.1\r\nHost: " + m_host.toLatin1() + "\r\n";
    if (!m_token.isEmpty())
        bytes += "Authorization: Bearer " + m_token + "\r\n";
    for (const auto& [name, value] : headers)
        bytes += name + ": " + value + "\r\n";
    if (!body.isEmpty() || method == "POST")
        bytes += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    send(bytes + "\r\n" + body);
    return readAnswer(15'000, method == "HEAD");
}

Answer HttpsClient::post(const QByteArray& path, const QJsonObject& body)
{
    return request(
        "POST", path, QJsonDocument(body).toJson(QJsonDocument::Compact), {{"Content-Type", "application/json"}});
}

bool HttpsClient::logIn(const QString& name, const QString& password)
{
    m_token.clear();
    const Answer answer =
        post("/api/v1/login", {{QStringLiteral("name"), name}, {QStringLiteral("password"), password}});
    m_token = answer.json().value(QStringLiteral("token")).toString().toLatin1();
    return answer.status == 200 && !m_token.isEmpty();
}

} // namespace sextant::test
