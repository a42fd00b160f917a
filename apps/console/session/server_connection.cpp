// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/server_connection.h"

#include "console/session/certificate_pin.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QNetworkRequest>
#include <QSslConfiguration>
#include <QSslError>
#include <QUrlQuery>

namespace sextant::console {
namespace {

constexpr auto kChainProperty = "sextantChain";
constexpr auto kTlsReasonProperty = "sextantTlsReason";

template <typename T>
void finish(const ServerConnection::Answer<T>& answer, const tl::expected<QByteArray, ConnectionFailure>& body,
    Result<T> (*parse)(const QByteArray&))
{
    if (!body) {
        answer(tl::unexpected(body.error()));
        return;
    }
    Result<T> parsed = parse(*body);
    if (parsed)
        answer(std::move(*parsed));
    else
        answer(tl::unexpected(
            ConnectionFailure{ConnectionFailure::Kind::Malformed, QString::fromStdString(parsed.error().message)}));
}

} // namespace

ServerConnection::ServerConnection(QObject* parent) : QObject(parent)
{
    m_silence.setSingleShot(true);
    m_silence.setInterval(kLiveSilence);
    connect(&m_silence, &QTimer::timeout, this, [this] {
        closeLive();
        emit liveFailed({ConnectionFailure::Kind::Unreachable, tr("%1 has gone silent.").arg(m_url.authority())});
    });
}

ServerConnection::~ServerConnection()
{
    close();
}

void ServerConnection::setServer(const QUrl& url, const QSslCertificate& authority)
{
    close();
    m_url = url;
    m_authority = authority;
    m_token.clear();
    m_network = std::make_unique<QNetworkAccessManager>();
    m_network->setAutoDeleteReplies(false);
    m_network->setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
}

void ServerConnection::close()
{
    closeLive();
    if (!m_network)
        return;
    for (QNetworkReply* reply : m_network->findChildren<QNetworkReply*>()) {
        reply->disconnect(this);
        reply->abort();
    }
    m_network.reset();
}

QNetworkRequest ServerConnection::request(const QString& path) const
{
    QUrl url = m_url;
    const qsizetype question = path.indexOf(u'?');
    url.setPath(question < 0 ? path : path.first(question));
    if (question >= 0)
        url.setQuery(path.sliced(question + 1));
    QNetworkRequest request(url);
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setCaCertificates({m_authority});
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    request.setSslConfiguration(tls);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setTransferTimeout(int(std::chrono::milliseconds(kRequestTimeout).count()));
    if (!m_token.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + m_token.toLatin1());
    return request;
}

void ServerConnection::logIn(const QString& name, const QString& password, Answer<Login> answer)
{
    QNetworkRequest login = request(QStringLiteral("/api/v1/login"));
    login.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    const QJsonObject body{{QStringLiteral("name"), name}, {QStringLiteral("password"), password}};
    await(m_network->post(login, QJsonDocument(body).toJson(QJsonDocument::Compact)),
        [answer](const auto& reply) { finish(answer, reply, parseLogin); });
}

void ServerConnection::logOut()
{
    if (!m_network || m_token.isEmpty())
        return;
    // The session is forgotten here whatever the server answers; there it ends by itself at the latest after 12 h.
    await(m_network->post(request(QStringLiteral("/api/v1/logout")), QByteArray()), [](const auto&) {});
    m_token.clear();
}

void ServerConnection::fetchOverview(Answer<Overview> answer)
{
    await(m_network->get(request(QStringLiteral("/api/v1/overview"))),
        [answer](const auto& reply) { finish(answer, reply, parseOverview); });
}

void ServerConnection::fetchSeries(const SeriesQuery& query, Answer<SeriesAnswer> answer)
{
    QUrlQuery parameters;
    parameters.addQueryItem(QStringLiteral("family"), query.family);
    if (!query.columns.isEmpty())
        parameters.addQueryItem(QStringLiteral("columns"), query.columns.join(u','));
    parameters.addQueryItem(QStringLiteral("from"), QString::number(query.from));
    parameters.addQueryItem(QStringLiteral("to"), QString::number(query.to));
    parameters.addQueryItem(QStringLiteral("step"), QString::number(query.stepMs));
    parameters.addQueryItem(QStringLiteral("agg"), QStringLiteral("avg,min,max"));
    const QString path = QStringLiteral("/api/v1/hosts/%1/series?%2").arg(query.host).arg(parameters.toString());
    await(m_network->get(request(path)), [answer](const auto& reply) { finish(answer, reply, parseSeries); });
}

void ServerConnection::await(QNetworkReply* reply, Finished finished)
{
    watchCertificate(reply);
    connect(reply, &QNetworkReply::downloadProgress, this, [reply](qint64 received) {
        if (received > kMostAnswerBytes)
            reply->abort();
    });
    connect(reply, &QNetworkReply::finished, this, [this, reply, finished = std::move(finished)] {
        reply->deleteLater();
        const QByteArray body = reply->readAll();
        if (reply->error() == QNetworkReply::NoError)
            finished(body);
        else
            finished(tl::unexpected(failureOf(*reply, body)));
    });
}

void ServerConnection::watchCertificate(QNetworkReply* reply)
{
    connect(reply, &QNetworkReply::sslErrors, this, [reply](const QList<QSslError>& errors) {
        reply->setProperty(kChainProperty, QVariant::fromValue(reply->sslConfiguration().peerCertificateChain()));
        reply->setProperty(kTlsReasonProperty, errors.isEmpty() ? QString() : errors.constFirst().errorString());
    });
}

ConnectionFailure ServerConnection::tlsFailure(const QList<QSslCertificate>& chain, const QString& reason) const
{
    const auto offered = authorityOf(chain);
    if (offered && judge(fingerprintOf(m_authority), fingerprintOf(*offered)) == PinVerdict::Changed)
        return {ConnectionFailure::Kind::CaChanged, tr("The server's certificate authority has changed."), *offered};
    return {ConnectionFailure::Kind::Certificate,
        tr("The certificate of %1 cannot be accepted: %2.").arg(m_url.authority(), reason)};
}

ConnectionFailure ServerConnection::failureOf(QNetworkReply& reply, const QByteArray& body) const
{
    using Kind = ConnectionFailure::Kind;
    if (reply.error() == QNetworkReply::SslHandshakeFailedError)
        return tlsFailure(reply.property(kChainProperty).value<QList<QSslCertificate>>(),
            reply.property(kTlsReasonProperty).toString());
    const int status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    const Problem problem = parseProblem(body);
    const QString detail = problem.detail.isEmpty() ? problem.title : problem.detail;
    switch (status) {
    case 0:
    case 200: // the answer began well and then broke off
        break;
    case 401:
        return {Kind::Unauthorised, detail};
    case 403:
        return {Kind::Forbidden, tr("Your role does not allow this.")};
    case 429:
        return {Kind::TooManyLogins, tr("Too many failed logins. Try again in %n min.", nullptr,
                                         std::max(1, (reply.rawHeader("Retry-After").toInt() + 59) / 60))};
    case 502:
    case 503:
    case 504:
        return {Kind::Unreachable, tr("%1 is not ready: %2").arg(m_url.authority(), detail)};
    default:
        return {Kind::Refused, tr("%1 answered %2: %3").arg(m_url.authority()).arg(status).arg(detail)};
    }
    if (reply.error() == QNetworkReply::ConnectionRefusedError)
        return {Kind::Unreachable, tr("Nothing answers at %1: the connection was refused.").arg(m_url.authority())};
    if (reply.error() == QNetworkReply::HostNotFoundError)
        return {Kind::Unreachable, tr("No machine named %1 could be found.").arg(m_url.host())};
    if (reply.error() == QNetworkReply::OperationCanceledError)
        return {Kind::Unreachable, tr("%1 did not answer in time.").arg(m_url.authority())};
    return {Kind::Unreachable, tr("%1 could not be reached: %2.").arg(m_url.authority(), reply.errorString())};
}

void ServerConnection::openLive(const std::vector<HostId>& hosts)
{
    closeLive();
    QStringList ids;
    for (const HostId id : hosts)
        ids.append(QString::number(id));
    QNetworkRequest live = request(
        ids.isEmpty() ? QStringLiteral("/api/v1/live") : QStringLiteral("/api/v1/live?hosts=") + ids.join(u','));
    live.setTransferTimeout(0);
    live.setRawHeader("Accept", "text/event-stream");
    m_parser = SseParser();
    m_live = m_network->get(live);
    watchCertificate(m_live);
    connect(m_live, &QNetworkReply::metaDataChanged, this, [this] {
        if (m_live->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt() == 200)
            emit liveOpened();
    });
    connect(m_live, &QIODevice::readyRead, this, &ServerConnection::readLive);
    connect(m_live, &QNetworkReply::finished, this, &ServerConnection::finishLive);
    m_silence.start();
}

void ServerConnection::readLive()
{
    if (m_live->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt() != 200)
        return;
    m_silence.start();
    const Result<std::vector<SseEvent>> events = m_parser.push(m_live->readAll());
    if (!events) {
        closeLive();
        emit liveFailed({ConnectionFailure::Kind::Malformed, QString::fromStdString(events.error().message)});
        return;
    }
    for (const SseEvent& event : *events)
        deliver(event);
}

void ServerConnection::deliver(const SseEvent& event)
{
    if (event.name == "overview") {
        if (const Result<Overview> changed = parseOverview(event.data))
            emit overviewEvent(*changed);
        else
            qWarning("live stream: an overview event was skipped: %s", changed.error().message.c_str());
    } else if (event.name == "frame") {
        if (const Result<LiveFrame> frame = parseFrame(event.data))
            emit frameEvent(*frame);
        else
            qWarning("live stream: a frame event was skipped: %s", frame.error().message.c_str());
    }
}

void ServerConnection::finishLive()
{
    const ConnectionFailure failure = m_live->error() == QNetworkReply::NoError
                                          ? ConnectionFailure{ConnectionFailure::Kind::Unreachable,
                                                tr("%1 ended the connection.").arg(m_url.authority())}
                                          : failureOf(*m_live, m_live->readAll());
    closeLive();
    emit liveFailed(failure);
}

void ServerConnection::closeLive()
{
    m_silence.stop();
    if (!m_live)
        return;
    m_live->disconnect(this);
    m_live->abort();
    m_live->deleteLater();
    m_live = nullptr;
}

} // namespace sextant::console
