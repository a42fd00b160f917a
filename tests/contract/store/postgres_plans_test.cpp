// SPDX-License-Identifier: GPL-3.0-or-later
// How PostgreSQL, with and without TimescaleDB, carries out what the store asks of it: the store works on a database of
// some size, auto_explain tells the plan of every statement, and none may read what it has no need of: no day but those
// that were asked for, no table from end to end that grows with the fleet or with time, not much more pages than rows.
// And none may update rows of samples.
#include "metrics/families.h"
#include "postgres_server.h"
#include "server/storage/block_table.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/postgres/connection.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSet>
#include <QTest>

#include <libpq-fe.h>

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

using namespace sextant;
using namespace sextant::server;
using testing::PostgresDatabase;

namespace {

constexpr std::int64_t kNow = 1'767'268'800'000; // 2026-01-01 12:00
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr int kHosts = 40;
constexpr HostId kHost{7};
constexpr int kHotHours = 30;   ///< the newest, not sealed
constexpr int kSealedDays = 10; ///< before them
/// Pages that a statement may read, for each look into an index and for each row that it finds.
constexpr int kPages = 200;
constexpr int kPagesOfLook = 5;
constexpr int kPagesOfRow = 6;
/// Which hours are where, and the blocks.
const QSet<QString> kRows{QStringLiteral("hot_hours"), QStringLiteral("sealed_hours"), QStringLiteral("blocks")};
/// Tables that stay small whatever is stored: a row per tier and family, or one.
const QSet<QString> kSmall{QStringLiteral("block_sizes"), QStringLiteral("blocks_gone"), QStringLiteral("sealing"),
    QStringLiteral("snapshot_room"), QStringLiteral("pg_class"), QStringLiteral("pg_inherits")};

/// What one statement did.
struct Plan {
    QString statement;
    QSet<QString> tables;  ///< that it looked into
    QSet<QString> whole;   ///< that it read from end to end
    QSet<QString> updated; ///< whose rows it changed
    int pages = 0;
    int looks = 0; ///< into indexes
    int rows = 0;  ///< that it found
};

/// Those that a part of a plan names, were they looked into or not.
QSet<QString> tablesBelow(const QJsonObject& node)
{
    QSet<QString> tables;
    for (const char* name : {"Relation Name", "Alias"}) {
        const QString table = node[QLatin1String(name)].toString();
        if (!table.isEmpty())
            tables.insert(table);
    }
    for (const QJsonValue& child : node[QLatin1String("Plans")].toArray())
        tables.unite(tablesBelow(child.toObject()));
    for (const QJsonValue& target : node[QLatin1String("Target Tables")].toArray())
        tables.unite(tablesBelow(target.toObject()));
    return tables;
}

void collect(const QJsonObject& node, Plan& plan)
{
    const QString table = node[QLatin1String("Relation Name")].toString();
    const QString type = node[QLatin1String("Node Type")].toString();
    const int loops = node[QLatin1String("Actual Loops")].toInt();
    if (!table.isEmpty() && loops > 0) {
        plan.tables.insert(table);
        plan.rows += loops * node[QLatin1String("Actual Rows")].toInt();
    }
    if (type == QLatin1String("Seq Scan") && loops > 0)
        plan.whole.insert(table);
    if (type == QLatin1String("ModifyTable") && node[QLatin1String("Operation")] == QLatin1String("Update"))
        plan.updated.unite(tablesBelow(node));
    if (type.contains(QLatin1String("Index")))
        plan.looks += loops;
    for (const QJsonValue& child : node[QLatin1String("Plans")].toArray())
        collect(child.toObject(), plan);
}

/// Takes the plans that auto_explain sends, from any thread.
class Plans {
public:
    Result<void> listenTo(QSqlDatabase connection)
    {
        PQsetNoticeReceiver(libpqHandle(connection), &Plans::take, this);
        Result<void> done;
        for (const char* statement :
            {"LOAD 'auto_explain'", "SET auto_explain.log_level = warning", "SET auto_explain.log_format = json",
                "SET auto_explain.log_analyze = on", "SET auto_explain.log_buffers = on",
                "SET auto_explain.log_timing = off", "SET auto_explain.log_min_duration = 0"}) {
            if (done)
                done = execute(connection, QString::fromLatin1(statement));
        }
        return done;
    }

    [[nodiscard]] std::vector<Plan> taken()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_plans, {});
    }

private:
    static void take(void* self, const PGresult* notice)
    {
        const QByteArray text(PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY));
        const QJsonObject told = QJsonDocument::fromJson(text.mid(text.indexOf('{'))).object();
        const QJsonObject root = told[QLatin1String("Plan")].toObject();
        Plan plan;
        plan.statement = told[QLatin1String("Query Text")].toString();
        plan.pages =
            root[QLatin1String("Shared Hit Blocks")].toInt() + root[QLatin1String("Shared Read Blocks")].toInt();
        collect(root, plan);
        auto* plans = static_cast<Plans*>(self);
        const std::lock_guard lock(plans->m_mutex);
        plans->m_plans.push_back(std::move(plan));
    }

    std::mutex m_mutex;
    std::vector<Plan> m_plans;
};

metrics::Batch cpuBatch(std::uint8_t number, std::int64_t timeMs)
{
    metrics::Batch batch;
    batch.id = metrics::BatchId::make(timeMs, {number});
    metrics::Frame frame(metrics::family("cpu"), timeMs, 60'000);
    frame.addRow();
    frame.setCell(0, metrics::column("cpu", "usage_percent").index, metrics::Value::fixed(1'200));
    batch.frames = {std::move(frame)};
    return batch;
}

} // namespace

class PostgresPlansTest : public QObject {
    Q_OBJECT

public:
    explicit PostgresPlansTest(PostgresDatabase::Kind kind) : m_kind(kind) {}

private slots:
    void initTestCase()
    {
        m_server = std::make_unique<PostgresDatabase>(m_kind);
        open();
        // A row of each day makes the days; the rest comes faster in SQL.
        for (std::uint8_t day = 0; day < 4; ++day) {
            const auto batch = cpuBatch(day, kNow - day * kDayMs);
            const HostBatch mine{kHost, &batch};
            QVERIFY(m_store->append({&mine, 1}, {}).has_value());
        }
        fill();
        QVERIFY(m_plans.listenTo(*m_database->reader()).has_value());
        QVERIFY(m_database->write([this](QSqlDatabase& writer) { return m_plans.listenTo(writer); }).has_value());
    }

    void cleanupTestCase()
    {
        m_store.reset();
        m_database.reset();
        m_server.reset();
    }

    void init() { static_cast<void>(m_plans.taken()); }

    void theseTestsSeeWhatTheyLookFor()
    {
        auto reader = m_database->reader();
        QVERIFY(execute(*reader, QStringLiteral("SELECT count(*) FROM m_cpu WHERE interval_ms = 1")).has_value());
        const auto plans = m_plans.taken();
        QCOMPARE(plans.size(), std::size_t{1});
        QVERIFY(plans[0].whole.contains(daysOf(kNow - 3 * kDayMs, kNow)));
        QVERIFY(!faultOf(plans[0]).isEmpty());
        // An update of rows is found though it reads no more than it needs.
        const auto written = m_database->write([](QSqlDatabase& writer) {
            return execute(writer, QStringLiteral("UPDATE m_cpu SET interval_ms = 60000 WHERE host_id = 7 AND time = "
                                                  "to_timestamp(%1)")
                                       .arg(kNow / 1'000 - 60));
        });
        QVERIFY2(written.has_value(), written ? "" : written.error().message.c_str());
        const auto updates = m_plans.taken();
        QCOMPARE(updates.size(), std::size_t{1});
        QVERIFY2(faultOf(updates[0]).startsWith(QStringLiteral("updates ")), qPrintable(faultOf(updates[0])));
    }

    void aDayOfHotRowsIsReadFromItsDays()
    {
        QCOMPARE(rowsOf(kNow - kDayMs, kNow), std::size_t{1'440});
        const QSet<QString> days = daysOf(kNow - kDayMs, kNow);
        QCOMPARE(days.size(), 2);
        check(days + kRows);
    }

    void aDayOfBlocksIsReadFromTheirIndex()
    {
        QCOMPARE(rowsOf(kNow - 4 * kDayMs, kNow - 3 * kDayMs), std::size_t{24});
        check(kRows);
    }

    void howARangeIsKeptIsReadFromIndexes()
    {
        const auto coverage = m_store->coverage(kHost, metrics::family("cpu"), kNow - 3 * kDayMs, kNow);
        QVERIFY(coverage.has_value());
        QCOMPARE(coverage->hot.size(), std::size_t{kHotHours});
        QCOMPARE(coverage->of(Tier::Raw).size(), std::size_t{3 * 24 - kHotHours});
        check(kRows);
    }

    void appendingLooksForItsHostsOnly()
    {
        const auto batch = cpuBatch(9, kNow + kHourMs);
        const HostBatch mine{kHost, &batch};
        QVERIFY(m_store->append({&mine, 1}, {}).has_value());
        check();
    }

    void sealingReadsItsHour()
    {
        QVERIFY(m_store->seal(kNow, 0).value());
        const std::int64_t hour = kNow - kHotHours * kHourMs;
        check(daysOf(hour, hour + kHourMs) + kRows);
    }

    void removingFindsTheOldest()
    {
        Retention retention; // of a family first: what was removed before would be in its way until the next vacuum
        retention.families["cpu"] = {9 * kDayMs, 9 * kDayMs, 9 * kDayMs};
        QCOMPARE(m_store->expire(retention).value(), std::size_t{500});
        check();
        retention.all[0] = 9 * kDayMs;
        QCOMPARE(m_store->expire(retention).value(), std::size_t{500});
        check();
        const auto evicted = m_store->evict(1);
        QVERIFY2(evicted.has_value(), evicted ? "" : evicted.error().message.c_str());
        QVERIFY(evicted->blocks > 0);
        check();
    }

private:
    /// What the statement read without need; empty: nothing.
    static QString faultOf(const Plan& plan)
    {
        for (const QString& table : plan.updated) {
            if (table.startsWith(QLatin1String("m_")) || table.startsWith(QLatin1String("_hyper_")))
                return QStringLiteral("updates rows of %1, which only come and go with their day").arg(table);
        }
        const QSet<QString> whole = plan.whole - kSmall;
        const QStringList tables(whole.begin(), whole.end());
        if (!whole.isEmpty())
            return QStringLiteral("reads all of %1").arg(tables.join(QStringLiteral(", ")));
        if (plan.pages > kPages + kPagesOfLook * plan.looks + kPagesOfRow * plan.rows)
            return QStringLiteral("reads %1 pages for %2 rows").arg(plan.pages).arg(plan.rows);
        return {};
    }

    /// Holds the plans since the last look against that; `tables`: those that may be read.
    void check(const std::optional<QSet<QString>>& tables = std::nullopt)
    {
        const auto plans = m_plans.taken();
        QVERIFY(!plans.empty());
        for (const Plan& plan : plans) {
            QString fault = faultOf(plan);
            const QSet<QString> more = tables ? plan.tables - *tables - kSmall : QSet<QString>();
            if (fault.isEmpty() && !more.isEmpty())
                fault = QStringLiteral("reads %1").arg(*more.begin());
            QVERIFY2(fault.isEmpty(), qPrintable(fault + QStringLiteral(": ") + plan.statement));
        }
    }

    /// The tables of those days of m_cpu.
    QSet<QString> daysOf(std::int64_t fromMs, std::int64_t toMs)
    {
        const QString days =
            m_server
                ->run(QStringLiteral("SELECT string_agg(DISTINCT relname::text, ' ') FROM sextant.m_cpu JOIN pg_class "
                                     "ON pg_class.oid = m_cpu.tableoid WHERE time >= to_timestamp(%1) AND time < "
                                     "to_timestamp(%2)")
                          .arg(fromMs / 1'000)
                          .arg(toMs / 1'000))
                .toString();
        const QStringList names = days.split(u' ');
        return {names.begin(), names.end()};
    }

    std::size_t rowsOf(std::int64_t fromMs, std::int64_t toMs)
    {
        const std::array columns{metrics::column("cpu", "usage_percent").index};
        std::size_t rows = 0;
        const auto read = m_store->scan(
            {kHost, &metrics::family("cpu"), columns, fromMs, toMs, false}, [&](const metrics::Block& block) {
                rows += block.rowCount();
                return true;
            });
        return read ? rows : 0;
    }

    void open()
    {
        DatabaseOptions options;
        options.postgresUrl = m_server->url();
        auto opened = Database::open(options);
        const auto usable = opened ? (*opened)->state() : tl::unexpected(opened.error());
        if (!usable)
            qFatal("%s", usable.error().message.c_str());
        m_database = std::move(*opened);
        m_store = makeStore(*m_database, [this] { return m_nowMs; });
    }

    void fill()
    {
        const metrics::Block block{{1}, {kNow}, {60'000}, {{1, metrics::Storage::Fixed, {metrics::Value::fixed(1)}}}};
        const auto encoded = encode({kHost, &metrics::family("cpu"), Tier::Raw, 0}, block);
        const QString bytes = QString::fromLatin1(QByteArray::fromStdString(encoded->parts[0].bytes).toHex());
        const std::int64_t hotMs = kNow - kHotHours * kHourMs;
        const QString hosts = QStringLiteral("generate_series(1, %1) AS host").arg(kHosts);
        const auto hours = [](std::int64_t fromMs, std::int64_t toMs) {
            return QStringLiteral("generate_series(%1::int8, %2::int8, 3600000) AS hour").arg(fromMs).arg(toMs - 1);
        };
        const QStringList statements{
            QStringLiteral("INSERT INTO sextant.m_cpu (time, host_id, instance_id, interval_ms, usage_percent) SELECT "
                           "minute, host, host, 60000, 1200 FROM %1, generate_series(to_timestamp(%2), "
                           "to_timestamp(%3), '1 minute') AS minute")
                .arg(hosts)
                .arg((kNow - 3 * kDayMs) / 1'000)
                .arg(kNow / 1'000 - 1),
            QStringLiteral("DELETE FROM sextant.m_cpu WHERE interval_ms <> 60000 OR instance_id <> host_id"),
            QStringLiteral("DELETE FROM sextant.hot_hours"),
            QStringLiteral("INSERT INTO sextant.hot_hours (host_id, hour_ms) SELECT host, hour FROM %1, %2")
                .arg(hosts, hours(hotMs, kNow)),
            QStringLiteral("INSERT INTO sextant.sealed_hours (host_id, hour_ms) SELECT host + 1000, hour FROM %1, %2")
                .arg(hosts, hours(kNow - 7 * kDayMs, kNow - 3 * kDayMs)),
            QStringLiteral("INSERT INTO sextant.instances (host_id, family, labels) SELECT host, 'process', "
                           "json_build_array(number::text) FROM %1, generate_series(1, 100) AS number")
                .arg(hosts),
            QStringLiteral("INSERT INTO sextant.blocks (host_id, family, tier, start_ms, part, row_count, data) SELECT "
                           "host, family, 0, hour, 0, 1, '\\x%1' FROM %2, %3, unnest('{cpu,memory,filesystem,"
                           "network,process,cpu_core,swap,pressure}'::text[]) AS family")
                .arg(bytes, hosts, hours(hotMs - kSealedDays * kDayMs, hotMs)),
            QStringLiteral("UPDATE sextant.block_sizes SET blocks = n, row_count = n, bytes = n FROM (SELECT count(*) "
                           "AS n FROM sextant.blocks) AS counted WHERE tier = 0"),
            QStringLiteral("ANALYZE")};
        for (const QString& statement : statements)
            m_server->run(statement);
    }

    const PostgresDatabase::Kind m_kind;
    std::unique_ptr<PostgresDatabase> m_server;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<SqlStore> m_store;
    std::int64_t m_nowMs = kNow;
    Plans m_plans;
};

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    PostgresPlansTest plain(PostgresDatabase::Kind::Plain);
    PostgresPlansTest timescale(PostgresDatabase::Kind::Timescale);
    return QTest::qExec(&plain, argc, argv) + QTest::qExec(&timescale, argc, argv);
}

#include "postgres_plans_test.moc"
