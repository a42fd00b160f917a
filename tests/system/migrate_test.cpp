// SPDX-License-Identifier: GPL-3.0-or-later
// A server moves from SQLite to PostgreSQL and back: copied while it takes batches and seals them, completed when it is
// stopped. Afterwards each acknowledged value is there exactly once, every sample and every rollup is the same in both,
// and hosts and people go on as if nothing had happened.
#include "metrics/families.h"
#include "server/storage/clock.h"
#include "server/storage/make_store.h"
#include "server/storage/rollup.h"
#include "server/storage/scan_rows.h"
#include "server/storage/transfer.h"
#include "support/https_client.h"
#include "support/numbered_ledger.h"
#include "support/postgres_cluster.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QSqlQuery>
#include <QTest>

#include <memory>
#include <vector>

using namespace sextant;
using test::NumberedSender;

namespace {

constexpr int kHosts = 2;
constexpr std::int64_t kHourMs = 3'600'000;

QString fileOf(const test::ServerProcess& server)
{
    return server.dataDir() + QStringLiteral("/sextant.db");
}

/// Every sample of a host as a line of text, and the buckets of a tier.
QStringList samplesOf(const server::Store& store, qint64 host, std::int64_t fromMs)
{
    QStringList lines;
    const std::int64_t toMs = server::systemNowMs() + kHourMs;
    for (const metrics::Family& family : metrics::families()) {
        std::vector<std::size_t> columns;
        for (std::size_t i = 0; i < family.columns.size(); ++i)
            columns.push_back(i);
        const auto name = QString::fromUtf8(family.name.data(), static_cast<qsizetype>(family.name.size()));
        const server::SeriesScan scan{server::HostId{host}, &family, columns, fromMs, toMs, false};
        const auto done = server::scanRows(store, scan, [&](const server::ScannedRow& row) {
            QString line = QStringLiteral("%1 %2 %3").arg(name).arg(row.instance).arg(row.timeMs);
            for (const metrics::Value& cell : row.cells)
                line += cell.isAbsent() ? QStringLiteral(" -") : QStringLiteral(" %1").arg(cell.scaled());
            lines.append(line);
            return true;
        });
        if (!done)
            lines.append(QString::fromStdString(done.error().message));
    }
    return lines;
}

} // namespace

class MigrateTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void movesToPostgresAndBack();
    void refusesWhatIsNotEmpty();
    void forgetsNoTable();

private:
    void send(const std::vector<test::TestHost>& hosts, std::int64_t startMs);
    void finishSenders();
    void checkLedgers(const server::Store& store);
    void useDatabase(const QString& url);

    test::PostgresCluster m_postgres;
    test::ServerProcess m_server;
    std::vector<test::TestHost> m_hosts;
    std::vector<std::unique_ptr<NumberedSender>> m_senders; ///< all there were
};

void MigrateTest::initTestCase()
{
    if (!test::PostgresCluster::isThere())
        QSKIP("no PostgreSQL; run me through scripts/timescale run -- …");
}

/// Sends an hour and a quarter of each host, and goes on sending.
void MigrateTest::send(const std::vector<test::TestHost>& hosts, std::int64_t startMs)
{
    const auto before = static_cast<std::ptrdiff_t>(m_senders.size());
    for (const test::TestHost& host : hosts) {
        m_senders.push_back(std::make_unique<NumberedSender>(
            m_server.url(), m_server.caPem(), host, test::NumberedTimes{startMs, 30'000}));
        m_senders.back()->start();
    }
    for (auto sender = m_senders.begin() + before; sender != m_senders.end(); ++sender)
        QTRY_VERIFY_WITH_TIMEOUT((*sender)->acknowledged() > 150, 60'000);
}

void MigrateTest::finishSenders()
{
    for (const auto& sender : m_senders) {
        sender->finish();
        QCOMPARE(sender->refusals(), 0);
    }
}

void MigrateTest::checkLedgers(const server::Store& store)
{
    std::int64_t buckets = 0; // the newest host's hours may not be sealed yet
    for (const auto& sender : m_senders) {
        const auto ledger = test::readLedger(store, sender->host(), sender->times());
        QVERIFY2(ledger.fault.isEmpty(), qPrintable(ledger.fault));
        QVERIFY2(ledger.batches == sender->acknowledged() || ledger.batches == sender->acknowledged() + 1,
            qPrintable(QStringLiteral("%1 stored, %2 acknowledged").arg(ledger.batches).arg(sender->acknowledged())));
        const auto tier = test::readTierLedger(store, sender->host(), sender->times(), ledger.batches);
        QVERIFY2(tier.fault.isEmpty(), qPrintable(tier.fault));
        buckets += tier.buckets;
    }
    QVERIFY(buckets > 0);
}

void MigrateTest::useDatabase(const QString& url)
{
    m_server.setEnvironment({{QStringLiteral("SEXTANT_SERVER_STORAGE_MAINTENANCE_SECONDS"), QStringLiteral("0")},
        {QStringLiteral("SEXTANT_SERVER_DATABASE_URL"), url}});
}

void MigrateTest::movesToPostgresAndBack()
{
    const std::int64_t startMs = (QDateTime::currentMSecsSinceEpoch() / kHourMs - 48) * kHourMs;
    useDatabase({});
    if (!m_server.start())
        QFAIL(qPrintable(m_server.error()));
    for (int i = 0; i < kHosts; ++i) {
        const auto host = test::enrolHost(m_server, QStringLiteral("host%1").arg(i));
        QVERIFY(host.has_value());
        m_hosts.push_back(*host);
    }
    send(m_hosts, startMs);
    if (QTest::currentTestFailed())
        return;

    // While it runs: twice, the second time over what was copied.
    const QStringList there{QStringLiteral("migrate"), QStringLiteral("--to"), m_postgres.url()};
    for (int pass = 0; pass < 2; ++pass) {
        const auto copied = m_server.command(there);
        QVERIFY2(copied.exitCode == 0, copied.errors.constData());
        QVERIFY2(copied.output.contains("The server runs"), copied.output.constData());
    }
    finishSenders();
    QVERIFY(m_server.stop());
    useDatabase(m_postgres.url());
    QVERIFY(!m_server.start());
    QVERIFY2(m_server.log().contains("this database is an unfinished copy"), m_server.log().constData());
    useDatabase({});
    const auto completed = m_server.command(there);
    QVERIFY2(completed.exitCode == 0, completed.errors.constData());
    QVERIFY2(completed.output.contains("they are the same"), completed.output.constData());
    {
        const auto database = server::Database::open({.path = fileOf(m_server)});
        QVERIFY(database.has_value());
        const auto old = server::makeStore(**database, server::systemNowMs);
        const auto copy = test::openPostgresStore(m_postgres.url());
        QVERIFY(copy.has_value());
        checkLedgers(*copy->store);
        for (const test::TestHost& host : m_hosts) {
            const QStringList samples = samplesOf(*old, host.id, startMs);
            QVERIFY(samples.size() > 150 * 8);
            QCOMPARE(samplesOf(*copy->store, host.id, startMs), samples);
        }
        if (QTest::currentTestFailed())
            return;
    }

    // It goes on there: the same people, the same certificates, numbers of hosts that were not given yet.
    useDatabase(m_postgres.url());
    if (!m_server.start())
        QFAIL(qPrintable(m_server.error()));
    test::HttpsClient client(m_server.url(), m_server.caPem());
    QVERIFY(client.logIn(QStringLiteral("admin"), m_server.adminPassword()));
    const auto another = test::enrolHost(m_server, QStringLiteral("another"));
    QVERIFY(another.has_value());
    QCOMPARE(another->id, m_hosts.back().id + 1);
    for (const test::TestHost& host : m_hosts) {
        test::HttpsClient agent(m_server.url(), m_server.caPem(), host.identity);
        QCOMPARE(test::sendBatch(agent, test::makeBatch(startMs - 10 * kHourMs)).status, 204);
    }
    send({*another}, startMs);
    finishSenders();
    QVERIFY(m_server.stop());

    // And back, into a file beside the old one.
    const QString file = m_server.dataDir() + QStringLiteral("/back.db");
    const auto back = m_server.command({QStringLiteral("migrate"), QStringLiteral("--to"), file});
    QVERIFY2(back.exitCode == 0, back.errors.constData());
    QVERIFY2(back.output.contains("they are the same"), back.output.constData());
    const auto database = server::Database::open({.path = file});
    QVERIFY(database.has_value());
    const auto store = server::makeStore(**database, server::systemNowMs);
    checkLedgers(*store);
    const auto left = test::openPostgresStore(m_postgres.url());
    QVERIFY(left.has_value());
    for (const test::TestHost& host : m_hosts)
        QCOMPARE(samplesOf(*store, host.id, startMs - 24 * kHourMs),
            samplesOf(*left->store, host.id, startMs - 24 * kHourMs));
}

void MigrateTest::refusesWhatIsNotEmpty()
{
    useDatabase({});
    const auto refused = m_server.command({QStringLiteral("migrate"), QStringLiteral("--to"), m_postgres.url()});
    QCOMPARE(refused.exitCode, 1);
    QVERIFY2(refused.errors.contains("holds the data of a server"), refused.errors.constData());
    const auto same = m_server.command({QStringLiteral("migrate"), QStringLiteral("--to"), fileOf(m_server)});
    QCOMPARE(same.exitCode, 2);
}

/// A table that a later version adds is to be thought of.
void MigrateTest::forgetsNoTable()
{
    const auto database = server::Database::open({.path = fileOf(m_server)});
    QVERIFY(database.has_value());
    auto reader = (*database)->reader();
    QVERIFY(reader.has_value());
    QSqlQuery query(*reader);
    QVERIFY(query.exec(QStringLiteral("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' "
                                      "AND name <> 'schema_migrations'")));
    QStringList found;
    while (query.next())
        found.append(query.value(0).toString());
    QStringList copied = server::Transfer::tables();
    found.sort();
    copied.sort();
    QCOMPARE(copied, found);
}

QTEST_GUILESS_MAIN(MigrateTest)
#include "migrate_test.moc"
