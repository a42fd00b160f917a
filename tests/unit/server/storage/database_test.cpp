// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/private_files.h"
#include "server/storage/database.h"
#include "server/storage/sqlite/connection.h"

#include <QFile>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

#include <atomic>
#include <thread>
#include <vector>

using namespace sextant;
using namespace sextant::server;

namespace {

Result<void> run(QSqlDatabase& database, const QString& sql)
{
    return execute(database, sql);
}

Database::WriteJob statement(const char* sql)
{
    return [text = QString::fromLatin1(sql)](QSqlDatabase& database) { return run(database, text); };
}

int count(Database& database, const char* sql)
{
    auto reader = database.reader();
    if (!reader)
        return -1;
    QSqlQuery query(*reader);
    return query.exec(QString::fromLatin1(sql)) && query.next() ? query.value(0).toInt() : -1;
}

} // namespace

class DatabaseTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void makesAPrivateFile();
    void writesDurably();
    void undoesOnlyTheJobThatFails();
    void readersCannotWrite();
    void manyThreadsWriteAndRead();
    void waitingJobsAreFinishedByStop();
    void aFullDiskIsBusyAndPasses();
    void aLockedFileIsBusy();
    void saysWhyItCannotOpen();

private:
    [[nodiscard]] std::unique_ptr<Database> open(std::int64_t maxBytes = 0)
    {
        auto opened =
            Database::open({.path = path(), .maxBytes = maxBytes, .busyTimeout = std::chrono::milliseconds(50)});
        if (!opened)
            qWarning("%s", opened.error().message.c_str());
        return opened ? std::move(*opened) : nullptr;
    }
    [[nodiscard]] QString path() const { return m_folder->filePath(QStringLiteral("test.db")); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void DatabaseTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void DatabaseTest::cleanup()
{
    m_folder.reset();
}

void DatabaseTest::makesAPrivateFile()
{
    const auto database = open();
    QVERIFY(database);
    // Refused when others may read it, too.
    QVERIFY(process::readPrivateFile(path().toStdString()));
#ifndef Q_OS_WIN // there it has the access list of its folder, which Wine does not hand down
    QVERIFY(process::readPrivateFile(path().toStdString() + "-wal"));
#endif
}

void DatabaseTest::writesDurably()
{
    auto database = open();
    QVERIFY(database->write(statement("CREATE TABLE t (x)")).has_value());
    QVERIFY(database->write(statement("INSERT INTO t VALUES (1)")).has_value());
    QCOMPARE(count(*database, "SELECT count(*) FROM t"), 1);
    database = open();
    QCOMPARE(count(*database, "SELECT count(*) FROM t"), 1);
}

void DatabaseTest::undoesOnlyTheJobThatFails()
{
    const auto database = open();
    QVERIFY(database->write(statement("CREATE TABLE t (x UNIQUE)")).has_value());
    // Jobs that wait together share a transaction: hold the writer with the first one until the others wait.
    std::atomic<bool> released{false};
    std::vector<Result<void>> results(4);
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        results[0] = database->write([&](QSqlDatabase& connection) {
            while (!released)
                std::this_thread::yield();
            return run(connection, QStringLiteral("INSERT INTO t VALUES (1)"));
        });
    });
    const char* inserts[] = {"INSERT INTO t VALUES (2)", "INSERT INTO t VALUES (3)", "INSERT INTO t VALUES (4)"};
    for (std::size_t i = 1; i < results.size(); ++i) {
        threads.emplace_back([&, i] {
            results[i] = database->write([&, i](QSqlDatabase& connection) {
                auto done = run(connection, QString::fromLatin1(inserts[i - 1]));
                if (i == 2) // has written by now, and then meets a conflict
                    return run(connection, QStringLiteral("INSERT INTO t VALUES (3)"));
                return done;
            });
        });
    }
    released = true;
    for (std::thread& thread : threads)
        thread.join();
    QVERIFY(results[0].has_value() && results[1].has_value() && results[3].has_value());
    QVERIFY(!results[2].has_value());
    QCOMPARE(results[2].error().code, ErrorCode::Conflict);
    QCOMPARE(count(*database, "SELECT sum(x) FROM t"), 1 + 2 + 4);
}

void DatabaseTest::readersCannotWrite()
{
    const auto database = open();
    QVERIFY(database->write(statement("CREATE TABLE t (x)")).has_value());
    auto reader = database->reader();
    QVERIFY(reader.has_value());
    const auto done = run(*reader, QStringLiteral("INSERT INTO t VALUES (1)"));
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Io);
    QCOMPARE(count(*database, "SELECT count(*) FROM t"), 0);
}

void DatabaseTest::manyThreadsWriteAndRead()
{
    const auto database = open();
    QVERIFY(database->write(statement("CREATE TABLE t (x)")).has_value());
    constexpr int kThreads = 4;
    constexpr int kWrites = 25;
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            for (int write = 0; write < kWrites; ++write) {
                const int before = count(*database, "SELECT count(*) FROM t");
                if (!database->write(statement("INSERT INTO t VALUES (1)")) ||
                    count(*database, "SELECT count(*) FROM t") <= before)
                    ++failures;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(failures.load(), 0);
    QCOMPARE(count(*database, "SELECT count(*) FROM t"), kThreads * kWrites);
}

void DatabaseTest::waitingJobsAreFinishedByStop()
{
    const auto database = open();
    QVERIFY(database->write(statement("CREATE TABLE t (x)")).has_value());
    std::atomic<bool> running{false};
    Result<void> result = fail(ErrorCode::Internal, "not run");
    std::thread writer([&] {
        result = database->write([&](QSqlDatabase& connection) {
            running = true;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            return run(connection, QStringLiteral("INSERT INTO t VALUES (1)"));
        });
    });
    while (!running)
        std::this_thread::yield();
    database->stop();
    writer.join();
    QVERIFY(result.has_value());
    const auto late = database->write(statement("INSERT INTO t VALUES (2)"));
    QVERIFY(!late);
    QCOMPARE(late.error().code, ErrorCode::Unreachable);
    QCOMPARE(count(*database, "SELECT count(*) FROM t"), 1);
}

void DatabaseTest::aFullDiskIsBusyAndPasses()
{
    const auto database = open(1'000'000);
    QVERIFY(database->write(statement("CREATE TABLE t (x)")).has_value());
    const auto insert = statement("INSERT INTO t VALUES (zeroblob(100000))");
    int stored = 0;
    Result<void> last;
    while (stored < 100 && (last = database->write(insert)))
        ++stored;
    QVERIFY(stored > 0 && stored < 100);
    QCOMPARE(last.error().code, ErrorCode::Busy);
    QVERIFY2(last.error().message.find("full") != std::string::npos, last.error().message.c_str());
    for (int again = 0; again < 3; ++again)
        QVERIFY(!database->write(insert));
    QCOMPARE(count(*database, "SELECT count(*) FROM t"), stored);
    // Room again: writing goes on by itself.
    QVERIFY(database->write(statement("DELETE FROM t WHERE rowid <= 3")).has_value());
    QVERIFY(database->write(insert).has_value());
    QCOMPARE(count(*database, "SELECT count(*) FROM t"), stored - 2);
}

void DatabaseTest::aLockedFileIsBusy()
{
    const auto database = open();
    QVERIFY(database->write(statement("CREATE TABLE t (x)")).has_value());
    {
        auto other = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("other"));
        other.setDatabaseName(path());
        QVERIFY(other.open());
        QVERIFY(run(other, QStringLiteral("BEGIN IMMEDIATE")).has_value());
        const auto done = database->write(statement("INSERT INTO t VALUES (1)"));
        QVERIFY(!done);
        QCOMPARE(done.error().code, ErrorCode::Busy);
        QVERIFY(run(other, QStringLiteral("ROLLBACK")).has_value());
    }
    QSqlDatabase::removeDatabase(QStringLiteral("other"));
    QVERIFY(database->write(statement("INSERT INTO t VALUES (1)")).has_value());
    QCOMPARE(count(*database, "SELECT count(*) FROM t"), 1);
}

void DatabaseTest::saysWhyItCannotOpen()
{
    QFile file(path());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray("this is no database at all").repeated(100));
    file.close();
    const auto damaged = Database::open({.path = path()});
    QVERIFY(!damaged);
    QCOMPARE(damaged.error().code, ErrorCode::Io);
    const auto nowhere = Database::open({.path = m_folder->filePath(QStringLiteral("no/such/folder.db"))});
    QVERIFY(!nowhere);
    QCOMPARE(nowhere.error().code, ErrorCode::Io);
}

QTEST_GUILESS_MAIN(DatabaseTest)
#include "database_test.moc"
