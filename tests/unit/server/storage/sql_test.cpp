// SPDX-License-Identifier: GPL-3.0-or-later
// A row, no row and a read that fails are three different answers: a disk that fails is not taken for data that is not
// there. The disk here is a SQLite file parts of which are overwritten.
#include "server/auth/enrolment_tokens.h"
#include "server/storage/clock.h"
#include "server/storage/database.h"
#include "server/storage/postgres/connection.h"

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <utility>
#include <vector>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr int kRows = 5'000;

constexpr qint64 kPageBytes = 4'096;

/// Overwrites pages [first, last] of a closed SQLite file; they are numbered from 1 on.
bool damage(const QString& path, qint64 first, qint64 last)
{
    QFile file(path);
    const QByteArray nonsense((last - first + 1) * kPageBytes, '\xff');
    return file.open(QIODevice::ReadWrite) && last * kPageBytes <= file.size() && file.seek((first - 1) * kPageBytes) &&
           file.write(nonsense) == nonsense.size();
}

} // namespace

class SqlTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        open();
        QVERIFY(m_database->write([](QSqlDatabase& database) {
            auto done = execute(database, QStringLiteral("CREATE TABLE t (number INTEGER PRIMARY KEY, text TEXT)"));
            for (int number = 0; done && number < kRows; ++number)
                done = execute(
                    database, QStringLiteral("INSERT INTO t VALUES (%1, '%2')").arg(number).arg(QString(200, u'x')));
            return done;
        }));
    }

    void knowsLibpqsHandleByBothOfItsNames()
    {
        QVERIFY(isLibpqHandle("PGconn*") && isLibpqHandle("pg_conn*"));
        for (const char* other : {"", "PGconn", "sqlite3*", "void*", "PGconn**"})
            QVERIFY2(!isLibpqHandle(other), other);
    }

    void aRowAndNoRow()
    {
        auto query = look(QStringLiteral("SELECT number FROM t WHERE number = 7"));
        QCOMPARE(nextRow(query).value(), true);
        QCOMPARE(query.value(0).toInt(), 7);
        QCOMPARE(nextRow(query).value(), false);
        auto none = look(QStringLiteral("SELECT number FROM t WHERE number = -1"));
        QCOMPARE(nextRow(none).value(), false);
    }

    void theFirstValue()
    {
        auto all = look(QStringLiteral("SELECT count(*) FROM t"));
        QCOMPARE(firstValue(all).value().toInt(), kRows);
        auto none = look(QStringLiteral("SELECT number FROM t WHERE number = -1"));
        QVERIFY(firstValue(none).value().isNull());
    }

    void aReadThatFailsIsNoEnd()
    {
        QVERIFY(damageHalf());
        auto query = look(QStringLiteral("SELECT number FROM t ORDER BY number"));
        int rows = 0;
        Result<bool> next = nextRow(query);
        for (; next && *next; next = nextRow(query))
            ++rows;
        QVERIFY(rows > 0 && rows < kRows);
        QVERIFY2(!next, "the rest of the rows is taken for none");
        QCOMPARE(next.error().code, ErrorCode::Io);
        QVERIFY(!allRead(query));
    }

    void aLookThatFailsIsNoMissingRow()
    {
        QVERIFY(damageHalf());
        auto reader = m_database->reader();
        QVERIFY(reader.has_value());
        auto query = select(*reader, QStringLiteral("SELECT number FROM t WHERE number = %1").arg(kRows - 1));
        const auto found = query ? firstValue(*query) : tl::unexpected(query.error());
        QVERIFY(!found);
        QCOMPARE(found.error().code, ErrorCode::Io);
    }

    void aTokenThatCannotBeReadIsNotABadOne()
    {
        const QByteArray secret = EnrolmentTokens(*m_database, systemNowMs).create(60'000, {}).value().secret;
        QCOMPARE(EnrolmentTokens(*m_database, systemNowMs).isGood(secret).value(), true);
        QCOMPARE(EnrolmentTokens(*m_database, systemNowMs).isGood("another").value(), false);
        std::vector<qint64> pages;
        {
            auto roots = look(QStringLiteral("SELECT rootpage FROM sqlite_master WHERE tbl_name = 'enrolment_tokens'"));
            while (nextRow(roots).value())
                pages.push_back(roots.value(0).toLongLong());
        }
        close();
        for (const qint64 page : pages)
            QVERIFY(damage(path(), page, page));
        open();
        const auto good = EnrolmentTokens(*m_database, systemNowMs).isGood(secret);
        QVERIFY(!good);
        QCOMPARE(good.error().code, ErrorCode::Io);
    }

private:
    void open()
    {
        auto opened = Database::open({.path = path()});
        if (!opened)
            qFatal("%s", opened.error().message.c_str());
        m_database = std::move(*opened);
    }

    /// All is in the file itself then: a connection that reads, and is closed last, would leave it in the WAL.
    void close()
    {
        m_database.reset();
        open();
        m_database.reset();
    }

    bool damageHalf()
    {
        close();
        const qint64 pages = QFileInfo(path()).size() / kPageBytes;
        const bool done = damage(path(), pages / 2, pages);
        open();
        return done;
    }

    [[nodiscard]] QString path() const { return m_folder->filePath(QStringLiteral("test.db")); }

    QSqlQuery look(const QString& sql)
    {
        auto reader = m_database->reader();
        auto query = reader ? select(*reader, sql) : tl::unexpected(reader.error());
        if (!query)
            qFatal("%s", query.error().message.c_str());
        return std::move(*query);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
};

QTEST_GUILESS_MAIN(SqlTest)
#include "sql_test.moc"
