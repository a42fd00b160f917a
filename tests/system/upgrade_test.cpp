// SPDX-License-Identifier: GPL-3.0-or-later
// The real server meets databases of other versions: one that is killed again and again while it moves an old
// database's rows over goes on at its next start and loses none; one that a newer program made it leaves alone.
#include "server/storage/clock.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "storage/upgrade/kept_database.h"

#include <QFile>
#include <QProcess>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

using namespace sextant;
using namespace sextant::testing;

namespace {

QString fixture(const char* name)
{
    return QStringLiteral(SEXTANT_SOURCE_DIR "/tests/fixtures/databases/") + QString::fromLatin1(name);
}

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// What one statement changes or, a SELECT, its first number; -1 when it fails.
int onFile(const QString& file, const QString& sql)
{
    int answer = -1;
    {
        auto connection = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("upgrade_test"));
        connection.setDatabaseName(file);
        connection.open();
        QSqlQuery query(connection);
        if (query.exec(sql))
            answer = query.next() ? query.value(0).toInt() : query.numRowsAffected();
    }
    QSqlDatabase::removeDatabase(QStringLiteral("upgrade_test"));
    return answer;
}

QByteArray samplesIn(const QString& path)
{
    const auto database = server::Database::open({.path = path});
    if (!database)
        return {};
    return samplesOf(*server::makeStore(**database, server::systemNowMs)).value_or(QByteArray());
}

/// `sextant-server host list`, which brings the schema up to date before it answers.
void startCommand(QProcess& process, const QString& dataDir)
{
    process.start(QStringLiteral(SEXTANT_SERVER_PROGRAM),
        {QStringLiteral("host"), QStringLiteral("list"), QStringLiteral("--data-dir"), dataDir});
}

} // namespace

class UpgradeTest : public QObject {
    Q_OBJECT

private slots:
    void goesOnAfterKills();
    void leavesANewerDatabaseAlone();
};

void UpgradeTest::goesOnAfterKills()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("sextant.db"));
    QVERIFY(makeSqlite(path, contents(fixture("0002.sql"))).has_value());
    // Enough rows for several transactions: each again many times, 4 ms apart.
    const int added = onFile(
        path, QStringLiteral("INSERT INTO m_cpu_core (host_id, time, instance_id, interval_ms, user_seconds_total) "
                             "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2200) "
                             "SELECT host_id, time + 4 * i, instance_id, interval_ms, i FROM m_cpu_core, n"));
    QVERIFY(added > 30'000);
    const QString unhurt = folder.filePath(QStringLiteral("unhurt.db"));
    QVERIFY(QFile::copy(path, unhurt));
    const QByteArray expected = samplesIn(unhurt);
    QCOMPARE(expected.count("\tcpu_core\t"), added + contents(fixture("0002.samples")).count("\tcpu_core\t"));

    int killed = 0;
    int halfMoved = 0;
    bool isDone = false;
    for (double patienceMs = 10; !isDone && patienceMs < 60'000; patienceMs *= 1.1) {
        QProcess process;
        startCommand(process, folder.path());
        QVERIFY(process.waitForStarted());
        if (process.waitForFinished(static_cast<int>(patienceMs))) {
            QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
            isDone = true;
            continue;
        }
        process.kill();
        process.waitForFinished();
        ++killed;
        const QString some = QStringLiteral("SELECT count(*) FROM ");
        halfMoved += onFile(path, some + QStringLiteral("hot_frames")) > 0 &&
                     onFile(path, some + QStringLiteral("m_cpu_core")) > 0;
    }
    QVERIFY(isDone);
    QVERIFY2(halfMoved > 0, "no kill came in the middle of the move");
    QVERIFY(samplesIn(path) == expected);
    QCOMPARE(onFile(path, QStringLiteral("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'm\\_%' ESCAPE '\\'")), 0);
    qInfo("%d kills, %d of them with the rows half moved; %d rows are there", killed, halfMoved,
        static_cast<int>(expected.count('\n')));
}

void UpgradeTest::leavesANewerDatabaseAlone()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("sextant.db"));
    QVERIFY(makeSqlite(path, contents(fixture("0005.sql"))).has_value());
    QCOMPARE(onFile(path,
                 QStringLiteral("INSERT INTO schema_migrations (number, name, checksum) VALUES (9999, 'later', 'x')")),
        1);
    onFile(path, QStringLiteral("PRAGMA journal_mode = WAL")); // as a server leaves it
    const QByteArray before = contents(path);
    QProcess process;
    startCommand(process, folder.path());
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 2);
    const QByteArray said = process.readAllStandardError();
    QVERIFY2(said.contains("migration 9999") && said.contains("install that version or a later one"), said.constData());
    QVERIFY(contents(path) == before);
}

QTEST_GUILESS_MAIN(UpgradeTest)
#include "upgrade_test.moc"
