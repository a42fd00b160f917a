// SPDX-License-Identifier: GPL-3.0-or-later
// A server is saved while batches pour in, and brought back elsewhere: the copy holds everything that was acknowledged
// before the backup began, and of the rest a beginning, never a part.
#include "support/https_client.h"
#include "support/numbered_sender.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTest>

#include <memory>
#include <vector>

using namespace sextant;
using test::NumberedSender;

namespace {

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
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
    void restoresOnlyIntoAnEmptyFolderUnlessForced();
    void refusesADamagedBackup();
    void replacesOnlyABackupAndOnlyWhenForced();

private:
    [[nodiscard]] QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }

    QTemporaryDir m_folder;
};

void BackupTest::savesAServerUnderLoad()
{
    test::ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    const test::NumberedTimes times{(QDateTime::currentMSecsSinceEpoch() / 3'600'000 - 48) * 3'600'000, 1'000};
    std::vector<std::unique_ptr<NumberedSender>> senders;
    for (const char* name : {"one", "two"}) {
        const auto host = test::enrolHost(server, QString::fromLatin1(name));
        QVERIFY(host.has_value());
        senders.push_back(std::make_unique<NumberedSender>(server.url(), server.caPem(), *host, times));
        senders.back()->start();
    }
    for (int round = 0; round < 5; ++round) {
        const QString backup = path("backup") + QString::number(round);
        std::vector<std::int64_t> before;
        for (const auto& sender : senders) {
            const std::int64_t now = sender->acknowledged();
            QTRY_VERIFY_WITH_TIMEOUT(sender->acknowledged() > now + 30, 20'000);
            before.push_back(sender->acknowledged());
        }
        const auto saved = run(server, QStringLiteral("backup"), backup);
        QVERIFY2(saved.exitCode == 0, saved.errors.constData());
        for (std::size_t i = 0; i < senders.size(); ++i) {
            const std::int64_t after = senders[i]->acknowledged();
            const auto ledger = test::readLedger(backup + QStringLiteral("/sextant.db"), senders[i]->host(), times);
            QVERIFY2(ledger.fault.isEmpty(), qPrintable(ledger.fault));
            QVERIFY2(ledger.batches >= before[i] && ledger.batches <= after + 1,
                qPrintable(QStringLiteral("%1 batches saved, %2 acknowledged before, %3 after")
                               .arg(ledger.batches)
                               .arg(before[i])
                               .arg(after)));
        }
    }
    for (const auto& sender : senders) {
        sender->finish();
        QCOMPARE(sender->refusals(), 0);
    }
    for (const QFileInfo& file : QDir(path("backup0")).entryInfoList(QDir::Files)) {
        constexpr auto kOthers = QFile::ReadGroup | QFile::ReadOther;
        QCOMPARE(file.permissions() & kOthers, QFile::Permissions());
    }
    QVERIFY(!QFileInfo::exists(path("backup0.partial")));
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

QTEST_GUILESS_MAIN(BackupTest)
#include "backup_test.moc"
