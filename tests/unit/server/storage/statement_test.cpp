// SPDX-License-Identifier: GPL-3.0-or-later
// Prepared statements that a connection keeps: whoever gets one again finds nothing of before in it.
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QTest>
#include <QVariant>

using namespace sextant;
using namespace sextant::server;

namespace {

const QString kConnection = QStringLiteral("statement-test");
const QString kInsert = QStringLiteral("INSERT INTO t (number, text) VALUES (?, ?)");
const QString kSelect = QStringLiteral("SELECT number, text FROM t WHERE number >= ? ORDER BY number");

} // namespace

class StatementTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), kConnection);
        m_database.setDatabaseName(QStringLiteral(":memory:"));
        QVERIFY(m_database.open());
        QVERIFY(execute(m_database, QStringLiteral("CREATE TABLE t (number INTEGER UNIQUE, text TEXT)")).has_value());
        for (int number = 1; number <= 3; ++number)
            insert(number);
    }

    void cleanup()
    {
        m_database = QSqlDatabase();
        QSqlDatabase::removeDatabase(kConnection);
    }

    void isKeptByItsConnection()
    {
        QVERIFY(!Statement::kept(m_database, kSelect));
        QCOMPARE(countFrom(1), 3);
        QVERIFY(Statement::kept(m_database, kSelect).has_value());
        QVERIFY(!Statement::kept(m_database, kSelect)); // it was taken
    }

    void comesBackWithoutItsValues()
    {
        QCOMPARE(countFrom(1), 3);
        const auto query = prepare(m_database, kSelect);
        QVERIFY(query.has_value());
        QVERIFY(!query->isActive());
        QVERIFY(query->boundValues().isEmpty() || query->boundValues().front().isNull());
        QCOMPARE(countFrom(2), 2);
    }

    void twoOfOneTextAreRead()
    {
        QCOMPARE(countFrom(1), 3); // one is kept
        auto first = prepare(m_database, kSelect);
        auto second = prepare(m_database, kSelect);
        QVERIFY(first && second);
        first->bindValue(0, 1);
        second->bindValue(0, 3);
        QVERIFY(execute(*first).has_value());
        QVERIFY(execute(*second).has_value());
        QVERIFY(first->next());
        QVERIFY(second->next());
        QCOMPARE(first->value(0).toInt(), 1);
        QCOMPARE(second->value(0).toInt(), 3);
        QVERIFY(first->next());
        QCOMPARE(first->value(0).toInt(), 2);
    }

    void doesNotHoldItsTable()
    {
        {
            auto query = prepare(m_database, kSelect);
            QVERIFY(query.has_value());
            query->bindValue(0, 1);
            QVERIFY(execute(*query).has_value());
            QVERIFY(query->next()); // and no further
        }
        QVERIFY(execute(m_database, QStringLiteral("DROP TABLE t")).has_value());
    }

    void worksAfterAFailureOfItsOwn()
    {
        {
            auto query = prepare(m_database, kInsert);
            QVERIFY(query.has_value());
            query->bindValue(0, 1);
            query->bindValue(1, QStringLiteral("another 1"));
            const auto refused = execute(*query);
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::Conflict);
        }
        insert(4);
        QCOMPARE(countFrom(1), 4);
        QVERIFY(!prepare(m_database, QStringLiteral("SELECT nothing FROM nowhere")));
        QVERIFY(!prepare(m_database, QStringLiteral("SELECT nothing FROM nowhere")));
    }

    void followsItsTable()
    {
        QCOMPARE(countFrom(1), 3);
        QVERIFY(execute(m_database, QStringLiteral("DROP TABLE t")).has_value());
        QVERIFY(execute(m_database, QStringLiteral("CREATE TABLE t (extra INTEGER, text TEXT, number INTEGER)"))
                    .has_value());
        insert(7);
        auto query = prepare(m_database, kSelect);
        QVERIFY(query.has_value());
        query->bindValue(0, 1);
        QVERIFY(execute(*query).has_value());
        QVERIFY(query->next());
        QCOMPARE(query->value(0).toInt(), 7);
        QCOMPARE(query->value(1).toString(), QStringLiteral("row 7"));
    }

    void outlivesItsConnection()
    {
        auto query = prepare(m_database, kSelect);
        QVERIFY(query.has_value());
        cleanup();
        QVERIFY(!query->exec());
    }

private:
    void insert(int number)
    {
        auto query = prepare(m_database, kInsert);
        QVERIFY(query.has_value());
        query->bindValue(0, number);
        query->bindValue(1, QStringLiteral("row %1").arg(number));
        QVERIFY(execute(*query).has_value());
    }

    int countFrom(int number)
    {
        auto query = prepare(m_database, kSelect);
        if (!query)
            return -1;
        query->bindValue(0, number);
        if (!execute(*query))
            return -1;
        int rows = 0;
        while (query->next())
            ++rows;
        return rows;
    }

    QSqlDatabase m_database;
};

QTEST_GUILESS_MAIN(StatementTest)
#include "statement_test.moc"
