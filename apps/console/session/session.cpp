// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/session.h"

#include "console/session/certificate_pin.h"
#include "console/session/secret_store.h"

#include <QRandomGenerator>

namespace sextant::console {

Session::Session(ServerList& servers, SecretStore& secrets, QObject* parent)
    : QObject(parent), m_servers(servers), m_secrets(secrets)
{
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, &Session::retryNow);
    connect(&m_probe, &CertificateProbe::found, this, &Session::takeAuthority);
    connect(
        &m_probe, &CertificateProbe::failed, this, [this](const QString& reason) { setState(State::Failed, reason); });
    connect(&m_connection, &ServerConnection::overviewEvent, this, &Session::overviewChanged);
    connect(&m_connection, &ServerConnection::frameEvent, this, &Session::frameArrived);
    connect(&m_connection, &ServerConnection::liveFailed, this, &Session::takeFailure);
}

QByteArray Session::offeredFingerprint() const
{
    return m_offered.isNull() ? QByteArray() : fingerprintOf(m_offered);
}

QByteArray Session::pinnedFingerprint() const
{
    return m_profile.authority.isEmpty() ? QByteArray()
                                         : fingerprintOf(QSslCertificate(m_profile.authority, QSsl::Der));
}

void Session::setState(State state, const QString& message)
{
    m_state = state;
    m_message = message;
    emit stateChanged(state);
}

void Session::open(const ServerProfile& profile)
{
    close();
    m_profile = profile;
    setState(State::Contacting);
    if (profile.authority.isEmpty())
        m_probe.start(profile.url);
    else
        connectPinned();
}

void Session::close()
{
    m_probe.cancel();
    m_retry.stop();
    m_connection.close();
    m_profile = {};
    m_offered = QSslCertificate();
    m_role.clear();
    m_lastOverview = {};
    m_watched.clear();
    m_pause = kFirstPause;
    setState(State::NoServer);
}

void Session::takeAuthority(const QSslCertificate& authority)
{
    m_offered = authority;
    setState(State::Trust);
}

void Session::acceptAuthority()
{
    if (m_state != State::Trust)
        return;
    m_profile.authority = m_offered.toDer();
    m_profile.acceptedAt = QDateTime::currentDateTime();
    m_servers.store(m_profile);
    setState(State::Contacting);
    connectPinned();
}

void Session::connectPinned()
{
    m_connection.setServer(m_profile.url, QSslCertificate(m_profile.authority, QSsl::Der));
    tryToken();
}

QString Session::secretKey(QLatin1String kind, const ServerProfile& server)
{
    return kind + QLatin1Char('/') + server.id;
}

void Session::noteSecrets(const SecretAnswer& answer)
{
    m_secretsProblem = answer.outcome == SecretAnswer::Outcome::Unavailable ? answer.reason : QString();
    if (answer.outcome == SecretAnswer::Outcome::Unavailable && m_secretsProblem.isEmpty())
        m_secretsProblem = tr("the desktop's password store gave no reason");
}

void Session::tryToken()
{
    const QString server = m_profile.id;
    m_secrets.read(secretKey(QLatin1String("token"), m_profile), this, [this, server](const SecretAnswer& answer) {
        if (m_profile.id != server || m_state != State::Contacting)
            return;
        noteSecrets(answer);
        if (answer.outcome != SecretAnswer::Outcome::Done) {
            tryPassword();
            return;
        }
        m_connection.setToken(answer.secret);
        setState(State::Loading);
        loadOverview();
    });
}

void Session::connectWithPassword()
{
    m_connection.setServer(m_profile.url, QSslCertificate(m_profile.authority, QSsl::Der));
    tryPassword();
}

void Session::tryPassword()
{
    if (!m_profile.keepPassword || !m_secretsProblem.isEmpty()) {
        setState(State::LogIn, wasOnline() ? tr("Your session has ended. Log in again to go on.") : QString());
        return;
    }
    const QString server = m_profile.id;
    m_secrets.read(secretKey(QLatin1String("password"), m_profile), this, [this, server](const SecretAnswer& answer) {
        if (m_profile.id != server)
            return;
        noteSecrets(answer);
        if (answer.outcome == SecretAnswer::Outcome::Done)
            sendLogin(m_profile.userName, answer.secret, true);
        else
            setState(State::LogIn);
    });
}

void Session::logIn(const QString& name, const QString& password, bool keepPassword)
{
    m_profile.userName = name;
    m_profile.keepPassword = keepPassword && m_secretsProblem.isEmpty();
    const QString key = secretKey(QLatin1String("password"), m_profile);
    const auto note = [this](const SecretAnswer& answer) { noteSecrets(answer); };
    if (m_profile.keepPassword)
        m_secrets.write(key, password, this, note);
    else if (m_secretsProblem.isEmpty())
        m_secrets.remove(key, this, note);
    sendLogin(name, password, false);
}

void Session::sendLogin(const QString& name, const QString& password, bool silent)
{
    setState(State::LoggingIn);
    m_connection.setToken({});
    m_connection.logIn(name, password, [this, silent](const auto& login) {
        if (login) {
            takeLogin(*login);
            return;
        }
        const ConnectionFailure& failure = login.error();
        if (failure.kind == ConnectionFailure::Kind::Unauthorised)
            setState(State::LogIn, silent ? tr("The kept password is not accepted any more.")
                                          : tr("The name or the password is wrong."));
        else if (failure.kind == ConnectionFailure::Kind::CaChanged ||
                 failure.kind == ConnectionFailure::Kind::Certificate)
            takeFailure(failure);
        else
            setState(State::LogIn, failure.sentence);
    });
}

void Session::takeLogin(const Login& login)
{
    m_connection.setToken(login.token);
    m_freshToken = true;
    m_role = login.role;
    m_servers.store(m_profile);
    if (m_secretsProblem.isEmpty())
        m_secrets.write(secretKey(QLatin1String("token"), m_profile), login.token, this,
            [this](const SecretAnswer& answer) { noteSecrets(answer); });
    setState(State::Loading);
    loadOverview();
}

void Session::logOut()
{
    m_retry.stop();
    m_connection.logOut();
    for (const auto kind : {QLatin1String("token"), QLatin1String("password")})
        m_secrets.remove(secretKey(kind, m_profile), this, [this](const SecretAnswer& answer) { noteSecrets(answer); });
    m_profile.keepPassword = false;
    m_servers.store(m_profile);
    m_lastOverview = {};
    setState(State::LogIn, tr("You are logged out."));
}

void Session::forget(const ServerProfile& server)
{
    for (const auto kind : {QLatin1String("token"), QLatin1String("password")})
        m_secrets.remove(secretKey(kind, server), this, [this](const SecretAnswer& answer) { noteSecrets(answer); });
    m_servers.remove(server.id);
}

void Session::loadOverview()
{
    m_connection.fetchOverview([this](const auto& overview) {
        if (!overview) {
            takeFailure(overview.error());
            return;
        }
        m_lastOverview = QDateTime::currentDateTime();
        m_pause = kFirstPause;
        m_freshToken = false;
        emit overviewLoaded(*overview);
        m_connection.openLive(m_watched);
        setState(State::Online);
    });
}

void Session::refresh()
{
    if (m_state == State::Online)
        loadOverview();
    else if (m_state == State::Lost)
        retryNow();
}

void Session::watch(const std::vector<HostId>& hosts)
{
    if (m_watched == hosts)
        return;
    m_watched = hosts;
    if (m_state == State::Online)
        m_connection.openLive(m_watched);
}

void Session::fetchSeries(const SeriesQuery& query, ServerConnection::Answer<SeriesAnswer> answer)
{
    if (m_state != State::Online) {
        answer(tl::unexpected(ConnectionFailure{ConnectionFailure::Kind::Unreachable, tr("There is no connection.")}));
        return;
    }
    m_connection.fetchSeries(query, [this, answer = std::move(answer)](const auto& series) {
        if (!series && series.error().kind == ConnectionFailure::Kind::Unauthorised)
            takeFailure(series.error());
        answer(series);
    });
}

void Session::takeFailure(const ConnectionFailure& failure)
{
    using Kind = ConnectionFailure::Kind;
    m_retry.stop();
    switch (failure.kind) {
    case Kind::CaChanged:
        m_offered = failure.offered;
        m_connection.close();
        setState(State::Changed);
        return;
    case Kind::Unauthorised:
        m_connection.close();
        if (m_freshToken) {
            setState(State::Failed, tr("The server gave a session and then did not accept it."));
            return;
        }
        connectWithPassword();
        return;
    case Kind::Unreachable:
        if (wasOnline()) {
            if (m_state != State::Lost)
                m_lostAt = QDateTime::currentDateTime();
            scheduleRetry();
            setState(State::Lost, failure.sentence);
            return;
        }
        break;
    default:
        break;
    }
    m_connection.close();
    setState(State::Failed, failure.sentence);
}

void Session::scheduleRetry()
{
    // ±25 %, so that many consoles do not come back in the same moment.
    const double jitter = 0.75 + 0.5 * QRandomGenerator::global()->generateDouble();
    const auto pause = std::chrono::milliseconds(qint64(double(m_pause.count()) * jitter));
    m_pause = std::min(m_pause * 2, kLongestPause);
    m_nextTry = QDateTime::currentDateTime().addMSecs(pause.count());
    m_retry.start(pause);
}

void Session::retryNow()
{
    m_retry.stop();
    if (m_state == State::Lost) {
        m_nextTry = QDateTime();
        emit stateChanged(m_state);
        loadOverview();
    } else if (m_state == State::Failed) {
        const ServerProfile profile = m_profile;
        open(profile);
    }
}

} // namespace sextant::console
