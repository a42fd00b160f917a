// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/session/certificate_probe.h"
#include "console/session/server_connection.h"
#include "console/session/server_list.h"

#include <QDateTime>
#include <QObject>
#include <QSslCertificate>
#include <QTimer>

#include <chrono>
#include <vector>

namespace sextant::console {

class SecretStore;
struct SecretAnswer;

/// Everything between "the person chose a server" and "data flows", and back again after a failure: first use and pin
/// of the CA, token or password from the secret store, login, overview, live stream, reconnect with growing pauses.
/// Pages look at state() and call what the person decided. Lives on the GUI thread. The server list and the secret
/// store outlive it. Secrets pass through and are not kept here, except the running session's token.
class Session : public QObject {
    Q_OBJECT

public:
    enum class State {
        NoServer,   ///< nothing chosen
        Contacting, ///< asking the server who it is, or the secret store for a token
        Trust,      ///< first use: the person must accept offeredFingerprint()
        Changed,    ///< the CA is another one than pinned: refused
        LogIn,      ///< name and password are needed; message() says why when there is a reason
        LoggingIn,
        Loading, ///< logged in, the first overview is on its way
        Online,
        Lost,   ///< was online; trying again at nextTry()
        Failed, ///< never got online; message() says why
    };
    static constexpr std::chrono::milliseconds kFirstPause{1'000};
    static constexpr std::chrono::milliseconds kLongestPause{30'000};

    Session(ServerList& servers, SecretStore& secrets, QObject* parent = nullptr);

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const ServerProfile& profile() const { return m_profile; }
    [[nodiscard]] const QString& message() const { return m_message; }
    /// Why secrets cannot be kept; empty when they can, or when nobody has asked yet.
    [[nodiscard]] const QString& secretsProblem() const { return m_secretsProblem; }
    [[nodiscard]] QByteArray offeredFingerprint() const;
    [[nodiscard]] QByteArray pinnedFingerprint() const;
    [[nodiscard]] const QDateTime& lostAt() const { return m_lostAt; }
    [[nodiscard]] const QDateTime& nextTry() const { return m_nextTry; }
    [[nodiscard]] const QString& role() const { return m_role; }

    void open(const ServerProfile& profile);
    void acceptAuthority();
    void logIn(const QString& name, const QString& password, bool keepPassword);
    /// Ends the session on the server and forgets its secrets here.
    void logOut();
    /// Removes a server from the list, and its secrets from the store.
    void forget(const ServerProfile& server);
    void close();
    void retryNow();
    /// Loads the whole overview again.
    void refresh();
    /// Frames of these hosts come by frameArrived(); at most 50.
    void watch(const std::vector<HostId>& hosts);
    /// Calls back unless the session was closed or the server changed. 401 also moves the session to LogIn.
    void fetchSeries(const SeriesQuery& query, ServerConnection::Answer<SeriesAnswer> answer);

signals:
    void stateChanged(sextant::console::Session::State state);
    void overviewLoaded(const sextant::console::Overview& overview);
    void overviewChanged(const sextant::console::Overview& changed);
    void frameArrived(const sextant::console::LiveFrame& frame);

private:
    void setState(State state, const QString& message = {});
    void takeAuthority(const QSslCertificate& authority);
    void connectPinned();
    void tryToken();
    void connectWithPassword();
    void tryPassword();
    void sendLogin(const QString& name, const QString& password, bool silent);
    void takeLogin(const Login& login);
    void loadOverview();
    void takeFailure(const ConnectionFailure& failure);
    void scheduleRetry();
    [[nodiscard]] bool wasOnline() const { return m_lastOverview.isValid(); }
    [[nodiscard]] static QString secretKey(QLatin1String kind, const ServerProfile& server);
    void noteSecrets(const SecretAnswer& answer);

    ServerList& m_servers;
    SecretStore& m_secrets;
    CertificateProbe m_probe;
    ServerConnection m_connection;
    QTimer m_retry;
    State m_state = State::NoServer;
    ServerProfile m_profile;
    QSslCertificate m_offered;
    QString m_message;
    QString m_secretsProblem;
    QString m_role;
    QDateTime m_lostAt, m_nextTry, m_lastOverview;
    std::chrono::milliseconds m_pause = kFirstPause;
    std::vector<HostId> m_watched;
    bool m_freshToken = false; ///< the token has just been given: a 401 for it is no expiry
};

} // namespace sextant::console
