// SPDX-License-Identifier: GPL-3.0-or-later
// The real server on a real PostgreSQL that comes and goes, refuses, is slow and breaks off in the middle of a COPY: it
// waits, answers 503 and says why, goes on by itself, and at the end each acknowledged value is there exactly once.
#include "support/https_client.h"
#include "support/numbered_ledger.h"
#include "support/postgres_cluster.h"
#include "support/postgres_proxy.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

using namespace sextant;
using test::NumberedSender;

namespace {

constexpr int kHosts = 2;

} // namespace

class PostgresTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanup() { m_senders.clear(); }
    void startsBeforeItsDatabaseAndOutlivesIt();
    void nothingIsLostOnABadNetwork_data();
    void nothingIsLostOnABadNetwork();

private:
    void startSenders(test::ServerProcess& server);
    void checkLedgers();
    [[nodiscard]] std::int64_t acknowledged() const
    {
        std::int64_t sum = 0;
        for (const auto& sender : m_senders)
            sum += sender->acknowledged();
        return sum;
    }
    /// Nobody is acknowledged, and everybody is answered.
    void checkThatAllWait();

    test::PostgresCluster m_postgres;
    test::NumberedTimes m_times{(QDateTime::currentMSecsSinceEpoch() / 3'600'000 - 24) * 3'600'000, 10'000};
    std::vector<std::unique_ptr<NumberedSender>> m_senders;
};

void PostgresTest::initTestCase()
{
    if (!test::PostgresCluster::isThere())
        QSKIP("no PostgreSQL; run me through scripts/timescale run -- …");
}

void PostgresTest::startSenders(test::ServerProcess& server)
{
    for (int i = 0; i < kHosts; ++i) {
        const auto host = test::enrolHost(server, QStringLiteral("host%1").arg(i));
        QVERIFY(host.has_value());
        m_senders.push_back(std::make_unique<NumberedSender>(server.url(), server.caPem(), *host, m_times));
        m_senders.back()->start();
    }
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged() > 20, 20'000);
}

void PostgresTest::checkThatAllWait()
{
    std::vector<int> busy;
    for (const auto& sender : m_senders)
        busy.push_back(sender->busy());
    const std::int64_t before = acknowledged();
    for (std::size_t i = 0; i < m_senders.size(); ++i)
        QTRY_VERIFY_WITH_TIMEOUT(m_senders[i]->busy() >= busy[i] + 3, 20'000);
    QVERIFY2(acknowledged() <= before + kHosts, "acknowledged without a database"); // one each was under way
}

void PostgresTest::checkLedgers()
{
    const auto opened = test::openPostgresStore(m_postgres.url());
    QVERIFY(opened.has_value());
    int busy = 0;
    for (const auto& sender : m_senders) {
        sender->finish();
        busy += sender->busy();
        QCOMPARE(sender->refusals(), 0);
        const auto ledger = test::readLedger(*opened->store, sender->host(), m_times);
        QVERIFY2(ledger.fault.isEmpty(), qPrintable(ledger.fault));
        QVERIFY2(ledger.batches == sender->acknowledged() || ledger.batches == sender->acknowledged() + 1,
            qPrintable(QStringLiteral("%1 stored, %2 acknowledged").arg(ledger.batches).arg(sender->acknowledged())));
    }
    qInfo("%lld batches acknowledged, %d asked to come again: each acknowledged value is there once",
        static_cast<long long>(acknowledged()), busy);
}

void PostgresTest::startsBeforeItsDatabaseAndOutlivesIt()
{
    QVERIFY(m_postgres.stopAtOnce());
    test::ServerProcess server;
    server.setEnvironment({{QStringLiteral("SEXTANT_SERVER_DATABASE_URL"), m_postgres.url()}});
    if (!server.start())
        QFAIL(qPrintable(server.error()));
    QCOMPARE(server.adminPassword(), QString());
    test::HttpsClient client(server.url(), server.caPem());
    QCOMPARE(client.get("/healthz").status, 200);
    const auto unready = client.get("/readyz");
    QCOMPARE(unready.status, 503);
    QVERIFY2(unready.body.contains("the database is away: cannot connect"), unready.body.constData());
    QVERIFY(!unready.header("retry-after").isEmpty());
    QVERIFY(server.command({QStringLiteral("token"), QStringLiteral("create")}).errors.contains("cannot connect"));

    // The schema is made and the first admin told when it comes.
    QVERIFY(m_postgres.start());
    QTRY_VERIFY_WITH_TIMEOUT(!server.adminPassword().isEmpty(), 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(client.get("/readyz").status, 200, 10'000);
    const auto said = server.log().count("the database is away");
    QVERIFY2(said >= 1 && said <= 3, server.log().constData()); // refused, starting up, not taking connections yet
    startSenders(server);
    if (QTest::currentTestFailed())
        return;
    QVERIFY(client.logIn(QStringLiteral("admin"), server.adminPassword()));

    // It is saved with PostgreSQL's own tools, and nobody is to take it for saved.
    const QString folder = server.dataDir() + QStringLiteral("/saved");
    for (const auto& [command, tool] : {std::pair("backup", "pg_dump"), std::pair("restore", "pg_restore")}) {
        const auto told = server.command({QString::fromLatin1(command), folder});
        QCOMPARE(told.exitCode, 1);
        QVERIFY2(
            told.errors.contains(tool) && told.errors.contains(m_postgres.url().toUtf8()), told.errors.constData());
    }
    QVERIFY(!QFileInfo::exists(folder));

    // Away while the server runs: it goes on by itself.
    QVERIFY(m_postgres.stopAtOnce());
    checkThatAllWait();
    if (QTest::currentTestFailed())
        return;
    for (const char* read : {"/api/v1/overview", "/api/v1/hosts", "/readyz"}) {
        const auto answer = client.get(read);
        QCOMPARE(answer.status, 503);
        QVERIFY(!answer.header("retry-after").isEmpty());
    }
    QVERIFY(m_postgres.start());
    std::int64_t before = acknowledged();
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged() > before + 20, 20'000);
    QCOMPARE(client.get("/api/v1/overview").status, 200);
    QVERIFY(server.isRunning());

    // Away when the server starts again: hosts are asked to wait, none is told that it is unknown.
    QVERIFY(server.stop());
    QVERIFY(m_postgres.stopAtOnce());
    if (!server.start())
        QFAIL(qPrintable(server.error()));
    checkThatAllWait();
    if (QTest::currentTestFailed())
        return;
    client.disconnect();
    QCOMPARE(client.get("/api/v1/overview").status, 503);
    QVERIFY(m_postgres.start());
    before = acknowledged();
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged() > before + 20, 20'000);
    QCOMPARE(client.get("/api/v1/overview").json().value(QStringLiteral("hosts")).toArray().size(), kHosts);
    checkLedgers();
}

void PostgresTest::nothingIsLostOnABadNetwork_data()
{
    QTest::addColumn<int>("fault");
    QTest::newRow("it refuses connections") << 0;
    QTest::newRow("it answers one query in three seconds") << 1;
    QTest::newRow("it breaks off in the middle of a COPY") << 2;
    QTest::newRow("it answers one query a second") << 3;
}

void PostgresTest::nothingIsLostOnABadNetwork()
{
    QFETCH(int, fault);
    test::PostgresProxy proxy(m_postgres.port());
    test::ServerProcess server;
    server.setEnvironment({{QStringLiteral("SEXTANT_SERVER_DATABASE_URL"), m_postgres.urlAt(proxy.port())}});
    if (!server.start())
        QFAIL(qPrintable(server.error()));
    startSenders(server);
    if (QTest::currentTestFailed())
        return;
    if (fault == 0) {
        proxy.refuse(true);
        checkThatAllWait();
        proxy.refuse(false);
    } else if (fault == 1) {
        // So slow that a batch's queries take longer than its sender is kept waiting.
        proxy.delayQueries(std::chrono::milliseconds(3'000));
        for (const auto& sender : m_senders)
            QTRY_VERIFY_WITH_TIMEOUT(sender->busy() > 0, 60'000);
        test::HttpsClient client(server.url(), server.caPem());
        QVERIFY2(client.get("/healthz").status == 200, "the server hangs with its database");
        proxy.delayQueries(std::chrono::milliseconds(0));
    } else if (fault == 3) {
        // Slow is not away: every host is told again and again whether its batch is stored or is to come again, and
        // what asks nothing of the database does not wait for it.
        proxy.delayQueries(std::chrono::milliseconds(1'000));
        const auto answers = [](const NumberedSender& sender) { return sender.acknowledged() + sender.busy(); };
        std::vector<std::int64_t> before;
        for (const auto& sender : m_senders)
            before.push_back(answers(*sender));
        QElapsedTimer timer;
        timer.start();
        test::HttpsClient client(server.url(), server.caPem());
        QCOMPARE(client.get("/healthz").status, 200);
        QVERIFY2(timer.elapsed() < 1'000, "the server hangs with its database");
        for (std::size_t i = 0; i < m_senders.size(); ++i) // the first one was under way
            QTRY_VERIFY_WITH_TIMEOUT(answers(*m_senders[i]) >= before[i] + 2, 40'000);
        qInfo("at one query a second every host had two answers after %lld ms", timer.elapsed());
        proxy.delayQueries(std::chrono::milliseconds(0));
    } else {
        proxy.cutCopies(true);
        QTRY_VERIFY_WITH_TIMEOUT(proxy.copiesCut() >= 3, 30'000);
        proxy.cutCopies(false);
    }
    if (QTest::currentTestFailed())
        return;
    const std::int64_t before = acknowledged();
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged() > before + 20, 40'000);
    QVERIFY(server.isRunning());
    server.kill();
    checkLedgers();
}

QTEST_GUILESS_MAIN(PostgresTest)
#include "postgres_test.moc"
