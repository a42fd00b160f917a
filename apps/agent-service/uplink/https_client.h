// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/uplink/http_response.h"
#include "agent-service/uplink/server_address.h"
#include "metrics/result.h"

#include <QObject>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sextant::agent {

/// TLS 1.3 or later, the peer verified against `authority` and nothing else, host name included. The system's list of
/// authorities is never read.
[[nodiscard]] QSslConfiguration tlsTrusting(const QSslCertificate& authority);

struct Identity;
/// The same to the server of an enrolled host, which shows its certificate.
[[nodiscard]] QSslConfiguration tlsAs(const Identity& identity);

/// One request. Header names as they go out; Host, User-Agent and Content-Length are added.
struct HttpRequest {
    std::string method = "POST";
    std::string path;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// A client for one server: one connection, kept open between requests, one request at a time. Much smaller than
/// QNetworkAccessManager, and strict in what it takes from the other side (see HttpResponseReader). A kept connection
/// that the server has closed in the meantime is replaced without a word: the request goes out once more, which is safe
/// because everything that an agent sends may arrive twice. Lives on the thread of its event loop. Failures:
/// Unreachable (no connection, or it broke), Denied (TLS: the certificate is not to be trusted), TimedOut, Malformed
/// and TooLarge (the answer).
class HttpsClient : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(Result<HttpResponse>)>;

    HttpsClient(ServerAddress server, QSslConfiguration tls, QObject* parent = nullptr);
    ~HttpsClient() override;

    /// Sends a request and calls `done` once, later, from the event loop. `timeout` covers everything from the
    /// connection to the last byte. Not to be called while a request is under way.
    void send(const HttpRequest& request, std::chrono::milliseconds timeout, Done done);

    /// Gives up the request that is under way, without calling its `done`, and closes the connection.
    void abort();

    [[nodiscard]] bool busy() const { return static_cast<bool>(m_done); }
    [[nodiscard]] const ServerAddress& server() const { return m_server; }

private:
    void connectToServer();
    void writeRequest();
    void onReadyRead();
    void onDisconnected();
    void onError(QAbstractSocket::SocketError error);
    [[nodiscard]] bool sendAgain();
    [[nodiscard]] Error socketError(QAbstractSocket::SocketError error) const;
    void finish(Result<HttpResponse> result);
    void dropSocket();

    ServerAddress m_server;
    QSslConfiguration m_tls;
    std::unique_ptr<QSslSocket> m_socket;
    QTimer m_timeout;
    HttpResponseReader m_reader;
    std::string m_request; ///< the bytes of the request that is under way
    Done m_done;
    bool m_reused = false; ///< the request went out on a connection that had carried one before
};

/// Closes a client, if there is one, and lets go of it: later, for this may be one of its callbacks.
void retire(std::unique_ptr<HttpsClient>& client);

} // namespace sextant::agent
