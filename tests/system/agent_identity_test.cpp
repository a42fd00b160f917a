// SPDX-License-Identifier: GPL-3.0-or-later
// Who an agent is, real agent against real server: its certificate is renewed while it delivers a backlog, two machines
// have the same identity, the server removes it. No batch is lost over any of that.
#include "agent-service/uplink/identity.h"
#include "process/private_files.h"
#include "server/auth/certificate_authority.h"
#include "server/hosts/host_registry.h"
#include "server/storage/clock.h"
#include "server/storage/database.h"
#include "support/agent_process.h"
#include "support/delivery_ledger.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonObject>
#include <QSslKey>
#include <QTest>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr std::int64_t kDayMs = 24LL * 3'600 * 1'000;

QStringList arguments()
{
    return {QStringLiteral("--spool-min-free-bytes"), QStringLiteral("0"), QStringLiteral("--log-level"),
        QStringLiteral("debug"), QStringLiteral("--spool-mode"), QStringLiteral("always")};
}

QByteArray fingerprint(const AgentProcess& agent)
{
    const auto identity = agent::IdentityStore(agent.stateDir().toStdString()).load();
    return identity ? identity->certificate.digest(QCryptographicHash::Sha256) : QByteArray();
}

/// What the server writes when it renews, written by hand: the agent's certificate is 25 of its 30 days old.
Result<void> age(ServerProcess& server, const AgentProcess& agent)
{
    const std::int64_t thenMs = server::systemNowMs() - 25 * kDayMs;
    const KeyAndRequest made = makeKeyAndRequest();
    const auto authority = server::CertificateAuthority::openOrCreate(server.dataDir(), thenMs);
    if (!authority)
        return tl::unexpected(authority.error());
    const auto issued = authority->signClient(made.requestPem, QStringLiteral("host-1"), thenMs, 30);
    if (!issued)
        return tl::unexpected(issued.error());
    const auto database = server::Database::open({.path = server.dataDir() + QStringLiteral("/sextant.db")});
    if (!database)
        return tl::unexpected(database.error());
    server::HostRegistry hosts(**database, server::systemNowMs);
    if (auto loaded = hosts.load(); !loaded)
        return loaded;
    if (auto done = hosts.replaceCertificate(server::HostId{1}, {issued->fingerprint, issued->notAfterMs}); !done)
        return done;
    const agent::IdentityStore store(agent.stateDir().toStdString());
    const auto keyFile = store.createKeyFile(made.keyPem.toStdString());
    if (!keyFile)
        return tl::unexpected(keyFile.error());
    return store.commit({server.url().toStdString(), 1, issued->notAfterMs, issued->pem.toStdString(),
        server.caPem().toStdString(), *keyFile});
}

} // namespace

class AgentIdentityTest : public QObject {
    Q_OBJECT

private slots:
    void enrolsWithATokenThatWasLeft();
    void putsATokenAsideThatIsRefused();
    void aRenewalLosesNothing();
    void ofTwoMachinesWithOneIdentityOneIsTurnedAwayAndLosesNothing();
    void anAgentThatWasRemovedSendsNothingAndKeepsEverything();

private:
    static QJsonObject host(ServerProcess& server, qint64 id);
    static void checkDelivered(ServerProcess& server, qint64 id, const std::vector<metrics::Batch>& batches);
};

QJsonObject AgentIdentityTest::host(ServerProcess& server, qint64 id)
{
    HttpsClient client(server.url(), server.caPem());
    if (!client.logIn(QStringLiteral("admin"), server.adminPassword()))
        return {};
    for (const QJsonValue& host : client.get("/api/v1/hosts").json().value(QLatin1String("hosts")).toArray()) {
        if (host[QLatin1String("id")].toInteger() == id)
            return host.toObject();
    }
    return {};
}

void AgentIdentityTest::checkDelivered(ServerProcess& server, qint64 id, const std::vector<metrics::Batch>& batches)
{
    QVERIFY(!batches.empty());
    const DeliveryAccount account = accountFor(server.dataDir() + QStringLiteral("/sextant.db"), id, batches);
    QVERIFY2(account.fault.isEmpty(), qPrintable(account.fault));
    QVERIFY(account.values > 0);
}

void AgentIdentityTest::enrolsWithATokenThatWasLeft()
{
    ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    const std::string token = server.makeToken().toStdString();
    server.kill();
    AgentProcess agent(arguments());
    const QString file = agent.stateDir() + QStringLiteral("/enroll.token");
    QVERIFY(process::preparePrivateFolder(agent.stateDir().toStdString()));
    QVERIFY(process::createPrivateFile(file.toStdString(), token));
    QVERIFY(agent.start());
    QTRY_VERIFY2_WITH_TIMEOUT(agent.log().contains("cannot be enrolled now"), agent.log().constData(), 20'000);
    QVERIFY2(server.start(), qPrintable(server.error()));
    QTRY_VERIFY2_WITH_TIMEOUT(agent.log().contains("acknowledged"), agent.log().constData(), 60'000);
    QVERIFY(!QFile::exists(file));
    QVERIFY2(!agent.log().contains(token.c_str()), "the token is in the log");
    QVERIFY(agent.stop());
}

void AgentIdentityTest::putsATokenAsideThatIsRefused()
{
    AgentProcess agent(arguments());
    const QString file = agent.stateDir() + QStringLiteral("/enroll.token");
    QVERIFY(process::preparePrivateFolder(agent.stateDir().toStdString()));
    QVERIFY(process::createPrivateFile(file.toStdString(), "sextant1_nonsense"));
    QVERIFY(agent.start());
    QTRY_VERIFY2_WITH_TIMEOUT(agent.log().contains("the token is damaged"), agent.log().constData(), 20'000);
    QVERIFY(!QFile::exists(file));
    QVERIFY(QFile::exists(file + QStringLiteral(".refused")));
    QVERIFY(agent.stop());
}

void AgentIdentityTest::aRenewalLosesNothing()
{
    ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    AgentProcess agent(arguments());
    QVERIFY(agent.enrol(server));
    QVERIFY(plantWitness(agent.spoolFile()));
    server.kill();
    QVERIFY(agent.start());
    QTRY_VERIFY_WITH_TIMEOUT(waiting(agent.spoolFile()) >= 5, 20'000);
    QVERIFY(agent.stop());
    const auto aged = age(server, agent);
    QVERIFY2(aged.has_value(), aged ? "" : aged.error().message.c_str());
    const QByteArray before = fingerprint(agent);

    QVERIFY2(server.start(), qPrintable(server.error()));
    QVERIFY(agent.start());
    QTRY_VERIFY2_WITH_TIMEOUT(
        agent.log().contains("certificate was renewed"), agent.log().right(2'000).constData(), 20'000);
    const QByteArray after = fingerprint(agent);
    QVERIFY(!after.isEmpty() && after != before);
    QCOMPARE(QDir(agent.stateDir()).entryList({QStringLiteral("*.key")}).size(), 1);
    const std::size_t delivered = acknowledged(agent.log()).size();
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged(agent.log()).size() >= delivered + 2, 20'000); // as the new one
    QTRY_COMPARE_WITH_TIMEOUT(waiting(agent.spoolFile()), qint64{0}, 20'000);
    QVERIFY2(agent.stop(), agent.log().right(2'000).constData());
    QVERIFY2(!agent.log().contains("does not accept"), agent.log().constData());
    const auto spooled = witnessed(agent.spoolFile());
    QVERIFY(spooled.has_value());
    checkDelivered(server, 1, *spooled);
    // From now on the new one alone counts.
    const qint64 notAfter = host(server, 1).value(QLatin1String("certificateNotAfter")).toInteger();
    QVERIFY2(notAfter > server::systemNowMs() + 300 * kDayMs, qPrintable(QString::number(notAfter)));
}

void AgentIdentityTest::ofTwoMachinesWithOneIdentityOneIsTurnedAwayAndLosesNothing()
{
    ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    AgentProcess original(arguments());
    QVERIFY(original.enrol(server));
    QVERIFY(plantWitness(original.spoolFile()));
    AgentProcess copy(arguments());
    QVERIFY(QDir().mkpath(copy.stateDir()));
    for (const QFileInfo& file : QDir(original.stateDir()).entryInfoList(QDir::Files)) {
        const QString target = copy.stateDir() + u'/' + file.fileName();
        QVERIFY(QFile::copy(file.filePath(), target));
    }
    QVERIFY(original.start());
    QTRY_VERIFY_WITH_TIMEOUT(!acknowledged(original.log()).empty(), 20'000);
    QVERIFY(copy.start());
    QTRY_VERIFY_WITH_TIMEOUT(!acknowledged(copy.log()).empty(), 20'000);
    QTRY_VERIFY2_WITH_TIMEOUT(
        original.log().contains("another agent uses this machine's identity"), original.log().constData(), 20'000);
    QTRY_VERIFY_WITH_TIMEOUT(host(server, 1).contains(QLatin1String("cloned")), 10'000);

    // The one that is turned away goes on collecting, and sends nothing until it is enrolled again.
    const std::size_t until = acknowledged(original.log()).size();
    QTRY_VERIFY_WITH_TIMEOUT(waiting(original.spoolFile()) >= 3, 20'000);
    QCOMPARE(acknowledged(original.log()).size(), until);
    const auto kept = waitingBatches(original.spoolFile());
    QVERIFY(kept.has_value());
    QVERIFY(original.enrol(server, true));
    QTRY_COMPARE_WITH_TIMEOUT(waiting(original.spoolFile()), qint64{0}, 20'000);
    checkDelivered(server, 2, *kept);
    const std::size_t copied = acknowledged(copy.log()).size();
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged(copy.log()).size() > copied, 10'000);
}

void AgentIdentityTest::anAgentThatWasRemovedSendsNothingAndKeepsEverything()
{
    ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    AgentProcess agent(arguments());
    QVERIFY(agent.enrol(server));
    QVERIFY(plantWitness(agent.spoolFile()));
    QVERIFY(agent.start());
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged(agent.log()).size() >= 2, 20'000);
    const auto removed = server.command({QStringLiteral("host"), QStringLiteral("remove"), QStringLiteral("1")});
    QVERIFY2(removed.exitCode == 0, removed.errors.constData());
    QTRY_VERIFY2_WITH_TIMEOUT(
        agent.log().contains("does not accept this agent's certificate"), agent.log().constData(), 20'000);
    const std::size_t until = acknowledged(agent.log()).size();
    QTRY_VERIFY_WITH_TIMEOUT(waiting(agent.spoolFile()) >= 4, 20'000);
    QCOMPARE(acknowledged(agent.log()).size(), until);
    QVERIFY2(agent.stop(), agent.log().right(2'000).constData());
    const auto kept = waitingBatches(agent.spoolFile());
    QVERIFY(kept.has_value());
    QVERIFY(agent.enrol(server, true));
    QVERIFY(agent.start());
    QTRY_COMPARE_WITH_TIMEOUT(waiting(agent.spoolFile()), qint64{0}, 20'000);
    checkDelivered(server, 2, *kept);
}

QTEST_GUILESS_MAIN(AgentIdentityTest)
#include "agent_identity_test.moc"
