// SPDX-License-Identifier: GPL-3.0-or-later
// A server is saved while batches pour in, hours are sealed and old ones go, and brought back elsewhere: the copy holds
// everything that was acknowledged before the backup began, and of the rest a beginning, never a part.
#include "support/https_client.h"
#include "support/numbered_ledger.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>
#include <QVariant>

#include <memory>
#include <vector>

using namespace sextant;
using test::NumberedSender;

namespace {

constexpr int kRounds = 3;

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The first number that a SELECT gives; -1 when it fails.
int numberIn(const QString& file, const QString& sql)
{
    int number = -1;
    {
        auto connection = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("backup_test"));
        connection.setDatabaseName(file);
        connection.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
        connection.open();
        QSqlQuery query(connection);
        if (query.exec(sql) && query.next())
            number = query.value(0).toInt();
    }
    QSqlDatabase::removeDatabase(QStringLiteral("backup_test"));
    return number;
}

test::ServerProcess::CommandResult run(
    test::ServerProcess& server, const QString& command, const QString& folder, const QString& dataDir = {})
{
    return server.command({command, folder}, {}, dataDir);
}

} // namespace

class BackupTest : public QObject {
    Q_OBJECT

private slots:
    void savesAServerUnderLoad();
    void leavesNothingOnAFullDisk_data();
    void leavesNothingOnAFullDisk();
    void restoresOnlyIntoAnEmptyFolderUnlessForced();
    void refusesADamagedBackup();
    void replacesOnlyABackupAndOnlyWhenForced();
    void whatWaitsForATargetIsSavedToo();

private:
    void checkBackup(const QString& folder, const NumberedSender& sender, std::int64_t before);
    [[nodiscard]] QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }

    QTemporaryDir m_folder;
};

void BackupTest::savesAServerUnderLoad()
{
    test::ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    // Their batches fill an hour in 120, and the server seals without a pause; one of them has the last
    // second of a day whose 5-minute buckets end to be kept while backups are made.
    constexpr std::int64_t kHourMs = 3'600'000;
    const std::int64_t hourMs = QDateTime::currentMSecsSinceEpoch() / kHourMs * kHourMs;
    const test::NumberedTimes times{hourMs - 240 * kHourMs, 30'000};
    constexpr std::int64_t kDayMs = 24 * kHourMs;
    const std::int64_t firstDayMs = hourMs / kDayMs * kDayMs - 20 * kDayMs;
    const test::NumberedTimes expiring{firstDayMs + kDayMs - 1'000, 30'000};
    std::vector<std::unique_ptr<NumberedSender>> senders;
    for (const char* name : {"one", "two", "expiring"}) {
        const auto host = test::enrolHost(server, QString::fromLatin1(name));
        QVERIFY(host.has_value());
        senders.push_back(std::make_unique<NumberedSender>(
            server.url(), server.caPem(), *host, senders.size() < 2 ? times : expiring));
    }
    QVERIFY(server.stop());
    const std::int64_t keptMs = QDateTime::currentMSecsSinceEpoch() - (firstDayMs + kDayMs) + 12'000;
    const QString kept = QStringLiteral("%1s").arg(keptMs / 1'000);
    server.setEnvironment({{QStringLiteral("SEXTANT_SERVER_STORAGE_MAINTENANCE_SECONDS"), QStringLiteral("0")},
        {QStringLiteral("SEXTANT_SERVER_RETENTION_RAW"), kept}, {QStringLiteral("SEXTANT_SERVER_RETENTION_5M"), kept}});
    QVERIFY2(server.start(), qPrintable(server.error()));
    for (const auto& sender : senders)
        sender->start();
    const auto hasFirstDay = [&](const QString& folder) {
        return numberIn(folder + QStringLiteral("/sextant.db"),
            QStringLiteral("SELECT count(*) FROM blocks WHERE tier = 1 AND host_id = %1 AND start_ms = %2")
                .arg(senders[2]->host())
                .arg(firstDayMs));
    };
    QTRY_VERIFY_WITH_TIMEOUT(hasFirstDay(server.dataDir()) > 0, 20'000);
    for (int round = 0; round < kRounds; ++round) {
        if (round == kRounds - 1)
            QTRY_COMPARE_WITH_TIMEOUT(hasFirstDay(server.dataDir()), 0, 20'000);
        const QString backup = path("backup") + QString::number(round);
        std::vector<std::int64_t> before;
        for (const auto& sender : senders) {
            const std::int64_t now = sender->acknowledged();
            QTRY_VERIFY_WITH_TIMEOUT(sender->acknowledged() > now + 30, 20'000);
            before.push_back(sender->acknowledged());
        }
        const auto saved = run(server, QStringLiteral("backup"), backup);
        QVERIFY2(saved.exitCode == 0, saved.errors.constData());
        for (std::size_t i = 0; i < 2; ++i)
            checkBackup(backup, *senders[i], before[i]);
        if (QTest::currentTestFailed())
            return;
    }
    for (const auto& sender : senders) {
        sender->finish();
        QCOMPARE(sender->refusals(), 0);
    }
    QVERIFY(hasFirstDay(path("backup0")) > 0);
    const QString last = path("backup") + QString::number(kRounds - 1);
    QCOMPARE(hasFirstDay(last), 0);

    constexpr auto kOwner = QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser;
    const auto files = QDir(last).entryInfoList(QDir::Files);
    QCOMPARE(files.size(), qsizetype{6});
    for (const QFileInfo& file : files)
        QCOMPARE(file.permissions(), QFile::Permissions(kOwner));
    QCOMPARE(QFileInfo(last).permissions(), QFile::Permissions(kOwner | QFile::ExeOwner | QFile::ExeUser));
    QVERIFY(!QFileInfo::exists(last + QStringLiteral(".partial")));

    const auto restored = run(server, QStringLiteral("restore"), last, path("restored"));
    QVERIFY2(restored.exitCode == 0, restored.errors.constData());
    test::TierLedger tier;
    const QString database = path("restored/sextant.db");
    const auto ledger = test::readLedger(database, senders[0]->host(), times, &tier);
    QVERIFY2(ledger.fault.isEmpty() && tier.fault.isEmpty(), qPrintable(ledger.fault + tier.fault));
    QCOMPARE(ledger.batches, test::readLedger(last + QStringLiteral("/sextant.db"), senders[0]->host(), times).batches);
    QVERIFY(tier.buckets > 0);
}

/// The copy holds what was acknowledged before it began, once, and of the rest a beginning.
void BackupTest::checkBackup(const QString& folder, const NumberedSender& sender, std::int64_t before)
{
    const std::int64_t after = sender.acknowledged();
    const auto ledger = test::readLedger(folder + QStringLiteral("/sextant.db"), sender.host(), sender.times());
    QVERIFY2(ledger.fault.isEmpty(), qPrintable(ledger.fault));
    QVERIFY2(ledger.batches >= before && ledger.batches <= after + 1,
        qPrintable(QStringLiteral("%1 batches saved, %2 acknowledged before, %3 after")
                       .arg(ledger.batches)
                       .arg(before)
                       .arg(after)));
}

void BackupTest::leavesNothingOnAFullDisk_data()
{
    QTest::addColumn<QString>("full"); // where nothing can be written
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("from the start") << QStringLiteral("full") << QByteArray("No space left on device");
    QTest::newRow("in the middle of the database")
        << QStringLiteral("full/backup.partial/sextant.db") << QByteArray("the disk is full");
}

void BackupTest::leavesNothingOnAFullDisk()
{
    QFETCH(QString, full);
    QFETCH(QByteArray, said);
    test::ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    const QString target = path("full/backup");
    const QString control = path("control");
    QFile fault(control);
    QVERIFY(fault.open(QIODevice::WriteOnly) && fault.write("write ENOSPC") > 0);
    fault.close();
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("LD_PRELOAD"), QStringLiteral(SEXTANT_FAULT_IO));
    environment.insert(QStringLiteral("ASAN_OPTIONS"), QStringLiteral("verify_asan_link_order=0"));
    environment.insert(QStringLiteral("SEXTANT_FAULT_FOLDER"), m_folder.filePath(full));
    environment.insert(QStringLiteral("SEXTANT_FAULT_CONTROL"), control);
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(SEXTANT_SERVER_PROGRAM),
        {QStringLiteral("backup"), target, QStringLiteral("--data-dir"), server.dataDir()});
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 1);
    const QByteArray errors = process.readAllStandardError();
    QVERIFY2(errors.contains(said), errors.constData());
    QCOMPARE(QDir(path("full")).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList());
    QVERIFY(server.isRunning());
}

void BackupTest::restoresOnlyIntoAnEmptyFolderUnlessForced()
{
    test::ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    const auto host = test::enrolHost(server, QStringLiteral("kept"));
    QVERIFY(host.has_value());
    const auto saved = run(server, QStringLiteral("backup"), path("whole"));
    QVERIFY2(saved.exitCode == 0, saved.errors.constData());

    const auto running = run(server, QStringLiteral("restore"), path("whole"));
    QCOMPARE(running.exitCode, 1);
    QVERIFY2(running.errors.contains("a server runs with the data folder"), running.errors.constData());

    const auto elsewhere = run(server, QStringLiteral("restore"), path("whole"), path("elsewhere"));
    QVERIFY2(elsewhere.exitCode == 0, elsewhere.errors.constData());
    for (const char* name : {"/ca.key", "/ca.pem", "/server.key", "/server.pem"})
        QCOMPARE(contents(path("elsewhere") + QLatin1String(name)), contents(server.dataDir() + QLatin1String(name)));
    const auto hosts = server.command({QStringLiteral("host"), QStringLiteral("list")}, {}, path("elsewhere"));
    QVERIFY(hosts.output.contains("kept"));

    // The server goes back to the time of its backup: the host that came later is gone, the first one still delivers.
    QVERIFY(test::enrolHost(server, QStringLiteral("later")).has_value());
    QVERIFY(server.stop());
    const auto taken = run(server, QStringLiteral("restore"), path("whole"));
    QCOMPARE(taken.exitCode, 1);
    QVERIFY2(taken.errors.contains("is not empty"), taken.errors.constData());
    const auto forced = server.command({QStringLiteral("restore"), path("whole"), QStringLiteral("--force")});
    QVERIFY2(forced.exitCode == 0, forced.errors.constData());
    const QStringList aside =
        QDir(server.dataDir()).entryList({QStringLiteral("before-restore-*")}, QDir::Dirs | QDir::NoDotAndDotDot);
    QCOMPARE(aside.size(), qsizetype{1});
    QVERIFY(QFileInfo::exists(server.dataDir() + u'/' + aside.front() + QStringLiteral("/sextant.db")));
    QVERIFY2(server.start(), qPrintable(server.error()));
    const auto list = server.command({QStringLiteral("host"), QStringLiteral("list")}).output;
    QVERIFY(list.contains("kept") && !list.contains("later"));
    test::HttpsClient agent(server.url(), server.caPem(), host->identity);
    QCOMPARE(test::sendBatch(agent, test::makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 204);
}

void BackupTest::refusesADamagedBackup()
{
    test::ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    QCOMPARE(run(server, QStringLiteral("backup"), path("damaged")).exitCode, 0);
    QFile file(path("damaged/sextant.db"));
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(file.size() / 2));
    const QByteArray byte = file.peek(1);
    QCOMPARE(file.write(QByteArray(1, static_cast<char>(~byte[0]))), qint64{1});
    file.close();
    const auto damaged = run(server, QStringLiteral("restore"), path("damaged"), path("untouched"));
    QCOMPARE(damaged.exitCode, 1);
    QVERIFY2(damaged.errors.contains("its checksum differs"), damaged.errors.constData());
    QVERIFY(!QFileInfo::exists(path("untouched/sextant.db")));

    const auto none = run(server, QStringLiteral("restore"), path("nothing"), path("untouched"));
    QCOMPARE(none.exitCode, 1);
    QVERIFY2(none.errors.contains("is not a backup"), none.errors.constData());
}

void BackupTest::replacesOnlyABackupAndOnlyWhenForced()
{
    test::ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    QCOMPARE(run(server, QStringLiteral("backup"), path("again")).exitCode, 0);
    const auto again = run(server, QStringLiteral("backup"), path("again"));
    QCOMPARE(again.exitCode, 1);
    QVERIFY2(again.errors.contains("--force"), again.errors.constData());
    QVERIFY(test::enrolHost(server, QStringLiteral("newer")).has_value());
    QCOMPARE(server.command({QStringLiteral("backup"), path("again"), QStringLiteral("--force")}).exitCode, 0);
    QCOMPARE(run(server, QStringLiteral("restore"), path("again"), path("newer")).exitCode, 0);
    const auto hosts = server.command({QStringLiteral("host"), QStringLiteral("list")}, {}, path("newer"));
    QVERIFY(hosts.output.contains("newer"));

    QVERIFY(QDir().mkpath(path("precious")));
    const auto precious = server.command({QStringLiteral("backup"), path("precious"), QStringLiteral("--force")});
    QCOMPARE(precious.exitCode, 1);
    QVERIFY2(precious.errors.contains("is not a backup"), precious.errors.constData());
}

/// The queue of a remote write target that is away comes back with what waited in it.
void BackupTest::whatWaitsForATargetIsSavedToo()
{
    QFile settings(path("server.toml"));
    QVERIFY(settings.open(QIODevice::WriteOnly));
    settings.write("[[remote_write]]\nname = \"away\"\nurl = \"http://127.0.0.1:9/api/v1/write\"\n");
    settings.close();
    test::ServerProcess server({QStringLiteral("--config"), settings.fileName()});
    QVERIFY2(server.start(), qPrintable(server.error()));
    const QByteArray key = server.makeKey(QStringLiteral("shop"));
    const auto push = [&] {
        test::HttpsClient client(server.url(), server.caPem());
        return client.request("POST", "/metrics/job/shop", "orders 1\nsales 2\n", {{"X-API-Key", key}}).status;
    };
    const auto waiting = [](const QString& folder) {
        return numberIn(folder + QStringLiteral("/forward/away.db"), QStringLiteral("SELECT sum(samples) FROM bodies"));
    };
    QCOMPARE(push(), 200);
    QCOMPARE(waiting(server.dataDir()), 2);
    const auto saved = run(server, QStringLiteral("backup"), path("waiting"));
    QVERIFY2(saved.exitCode == 0, saved.errors.constData());
    QCOMPARE(push(), 200);
    QVERIFY(server.stop());
    QCOMPARE(waiting(server.dataDir()), 4);

    const auto elsewhere = run(server, QStringLiteral("restore"), path("waiting"), path("there"));
    QVERIFY2(elsewhere.exitCode == 0, elsewhere.errors.constData());
    QCOMPARE(waiting(path("there")), 2);
    const auto forced = server.command({QStringLiteral("restore"), path("waiting"), QStringLiteral("--force")});
    QVERIFY2(forced.exitCode == 0, forced.errors.constData());
    QCOMPARE(waiting(server.dataDir()), 2);
    const QStringList aside = QDir(server.dataDir()).entryList({QStringLiteral("before-restore-*")}, QDir::Dirs);
    QCOMPARE(aside.size(), qsizetype{1});
    QCOMPARE(waiting(server.dataDir() + u'/' + aside.front()), 4);
    QVERIFY2(server.start(), qPrintable(server.error()));
    QCOMPARE(push(), 200);
    QCOMPARE(waiting(server.dataDir()), 4);
}

QTEST_GUILESS_MAIN(BackupTest)
#include "backup_test.moc"
