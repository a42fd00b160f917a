// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QList>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QString>

#include <memory>
#include <optional>
#include <utility>

namespace sextant::test {

/// A certificate and its key, in PEM.
struct Identity {
    QByteArray certificatePem;
    QByteArray keyPem;
};

/// An HTTP answer, taken apart; chunked bodies are put together, Content-Encoding is left as it is. Status 0: none
/// came.
struct Answer {
    int status = 0;
    QList<std::pair<QByteArray, QByteArray>> headers; ///< names in lower case
    QByteArray body;

    [[nodiscard]] QByteArray header(const QByteArray& name) const;
    [[nodiscard]] QJsonObject json() const;
};

/// A small blocking HTTPS client that sends exactly the bytes it is told, for tests that must also misbehave. One
/// connection; checks the server against one CA. Used by one thread.
class HttpsClient {
public:
    using Headers = QList<std::pair<QByteArray, QByteArray>>;

    HttpsClient(const QString& url, const QByteArray& caPem, const std::optional<Identity>& identity = std::nullopt);

    [[nodiscard]] bool connect(int timeoutMs = 10'000);
    [[nodiscard]] bool isConnected() const;
    void disconnect();

    void send(const QByteArray& bytes);
    /// Reads the next answer. `toHead`: it has no body whatever its headers say.
    [[nodiscard]] Answer readAnswer(int timeoutMs = 10'000, bool toHead = false);
    /// What arrives within that time, at least `wanted` bytes if they come.
    [[nodiscard]] QByteArray read(qsizetype wanted, int timeoutMs);
    /// True when the server closed the connection within that time; what still came is thrown away.
    [[nodiscard]] bool waitForClose(int timeoutMs);

    /// Connects when needed, sends a whole request, reads its answer. Host and Content-Length are added.
    [[nodiscard]] Answer request(
        const QByteArray& method, const QByteArray& path, const QByteArray& body = {}, const Headers& headers = {});
    [[nodiscard]] Answer get(const QByteArray& path) { return request("GET", path); }
    /// POST of JSON.
    [[nodiscard]] Answer post(const QByteArray& path, const QJsonObject& body);

    /// Goes with every later request(): "Authorization: Bearer <token>".
    void setToken(const QByteArray& token) { m_token = token; }
    /// Logs in and keeps the token; false when that fails.
    [[nodiscard]] bool logIn(const QString& name, const QString& password);

    [[nodiscard]] QSslSocket& socket() { return *m_socket; }

private:
    [[nodiscard]] bool fill(int timeoutMs);
    [[nodiscard]] std::optional<QByteArray> takeLine(int timeoutMs);
    [[nodiscard]] std::optional<QByteArray> take(qsizetype bytes, int timeoutMs);
    [[nodiscard]] std::optional<QByteArray> takeChunked(int timeoutMs);

    QString m_host;
    quint16 m_port;
    QSslConfiguration m_tls;
    std::unique_ptr<QSslSocket> m_socket;
    QByteArray m_input;
    QByteArray m_token;
};

} // namespace sextant::test
