// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/session/sse_parser.h"
#include "console/session/wire.h"

#include <QElapsedTimer>
#include <QObject>
#include <QSslCertificate>
#include <QStringList>
#include <QTimer>
#include <QUrl>

#include <functional>
#include <memory>
#include <vector>

class QNetworkAccessManager;
class QNetworkReply;
class QNetworkRequest;

namespace sextant::console {

/// Why a request failed: a kind to decide by and a sentence to show.
struct ConnectionFailure {
    enum class Kind {
        Unreachable,   ///< no connection, or it broke; try again
        CaChanged,     ///< the server's CA is not the pinned one; `offered` is what it sent
        Certificate,   ///< the pinned CA, but the certificate is wrong (name, date)
        Unauthorised,  ///< 401: wrong password, or the session ended
        Forbidden,     ///< 403: the role is too low
        TooManyLogins, ///< 429
        Refused,       ///< any other answer that is no success
        Malformed,     ///< an answer that could not be understood
    };
    Kind kind = Kind::Unreachable;
    QString sentence;
    QSslCertificate offered = QSslCertificate();
};

/// What to ask GET /api/v1/hosts/{id}/series for. Times in Unix ms, `to` not included.
struct SeriesQuery {
    HostId host = 0;
    QString family;
    QStringList columns;
    std::int64_t from = 0, to = 0, stepMs = 0;
};

/// The HTTPS client for one server: requests and the live stream, nothing else; Session decides what to do about
/// failures. Trusts only the one CA it is given and checks the server's name. Lives on the GUI thread; callbacks come
/// there, later, once each, unless the connection was closed before. Limits: answers of at most kMostAnswerBytes;
/// requests time out after kRequestTimeout; a live stream that is silent for kLiveSilence (the server sends a comment
/// every 15 s) counts as broken.
class ServerConnection : public QObject {
    Q_OBJECT

public:
    static constexpr qint64 kMostAnswerBytes = 256LL * 1024 * 1024;
    static constexpr std::chrono::seconds kRequestTimeout{20};
    static constexpr std::chrono::seconds kLiveSilence{40};

    template <typename T>
    using Answer = std::function<void(tl::expected<T, ConnectionFailure>)>;

    explicit ServerConnection(QObject* parent = nullptr);
    ~ServerConnection() override;

    /// Forgets everything about the server before.
    void setServer(const QUrl& url, const QSslCertificate& authority);
    void setToken(const QString& token) { m_token = token; }
    /// Drops every request and the live stream without a callback.
    void close();

    void logIn(const QString& name, const QString& password, Answer<Login> answer);
    void logOut();
    void fetchOverview(Answer<Overview> answer);
    void fetchSeries(const SeriesQuery& query, Answer<SeriesAnswer> answer);

    /// Opens the live stream, closing the one before; `hosts` (at most 50) are sent with all their frames.
    void openLive(const std::vector<HostId>& hosts);

signals:
    void liveOpened();
    void overviewEvent(const sextant::console::Overview& changed);
    void frameEvent(const sextant::console::LiveFrame& frame);
    /// The stream ended or broke; it is closed.
    void liveFailed(const sextant::console::ConnectionFailure& failure);

private:
    using Finished = std::function<void(tl::expected<QByteArray, ConnectionFailure>)>;

    [[nodiscard]] QNetworkRequest request(const QString& path) const;
    void await(QNetworkReply* reply, Finished finished);
    [[nodiscard]] ConnectionFailure failureOf(QNetworkReply& reply, const QByteArray& body) const;
    [[nodiscard]] ConnectionFailure tlsFailure(const QList<QSslCertificate>& chain, const QString& reason) const;
    void watchCertificate(QNetworkReply* reply);
    void readLive();
    void finishLive();
    void closeLive();
    void deliver(const SseEvent& event);

    QUrl m_url;
    QSslCertificate m_authority;
    QString m_token;
    std::unique_ptr<QNetworkAccessManager> m_network;
    QNetworkReply* m_live = nullptr;
    SseParser m_parser;
    QTimer m_silence;
};

} // namespace sextant::console
