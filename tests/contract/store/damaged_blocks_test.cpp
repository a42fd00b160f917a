// SPDX-License-Identifier: GPL-3.0-or-later
// A disk that changes a stored block costs what was in it, and nothing else.
#include "metrics/families.h"
#include "server/storage/damage.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/scan_rows.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

#include <array>
#include <memory>
#include <set>
#include <vector>

using namespace sextant;
using namespace sextant::server;
using metrics::column;
using metrics::family;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000; // 2026-01-01, so that the hour before it is the last one of its day
constexpr std::int64_t kDayStart = kNow - 24 * kHourMs;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr HostId kHost{7};

metrics::Block part(const metrics::Block& block, std::int64_t fromMs, std::int64_t toMs)
{
    metrics::Block found;
    for (const metrics::BlockColumn& from : block.columns)
        found.columns.push_back({from.number, from.storage, {}});
    for (std::size_t row = 0; row < block.rowCount(); ++row) {
        if (block.timesMs[row] < fromMs || block.timesMs[row] >= toMs)
            continue;
        found.instances.push_back(block.instances[row]);
        found.timesMs.push_back(block.timesMs[row]);
        found.intervalsMs.push_back(block.intervalsMs[row]);
        for (std::size_t i = 0; i < block.columns.size(); ++i)
            found.columns[i].cells.push_back(block.columns[i].cells[row]);
    }
    return found;
}

} // namespace

class DamagedBlocksTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
        QVERIFY(opened.has_value());
        m_database = std::move(*opened);
        m_store = makeStore(*m_database, [] { return kNow; });
    }
    void cleanup()
    {
        m_store.reset();
        m_database.reset();
    }

    void theRestIsReadAndTheDamageToldOnce()
    {
        const std::int64_t first = kNow - 10 * kHourMs;
        for (int hour = 0; hour < 3; ++hour)
            append(minutes(first + hour * kHourMs, 0, 59));
        sealAll(3);
        damage(Tier::Raw, first + kHourMs);
        const std::uint64_t before = damagedBlockCount();
        auto expected = minutes(first, 0, 59);
        expected.merge(minutes(first + 2 * kHourMs, 0, 59));
        QVERIFY(times() == expected);
        QVERIFY(times() == expected);
        QCOMPARE(damagedBlockCount(), before + 1);
        const auto told = takeNewDamage();
        QCOMPARE(told.size(), std::size_t{1});
        QCOMPARE(told[0].key.host.value, kHost.value);
        QCOMPARE(told[0].key.family, &family("cpu"));
        QVERIFY(told[0].key.tier == Tier::Raw);
        QCOMPARE(told[0].key.startMs, first + kHourMs);
        QVERIFY2(told[0].why.find("checksum") != std::string::npos, told[0].why.c_str());
        QVERIFY(takeNewDamage().empty());
    }

    void lateRowsAreSealedBesideADamagedBlock()
    {
        const std::int64_t hour = kNow - 20 * kHourMs;
        append(minutes(hour, 0, 29));
        sealAll(1);
        const metrics::Block bucketsBefore = buckets();
        const QByteArray whole = damage(Tier::Raw, hour);
        const QByteArray damaged = bytesOf(Tier::Raw, hour, 0);
        QVERIFY(damaged != whole);
        append(minutes(hour, 35, 59));
        append(minutes(hour, 29, 29)); // once more: nobody can know
        sealAll(1);
        auto expected = minutes(hour, 35, 59);
        expected.merge(minutes(hour, 29, 29));
        QVERIFY(times() == expected);
        QVERIFY(bytesOf(Tier::Raw, hour, 0) == damaged);
        checkSizes();
        // The buckets were made of all rows; those of new times came beside them.
        const metrics::Block after = buckets();
        QVERIFY(bucketsBefore.rowCount() == 6 && after.rowCount() == 11);
        QVERIFY(part(after, hour, hour + 30 * kMinuteMs) == bucketsBefore);
        append(minutes(hour, 31, 31));
        sealAll(1);
        expected.merge(minutes(hour, 31, 31));
        QVERIFY(times() == expected);
        checkSizes();
        // Whoever mends the bytes has everything again, each row once.
        putBytes(Tier::Raw, hour, whole);
        expected.merge(minutes(hour, 0, 29));
        QVERIFY(times() == expected);
    }

    void anHourIsRolledUpBesideADamagedBlock()
    {
        append(minutes(kNow - 2 * kHourMs, 0, 59));
        sealAll(1);
        const QByteArray whole = damage(Tier::FiveMinutes, kDayStart);
        append(minutes(kNow - kHourMs, 0, 59)); // the day's last: packed with what there is
        sealAll(1);
        QCOMPARE(buckets().rowCount(), std::size_t{12});
        checkSizes();
        putBytes(Tier::FiveMinutes, kDayStart, whole);
        QCOMPARE(buckets().rowCount(), std::size_t{24});
    }

    void aDamagedHotRowCostsWhatWasInIt_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("no section") << QByteArray("\xff\x00nonsense", 10);
        QTest::newRow("nothing but a name") << QByteArray("\x03"
                                                          "cpu");
        QTest::newRow("a section without rows") << QByteArray("\x03"
                                                              "cpu"
                                                              "\x10\x27\x00\x00\x02\x00\x00\x00\xff\xff",
            14);
    }

    void aDamagedHotRowCostsWhatWasInIt()
    {
        QFETCH(QByteArray, bytes);
        static std::int64_t hour = kNow - 10 * kHourMs; // damage of an hour is told once
        hour += kHourMs;
        append(minutes(hour, 0, 59));
        const std::int64_t key = kHost.value * (std::int64_t{1} << 42) + hour + 30 * kMinuteMs;
        const auto written = m_database->write([&](QSqlDatabase& database) -> Result<void> {
            QSqlQuery query(database);
            query.prepare(QStringLiteral("UPDATE hot_frames SET frames = ? WHERE key = ?"));
            query.bindValue(0, bytes);
            query.bindValue(1, qint64{key});
            return query.exec() && query.numRowsAffected() == 1 ? Result<void>() : fail(ErrorCode::Io, "no such row");
        });
        QVERIFY(written.has_value());
        auto expected = minutes(hour, 0, 59);
        expected.erase(hour + 30 * kMinuteMs);
        (void)takeNewDamage(); // of other tests
        const std::uint64_t before = damagedBlockCount();
        QVERIFY(times() == expected);
        QCOMPARE(damagedBlockCount(), before + 1);
        const auto told = takeNewDamage();
        QCOMPARE(told.size(), std::size_t{1});
        QVERIFY(!told[0].key.family);
        QCOMPARE(told[0].key.startMs, hour);
        append({hour + 30 * kMinuteMs}); // it comes again: the row is taken, and stands behind what is left of the old
        expected.insert(hour + 30 * kMinuteMs);
        QVERIFY(times() == expected);
        sealAll(1);
        QVERIFY(times() == expected);
        QVERIFY(takeNewDamage().empty());
    }

private:
    static std::set<std::int64_t> minutes(std::int64_t fromMs, int first, int last)
    {
        std::set<std::int64_t> times;
        for (int minute = first; minute <= last; ++minute)
            times.insert(fromMs + minute * kMinuteMs);
        return times;
    }

    void append(const std::set<std::int64_t>& times)
    {
        metrics::Batch batch;
        batch.id = metrics::BatchId::make(kNow, {0, ++m_batches});
        for (const std::int64_t timeMs : times) {
            metrics::Frame& frame = batch.frames.emplace_back(family("cpu"), timeMs, 60'000);
            frame.addRow();
            frame.set(0, column("cpu", "usage_percent"), static_cast<double>(timeMs / kMinuteMs % 60));
        }
        const HostBatch one{kHost, &batch};
        const auto outcome = m_store->append({&one, 1}, {});
        QVERIFY(outcome.has_value());
        QCOMPARE(outcome->front().storedRows, times.size());
    }

    void sealAll(int hours)
    {
        for (int hour = 0; hour < hours; ++hour) {
            const auto sealed = m_store->seal(kNow, 0);
            QVERIFY2(sealed.has_value(), sealed ? "" : sealed.error().message.c_str());
            QVERIFY(*sealed);
        }
        QVERIFY(!m_store->seal(kNow, 0).value());
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
        if (!read)
            qWarning("%s", read.error().message.c_str());
        return read && isOnce ? times : std::set<std::int64_t>();
    }

    metrics::Block buckets() const
    {
        auto reader = m_database->reader();
        return readBlock(*reader, {kHost, &family("cpu"), Tier::FiveMinutes, kDayStart}).value_or(metrics::Block());
    }

    QByteArray bytesOf(Tier tier, std::int64_t startMs, int part) const
    {
        auto reader = m_database->reader();
        QSqlQuery query(*reader);
        query.prepare(QStringLiteral("SELECT data FROM blocks WHERE family = 'cpu' AND tier = %1 AND start_ms = %2 AND "
                                     "part = %3")
                          .arg(static_cast<int>(tier))
                          .arg(startMs)
                          .arg(part));
        return query.exec() && query.next() ? query.value(0).toByteArray() : QByteArray();
    }

    /// Of the first part.
    void putBytes(Tier tier, std::int64_t startMs, const QByteArray& bytes)
    {
        const auto written = m_database->write([&](QSqlDatabase& database) -> Result<void> {
            QSqlQuery query(database);
            query.prepare(QStringLiteral("UPDATE blocks SET data = ? WHERE family = 'cpu' AND tier = %1 AND start_ms = "
                                         "%2 AND part = 0")
                              .arg(static_cast<int>(tier))
                              .arg(startMs));
            query.bindValue(0, bytes);
            if (!query.exec() || query.numRowsAffected() != 1)
                return fail(ErrorCode::Io, query.lastError().text().toStdString());
            return {};
        });
        QVERIFY(written.has_value());
    }

    /// Turns a bit over in the first part; gives what it was.
    QByteArray damage(Tier tier, std::int64_t startMs)
    {
        const QByteArray whole = bytesOf(tier, startMs, 0);
        if (whole.isEmpty())
            return whole;
        QByteArray bytes = whole;
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
        putBytes(tier, startMs, bytes);
        return whole;
    }

    /// What is counted is what is there.
    void checkSizes() const
    {
        auto reader = m_database->reader();
        QSqlQuery query(*reader);
        QVERIFY(query.exec(
            QStringLiteral("SELECT s.blocks - count(b.id), s.row_count - coalesce(sum(b.row_count), 0), s.bytes - "
                           "coalesce(sum(length(b.data)), 0) FROM block_sizes s LEFT JOIN blocks b ON b.tier = s.tier "
                           "GROUP BY s.tier")));
        int tiers = 0;
        for (; query.next(); ++tiers) {
            for (int i = 0; i < 3; ++i)
                QCOMPARE(query.value(i).toLongLong(), 0);
        }
        QCOMPARE(tiers, 3);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<SqlStore> m_store;
    std::uint8_t m_batches = 0;
};

QTEST_GUILESS_MAIN(DamagedBlocksTest)
#include "damaged_blocks_test.moc"
