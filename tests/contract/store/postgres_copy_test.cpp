// SPDX-License-Identifier: GPL-3.0-or-later
// COPY BINARY and its fallback against a real PostgreSQL: every type, every kind of failure.
#include "postgres_server.h"
#include "server/storage/database.h"
#include "server/storage/postgres/connection.h"
#include "server/storage/postgres/copy_writer.h"

#include <QCoreApplication>
#include <QSqlQuery>
#include <QTest>
#include <QVariant>

#include <cmath>
#include <limits>

using namespace sextant;
using namespace sextant::server;

namespace {

using Way = Result<void> (*)(QSqlDatabase&, const CopyRows&);

CopyRows allTypes()
{
    return {QStringLiteral("t"),
        {{QStringLiteral("n"), CopyType::Int4}, {QStringLiteral("small"), CopyType::Int2},
            {QStringLiteral("big"), CopyType::Int8}, {QStringLiteral("real"), CopyType::Float8},
            {QStringLiteral("time"), CopyType::Timestamptz}, {QStringLiteral("bytes"), CopyType::Bytea}}};
}

CopyRows numbers(int count)
{
    CopyRows rows(QStringLiteral("t"), {{QStringLiteral("n"), CopyType::Int4}});
    for (int i = 0; i < count; ++i)
        rows.addInteger(i);
    return rows;
}

} // namespace

class PostgresCopyTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void givesBackEveryType_data();
    void givesBackEveryType();
    void writesManyRows_data() { givesBackEveryType_data(); }
    void writesManyRows();
    void refusesWhatDoesNotFit();
    void anErrorLeavesTheConnectionUsable_data() { givesBackEveryType_data(); }
    void anErrorLeavesTheConnectionUsable();
    void anUnknownTableLeavesTheConnectionUsable();
    void aConnectionLostInTheMiddleIsUnreachable_data() { givesBackEveryType_data(); }
    void aConnectionLostInTheMiddleIsUnreachable();
    void oneCopyGoesOnWhileTheNextIsMade();
    void mixesWithQueriesInATransaction();

private:
    void run(const char* sql)
    {
        const auto done = execute(m_connection, QString::fromLatin1(sql));
        QVERIFY2(done, done ? "" : done.error().message.c_str());
    }
    QVariant ask(const QString& sql)
    {
        QSqlQuery query(m_connection);
        return query.exec(sql) && query.next() ? query.value(0) : QVariant();
    }

    std::unique_ptr<testing::PostgresDatabase> m_database;
    QSqlDatabase m_connection;
};

void PostgresCopyTest::init()
{
    m_database = std::make_unique<testing::PostgresDatabase>();
    DatabaseOptions options;
    options.postgresUrl = m_database->url();
    auto connection = openPostgresWriter(QStringLiteral("copy"), options);
    QVERIFY2(connection, connection ? "" : connection.error().message.c_str());
    m_connection = *connection;
}

void PostgresCopyTest::cleanup()
{
    m_connection = QSqlDatabase();
    QSqlDatabase::removeDatabase(QStringLiteral("copy"));
    m_database.reset();
}

void PostgresCopyTest::givesBackEveryType_data()
{
    QTest::addColumn<int>("way");
    QTest::newRow("copy") << 0;
    QTest::newRow("arrays") << 1;
}

namespace {
Way wayOf(int number)
{
    return number == 0 ? copyRows : insertArrays;
}
} // namespace

void PostgresCopyTest::givesBackEveryType()
{
    QFETCH(const int, way);
    run("CREATE TABLE t (n int4, small int2, big int8, real float8, time timestamptz, bytes bytea)");
    CopyRows rows = allTypes();
    int n = 0;
    const auto add = [&rows, &n](
                         std::int64_t small, std::int64_t big, double real, std::int64_t time, std::string_view bytes) {
        rows.addInteger(++n);
        rows.addInteger(small);
        rows.addInteger(big);
        rows.addReal(real);
        rows.addTimeMs(time);
        rows.addBytes(bytes);
    };
    using Int8 = std::numeric_limits<std::int64_t>;
    add(-32'768, Int8::min(), std::nan(""), -1, "");
    add(32'767, Int8::max(), HUGE_VAL, 946'684'799'999, std::string_view("\0\xff\\'\"{},", 8));
    add(0, 0, -HUGE_VAL, 1'767'225'600'123, "text");
    add(-1, -1, -0.0, -2'208'988'800'000, "x");
    add(1, 1, 0.1 + 0.2, 4'102'444'800'000, "y");
    for (int i = 0; i < 6; ++i)
        rows.addNull();
    QCOMPARE(rows.rowCount(), std::size_t{6});
    const auto stored = wayOf(way)(m_connection, rows);
    QVERIFY2(stored, stored ? "" : stored.error().message.c_str());

    QSqlQuery query(m_connection);
    QVERIFY(query.exec(QStringLiteral("SELECT n, small, big, real, (extract(epoch FROM time) * 1000)::int8, bytes, "
                                      "real::text FROM t ORDER BY n NULLS LAST")));
    const auto expect = [&query](int small, std::int64_t big, const char* real, std::int64_t time, QByteArray bytes) {
        return query.next() && query.value(1).toInt() == small && query.value(2).toLongLong() == big &&
               query.value(6).toString() == QLatin1String(real) && query.value(4).toLongLong() == time &&
               query.value(5).toByteArray() == bytes;
    };
    QVERIFY(expect(-32'768, Int8::min(), "NaN", -1, {}));
    QVERIFY(expect(32'767, Int8::max(), "Infinity", 946'684'799'999, QByteArray("\0\xff\\'\"{},", 8)));
    QVERIFY(expect(0, 0, "-Infinity", 1'767'225'600'123, "text"));
    QVERIFY(expect(-1, -1, "-0", -2'208'988'800'000, "x"));
    QVERIFY(expect(1, 1, "0.30000000000000004", 4'102'444'800'000, "y"));
    QVERIFY(query.next());
    for (int i = 0; i < 6; ++i)
        QVERIFY2(query.value(i).isNull(), qPrintable(QString::number(i)));
    QVERIFY(!query.next());
}

void PostgresCopyTest::writesManyRows()
{
    QFETCH(const int, way);
    run("CREATE TABLE t (n int4)");
    constexpr int kRows = 300'000; // more than one piece
    QVERIFY(wayOf(way)(m_connection, numbers(kRows)).has_value());
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), kRows);
    QCOMPARE(ask(QStringLiteral("SELECT sum(n) FROM t")).toLongLong(), qint64{kRows} * (kRows - 1) / 2);
    QVERIFY(wayOf(way)(m_connection, numbers(0)).has_value());
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), kRows);
}

void PostgresCopyTest::refusesWhatDoesNotFit()
{
    CopyRows rows = allTypes();
    rows.addInteger(1);
    rows.addInteger(32'768);
    rows.addNull();
    rows.addNull();
    rows.addNull();
    rows.addNull();
    const auto stored = RowStream(m_connection).store(rows);
    QVERIFY(!stored);
    QCOMPARE(stored.error().code, ErrorCode::Invalid);
    QVERIFY2(stored.error().message.find("row 0, column small") != std::string::npos, stored.error().message.c_str());
    rows.clear();
    rows.addInteger(1);
    QCOMPARE(RowStream(m_connection).store(rows).error().code, ErrorCode::Invalid); // half a row
    rows.clear();
    rows.addReal(1);
    for (int i = 0; i < 5; ++i)
        rows.addNull();
    QCOMPARE(RowStream(m_connection).store(rows).error().code, ErrorCode::Invalid); // a real in an integer's column
}

void PostgresCopyTest::anErrorLeavesTheConnectionUsable()
{
    QFETCH(const int, way);
    run("CREATE TABLE t (n int4 CHECK (n <> 50000))");
    const auto stored = wayOf(way)(m_connection, numbers(100'000));
    QVERIFY(!stored);
    QCOMPARE(stored.error().code, ErrorCode::Conflict);
    QVERIFY2(
        stored.error().message.find("violates check constraint") != std::string::npos, stored.error().message.c_str());
    QVERIFY(isAlive(m_connection));
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), 0);
    QVERIFY(wayOf(way)(m_connection, numbers(10)).has_value());
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), 10);
}

void PostgresCopyTest::anUnknownTableLeavesTheConnectionUsable()
{
    const auto stored = copyRows(m_connection, numbers(10));
    QVERIFY(!stored);
    QCOMPARE(stored.error().code, ErrorCode::Internal);
    QCOMPARE(ask(QStringLiteral("SELECT 7")).toInt(), 7);
}

void PostgresCopyTest::aConnectionLostInTheMiddleIsUnreachable()
{
    QFETCH(const int, way);
    // The row numbered 50000 ends the very connection that brings it.
    run("CREATE FUNCTION fatal(n int4) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF n = 50000 THEN PERFORM "
        "pg_terminate_backend(pg_backend_pid()); END IF; RETURN true; END $$");
    run("CREATE TABLE t (n int4 CHECK (fatal(n)))");
    const auto stored = wayOf(way)(m_connection, numbers(400'000));
    QVERIFY(!stored);
    QCOMPARE(stored.error().code, ErrorCode::Unreachable);
    QVERIFY(!isAlive(m_connection));
    const auto later = wayOf(way)(m_connection, numbers(10));
    QVERIFY(!later);
    QCOMPARE(later.error().code, ErrorCode::Unreachable);
}

void PostgresCopyTest::oneCopyGoesOnWhileTheNextIsMade()
{
    run("CREATE TABLE t (n int4 CHECK (n <> 50000))");
    RowStream stream(m_connection);
    for (int i = 0; i < 3; ++i)
        QVERIFY(stream.store(numbers(1'000)).has_value());
    QVERIFY(stream.finish().has_value());
    QVERIFY(stream.finish().has_value());
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), 3'000);
    // What one COPY failed with comes with the next, or at the end.
    QVERIFY(stream.store(numbers(100'000)).has_value());
    QCOMPARE(stream.store(numbers(1)).error().code, ErrorCode::Conflict);
    QVERIFY(stream.store(numbers(100'000)).has_value());
    QCOMPARE(stream.finish().error().code, ErrorCode::Conflict);
    QVERIFY(stream.finish().has_value());
    {
        RowStream left(m_connection);
        QVERIFY(left.store(numbers(100'000)).has_value());
    }
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), 3'000);
}

void PostgresCopyTest::mixesWithQueriesInATransaction()
{
    run("CREATE TABLE t (n int4)");
    QVERIFY(beginWrite(m_connection).has_value());
    run("INSERT INTO t VALUES (1000)");
    QVERIFY(copyRows(m_connection, numbers(10)).has_value());
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), 11);
    run("ROLLBACK");
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), 0);
}

QTEST_GUILESS_MAIN(PostgresCopyTest)
#include "postgres_copy_test.moc"
