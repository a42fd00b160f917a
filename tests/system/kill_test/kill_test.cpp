// SPDX-License-Identifier: GPL-3.0-or-later
// The promise of delivery, put to the test: the real server is killed with SIGKILL 50 times in the middle of ingest and
// started again on the same data. At the end every batch that it acknowledged is there exactly once, and what it did
// not acknowledge is there once or not at all, never in part.
#include "metrics/families.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QDir>
#include <QJsonArray>
#include <QJsonObject>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>
#include <QVariant>

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <thread>
#include <vector>

using namespace sextant;
using metrics::column;
using metrics::family;

namespace {

constexpr int kKills = 50;
constexpr int kHosts = 3;
constexpr int kCores = 6;
/// Batches of a host are a second apart, so that each has a bucket of its own in a query.
constexpr std::int64_t kSecond = 1'000;

/// A batch whose rows all tell its number, so that rows of different batches can't be taken for one another.
metrics::Batch numberedBatch(std::int64_t number, std::int64_t startMs, std::mt19937& random)
{
    std::array<std::uint8_t, 10> bytes{};
    for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(random());
    metrics::Batch batch;
    batch.id = metrics::BatchId::make(startMs + number, bytes);
    const std::int64_t timeMs = startMs + number * kSecond;
    metrics::Frame cpu(family("cpu"), timeMs, 1'000);
    cpu.addRow();
    cpu.setCell(0, column("cpu", "user_seconds_total").index, metrics::Value::fixed(number));
    metrics::Frame cores(family("cpu_core"), timeMs, 1'000);
    for (int core = 0; core < kCores; ++core) {
        const auto row = cores.addRow({std::to_string(core)});
        cores.setCell(row, column("cpu_core", "user_seconds_total").index, metrics::Value::fixed(number));
    }
    batch.frames = {std::move(cpu), std::move(cores)};
    return batch;
}

/// An agent at its plainest: sends one batch after another over mutual TLS and sends a batch again, under the same id,
/// until it is acknowledged. Now and then it sends an acknowledged one again.
class Sender {
public:
    Sender(const QString& url, const QByteArray& caPem, const test::TestHost& host, std::int64_t startMs)
        : m_url(url), m_caPem(caPem), m_host(host), m_startMs(startMs), m_random(static_cast<unsigned>(host.id))
    {
    }
    ~Sender() { finish(); }
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    void start()
    {
        m_thread = std::thread([this] { run(); });
    }
    /// Ends after the batch under way, which may stay unacknowledged.
    void finish()
    {
        m_going = false;
        if (m_thread.joinable())
            m_thread.join();
    }

    [[nodiscard]] qint64 host() const { return m_host.id; }
    [[nodiscard]] std::int64_t startMs() const { return m_startMs; }
    /// Batches 0 to this one were acknowledged; the next one may have been sent.
    [[nodiscard]] std::int64_t acknowledged() const { return m_acknowledged; }
    /// Answers other than 204, which no batch here deserves.
    [[nodiscard]] int refusals() const { return m_refusals; }
    [[nodiscard]] int repeats() const { return m_repeats; }
    /// Batches that were sent and never answered: a kill came in between.
    [[nodiscard]] int cutOff() const { return m_cutOff; }

private:
    void run()
    {
        test::HttpsClient client(m_url, m_caPem, m_host.identity);
        for (std::int64_t number = 0; m_going; ++number) {
            const metrics::Batch batch = numberedBatch(number, m_startMs, m_random);
            if (!deliver(client, batch))
                return;
            ++m_acknowledged;
            if (m_random() % 16 == 0) {
                ++m_repeats;
                if (!deliver(client, batch))
                    return;
            }
        }
    }

    bool deliver(test::HttpsClient& client, const metrics::Batch& batch)
    {
        while (m_going) {
            if (client.isConnected() || client.connect(200)) {
                const test::Answer answer = test::sendBatch(client, batch);
                if (answer.status == 204)
                    return true;
                if (answer.status == 0)
                    ++m_cutOff;
                else if (answer.status != 503)
                    ++m_refusals;
                client.disconnect();
            } else {
                client.disconnect();
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
        }
        return false;
    }

    QString m_url;
    QByteArray m_caPem;
    test::TestHost m_host;
    std::int64_t m_startMs;
    std::mt19937 m_random;
    std::atomic<bool> m_going{true};
    std::atomic<std::int64_t> m_acknowledged{0};
    std::atomic<int> m_refusals{0};
    std::atomic<int> m_repeats{0};
    std::atomic<int> m_cutOff{0};
    std::thread m_thread;
};

std::int64_t ask(const QSqlDatabase& database, const QString& sql, qint64 host)
{
    QSqlQuery query(database);
    query.prepare(sql);
    query.bindValue(0, host);
    return query.exec() && query.next() ? query.value(0).toLongLong() : -1;
}

} // namespace

class KillTest : public QObject {
    Q_OBJECT

private slots:
    void nothingAcknowledgedIsLostOrDoubled();

private:
    void checkFile(const QString& connection, const Sender& sender, std::int64_t stored);
    void checkApi(test::HttpsClient& client, const Sender& sender, std::int64_t stored);
};

void KillTest::nothingAcknowledgedIsLostOrDoubled()
{
    test::ServerProcess server;
    if (!server.start())
        QFAIL(qPrintable(server.error()));
    const std::int64_t now = QDateTime::currentMSecsSinceEpoch();
    const std::int64_t startMs = (now / 3'600'000 - 24) * 3'600'000;
    std::vector<std::unique_ptr<Sender>> senders;
    for (int i = 0; i < kHosts; ++i) {
        const auto host = test::enrolHost(server, QStringLiteral("host%1").arg(i));
        QVERIFY(host.has_value());
        senders.push_back(std::make_unique<Sender>(server.url(), server.caPem(), *host, startMs));
    }
    for (const auto& sender : senders)
        sender->start();

    std::mt19937 random(50);
    const auto acknowledgedNow = [&senders] {
        std::int64_t sum = 0;
        for (const auto& sender : senders)
            sum += sender->acknowledged();
        return sum;
    };
    for (int kill = 0; kill < kKills; ++kill) {
        // Batches are being acknowledged again before the next kill, which comes at any moment after.
        const std::int64_t acknowledged = acknowledgedNow();
        QTRY_VERIFY_WITH_TIMEOUT(acknowledgedNow() > acknowledged + 3, 20'000);
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 150));
        server.kill();
        if (!server.start())
            QFAIL(qPrintable(server.error()));
    }
    for (const auto& sender : senders)
        sender->finish();
    server.kill(); // the file as a crash leaves it
    if (!server.start())
        QFAIL(qPrintable(server.error()));

    test::HttpsClient client(server.url(), server.caPem());
    QVERIFY(client.logIn(QStringLiteral("admin"), server.adminPassword()));
    int repeats = 0;
    int cutOff = 0;
    for (const auto& sender : senders) {
        QCOMPARE(sender->refusals(), 0);
        repeats += sender->repeats();
        cutOff += sender->cutOff();
        QVERIFY2(sender->acknowledged() > kKills, qPrintable(QString::number(sender->acknowledged())));
    }
    QVERIFY(repeats > 0);
    QVERIFY2(cutOff >= kKills, "the kills did not come in the middle of ingest");
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("kill-test"));
        const QStringList files = QDir(server.dataDir()).entryList({QStringLiteral("*.db")}, QDir::Files);
        QCOMPARE(files.size(), qsizetype{1});
        database.setDatabaseName(server.dataDir() + u'/' + files.front());
        database.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
        QVERIFY(database.open());
        QSqlQuery check(database);
        QVERIFY(check.exec(QStringLiteral("PRAGMA integrity_check")) && check.next());
        QCOMPARE(check.value(0).toString(), QStringLiteral("ok"));
    }
    for (const auto& sender : senders) {
        const std::int64_t batches = ask(QSqlDatabase::database(QStringLiteral("kill-test")),
            QStringLiteral("SELECT count(*) FROM batches WHERE host_id = ?"), sender->host());
        // The one batch that was under way at the end may be there without an answer having come.
        QVERIFY2(batches == sender->acknowledged() || batches == sender->acknowledged() + 1,
            qPrintable(QStringLiteral("host %1: %2 batches stored, %3 acknowledged")
                           .arg(sender->host())
                           .arg(batches)
                           .arg(sender->acknowledged())));
        checkFile(QStringLiteral("kill-test"), *sender, batches);
        checkApi(client, *sender, batches);
    }
    QSqlDatabase::removeDatabase(QStringLiteral("kill-test"));
    qInfo("%d kills, %lld batches acknowledged, %d sent again, %d cut off", kKills,
        static_cast<long long>(senders[0]->acknowledged() + senders[1]->acknowledged() + senders[2]->acknowledged()),
        repeats, cutOff);
}

/// Rows 0 to stored − 1 of every instance, each once, each with its own number, and nothing else.
void KillTest::checkFile(const QString& connection, const Sender& sender, std::int64_t stored)
{
    const auto database = QSqlDatabase::database(connection);
    QSqlQuery query(database);
    for (const auto& [table, instances] : {std::pair{"m_cpu", 1}, std::pair{"m_cpu_core", kCores}}) {
        QVERIFY(query.prepare(QStringLiteral("SELECT time, instance_id, user_seconds_total FROM %1 WHERE host_id = ?")
                                  .arg(QString::fromLatin1(table))));
        query.bindValue(0, sender.host());
        QVERIFY(query.exec());
        std::map<std::int64_t, std::set<std::int64_t>> seen;
        std::int64_t rows = 0;
        while (query.next()) {
            ++rows;
            const std::int64_t number = query.value(2).toLongLong();
            QCOMPARE(query.value(0).toLongLong(), sender.startMs() + number * kSecond);
            seen[number].insert(query.value(1).toLongLong());
        }
        QCOMPARE(rows, stored * instances);
        QCOMPARE(static_cast<std::int64_t>(seen.size()), stored);
        for (const auto& [number, found] : seen)
            QCOMPARE(static_cast<int>(found.size()), instances);
        QCOMPARE(seen.rbegin()->first, stored - 1);
    }
}

/// The same numbers through GET series, a bucket a second.
void KillTest::checkApi(test::HttpsClient& client, const Sender& sender, std::int64_t stored)
{
    constexpr std::int64_t kAtOnce = 5'000;
    std::int64_t found = 0;
    for (std::int64_t from = 0; from < stored + 10; from += kAtOnce) {
        const test::Answer answer =
            client.get(QStringLiteral("/api/v1/hosts/%1/series?family=cpu&columns=user_seconds_total"
                                      "&from=%2&to=%3&step=1000&agg=last")
                           .arg(sender.host())
                           .arg(sender.startMs() + from * kSecond)
                           .arg(sender.startMs() + (from + kAtOnce) * kSecond)
                           .toLatin1());
        QCOMPARE(answer.status, 200);
        const QJsonArray instances = answer.json().value(QStringLiteral("instances")).toArray();
        if (instances.isEmpty())
            continue;
        QCOMPARE(instances.size(), qsizetype{1});
        const QJsonArray values = instances[0]
                                      .toObject()
                                      .value(QStringLiteral("columns"))
                                      .toObject()
                                      .value(QStringLiteral("user_seconds_total"))
                                      .toObject()
                                      .value(QStringLiteral("last"))
                                      .toArray();
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
