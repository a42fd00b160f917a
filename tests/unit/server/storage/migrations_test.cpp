// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/migrations.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>
#include <QVariant>

using namespace sextant;
using namespace sextant::server;

class MigrationsTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void splitsStatementsOutsideQuotesAndComments();
    void embedsMigrationsInOrder();
    void appliesEachOnce();
    void undoesAMigrationThatFails();
    void refusesADatabaseOfANewerProgram();
    void refusesAMigrationThatWasChanged();

private:
    QSqlDatabase database() { return QSqlDatabase::database(QStringLiteral("migrations-test")); }
    QVariant ask(const QString& sql)
    {
        QSqlQuery query(database());
        return query.exec(sql) && query.next() ? query.value(0) : QVariant();
    }
};

void MigrationsTest::init()
{
    auto made = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("migrations-test"));
    made.setDatabaseName(QStringLiteral(":memory:"));
    QVERIFY(made.open());
}

void MigrationsTest::cleanup()
{
    QSqlDatabase::removeDatabase(QStringLiteral("migrations-test"));
}

void MigrationsTest::splitsStatementsOutsideQuotesAndComments()
{
    const QString script =
        QStringLiteral("-- first; not a statement\nCREATE TABLE a (x); INSERT INTO a VALUES ('; -- no');\n"
                       "INSERT INTO \"b;c\" VALUES ('it''s;') -- trailing");
    QCOMPARE(splitStatements(script),
        QStringList({QStringLiteral("CREATE TABLE a (x)"), QStringLiteral("INSERT INTO a VALUES ('; -- no')"),
            QStringLiteral("INSERT INTO \"b;c\" VALUES ('it''s;')")}));
    QVERIFY(splitStatements(QStringLiteral(" ;;\n-- nothing\n")).isEmpty());
}

void MigrationsTest::embedsMigrationsInOrder()
{
    const auto migrations = embeddedMigrations();
    QVERIFY(migrations.has_value());
    QCOMPARE(migrations->front().number, 1);
    QCOMPARE(migrations->front().name, QStringLiteral("hosts"));
    for (std::size_t i = 1; i < migrations->size(); ++i)
        QVERIFY(migrations->at(i - 1).number < migrations->at(i).number);
}

void MigrationsTest::appliesEachOnce()
{
    auto connection = database();
    std::vector<Migration> migrations{{1, QStringLiteral("one"), "CREATE TABLE t (x); INSERT INTO t VALUES (1);"}};
    QVERIFY(migrate(connection, migrations).has_value());
    QVERIFY(migrate(connection, migrations).has_value());
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM t")).toInt(), 1);
    migrations.push_back({3, QStringLiteral("three"), "INSERT INTO t VALUES (3);"});
    QVERIFY(migrate(connection, migrations).has_value());
    QCOMPARE(ask(QStringLiteral("SELECT sum(x) FROM t")).toInt(), 4);
    QCOMPARE(
        ask(QStringLiteral("SELECT group_concat(number) FROM schema_migrations")).toString(), QStringLiteral("1,3"));
}

void MigrationsTest::undoesAMigrationThatFails()
{
    auto connection = database();
    const std::vector<Migration> migrations{
        {1, QStringLiteral("broken"), "CREATE TABLE t (x); INSERT INTO nowhere VALUES (1);"}};
    const auto done = migrate(connection, migrations);
    QVERIFY(!done);
    QVERIFY2(done.error().message.starts_with("migration 1 (broken): "), done.error().message.c_str());
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM sqlite_master WHERE name = 't'")).toInt(), 0);
    QCOMPARE(ask(QStringLiteral("SELECT count(*) FROM schema_migrations")).toInt(), 0);
}

void MigrationsTest::refusesADatabaseOfANewerProgram()
{
    auto connection = database();
    std::vector<Migration> migrations{
        {1, QStringLiteral("one"), "CREATE TABLE a (x);"}, {2, QStringLiteral("two"), "CREATE TABLE b (x);"}};
    QVERIFY(migrate(connection, migrations).has_value());
    migrations.pop_back();
    const auto done = migrate(connection, migrations);
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Invalid);
    QVERIFY(done.error().message.find("migration 2") != std::string::npos);
    QVERIFY(done.error().message.find("newer program") != std::string::npos);
}

void MigrationsTest::refusesAMigrationThatWasChanged()
{
    auto connection = database();
    std::vector<Migration> migrations{{1, QStringLiteral("one"), "CREATE TABLE a (x);"}};
    QVERIFY(migrate(connection, migrations).has_value());
    migrations[0].sql += "-- edited";
    const auto done = migrate(connection, migrations);
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Invalid);
    QVERIFY(done.error().message.find("was changed") != std::string::npos);
}

QTEST_GUILESS_MAIN(MigrationsTest)
#include "migrations_test.moc"
