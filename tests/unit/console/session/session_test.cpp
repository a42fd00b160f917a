// SPDX-License-Identifier: GPL-3.0-or-later
// The session against a small TLS server that speaks just enough of the API, with certificates made for the test.
#include "console/session/certificate_pin.h"
#include "console/session/secret_store.h"
#include "console/session/session.h"
#include "console_fixtures.h"

#include <QFile>
#include <QHostAddress>
#include <QSettings>
#include <QSignalSpy>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslSocket>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace sextant::console;
using State = Session::State;

namespace {

/// Answers each request at once: "secret" logs in, "token-1" may look.
class SmallServer : public QTcpServer {
public:
    explicit SmallServer(const test::Authority& authority) : m_authority(authority) { listen(QHostAddress::LocalHost); }

    bool accepting = true; ///< whether tokens are still good
    int logins = 0;

    [[nodiscard]] QUrl url() const { return QUrl(QStringLiteral("https://127.0.0.1:%1").arg(serverPort())); }

    void dropAll()
    {
        for (QSslSocket* socket : findChildren<QSslSocket*>())
            socket->abort();
    }

protected:
    void incomingConnection(qintptr handle) override
    {
        auto* socket = new QSslSocket(this);
        socket->setSocketDescriptor(handle);
        QSslConfiguration tls = socket->sslConfiguration();
        tls.setLocalCertificateChain({m_authority.certificate, m_authority.authority});
        tls.setPrivateKey(m_authority.key);
        socket->setSslConfiguration(tls);
        connect(socket, &QIODevice::readyRead, this, [this, socket] { answer(socket); });
        connect(socket, &QAbstractSocket::disconnected, socket, &QObject::deleteLater);
        socket->startServerEncryption();
    }

private:
    void answer(QSslSocket* socket)
    {
        const QByteArray request = socket->property("request").toByteArray() + socket->readAll();
        const qsizetype body = request.indexOf("\r\n\r\n");
        const bool isLogin = request.startsWith("POST /api/v1/login");
        if (body < 0 || (isLogin && !request.endsWith('}'))) {
            socket->setProperty("request", request);
            return;
        }
        socket->setProperty("request", QByteArray());
        if (isLogin) {
            ++logins;
            if (request.contains("\"secret\""))
                reply(socket, "200 OK", R"({"token":"token-1","name":"admin","role":"admin","expires":1})");
            else
                reply(socket, "401 Unauthorized", R"({"status":401,"title":"Unauthorized"})");
        } else if (!accepting || !request.toLower().contains("authorization: bearer token-1")) {
            reply(socket, "401 Unauthorized", R"({"status":401,"title":"Unauthorized"})");
        } else if (request.startsWith("GET /api/v1/overview")) {
            reply(socket, "200 OK", R"({"now":1000,"hosts":[{"id":1,"name":"web01","state":"ok"}]})");
        } else if (request.startsWith("GET /api/v1/live")) {
            socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                          "event: overview\ndata: "
                          "{\"now\":2000,\"hosts\":[{\"id\":1,\"name\":\"web01\",\"state\":\"late\"}]}\n\n");
        } else {
            reply(socket, "404 Not Found", R"({"status":404,"title":"Not Found"})");
        }
    }

    static void reply(QSslSocket* socket, const char* status, const QByteArray& json)
    {
        socket->write("HTTP/1.1 " + QByteArray(status) + "\r\nContent-Type: application/json\r\nContent-Length: " +
                      QByteArray::number(json.size()) + "\r\n\r\n" + json);
    }

    const test::Authority& m_authority;
};

/// A session with its list and an empty store.
struct Desk {
    QTemporaryDir folder;
    QSettings settings{folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat};
    ServerList servers{settings};
    MemoryStore secrets;
    Session session{servers, secrets};

    bool reach(const SmallServer& server)
    {
        session.open(servers.findOrMake(server.url()));
        if (!QTest::qWaitFor([this] { return session.state() == State::Trust; }))
            return false;
        session.acceptAuthority();
        return QTest::qWaitFor([this] { return session.state() == State::LogIn; });
    }
    bool logIn(const SmallServer& server)
    {
        if (!reach(server))
            return false;
        session.logIn(QStringLiteral("admin"), QStringLiteral("secret"), false);
        return QTest::qWaitFor([this] { return session.state() == State::Online; });
    }
};

} // namespace

class SessionTest : public QObject {
    Q_OBJECT

private:
    test::Authority m_first, m_second;

private slots:
    void initTestCase()
    {
        m_first = test::makeAuthority();
        m_second = test::makeAuthority();
        QVERIFY2(!m_first.certificate.isNull() && !m_second.certificate.isNull(), "openssl made no certificates");
    }

    void firstUseShowsTheFingerprintThenLogsIn()
    {
        SmallServer server(m_first);
        Desk desk;
        QSignalSpy loaded(&desk.session, &Session::overviewLoaded);
        QSignalSpy changed(&desk.session, &Session::overviewChanged);
        desk.session.open(desk.servers.findOrMake(server.url()));
        QTRY_COMPARE(desk.session.state(), State::Trust);
        QCOMPARE(desk.session.offeredFingerprint(), fingerprintOf(m_first.authority));
        desk.session.acceptAuthority();
        QTRY_COMPARE(desk.session.state(), State::LogIn);
        desk.session.logIn(QStringLiteral("admin"), QStringLiteral("wrong"), false);
        QTRY_VERIFY(desk.session.state() == State::LogIn && !desk.session.message().isEmpty());
        desk.session.logIn(QStringLiteral("admin"), QStringLiteral("secret"), false);
        QTRY_COMPARE(desk.session.state(), State::Online);
        QCOMPARE(loaded.count(), 1);
        QTRY_COMPARE(changed.count(), 1);
        QCOMPARE(desk.servers.servers().size(), 1);
        QCOMPARE(desk.servers.servers()[0].authority, m_first.authority.toDer());
    }

    void noSecretReachesTheSettings()
    {
        SmallServer server(m_first);
        Desk desk;
        QVERIFY(desk.reach(server));
        desk.session.logIn(QStringLiteral("admin"), QStringLiteral("secret"), true);
        QTRY_COMPARE(desk.session.state(), State::Online);
        desk.settings.sync();
        QFile file(desk.settings.fileName());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray written = file.readAll();
        QVERIFY(written.contains("admin"));
        QVERIFY(!written.contains("secret"));
        QVERIFY(!written.contains("token-1"));
    }

    void aKeptTokenNeedsNoLogin()
    {
        SmallServer server(m_first);
        Desk desk;
        QVERIFY(desk.logIn(server));
        const ServerProfile profile = desk.session.profile();
        desk.session.close();
        desk.session.open(profile);
        QTRY_COMPARE(desk.session.state(), State::Online);
        QCOMPARE(server.logins, 1);
    }

    void anotherAuthorityIsRefused()
    {
        SmallServer server(m_second);
        Desk desk;
        ServerProfile profile = desk.servers.findOrMake(server.url());
        profile.authority = m_first.authority.toDer();
        desk.secrets.write(
            QStringLiteral("token/") + profile.id, QStringLiteral("token-1"), this, [](const SecretAnswer&) {});
        desk.session.open(profile);
        QTRY_COMPARE(desk.session.state(), State::Changed);
        QCOMPARE(desk.session.offeredFingerprint(), fingerprintOf(m_second.authority));
        QCOMPARE(desk.session.pinnedFingerprint(), fingerprintOf(m_first.authority));
        QCOMPARE(server.logins, 0);
    }

    void aCertificateForAnotherNameIsRefused()
    {
        const test::Authority elsewhere = test::makeAuthority(QStringLiteral("DNS:elsewhere.example"));
        SmallServer server(elsewhere);
        Desk desk;
        ServerProfile profile = desk.servers.findOrMake(server.url());
        profile.authority = elsewhere.authority.toDer();
        desk.session.open(profile);
        QTRY_COMPARE(desk.session.state(), State::LogIn);
        desk.session.logIn(QStringLiteral("admin"), QStringLiteral("secret"), false);
        QTRY_COMPARE(desk.session.state(), State::Failed);
        QCOMPARE(server.logins, 0);
    }

    void anExpiredSessionAsksAgain()
    {
        SmallServer server(m_first);
        Desk desk;
        QVERIFY(desk.logIn(server));
        server.accepting = false;
        desk.session.refresh();
        QTRY_COMPARE(desk.session.state(), State::LogIn);
        QVERIFY(!desk.session.message().isEmpty());
        server.accepting = true;
        desk.session.logIn(QStringLiteral("admin"), QStringLiteral("secret"), false);
        QTRY_COMPARE(desk.session.state(), State::Online);
    }

    void aKeptPasswordRenewsTheSession()
    {
        SmallServer server(m_first);
        Desk desk;
        QVERIFY(desk.reach(server));
        desk.session.logIn(QStringLiteral("admin"), QStringLiteral("secret"), true);
        QTRY_COMPARE(desk.session.state(), State::Online);
        const ServerProfile profile = desk.session.profile();
        desk.secrets.write(
            QStringLiteral("token/") + profile.id, QStringLiteral("stale"), this, [](const SecretAnswer&) {});
        desk.session.open(profile);
        QTRY_COMPARE(desk.session.state(), State::Online);
        QCOMPARE(server.logins, 2);
    }

    void aLostConnectionComesBack()
    {
        auto server = std::make_unique<SmallServer>(m_first);
        const quint16 port = server->serverPort();
        Desk desk;
        QVERIFY(desk.logIn(*server));
        server.reset();
        QTRY_COMPARE(desk.session.state(), State::Lost);
        QVERIFY(desk.session.lostAt().isValid());
        QTRY_VERIFY(desk.session.nextTry().isValid());
        SmallServer again(m_first);
        again.close();
        QVERIFY(again.listen(QHostAddress::LocalHost, port));
        QTRY_COMPARE_WITH_TIMEOUT(desk.session.state(), State::Online, 20'000);
    }

    void nothingListeningSaysSo()
    {
        Desk desk;
        SmallServer server(m_first);
        const QUrl url = server.url();
        server.close();
        desk.session.open(desk.servers.findOrMake(url));
        QTRY_COMPARE(desk.session.state(), State::Failed);
        QVERIFY(desk.session.message().contains(url.authority()));
    }
};

QTEST_GUILESS_MAIN(SessionTest)
#include "session_test.moc"
