// SPDX-License-Identifier: GPL-3.0-or-later
// The promise of delivery, put to the test: the real server is killed with SIGKILL again and again (SEXTANT_KILLS
// times, else 79, or 15 on PostgreSQL) in the middle of ingest and of what goes on beside it, and started again on the
// same data. Run through scripts/timescale, its data is in PostgreSQL, which is killed in turn with it. The
// batches are of hours that are over and it seals without a pause, so that hours are sealed and rolled up all the
// while. After each kill every row is hot or sealed, never both. At the end every batch that it acknowledged is there
// exactly once, what it did not acknowledge is there once or not at all, never in part, and the sums of the 5-minute
// tier are those of the samples.
#include "server/storage/sqlite/copy.h"
#include "support/https_client.h"
#include "support/numbered_ledger.h"
#include "support/postgres_cluster.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <thread>
#include <vector>

using namespace sextant;
using test::NumberedSender;

namespace {

constexpr int kHosts = 3;
/// Batches of a host are half a minute apart: an hour is full after 120.
constexpr std::int64_t kStepMs = 30'000;

int kills()
{
    const int wanted = qEnvironmentVariableIntValue("SEXTANT_KILLS");
    return wanted > 0 ? wanted : test::PostgresCluster::isThere() ? 15 : 79;
}

/// Runs one statement on a SQLite file: how many rows it changed or, a SELECT, its first number. Nothing: it failed.
std::optional<int> onFile(const QString& file, const QString& sql)
{
    std::optional<int> answer;
    {
        QSqlDatabase connection = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("kill_test"));
        connection.setDatabaseName(file);
        connection.open();
        QSqlQuery query(connection);
        if (query.exec(sql))
            answer = query.next() ? query.value(0).toInt() : query.numRowsAffected();
    }
    QSqlDatabase::removeDatabase(QStringLiteral("kill_test"));
    return answer;
}

} // namespace

class KillTest : public QObject {
    Q_OBJECT

private slots:
    void nothingAcknowledgedIsLostOrDoubled();

private:
    void checkLedger(const NumberedSender& sender);
    [[nodiscard]] QString database() const { return m_server.dataDir() + QStringLiteral("/sextant.db"); }
    [[nodiscard]] std::int64_t acknowledged() const;
    void killSomething();
    void checkEachRowOnce();
    void checkFiles();
    void checkSender(const NumberedSender& sender, test::HttpsClient& client);
    void checkApi(test::HttpsClient& client, const NumberedSender& sender, std::int64_t stored);
    test::Ledger ledgerOf(const NumberedSender& sender, test::TierLedger* tier = nullptr);

    test::ServerProcess m_server;
    test::PostgresCluster m_postgres;
    std::vector<std::unique_ptr<NumberedSender>> m_senders;
    std::mt19937 m_random{50};
    /// Of the server; of PostgreSQL's first process, of another, `stop -m immediate`; of both at once.
    std::array<int, 5> m_kills{};
    std::int64_t m_buckets = 0; ///< of the 5-minute tier that were compared
};

void KillTest::nothingAcknowledgedIsLostOrDoubled()
{
    std::map<QString, QString> environment{
        {QStringLiteral("SEXTANT_SERVER_STORAGE_MAINTENANCE_SECONDS"), QStringLiteral("0")}};
    if (test::PostgresCluster::isThere())
        environment[QStringLiteral("SEXTANT_SERVER_DATABASE_URL")] = m_postgres.url();
    m_server.setEnvironment(environment);
    if (!m_server.start())
        QFAIL(qPrintable(m_server.error()));
    if (test::PostgresCluster::isThere())
        QVERIFY2(test::hasHypertables(m_postgres.url()), "this is no TimescaleDB");
    const std::int64_t hour = QDateTime::currentMSecsSinceEpoch() / 3'600'000;
    const test::NumberedTimes times{(hour - 25 * 24) * 3'600'000, kStepMs};
    for (int i = 0; i < kHosts; ++i) {
        const auto host = test::enrolHost(m_server, QStringLiteral("host%1").arg(i));
        QVERIFY(host.has_value());
        m_senders.push_back(std::make_unique<NumberedSender>(m_server.url(), m_server.caPem(), *host, times));
    }
    for (const auto& sender : m_senders)
        sender->start();

    for (int kill = 1; kill <= kills(); ++kill) {
        // Batches are being acknowledged again before the next kill, which comes at any moment after.
        const std::int64_t before = acknowledged();
        QTRY_VERIFY_WITH_TIMEOUT(acknowledged() > before + 3, 30'000);
        std::this_thread::sleep_for(std::chrono::milliseconds(m_random() % 150));
        killSomething();
        if (QTest::currentTestFailed())
            return;
        if (kill % 50 == 0)
            std::fprintf(stderr, "kill_test: %d of %d kills, %lld batches acknowledged\n", kill, kills(),
                static_cast<long long>(acknowledged()));
    }
    for (const auto& sender : m_senders)
        sender->finish();
    checkFiles();
    if (QTest::currentTestFailed())
        return;
    test::HttpsClient client(m_server.url(), m_server.caPem());
    QVERIFY(client.logIn(QStringLiteral("admin"), m_server.adminPassword()));
    int repeats = 0;
    int interrupted = 0;
    for (const auto& sender : m_senders) {
        checkSender(*sender, client);
        if (QTest::currentTestFailed())
            return;
        repeats += sender->repeats();
        interrupted += sender->cutOff() + sender->busy();
    }
    if (!test::PostgresCluster::isThere()) {
        checkLedger(*m_senders.front());
        if (QTest::currentTestFailed())
            return;
    }
    QVERIFY(repeats > 0);
    if (test::PostgresCluster::isThere())
        QVERIFY2(
            std::ranges::count(m_kills, 0) == 0 || kills() < static_cast<int>(m_kills.size()), "not all were killed");
    QVERIFY2(interrupted >= kills(), "the kills did not come in the middle of ingest");
    QVERIFY2(m_buckets > 0, "nothing was rolled up");
    qInfo("%d kills, %lld batches acknowledged, %d sent again, %d cut off or refused: each acknowledged value is there "
          "once",
        kills(), static_cast<long long>(acknowledged()), repeats, interrupted);
    qInfo("%d kills of the server, %d of the postmaster, %d of a backend, %d immediate stops, %d of server and "
          "postmaster at once",
        m_kills[0], m_kills[1], m_kills[2], m_kills[3], m_kills[4]);
    qInfo("%lld buckets of 5 minutes compared", static_cast<long long>(m_buckets));
}

std::int64_t KillTest::acknowledged() const
{
    std::int64_t sum = 0;
    for (const auto& sender : m_senders)
        sum += sender->acknowledged();
    return sum;
}

/// Kills the server, or what of PostgreSQL is next in turn, and starts it again. In between it looks at what is left,
/// which a server that lives must not change.
void KillTest::killSomething()
{
    const auto done = static_cast<std::size_t>(std::accumulate(m_kills.begin(), m_kills.end(), 0));
    const std::size_t victim = test::PostgresCluster::isThere() ? done % m_kills.size() : 0;
    ++m_kills[victim];
    const auto pause = [this] { return ::kill(static_cast<pid_t>(m_server.processId()), SIGSTOP) == 0; };
    const auto resume = [this] { return ::kill(static_cast<pid_t>(m_server.processId()), SIGCONT) == 0; };
    switch (victim) {
    case 0:
        m_server.kill();
        break;
    case 1:
        QVERIFY(m_postgres.killPostmaster());
        QVERIFY(pause());
        QVERIFY(m_postgres.start());
        break;
    case 2:
        // PostgreSQL starts again by itself: a server that were paused only then could hold a lock. One that is just
        // connecting has no backend, or one that PostgreSQL waits for (authentication_timeout).
        QVERIFY(QTest::qWaitFor([&] { return pause() && (m_postgres.killBackend(m_random) || !resume()); }, 30'000));
        break;
    case 3:
        QVERIFY(m_postgres.stopAtOnce());
        QVERIFY(pause());
        QVERIFY(m_postgres.start());
        break;
    default:
        QVERIFY(m_postgres.killPostmaster());
        m_server.kill();
        QVERIFY(m_postgres.start());
    }
    checkEachRowOnce();
    if (QTest::currentTestFailed())
        return;
    if (m_server.isRunning())
        QVERIFY(resume());
    else if (!m_server.start())
        QFAIL(qPrintable(m_server.error()));
}

/// In the database as a kill left it: hot rows go in the transaction in which their block comes.
void KillTest::checkEachRowOnce()
{
    Result<test::OpenStore> opened;
    Result<test::CrashedCopy> copy;
    if (test::PostgresCluster::isThere()) {
        const bool isOpen =
            QTest::qWaitFor([&] { return (opened = test::openPostgresStore(m_postgres.url())).has_value(); }, 30'000);
        QVERIFY2(isOpen, opened ? "" : opened.error().message.c_str());
    } else {
        copy = test::copyCrashed(database());
        QVERIFY2(copy.has_value(), copy ? "" : copy.error().message.c_str());
    }
    server::Database& left = *(test::PostgresCluster::isThere() ? *opened : copy->open).database;
    for (const auto& sender : m_senders) {
        const auto half = test::halfSealedHour(left, sender->host(), sender->acknowledged());
        QVERIFY2(half.has_value(), half ? "" : half.error().message.c_str());
        QVERIFY2(half->isEmpty(), qPrintable(QStringLiteral("rows are both hot and sealed: ") + *half));
    }
}

/// The database as a crash leaves it, before a server touches it; then one runs again.
void KillTest::checkFiles()
{
    m_server.kill();
    if (test::PostgresCluster::isThere()) {
        QVERIFY(m_postgres.killPostmaster());
        QVERIFY(m_postgres.start());
    }
    for (const auto& sender : m_senders) {
        const auto ledger = ledgerOf(*sender);
        QVERIFY2(ledger.fault.isEmpty(), qPrintable(ledger.fault));
    }
    if (!m_server.start())
        QFAIL(qPrintable(m_server.error()));
}

test::Ledger KillTest::ledgerOf(const NumberedSender& sender, test::TierLedger* tier)
{
    if (!test::PostgresCluster::isThere())
        return test::readLedger(database(), sender.host(), sender.times(), tier);
    const auto opened = test::openPostgresStore(m_postgres.url());
    if (!opened)
        return {0, QString::fromStdString(opened.error().message)};
    const auto ledger = test::readLedger(*opened->store, sender.host(), sender.times());
    if (tier)
        *tier = test::readTierLedger(*opened->store, sender.host(), sender.times(), ledger.batches);
    return ledger;
}

/// A ledger that finds nothing wrong in a broken store would prove nothing about this one.
void KillTest::checkLedger(const NumberedSender& sender)
{
    // What is in a block only is lost with it.
    QTRY_COMPARE_WITH_TIMEOUT(onFile(database(), QStringLiteral("SELECT count(*) FROM hot_hours")), 0, 20'000);
    const QString ofHost =
        QStringLiteral("FROM blocks WHERE tier = 0 AND family = 'memory' AND host_id = %1").arg(sender.host());
    // The newest block gone, the oldest one, and one that is there twice: in its own hour and in the next. (Twice in
    // its own hour does no harm: readers take the rows of an hour once.)
    const QStringList damages{
        QStringLiteral("DELETE FROM blocks WHERE id = (SELECT id %1 ORDER BY start_ms DESC LIMIT 1)").arg(ofHost),
        QStringLiteral("DELETE FROM blocks WHERE id = (SELECT id %1 ORDER BY start_ms LIMIT 1)").arg(ofHost),
        QStringLiteral("INSERT INTO blocks (host_id, family, tier, start_ms, part, row_count, data) "
                       "SELECT host_id, family, tier, start_ms + 3600000, part + 1000, row_count, data %1 ORDER BY "
                       "start_ms LIMIT 1")
            .arg(ofHost),
    };
    for (const QString& damage : damages) {
        const QTemporaryDir folder;
        const QString broken = folder.filePath(QStringLiteral("broken.db"));
        QVERIFY(server::copyDatabase(database(), broken).has_value());
        QCOMPARE(onFile(broken, damage), 1);
        const auto ledger = test::readLedger(broken, sender.host(), sender.times());
        QVERIFY2(!ledger.fault.isEmpty() || ledger.batches < sender.acknowledged(), qPrintable(damage));
    }
}

void KillTest::checkSender(const NumberedSender& sender, test::HttpsClient& client)
{
    QCOMPARE(sender.refusals(), 0);
    test::TierLedger tier;
    const auto ledger = ledgerOf(sender, &tier);
    QVERIFY2(ledger.fault.isEmpty(), qPrintable(ledger.fault));
    QVERIFY2(tier.fault.isEmpty(), qPrintable(tier.fault));
    m_buckets += tier.buckets;
    // The one batch that was under way at the end may be there without an answer having come.
    QVERIFY2(ledger.batches == sender.acknowledged() || ledger.batches == sender.acknowledged() + 1,
        qPrintable(QStringLiteral("host %1: %2 batches stored, %3 acknowledged")
                       .arg(sender.host())
                       .arg(ledger.batches)
                       .arg(sender.acknowledged())));
    checkApi(client, sender, ledger.batches);
}

/// The same numbers through GET series, a bucket per batch.
void KillTest::checkApi(test::HttpsClient& client, const NumberedSender& sender, std::int64_t stored)
{
    constexpr std::int64_t kAtOnce = 5'000;
    std::int64_t found = 0;
    for (std::int64_t from = 0; from < stored + 10; from += kAtOnce) {
        const test::Answer answer = client.get(QStringLiteral(
            "/api/v1/hosts/%1/series?family=cpu&columns=user_seconds_total&from=%2&to=%3&step=%4&agg=last")
                                                   .arg(sender.host())
                                                   .arg(sender.times().startMs + from * kStepMs)
                                                   .arg(sender.times().startMs + (from + kAtOnce) * kStepMs)
                                                   .arg(kStepMs)
                                                   .toLatin1());
        QCOMPARE(answer.status, 200);
        const QJsonArray instances = answer.json().value(QStringLiteral("instances")).toArray();
        if (instances.isEmpty())
            continue;
        QCOMPARE(instances.size(), qsizetype{1});
        const QJsonObject columns = instances[0].toObject().value(QStringLiteral("columns")).toObject();
        const QJsonArray values =
            columns.value(QStringLiteral("user_seconds_total")).toObject().value(QStringLiteral("last")).toArray();
        for (qsizetype i = 0; i < values.size(); ++i) {
            if (values[i].isNull())
                continue;
            QCOMPARE(values[i].toDouble(), static_cast<double>(from + i) / 1'000);
            ++found;
        }
    }
    QCOMPARE(found, stored);
}

QTEST_GUILESS_MAIN(KillTest)
#include "kill_test.moc"
