// SPDX-License-Identifier: GPL-3.0-or-later
// The real server on a disk that fails (tests/support/fault_io): it answers 503, acknowledges nothing that is not on
// disk, goes on answering questions, says in its log what is wrong, and takes batches again by itself when the disk
// does.
#include "support/https_client.h"
#include "support/numbered_ledger.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QTest>

#include <algorithm>
#include <memory>
#include <vector>

using namespace sextant;
using test::NumberedSender;

namespace {

constexpr int kHosts = 2;

/// A server whose disk fails as it is told.
class FailingServer {
public:
    FailingServer()
    {
        m_server.setEnvironment({{QStringLiteral("LD_PRELOAD"), QStringLiteral(SEXTANT_FAULT_IO)},
            {QStringLiteral("ASAN_OPTIONS"), QStringLiteral("verify_asan_link_order=0")},
            {QStringLiteral("SEXTANT_FAULT_FOLDER"), m_server.dataDir()},
            {QStringLiteral("SEXTANT_FAULT_CONTROL"), m_folder.filePath(QStringLiteral("control"))}});
    }

    /// "write ENOSPC", "fsync EIO"…; empty: all is well.
    [[nodiscard]] bool setFault(const QByteArray& fault)
    {
        QFile file(m_folder.filePath(QStringLiteral("control")));
        return file.open(QIODevice::WriteOnly) && file.write(fault) == fault.size();
    }

    test::ServerProcess* operator->() { return &m_server; }

private:
    QTemporaryDir m_folder;
    test::ServerProcess m_server;
};

} // namespace

class FaultTest : public QObject {
    Q_OBJECT

private slots:
    void nothingIsLostWhileTheDiskFails_data();
    void nothingIsLostWhileTheDiskFails();
    void aDiskThatIsGoneIsSaidAndComesBack();

private:
    [[nodiscard]] std::int64_t acknowledged() const
    {
        std::int64_t sum = 0;
        for (const auto& sender : m_senders)
            sum += sender->acknowledged();
        return sum;
    }
    [[nodiscard]] bool allBusy(int atLeast) const
    {
        return std::ranges::all_of(m_senders, [&](const auto& sender) { return sender->busy() >= atLeast; });
    }

    std::vector<std::unique_ptr<NumberedSender>> m_senders;
};

void FaultTest::nothingIsLostWhileTheDiskFails_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::addColumn<QByteArray>("said");
    QTest::addColumn<bool>("killed"); // while the disk fails; it is well again at the next start
    QTest::newRow("full") << QByteArray("write ENOSPC") << QByteArray("make room") << false;
    QTest::newRow("cannot be written") << QByteArray("write EIO") << QByteArray("look at the disk") << false;
    QTest::newRow("cannot be synced") << QByteArray("fsync EIO") << QByteArray("disk I/O error") << false;
    QTest::newRow("full, and killed then") << QByteArray("write ENOSPC") << QByteArray("the disk is full") << true;
    QTest::newRow("not synced, and killed then") << QByteArray("fsync EIO") << QByteArray("disk I/O error") << true;
}

void FaultTest::nothingIsLostWhileTheDiskFails()
{
    QFETCH(QByteArray, fault);
    QFETCH(QByteArray, said);
    QFETCH(bool, killed);
    m_senders.clear();
    FailingServer server;
    QVERIFY2(server->start(), qPrintable(server->error()));
    const test::NumberedTimes times{(QDateTime::currentMSecsSinceEpoch() / 3'600'000 - 24) * 3'600'000, 10'000};
    for (int i = 0; i < kHosts; ++i) {
        const auto host = test::enrolHost(*server.operator->(), QStringLiteral("host%1").arg(i));
        QVERIFY(host.has_value());
        m_senders.push_back(std::make_unique<NumberedSender>(server->url(), server->caPem(), *host, times));
        m_senders.back()->start();
    }
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged() > 50, 20'000);
    test::HttpsClient person(server->url(), server->caPem());
    QVERIFY(person.logIn(QStringLiteral("admin"), server->adminPassword()));

    QVERIFY(server.setFault(fault));
    QTRY_VERIFY_WITH_TIMEOUT(allBusy(5), 30'000);
    const std::int64_t before = acknowledged();
    QTest::qWait(1'000);
    QCOMPARE(acknowledged(), before);
    QCOMPARE(person.get("/api/v1/overview").status, 200);
    QVERIFY2(server->log().contains(said), server->log().right(1'000).constData());
    // Said, but not once per batch.
    QVERIFY2(server->log().count("could not be stored") <= 3, server->log().right(3'000).constData());

    if (killed) {
        server->kill();
        QVERIFY(server.setFault({}));
        QVERIFY2(server->start(), qPrintable(server->error()));
    }
    QVERIFY(server.setFault({}));
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged() > before + 50, 30'000);
    QVERIFY(server->isRunning());
    for (const auto& sender : m_senders)
        sender->finish();
    server->kill();
    for (const auto& sender : m_senders) {
        QCOMPARE(sender->refusals(), 0);
        const auto ledger = test::readLedger(server->dataDir() + QStringLiteral("/sextant.db"), sender->host(), times);
        QVERIFY2(ledger.fault.isEmpty(), qPrintable(ledger.fault));
        QVERIFY2(ledger.batches == sender->acknowledged() || ledger.batches == sender->acknowledged() + 1,
            qPrintable(QStringLiteral("%1 stored, %2 acknowledged").arg(ledger.batches).arg(sender->acknowledged())));
    }
    qInfo("%s: %lld batches acknowledged before, while and after it; each is there once", fault.constData(),
        static_cast<long long>(acknowledged()));
}

void FaultTest::aDiskThatIsGoneIsSaidAndComesBack()
{
    m_senders.clear();
    FailingServer server;
    QVERIFY2(server->start(), qPrintable(server->error()));
    const qint64 process = server->processId();
    const test::NumberedTimes times{(QDateTime::currentMSecsSinceEpoch() / 3'600'000 - 24) * 3'600'000, 10'000};
    const auto host = test::enrolHost(*server.operator->(), QStringLiteral("host"));
    QVERIFY(host.has_value());
    m_senders.push_back(std::make_unique<NumberedSender>(server->url(), server->caPem(), *host, times));
    m_senders.back()->start();
    test::HttpsClient person(server->url(), server->caPem());
    QVERIFY(person.logIn(QStringLiteral("admin"), server->adminPassword()));
    const QByteArray ofHost = "/api/v1/hosts/" + QByteArray::number(host->id);
    const QByteArray series =
        ofHost + "/series?family=cpu_core&columns=usage_percent&from=" + QByteArray::number(qint64{times.startMs}) +
        "&to=" + QByteArray::number(qint64{times.startMs + 600'000});
    const auto instances = [&] { return person.get(series).json().value(QStringLiteral("instances")).toArray(); };
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged() > 60, 20'000);
    const QJsonArray before = instances();
    QCOMPARE(before.size(), qsizetype{NumberedSender::kCores});

    QVERIFY(server.setFault("all EIO"));
    QTRY_VERIFY_WITH_TIMEOUT(allBusy(3), 30'000);
    test::HttpsClient agent(server->url(), server->caPem(), host->identity);
    const test::Answer refused = test::sendBatch(agent, test::makeBatch(QDateTime::currentMSecsSinceEpoch()));
    QCOMPARE(refused.status, 503);
    QVERIFY(refused.header("retry-after").toInt() > 0);
    const test::Answer ready = person.get("/readyz");
    QCOMPARE(ready.status, 503);
    QVERIFY2(ready.body.contains("the database cannot be read"), ready.body.constData());
    QCOMPARE(person.get("/healthz").status, 200);
    // A day that nobody asked for before: what SQLite has in its memory it gives without the disk.
    const QByteArray unread =
        ofHost + "/series?family=memory&columns=used_bytes&from=" + QByteArray::number(qint64{times.startMs}) +
        "&to=" + QByteArray::number(qint64{times.startMs + 86'400'000});
    for (const QByteArray& path : {unread, ofHost, ofHost + "/gaps", QByteArray("/api/v1/overview"),
             QByteArray("/api/v1/hosts"), QByteArray("/api/v1/tokens"), QByteArray("/metrics")}) {
        const test::Answer answer = person.get(path);
        QVERIFY2(answer.status == 503, (path + ": " + answer.body).constData());
        QCOMPARE(answer.json().value(QStringLiteral("code")).toString(), QStringLiteral("io"));
        QVERIFY(answer.header("retry-after").toInt() > 0);
    }

    QVERIFY(server.setFault({}));
    QTRY_COMPARE_WITH_TIMEOUT(person.get("/readyz").status, 200, 15'000);
    const std::int64_t then = acknowledged();
    QTRY_VERIFY_WITH_TIMEOUT(acknowledged() > then + 20, 20'000);
    QCOMPARE(instances(), before);
    QCOMPARE(server->processId(), process);
    m_senders.back()->finish();
    server->kill();
    QCOMPARE(m_senders.back()->refusals(), 0);
    const auto ledger = test::readLedger(server->dataDir() + QStringLiteral("/sextant.db"), host->id, times);
    QVERIFY2(ledger.fault.isEmpty(), qPrintable(ledger.fault));
}

QTEST_GUILESS_MAIN(FaultTest)
#include "fault_test.moc"
