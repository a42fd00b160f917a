// SPDX-License-Identifier: GPL-3.0-or-later
// Walks the whole route table of the real server with no, wrong, expired and stolen credentials and with roles that are
// too low: every one must be turned away without a word of data. Also holds the table to docs/api.md.
#include "server/api/routes.h"
#include "server/auth/certificate_authority.h"
#include "server/auth/x509.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QFile>
#include <QRegularExpression>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTest>

#include <algorithm>

using namespace sextant;
using namespace sextant::test;
namespace http = server::http;
using server::Need;
using server::Route;

namespace {

constexpr qint64 kDayMs = 86'400'000;
const QString kMarker = QStringLiteral("do-not-leak-this-host");

/// Somebody who asks: with a token, a client certificate, both or neither.
struct Caller {
    QString name;
    QByteArray authorization; ///< the whole header; empty for none
    std::optional<Identity> identity;
};

QByteArray text(std::string_view bytes)
{
    return {bytes.data(), static_cast<qsizetype>(bytes.size())};
}

QByteArray pathOf(const Route& route, qint64 id)
{
    return text(route.path)
        .replace("{id}", QByteArray::number(id))
        .replace("{kind}", "processes")
        .replace("{chart}", "cpu")
        .replace("{grouping...}", "job/test")
        .replace("{type}", "gauge")
        .replace("{name}", "job")
        .replace("{value}", "1");
}

/// `open`: a connection without a certificate, for requests without a body. Those with one, which is not read when they
/// are refused, end theirs.
Answer ask(const ServerProcess& server, HttpsClient& open, const Route& route, const QByteArray& method,
    const Caller& caller, qint64 id)
{
    HttpsClient own(server.url(), server.caPem(), caller.identity);
    HttpsClient& client = caller.identity || route.bodyBytes > 0 ? own : open;
    HttpsClient::Headers headers;
    if (!caller.authorization.isEmpty())
        headers.emplaceBack("Authorization", caller.authorization);
    const QByteArray body = route.bodyBytes > 0 ? QByteArray("{}") : QByteArray();
    if (!body.isEmpty())
        headers.emplaceBack("Content-Type", "application/json");
    return client.request(method, pathOf(route, id), body, headers);
}

/// Runs SQL on the server's database, beside the server, as somebody with the file would.
bool runSql(const ServerProcess& server, const QString& sql, const QVariantList& values = {})
{
    bool done = false;
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("routes_test"));
        database.setDatabaseName(server.dataDir() + QStringLiteral("/sextant.db"));
        database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
        if (database.open()) {
            QSqlQuery query(database);
            query.prepare(sql);
            for (const QVariant& value : values)
                query.addBindValue(value);
            done = query.exec();
            if (!done)
                qWarning() << query.lastError();
        }
    }
    QSqlDatabase::removeDatabase(QStringLiteral("routes_test"));
    return done;
}

QByteArray derFingerprint(const QByteArray& pem)
{
    const auto certificate = server::openssl::certificateFromPem(pem);
    return certificate ? server::openssl::fingerprint(certificate->get()) : QByteArray();
}

/// A certificate with the same subject and issuer names as ours, signed by somebody else's key.
Identity forged(const QByteArray& caPem, const QByteArray& commonName)
{
    namespace openssl = server::openssl;
    const auto ours = openssl::certificateFromPem(caPem);
    const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
    const auto theirKey = openssl::makeEcKey();
    openssl::CertificateText authority;
    authority.commonName = "replaced below";
    authority.notBeforeMs = nowMs - kDayMs;
    authority.notAfterMs = nowMs + 100 * kDayMs;
    authority.extensions = {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_subject_key_identifier, "hash"}};
    const auto theirs = openssl::makeCertificate(theirKey->get(), authority, nullptr, nullptr);
    X509_set_subject_name(theirs->get(), X509_get_subject_name(ours->get()));

    const auto key = openssl::makeEcKey();
    openssl::CertificateText client = authority;
    client.commonName = commonName;
    client.extensions = {{NID_basic_constraints, "critical,CA:FALSE"}, {NID_ext_key_usage, "clientAuth"}};
    const auto certificate = openssl::makeCertificate(key->get(), client, theirs->get(), theirKey->get());
    return {openssl::certificateToPem(certificate->get()).value(), openssl::keyToPem(key->get()).value()};
}

} // namespace

class RoutesTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        m_open = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
        m_host = enrolHost(m_server, kMarker);
        QVERIFY(m_host.has_value());
        HttpsClient agent(m_server.url(), m_server.caPem(), m_host->identity);
        QCOMPARE(sendBatch(agent, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 204);

        HttpsClient person(m_server.url(), m_server.caPem());
        QVERIFY(person.logIn(QStringLiteral("admin"), m_server.adminPassword()));
        m_admin = logIn(QStringLiteral("admin"), m_server.adminPassword());
        m_viewer = addUser(QStringLiteral("vera"), QStringLiteral("viewer"));
        m_operator = addUser(QStringLiteral("otto"), QStringLiteral("operator"));
        m_readKey = addKey(QStringLiteral("a key to read"), QStringLiteral("read"));
        m_ingestKey = addKey(QStringLiteral("a key to write"), QStringLiteral("ingest"));
        QVERIFY(!m_readKey.authorization.isEmpty() && !m_ingestKey.authorization.isEmpty());
        makeBadPeople();
        makeBadAgents();
        QVERIFY(!m_badPeople.isEmpty() && !m_badAgents.isEmpty());
    }

    void cleanup()
    {
        if (!m_server.isRunning() || QTest::currentTestFailed())
            qWarning("%s", m_server.log().constData());
    }

    void openRoutesAreOnlyThose()
    {
        QStringList open;
        for (const Route& route : server::routes()) {
            if (route.need == Need::Open)
                open.append(QString::fromUtf8(text(route.path)));
        }
        QCOMPARE(
            open, (QStringList{QStringLiteral("/healthz"), QStringLiteral("/readyz"), QStringLiteral("/api/v1/login"),
                      QStringLiteral("/api/v1/agent/enroll"), QStringLiteral("/api/v1/agent/register")}));
    }

    void badCredentialsGetNowhere()
    {
        int walked = 0;
        for (const Route& route : server::routes()) {
            if (route.need == Need::Open)
                continue;
            for (const Caller& caller : m_badPeople + m_badAgents) {
                expectRefusal(route, caller, 401);
                ++walked;
            }
        }
        QVERIFY(walked >= 100);
    }

    void aPersonIsNoAgentAndAnAgentIsNoPerson()
    {
        const Caller agent{QStringLiteral("an agent"), {}, m_host->identity};
        for (const Route& route : server::routes()) {
            if (route.need == Need::Agent)
                expectRefusal(route, m_admin, 401);
            else if (route.need != Need::Open)
                expectRefusal(route, agent, 401);
        }
    }

    void rolesThatAreTooLowAreForbidden()
    {
        int walked = 0;
        for (const Route& route : server::routes()) {
            if (route.need == Need::Operator || route.need == Need::Admin) {
                expectRefusal(route, m_viewer, 403);
                ++walked;
            }
            if (route.need == Need::Admin)
                expectRefusal(route, m_operator, 403);
        }
        QVERIFY(walked >= 4);
    }

    void aKeyMayWhatItsRightsSay()
    {
        for (const Route& route : server::routes()) {
            if (route.need == Need::Agent) {
                expectRefusal(route, m_readKey, 401);
                continue;
            }
            if (route.need == Need::Open)
                continue;
            if (route.need == Need::Ingest) {
                for (const Caller& caller : {m_readKey, m_admin, m_viewer})
                    expectRefusal(route, caller, 403);
                continue;
            }
            expectRefusal(route, m_ingestKey, 403);
            if (route.need != Need::Viewer)
                expectRefusal(route, m_readKey, 403);
        }
        HttpsClient reader(m_server.url(), m_server.caPem());
        const QByteArray basic = "Basic " + ("grafana:" + m_readKey.authorization.mid(7)).toBase64();
        for (const QByteArray& authorization : {m_readKey.authorization, basic}) {
            const HttpsClient::Headers headers{{"Authorization", authorization}};
            QVERIFY(reader.request("GET", "/api/v1/overview", {}, headers).body.contains(kMarker.toUtf8()));
            QCOMPARE(reader.request("GET", "/api/v1/me", {}, headers).json().value(QStringLiteral("role")).toString(),
                QStringLiteral("viewer"));
            QCOMPARE(reader.request("POST", "/api/v1/logout", {}, headers).status, 403);
        }
    }

    void openRoutesGiveNothingWithoutTheirSecret()
    {
        HttpsClient client(m_server.url(), m_server.caPem());
        const Answer login =
            client.post("/api/v1/login", {{QStringLiteral("name"), QStringLiteral("admin")},
                                             {QStringLiteral("password"), QStringLiteral("wrong password")}});
        QCOMPARE(login.status, 401);
        QVERIFY(!login.json().contains(QStringLiteral("token")));
        QVERIFY(!enrolHost(m_server.url(), m_server.caPem(), QStringLiteral("sextant1_e30"), kMarker).has_value());

        const QString expired = m_server.makeToken();
        QVERIFY(runSql(m_server, QStringLiteral("UPDATE enrolment_tokens SET expires_ms = 1 WHERE used_ms IS NULL")));
        QVERIFY(!enrolHost(m_server.url(), m_server.caPem(), expired, kMarker).has_value());
        QCOMPARE(client.get("/healthz").body, QByteArray("ok\n"));
    }

    void goodCredentialsGetThrough()
    {
        // Without this, a server that refused everything would pass. The host is not down, however long the tests
        // before took.
        HttpsClient agent(m_server.url(), m_server.caPem(), m_host->identity);
        QCOMPARE(sendBatch(agent, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 204);
        for (const Route& route : server::routes()) {
            const bool isPerson = route.need != Need::Open && route.need != Need::Agent && route.need != Need::Ingest;
            if (!isPerson || route.path == "/api/v1/live" || route.path == "/api/v1/logout")
                continue;
            const qint64 id = route.method == http::Method::Delete ? 987'654 : m_host->id;
            const Caller& caller = route.need == Need::Admin ? m_admin : m_viewer;
            const Answer answer = ask(m_server, *m_open, route, text(toString(route.method)), caller, id);
            const bool isQuery = route.path.find("query") != std::string_view::npos || route.path == "/api/v1/export";
            const bool needsNone = route.path == "/v1/query";
            const int expected =
                route.path == "/api/v1/keys" && route.method == http::Method::Post     ? 400 // lacks its name
                : route.method == http::Method::Delete                                 ? 404
                : route.path == "/api/v1/tokens" && route.method == http::Method::Post ? 201
                : route.path.ends_with("/series")                                   ? 400 // lacks its family or match[]
                : isQuery && !needsNone                                             ? 400 // there is none
                : route.path.ends_with("fleet/chart")                               ? 400 // lacks its metric
                : route.path.ends_with("{kind}") || route.path.ends_with("/latest") ? 404 // this host sent none
                                                                                    : 200;
            QVERIFY2(answer.status == expected, describe(route, caller, answer).constData());
        }
        HttpsClient viewer(m_server.url(), m_server.caPem());
        QVERIFY(viewer.request("GET", "/api/v1/overview", {}, {{"Authorization", m_viewer.authorization}})
                    .body.contains(kMarker.toUtf8()));
    }

    void otherMethodsAndPathsAreRefused()
    {
        HttpsClient client(m_server.url(), m_server.caPem());
        for (const Route& route : server::routes()) {
            const Answer answer = client.request("PATCH", pathOf(route, 1));
            QCOMPARE(answer.status, 405);
            QVERIFY(answer.header("allow").contains(text(toString(route.method))));
        }
        for (const QByteArray path : {"/", "/api", "/api/v1", "/api/v1/hosts/1/2", "/api/v1/overview/", "/ca.key",
                 "/api/v1/hosts//series", "/API/V1/overview"})
            QCOMPARE(client.get(path).status, 404);
        for (const QByteArray path : {"/../ca.key", "/%2e%2e/ca.key", "/api/v1/%00", "/api/v1/%ff", "/a%2"})
            QCOMPARE(HttpsClient(m_server.url(), m_server.caPem()).get(path).status, 400);
    }

    void theTableIsTheOneInTheDocument()
    {
        QFile file(QStringLiteral(SEXTANT_SOURCE_DIR "/docs/api.md"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QStringList documented;
        const QRegularExpression line(QStringLiteral("^\\| (GET|POST|DELETE|PUT|PATCH) `([^`]+)` \\| (\\w+)"));
        for (const QString& row : QString::fromUtf8(file.readAll()).split(u'\n')) {
            if (const auto match = line.match(row); match.hasMatch())
                documented.append(match.captured(1) + u' ' + match.captured(2) + u' ' + match.captured(3));
        }
        QStringList declared;
        for (const Route& route : server::routes())
            declared.append(QString::fromUtf8(
                text(toString(route.method)) + ' ' + text(route.path) + ' ' + text(toString(route.need))));
        documented.sort();
        declared.sort();
        QCOMPARE(declared, documented);
    }

private:
    Caller logIn(const QString& name, const QString& password)
    {
        HttpsClient client(m_server.url(), m_server.caPem());
        const Answer answer =
            client.post("/api/v1/login", {{QStringLiteral("name"), name}, {QStringLiteral("password"), password}});
        return {name, "Bearer " + answer.json().value(QStringLiteral("token")).toString().toLatin1(), std::nullopt};
    }

    Caller addUser(const QString& name, const QString& role)
    {
        const QString password = QStringLiteral("a good password of ") + name;
        const auto added = m_server.command({QStringLiteral("user"), QStringLiteral("add"), name,
                                                QStringLiteral("--role"), role, QStringLiteral("--password-stdin")},
            password.toUtf8() + '\n');
        return added.exitCode == 0 ? logIn(name, password) : Caller{};
    }

    Caller addKey(const QString& name, const QString& rights)
    {
        const QByteArray key = m_server.makeKey(name, {QStringLiteral("--rights"), rights});
        return key.isEmpty() ? Caller{} : Caller{name, "Bearer " + key, std::nullopt};
    }

    void makeBadPeople()
    {
        m_badPeople = {{QStringLiteral("nobody"), {}, {}}, {QStringLiteral("garbage"), "Bearer garbage", {}},
            {QStringLiteral("empty"), "Bearer ", {}}, {QStringLiteral("SQL"), "Bearer ' OR 1=1 --", {}},
            {QStringLiteral("basic"), "Basic " + QByteArray("admin:" + m_server.adminPassword().toLatin1()).toBase64(),
                {}},
            {QStringLiteral("long"), "Bearer " + QByteArray(8'000, 'x'), {}}};

        // Expired: a session that was good, past its end.
        Caller expired = logIn(QStringLiteral("admin"), m_server.adminPassword());
        expired.name = QStringLiteral("expired session");
        QVERIFY(runSql(m_server, QStringLiteral("UPDATE sessions SET expires_ms = ? WHERE token_hash = ?"),
            {QDateTime::currentMSecsSinceEpoch() - 1,
                QCryptographicHash::hash(expired.authorization.mid(7), QCryptographicHash::Sha256)}));
        m_badPeople.append(expired);

        // Stolen: a session whose owner logged out, and one whose owner changed the password.
        Caller loggedOut = logIn(QStringLiteral("admin"), m_server.adminPassword());
        loggedOut.name = QStringLiteral("logged out session");
        HttpsClient client(m_server.url(), m_server.caPem());
        QCOMPARE(
            client.request("POST", "/api/v1/logout", {}, {{"Authorization", loggedOut.authorization}}).status, 204);
        m_badPeople.append(loggedOut);
        Caller changed = addUser(QStringLiteral("mallory"), QStringLiteral("admin"));
        changed.name = QStringLiteral("session from before the password changed");
        QCOMPARE(
            m_server.command({QStringLiteral("user"), QStringLiteral("passwd"), QStringLiteral("mallory")}).exitCode,
            0);
        m_badPeople.append(changed);
        // A key that was revoked, one of a host that was removed, and one with another's number.
        Caller revoked = addKey(QStringLiteral("revoked key"), QStringLiteral("read,ingest"));
        const QByteArray id = revoked.authorization.split('_').value(1);
        QCOMPARE(
            m_server.command({QStringLiteral("key"), QStringLiteral("revoke"), QString::fromLatin1(id)}).exitCode, 0);
        m_badPeople.append(revoked);
        Caller orphan = addKey(QStringLiteral("key of a removed source"), QStringLiteral("read,ingest"));
        QVERIFY(
            runSql(m_server, QStringLiteral("UPDATE hosts SET removed_ms = 1 WHERE name = 'key of a removed source'")));
        m_badPeople.append(orphan);
        QByteArray mixed = orphan.authorization;
        m_badPeople.append(
            {QStringLiteral("another key's number"), mixed.replace("sxk_" + mixed.split('_').value(1), "sxk_1"), {}});
        // What the database holds is no credential.
        m_badPeople.append({QStringLiteral("hash of a session"),
            "Bearer " + QCryptographicHash::hash(m_admin.authorization.mid(7), QCryptographicHash::Sha256).toHex(),
            {}});
    }

    void makeBadAgents()
    {
        const auto removed = enrolHost(m_server, QStringLiteral("stolen"));
        QVERIFY(removed.has_value());
        HttpsClient admin(m_server.url(), m_server.caPem());
        QCOMPARE(admin
                     .request("DELETE", "/api/v1/hosts/" + QByteArray::number(removed->id), {},
                         {{"Authorization", m_admin.authorization}})
                     .status,
            204);
        m_badAgents.append({QStringLiteral("certificate of a removed host"), {}, removed->identity});
        m_badAgents.append({QStringLiteral("forged certificate"), {},
            forged(m_server.caPem(), "host-" + QByteArray::number(m_host->id))});

        // Signed by our own authority and known to the server, but expired, or made for another use.
        const auto authority = server::CertificateAuthority::openOrCreate(m_server.dataDir(), 0);
        QVERIFY(authority.has_value());
        const KeyAndRequest keys = makeKeyAndRequest();
        const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
        const auto expired = authority->signClient(keys.requestPem, QStringLiteral("host-77"), nowMs - 60 * kDayMs, 30);
        QVERIFY(expired.has_value());
        addKnown(QStringLiteral("expired certificate"), {expired->pem, keys.keyPem});
        const auto early = authority->signClient(keys.requestPem, QStringLiteral("host-78"), nowMs + 10 * kDayMs, 30);
        addKnown(QStringLiteral("certificate that is not valid yet"), {early->pem, keys.keyPem});
        addKnown(QStringLiteral("the server's own certificate"), {read("/server.pem"), read("/server.key")});
        addKnown(QStringLiteral("the authority itself"), {read("/ca.pem"), read("/ca.key")});
        // The server looks for changes made by others once a second.
        QTest::qWait(2'500);
    }

    /// Enters a certificate into the host table as if it had been enrolled, so that only its own faults speak against
    /// it.
    void addKnown(const QString& name, const Identity& identity)
    {
        QVERIFY(runSql(m_server,
            QStringLiteral(
                "INSERT INTO hosts (name, machine_id, os_family, os, kernel, architecture, agent_version, enrolled_ms, "
                "certificate_fingerprint, certificate_not_after_ms) VALUES (?, '', 'linux', '', '', '', '', 1, ?, 1)"),
            {name, derFingerprint(identity.certificatePem)}));
        QVERIFY(runSql(m_server, QStringLiteral("UPDATE hosts_version SET version = version + 1")));
        m_badAgents.append({name, {}, identity});
    }

    QByteArray read(const char* name) const
    {
        QFile file(m_server.dataDir() + QLatin1String(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    static QByteArray describe(const Route& route, const Caller& caller, const Answer& answer)
    {
        return text(toString(route.method)) + ' ' + text(route.path) + " as " + caller.name.toUtf8() + " gave " +
               QByteArray::number(answer.status) + ": " + answer.body.left(300);
    }

    void expectRefusal(const Route& route, const Caller& caller, int status)
    {
        const QByteArray method = text(toString(route.method));
        const Answer answer = ask(m_server, *m_open, route, method, caller, m_host->id);
        const QByteArray what = describe(route, caller, answer);
        QVERIFY2(answer.status == status, what.constData());
        QVERIFY2(answer.json().value(QStringLiteral("code")).toString() == QStringLiteral("denied"), what.constData());
        QVERIFY2(!answer.body.contains(kMarker.toUtf8()), what.constData());
        // The same refusal for a thing that does not exist: neither says whether it does.
        QCOMPARE(ask(m_server, *m_open, route, method, caller, 987'654).body, answer.body);
        if (route.method == http::Method::Get) {
            const Answer head = ask(m_server, *m_open, route, "HEAD", caller, m_host->id);
            QCOMPARE(head.status, status);
            QVERIFY(head.body.isEmpty());
        }
    }

    ServerProcess m_server;
    std::unique_ptr<HttpsClient> m_open;
    std::optional<TestHost> m_host;
    Caller m_admin;
    Caller m_operator;
    Caller m_viewer;
    Caller m_readKey;
    Caller m_ingestKey;
    QList<Caller> m_badPeople;
    QList<Caller> m_badAgents;
};

QTEST_GUILESS_MAIN(RoutesTest)
#include "routes_test.moc"
