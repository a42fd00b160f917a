// SPDX-License-Identifier: GPL-3.0-or-later
// What PostgreSQL's wide tables do beyond the contract of every store, on plain PostgreSQL and on TimescaleDB.
#include "metrics/families.h"
#include "postgres_server.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/scan_rows.h"
#include "server/storage/snapshots.h"

#include <QCoreApplication>
#include <QSqlError>
#include <QSqlQuery>
#include <QTest>
#include <QVariant>

#include <array>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <string>

using namespace sextant;
using namespace sextant::server;

namespace {

using metrics::Frame;
using metrics::Value;
using testing::PostgresDatabase;

constexpr std::int64_t kNow = 1'767'225'600'000; // 2026-01-01
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr HostId kHost{7};

Frame cpuFrame(std::int64_t timeMs, std::int64_t usageHundredths)
{
    Frame frame(metrics::family("cpu"), timeMs, 10'000);
    frame.addRow();
    frame.setCell(0, metrics::column("cpu", "usage_percent").index, Value::fixed(usageHundredths));
    return frame;
}

} // namespace

class WideRowsTest : public QObject {
    Q_OBJECT

public:
    explicit WideRowsTest(PostgresDatabase::Kind kind) : m_kind(kind) {}

private slots:
    void init()
    {
        m_server = std::make_unique<PostgresDatabase>(m_kind);
        m_nowMs = kNow;
        open();
    }

    void cleanup()
    {
        m_store.reset();
        m_database.reset();
        m_server.reset();
    }

    void keepsWhatDoesNotFitItsColumn()
    {
        const auto usage = metrics::column("cpu", "usage_percent").index;
        const auto load = metrics::column("cpu", "load1").index;
        Frame frame(metrics::family("cpu"), kNow, 10'000);
        frame.addRow();
        frame.setCell(0, usage, Value::fixed(32'768));
        frame.setCell(0, load, Value::fixed(std::numeric_limits<std::int64_t>::min()));
        QVERIFY(append(1, {frame, cpuFrame(kNow + 10'000, 32'767)}));
        const auto cells = cellsOf("cpu");
        QCOMPARE(cells.size(), std::size_t{2});
        QCOMPARE(cells[0][usage].scaled(), 32'768);
        QCOMPARE(cells[0][load].scaled(), std::numeric_limits<std::int64_t>::min());
        QCOMPARE(cells[1][usage].scaled(), 32'767);
        QCOMPARE(one(QStringLiteral("SELECT count(*) FROM sextant.m_cpu WHERE overflow IS NULL")), 1);
    }

    void knowsItsRowsAfterARestart()
    {
        QVERIFY(append(1, {cpuFrame(kNow, 1), cpuFrame(kNow + 10'000, 2)}));
        open();
        // Of the newest hour and of one before it, among new rows; and twice within one group.
        QVERIFY(append(2, {cpuFrame(kNow - kHourMs, 3)}));
        open();
        QVERIFY(append(3, {cpuFrame(kNow - kHourMs, 9), cpuFrame(kNow + 10'000, 9), cpuFrame(kNow + 20'000, 4),
                              cpuFrame(kNow + 20'000, 9)}));
        QCOMPARE(m_outcome.storedRows, std::size_t{1});
        QCOMPARE(m_outcome.repeatedRows, std::size_t{3});
        QCOMPARE(one(QStringLiteral("SELECT count(*) FROM sextant.m_cpu")), 4);
        QCOMPARE(one(QStringLiteral("SELECT count(*) FROM sextant.m_cpu WHERE usage_percent = 9")), 0);
    }

    void leavesSealedRowsToPeopleForADay()
    {
        QVERIFY(append(1, {cpuFrame(kNow, 1)}));
        QVERIFY(m_store->seal(kNow + kHourMs, 0).value());
        QVERIFY(!m_store->seal(kNow + kHourMs, 0).value());
        QCOMPARE(cellsOf("cpu").size(), std::size_t{1});
        QCOMPARE(one(QStringLiteral("SELECT count(*) FROM sextant.m_cpu")), 1);
        m_nowMs = kNow + 2 * kDayMs - 1;
        QCOMPARE(m_store->expire({}).value(), std::size_t{0});
        m_nowMs = kNow + 2 * kDayMs;
        QCOMPARE(m_store->expire({}).value(), std::size_t{1});
        QCOMPARE(one(QStringLiteral("SELECT count(*) FROM sextant.m_cpu")), 0);
        QCOMPARE(cellsOf("cpu").size(), std::size_t{1});
        // A late row has its day made again.
        QVERIFY(append(2, {cpuFrame(kNow, 9), cpuFrame(kNow + 10'000, 2)}));
        QCOMPARE(m_outcome.storedRows, std::size_t{1});
        QVERIFY(m_store->seal(m_nowMs, 0).value());
        QCOMPARE(cellsOf("cpu").size(), std::size_t{2});
    }

    void dropsNoDayThatIsNotSealed()
    {
        QVERIFY(append(1, {cpuFrame(kNow, 1)}));
        m_nowMs = kNow + 20 * kDayMs;
        QCOMPARE(m_store->expire({}).value(), std::size_t{0});
        QCOMPARE(cellsOf("cpu").size(), std::size_t{1});
    }

    void evictsWhatPeopleReadFirst()
    {
        QVERIFY(append(1, {cpuFrame(kNow, 1)}));
        QVERIFY(m_store->seal(kNow + kHourMs, 0).value());
        m_nowMs = kNow + kDayMs + kHourMs; // not while a reader may still look for what was sealed
        const auto used = m_store->sizes();
        QVERIFY(used.has_value() && used->usedBytes > 0);
        const auto evicted = m_store->evict(used->usedBytes - 1);
        QVERIFY(evicted.has_value());
        QCOMPARE(evicted->blocks, std::size_t{0});
        QCOMPARE(one(QStringLiteral("SELECT count(*) FROM sextant.m_cpu")), 0);
        QCOMPARE(cellsOf("cpu").size(), std::size_t{1});
    }

    void countsTheRoomThatSnapshotsNeed()
    {
        Snapshots snapshots(*m_database);
        std::mt19937 random(4);
        const std::int64_t empty = usedBytes();
        constexpr std::int64_t kDocuments = 200;
        constexpr std::int64_t kDocumentBytes = 20'000;
        for (std::int64_t i = 0; i < kDocuments; ++i) {
            std::string document;
            for (std::int64_t byte = 0; byte < kDocumentBytes; ++byte)
                document.push_back(static_cast<char>(random()));
            QVERIFY(snapshots.put(kHost, "processes", kNow + i * 60'000, document).value());
        }
        const std::int64_t more = usedBytes() - empty;
        QVERIFY2(more > kDocuments * kDocumentBytes && more < kDocuments * kDocumentBytes * 13 / 10,
            qPrintable(QString::number(more)));
        for (std::size_t removed = 1; removed > 0;)
            removed = snapshots.expire(kNow + kDayMs).value();
        // Its table keeps the room for the next ones.
        QVERIFY(
            one(QStringLiteral("SELECT pg_total_relation_size('sextant.snapshots')")) > kDocuments * kDocumentBytes);
        const std::int64_t left = usedBytes() - empty;
        QVERIFY2(left < kDocuments * kDocumentBytes / 10, qPrintable(QString::number(left)));
        QCOMPARE(one(QStringLiteral("SELECT snapshots + bytes FROM sextant.snapshot_room")), 0);
    }

    void addsTheColumnsOfANewerCatalogue()
    {
        QVERIFY(append(1, {cpuFrame(kNow, 1)}));
        m_store.reset();
        m_database.reset();
        run(QStringLiteral("ALTER TABLE sextant.m_cpu DROP COLUMN usage_percent CASCADE"));
        run(QStringLiteral("DROP TABLE sextant.m_custom CASCADE"));
        open();
        Frame custom(metrics::family("custom"), kNow + 10'000, 0);
        custom.setCell(custom.addRow({"answer", ""}), 0, Value::real(42));
        QVERIFY(append(2, {cpuFrame(kNow + 10'000, 2), custom}));
        QCOMPARE(cellsOf("cpu").at(1)[0].scaled(), 2);
        QCOMPARE(cellsOf("custom").at(0)[0].asReal(), 42.0);
    }

    void keepsDaysApart()
    {
        QVERIFY(append(1, {cpuFrame(kNow - 1, 1), cpuFrame(kNow, 2)}));
        if (m_kind == PostgresDatabase::Kind::Timescale) {
            QCOMPARE(one(QStringLiteral("SELECT count(*) FROM show_chunks('sextant.m_cpu')")), 2);
        } else {
            QCOMPARE(one(QStringLiteral("SELECT count(*) FROM sextant.m_cpu_20251231")), 1);
            QCOMPARE(one(QStringLiteral("SELECT count(*) FROM sextant.m_cpu_20260101")), 1);
            QCOMPARE(one(QStringLiteral("SELECT count(*) FROM sextant.m_cpu_20260102")), 0); // made ahead
        }
    }

private:
    void open()
    {
        m_store.reset();
        m_database.reset();
        DatabaseOptions options;
        options.postgresUrl = m_server->url();
        auto opened = Database::open(options);
        const auto usable = opened ? (*opened)->state() : tl::unexpected(opened.error());
        if (!usable)
            qFatal("%s", usable.error().message.c_str());
        m_database = std::move(*opened);
        m_store = makeStore(*m_database, [this] { return m_nowMs; });
    }

    bool append(std::uint8_t number, std::vector<Frame> frames)
    {
        metrics::Batch batch;
        batch.id = metrics::BatchId::make(kNow, {number});
        batch.frames = std::move(frames);
        const HostBatch mine{kHost, &batch};
        const auto outcomes = m_store->append({&mine, 1}, {});
        if (!outcomes)
            qWarning("%s", outcomes.error().message.c_str());
        else
            m_outcome = outcomes->front();
        return outcomes.has_value();
    }

    std::vector<std::vector<Value>> cellsOf(std::string_view name)
    {
        const metrics::Family* family = metrics::findFamily(name);
        std::vector<std::size_t> columns(family->columns.size());
        std::iota(columns.begin(), columns.end(), std::size_t{0});
        std::vector<std::vector<Value>> found;
        const auto done = scanRows(
            *m_store, {kHost, family, columns, kNow - kDayMs, kNow + kDayMs, false}, [&](const ScannedRow& row) {
                found.emplace_back(row.cells.begin(), row.cells.end());
                return true;
            });
        if (!done)
            qWarning("%s", done.error().message.c_str());
        return found;
    }

    std::int64_t usedBytes()
    {
        const auto sizes = m_store->sizes();
        return sizes ? sizes->usedBytes : -1;
    }

    void run(const QString& sql) { m_server->run(sql); }
    qint64 one(const QString& sql) { return m_server->run(sql).toLongLong(); }

    const PostgresDatabase::Kind m_kind;
    std::unique_ptr<PostgresDatabase> m_server;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<SqlStore> m_store;
    std::int64_t m_nowMs = kNow;
    BatchOutcome m_outcome;
};

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    WideRowsTest plain(PostgresDatabase::Kind::Plain);
    WideRowsTest timescale(PostgresDatabase::Kind::Timescale);
    return QTest::qExec(&plain, argc, argv) + QTest::qExec(&timescale, argc, argv);
}

#include "wide_rows_test.moc"
