// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sqlite/family_tables.h"

#include <array>
#include <numeric>
#include <vector>

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>
#include <QVariant>

#include "metrics/families.h"

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::array<std::string_view, 1> kLabels{"thing"};
constexpr std::array kBefore{metrics::Column{1, "virtual", metrics::Unit::None, metrics::Kind::Gauge, 0, ""}};
constexpr std::array kAfter{metrics::Column{1, "virtual", metrics::Unit::None, metrics::Kind::Gauge, 0, ""},
    metrics::Column{2, "order", metrics::Unit::None, metrics::Kind::Gauge, 0, "", metrics::kAnyOs, metrics::Storage::Real}};

} // namespace

class FamilyTablesTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void makesATablePerFamily();
    void addsAColumnThatTheCatalogueGot();
    void everyReadIsBoundedByHostAndTime_data();
    void everyReadIsBoundedByHostAndTime();

private:
    QSqlDatabase database() { return QSqlDatabase::database(QStringLiteral("family-tables-test")); }
};

void FamilyTablesTest::init()
{
    auto made = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("family-tables-test"));
    made.setDatabaseName(QStringLiteral(":memory:"));
    QVERIFY(made.open());
}

void FamilyTablesTest::cleanup()
{
    QSqlDatabase::removeDatabase(QStringLiteral("family-tables-test"));
}

void FamilyTablesTest::makesATablePerFamily()
{
    auto connection = database();
    QVERIFY(ensureFamilyTables(connection, metrics::families()).has_value());
    QVERIFY(ensureFamilyTables(connection, metrics::families()).has_value());
    for (const metrics::Family& family : metrics::families()) {
        QSqlQuery query(connection);
        QVERIFY(query.exec(QStringLiteral("SELECT name, type FROM pragma_table_info('%1')").arg(tableName(family))));
        QStringList found;
        while (query.next())
            found.push_back(query.value(0).toString() + u' ' + query.value(1).toString());
        QStringList expected{QStringLiteral("host_id INTEGER"), QStringLiteral("time INTEGER"),
            QStringLiteral("instance_id INTEGER"), QStringLiteral("interval_ms INTEGER")};
        for (const metrics::Column& column : family.columns)
            expected.push_back(QString::fromUtf8(column.name.data(), static_cast<qsizetype>(column.name.size())) +
                (column.storage == metrics::Storage::Real ? QStringLiteral(" REAL") : QStringLiteral(" INTEGER")));
        QCOMPARE(found, expected);
    }
}

void FamilyTablesTest::addsAColumnThatTheCatalogueGot()
{
    auto connection = database();
    const metrics::Family before{"made_up", kLabels, kBefore, ""};
    const metrics::Family after{"made_up", kLabels, kAfter, ""};
    QVERIFY(ensureFamilyTables(connection, {&before, 1}).has_value());
    QSqlQuery query(connection);
    QVERIFY(query.exec(QStringLiteral("INSERT INTO m_made_up VALUES (1, 2, 3, 4, 5)")));
    QVERIFY(ensureFamilyTables(connection, {&after, 1}).has_value());
    QVERIFY(query.exec(QStringLiteral("SELECT \"virtual\", \"order\" FROM m_made_up")) && query.next());
    QCOMPARE(query.value(0).toInt(), 5);
    QVERIFY(query.value(1).isNull());
    // An older program on the newer table: what it does not know stays.
    QVERIFY(ensureFamilyTables(connection, {&before, 1}).has_value());
    QVERIFY(query.exec(QStringLiteral("SELECT \"order\" FROM m_made_up")));
}

void FamilyTablesTest::everyReadIsBoundedByHostAndTime_data()
{
    QTest::addColumn<int>("position");
    QTest::addColumn<bool>("newestFirst");
    for (std::size_t i = 0; i < metrics::families().size(); ++i) {
        const std::string name(metrics::families()[i].name);
        QTest::newRow((name + " forward").c_str()) << static_cast<int>(i) << false;
        QTest::newRow((name + " backward").c_str()) << static_cast<int>(i) << true;
    }
}

void FamilyTablesTest::everyReadIsBoundedByHostAndTime()
{
    QFETCH(int, position);
    QFETCH(bool, newestFirst);
    auto connection = database();
    QVERIFY(ensureFamilyTables(connection, metrics::families()).has_value());
    const metrics::Family& family = metrics::families()[static_cast<std::size_t>(position)];
    std::vector<std::size_t> columns(family.columns.size());
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    QSqlQuery query(connection);
    QVERIFY(query.prepare(QStringLiteral("EXPLAIN QUERY PLAN ") + selectSql(family, columns, newestFirst)));
    for (int i = 0; i < 3; ++i)
        query.bindValue(i, 1);
    QVERIFY(query.exec());
    QStringList plan;
    while (query.next())
        plan.push_back(query.value(3).toString());
    // One search by the key with both ends of time; no scan, no sorting.
    QCOMPARE(plan,
        QStringList(QStringLiteral("SEARCH %1 USING PRIMARY KEY (host_id=? AND time>? AND time<?)").arg(tableName(family))));
}

QTEST_GUILESS_MAIN(FamilyTablesTest)
#include "family_tables_test.moc"
