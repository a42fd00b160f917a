// SPDX-License-Identifier: GPL-3.0-or-later
// What sealing an hour does to the tables: all of it in one transaction, and nothing to hours that it is not about.
#include "metrics/families.h"
#include "server/storage/block_table.h"
#include "server/storage/database.h"
#include "server/storage/rollup.h"
#include "server/storage/rollup_table.h"
#include "server/storage/scan_rows.h"
#include "server/storage/sql.h"
#include "server/storage/sql_store.h"
#include "server/storage/sqlite/hot_frames.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

using namespace sextant;
using namespace sextant::server;
using metrics::column;
using metrics::family;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000; // 2026-01-01
constexpr std::int64_t kHour = kNow - 20 * kHourMs;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr HostId kHost{7};

/// Lets something happen between the moment that an hour is read to be sealed and the writing of its blocks.
class InterruptedHotFrames final : public HotFrames {
public:
    explicit InterruptedHotFrames(std::function<void()>& afterRead) : m_afterRead(afterRead) {}

    Result<std::vector<HotFamily>> readHour(QSqlDatabase& database, const HotHour& hour) const override
    {
        auto families = HotFrames::readHour(database, hour);
        if (auto once = std::exchange(m_afterRead, nullptr))
            once();
        return families;
    }

private:
    std::function<void()>& m_afterRead;
};

} // namespace

class SealerTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
        QVERIFY(opened.has_value());
        m_database = std::move(*opened);
        m_store = std::make_unique<SqlStore>(
            *m_database, std::make_unique<InterruptedHotFrames>(m_afterRead), [] { return kNow; });
    }
    void cleanup()
    {
        m_store.reset();
        m_database.reset();
    }

    /// The last statement of sealing an hour takes it out of the list of hot ones. When that fails, nothing was done.
    void blocksComeInAsHotRowsGoOrNotAtAll()
    {
        append(kHour, 0, 59);
        execute("CREATE TRIGGER fails BEFORE DELETE ON hot_hours BEGIN SELECT raise(ABORT, 'not now'); END");
        const auto failed = m_store->seal(kNow, 0);
        QVERIFY(!failed.has_value());
        QVERIFY2(failed.error().message.find("not now") != std::string::npos, failed.error().message.c_str());
        QCOMPARE(count("blocks"), 0);
        QCOMPARE(count("hot_frames"), 60);
        QCOMPARE(times(), minutes(kHour, 0, 59));
        QCOMPARE(m_store->sizes()->tiers[0].rows, std::int64_t{0});

        execute("DROP TRIGGER fails");
        QVERIFY(!m_store->seal(kNow, 0).value()); // what failed has to wait for the others
        QVERIFY(m_store->seal(kNow, 0).value());
        QVERIFY(count("blocks") > 0);
        QCOMPARE(count("hot_frames"), 0);
        QCOMPARE(times(), minutes(kHour, 0, 59));
    }

    void anHourThatRowsCameForWhileItWasPackedStaysHot()
    {
        append(kHour, 0, 49);
        m_afterRead = [this] { append(kHour, 50, 59); };
        QVERIFY(m_store->seal(kNow, 0).value());
        QCOMPARE(count("blocks"), 0);
        QCOMPARE(times(), minutes(kHour, 0, 59));
        QVERIFY(m_store->seal(kNow, 0).value());
        QCOMPARE(count("hot_frames"), 0);
        QCOMPARE(times(), minutes(kHour, 0, 59));
        QVERIFY(!m_store->seal(kNow, 0).value());
    }

    /// A late row changes the bucket that it is in and, when a counter grows from it, that of the next row; in the
    /// tables one block of each tier is written anew.
    void aLateRowChangesNoOtherBucket()
    {
        for (int hour = 0; hour < 3; ++hour) {
            append(kHour + hour * kHourMs, 0, hour == 0 ? 58 : 59); // the first one's last minute is to come
            QVERIFY(m_store->seal(kNow, 0).value());
        }
        QVERIFY(!m_store->seal(kNow, 0).value());
        const metrics::Block before = buckets();
        const std::set<qint64> stored = ids();
        append(kHour, 59, 59);
        QVERIFY(m_store->seal(kNow, 0).value());
        const metrics::Block after = buckets();
        QCOMPARE(after.timesMs, before.timesMs);
        std::set<std::size_t> changed;
        for (std::size_t i = 0; i < before.columns.size(); ++i) {
            for (std::size_t row = 0; row < before.rowCount(); ++row) {
                if (after.columns[i].cells[row] != before.columns[i].cells[row])
                    changed.insert(row);
            }
        }
        QCOMPARE(changed, (std::set<std::size_t>{11, 12})); // xx:55, and the next hour's first
        int fresh = 0;
        for (const qint64 id : ids())
            fresh += stored.contains(id) ? 0 : 1;
        QCOMPARE(fresh, 3);
    }

    /// Whatever the hour, a large one is not packed with what its block has, and readers get it by itself. Only one
    /// that comes late is put where it belongs.
    void aLargeHourStaysAPartOfItsOwn()
    {
        constexpr int kInstances = 5'000;
        const std::int64_t dayMs = startOf(kHour, Retention::kDayMs);
        const auto rollUp = [&](int hour) {
            const auto done = m_database->write([&](QSqlDatabase& database) -> Result<void> {
                const auto blocks = encodeRollups(database, kHost, family("custom"), dayMs + hour * kHourMs,
                    customRows(kInstances, dayMs + hour * kHourMs), {});
                return blocks ? put(database, *blocks) : tl::unexpected(blocks.error());
            });
            QVERIFY(done.has_value());
        };
        for (int hour = 0; hour < 24; ++hour) {
            if (hour != 3)
                rollUp(hour);
        }
        QCOMPARE(largeParts(Tier::FiveMinutes, dayMs), std::vector<std::size_t>(23, kInstances));
        QCOMPARE(largeParts(Tier::Hour, dayMs), std::vector<std::size_t>(23, kInstances));
        rollUp(3);
        QCOMPARE(largeParts(Tier::Hour, dayMs), (std::vector<std::size_t>{65'535, 24 * kInstances - 65'535}));
    }

private:
    /// A row of every instance at the beginning of the hour.
    static metrics::Block customRows(int instances, std::int64_t hourMs)
    {
        metrics::Block rows;
        rows.columns.push_back({family("custom").columns.front().number, metrics::Storage::Real, {}});
        for (int instance = 1; instance <= instances; ++instance) {
            rows.instances.push_back(instance);
            rows.timesMs.push_back(hourMs);
            rows.intervalsMs.push_back(60'000);
            rows.columns.front().cells.push_back(metrics::Value::real(instance));
        }
        return rows;
    }

    /// How many rows came in each visit of that day's buckets; empty unless those of an instance came by time.
    std::vector<std::size_t> largeParts(Tier tier, std::int64_t dayMs) const
    {
        const std::uint32_t last = rollupColumn(family("custom").columns.front().number, Stat::Last);
        std::vector<std::size_t> parts;
        std::map<std::int64_t, std::int64_t> newest;
        bool isInOrder = true;
        const TierScan scan{kHost, &family("custom"), tier, {&last, 1}, dayMs, dayMs + Retention::kDayMs};
        const auto read = m_store->scanTier(scan, [&](const metrics::Block& rows) {
            parts.push_back(rows.rowCount());
            for (std::size_t row = 0; row < rows.rowCount(); ++row) {
                std::int64_t& before = newest[rows.instances[row]];
                isInOrder = isInOrder && before < rows.timesMs[row] &&
                            rows.columns.front().cells[row].asReal() == static_cast<double>(rows.instances[row]);
                before = rows.timesMs[row];
            }
            return true;
        });
        return read && isInOrder ? parts : std::vector<std::size_t>();
    }

    static std::set<std::int64_t> minutes(std::int64_t fromMs, int first, int last)
    {
        std::set<std::int64_t> times;
        for (int minute = first; minute <= last; ++minute)
            times.insert(fromMs + minute * kMinuteMs);
        return times;
    }

    void append(std::int64_t hourMs, int first, int last)
    {
        metrics::Batch batch;
        batch.id = metrics::BatchId::make(kNow, {0, ++m_batches});
        for (const std::int64_t timeMs : minutes(hourMs, first, last)) {
            metrics::Frame& frame = batch.frames.emplace_back(family("cpu"), timeMs, 60'000);
            frame.addRow();
            const auto minute = static_cast<double>((timeMs - kHour) / kMinuteMs);
            frame.set(0, column("cpu", "usage_percent"), minute / 10);
            frame.set(0, column("cpu", "user_seconds_total"), minute * minute);
        }
        const HostBatch one{kHost, &batch};
        const auto outcome = m_store->append({&one, 1}, {});
        QVERIFY(outcome.has_value());
        QCOMPARE(outcome->front().storedRows, batch.frames.size());
    }

    void execute(const char* statement)
    {
        const auto done = m_database->write(
            [&](QSqlDatabase& database) { return server::execute(database, QString::fromLatin1(statement)); });
        QVERIFY2(done.has_value(), done ? "" : done.error().message.c_str());
    }

    int count(const char* table) const
    {
        auto reader = m_database->reader();
        QSqlQuery query(*reader);
        return query.exec(QStringLiteral("SELECT count(*) FROM ") + QLatin1String(table)) && query.next()
                   ? query.value(0).toInt()
                   : -1;
    }

    std::set<qint64> ids() const
    {
        auto reader = m_database->reader();
        QSqlQuery query(*reader);
        std::set<qint64> ids;
        if (query.exec(QStringLiteral("SELECT id FROM blocks"))) {
            while (query.next())
                ids.insert(query.value(0).toLongLong());
        }
        return ids;
    }

    /// Of every row; empty when one came twice.
    std::set<std::int64_t> times() const
    {
        const std::array columns{std::size_t{0}};
        std::set<std::int64_t> times;
        bool isOnce = true;
        const auto read =
            scanRows(*m_store, {kHost, &family("cpu"), columns, 0, kNow, false}, [&](const ScannedRow& row) {
                isOnce = times.insert(row.timeMs).second && isOnce;
                return true;
            });
        return read && isOnce ? times : std::set<std::int64_t>();
    }

    metrics::Block buckets() const
    {
        auto reader = m_database->reader();
        return readBlock(
            *reader, {kHost, &family("cpu"), Tier::FiveMinutes, startOf(kHour, blockMs(Tier::FiveMinutes))})
            .value_or(metrics::Block());
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::function<void()> m_afterRead;
    std::unique_ptr<SqlStore> m_store;
    std::uint8_t m_batches = 0;
};

QTEST_GUILESS_MAIN(SealerTest)
#include "sealer_test.moc"
