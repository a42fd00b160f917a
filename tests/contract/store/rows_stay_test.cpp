// SPDX-License-Identifier: GPL-3.0-or-later
// The store where TimescaleDB compresses and the rows of sealed hours stay. The edition that compresses is not there in
// tests: what is said to it goes to a fake, and that rows stay is told to the store by hand.
#include "made_batches.h"
#include "metrics/families.h"
#include "postgres_server.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/postgres/compression.h"
#include "server/storage/rollup.h"
#include "server/storage/sql.h"
#include "server/storage/transfer.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>

using namespace sextant;
using namespace sextant::server;
using testing::PostgresDatabase;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000; // 2026-01-01
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr HostId kHost{7};

/// A store on a database of its own.
class Opened {
public:
    explicit Opened(bool rowsStay)
    {
        DatabaseOptions options;
        options.postgresUrl = m_server.url();
        auto opened = Database::open(options);
        const auto usable = opened ? (*opened)->state() : tl::unexpected(opened.error());
        if (!usable)
            qFatal("%s", usable.error().message.c_str());
        database = std::move(*opened);
        store = makeStore(*database, [this] { return nowMs; });
        if (rowsStay)
            run(QStringLiteral("UPDATE sextant.sealing SET rows_stay = true"));
    }

    QVariant run(const QString& sql) const { return m_server.run(sql); }

    std::int64_t nowMs = kNow;

private:
    PostgresDatabase m_server{PostgresDatabase::Kind::Timescale};

public:
    std::unique_ptr<Database> database;
    std::unique_ptr<SqlStore> store;
};

std::vector<metrics::Block> rawRows(const Store& store, const metrics::Family& family)
{
    std::vector<std::size_t> columns(family.columns.size());
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    std::vector<metrics::Block> blocks;
    const auto done = store.scan({kHost, &family, columns, kNow - kDayMs, kNow + kDayMs, true}, [&](const auto& block) {
        blocks.push_back(block);
        std::ranges::sort(blocks.back().columns, {}, &metrics::BlockColumn::number);
        return true;
    });
    if (!done)
        qWarning("%s", done.error().message.c_str());
    return blocks;
}

std::vector<metrics::Block> buckets(const Store& store, const metrics::Family& family, Tier tier)
{
    std::vector<std::uint32_t> columns;
    for (const metrics::Column& column : family.columns) {
        for (const Stat stat : {Stat::Count, Stat::Sum, Stat::Min, Stat::Max, Stat::Last, Stat::Increase})
            columns.push_back(rollupColumn(column.number, stat));
    }
    std::vector<metrics::Block> blocks;
    const auto done =
        store.scanTier({kHost, &family, tier, columns, kNow - kDayMs, kNow + kDayMs}, [&](const auto& block) {
            blocks.push_back(block);
            return true;
        });
    if (!done)
        qWarning("%s", done.error().message.c_str());
    return blocks;
}

/// What is logged while it lives.
class Logged {
public:
    Logged()
    {
        said().clear();
        m_before = qInstallMessageHandler([](QtMsgType, const QMessageLogContext&, const QString& line) {
            const std::lock_guard lock(mutex());
            said().push_back(line);
        });
    }
    ~Logged() { qInstallMessageHandler(m_before); }
    Logged(const Logged&) = delete;
    Logged& operator=(const Logged&) = delete;

    [[nodiscard]] QStringList lines(const char* pattern) const
    {
        const std::lock_guard lock(mutex());
        return said().filter(QRegularExpression(QString::fromLatin1(pattern)));
    }

private:
    static QStringList& said()
    {
        static QStringList lines;
        return lines;
    }
    static std::mutex& mutex()
    {
        static std::mutex one;
        return one;
    }

    QtMessageHandler m_before;
};

bool append(Opened& into, const metrics::Batch& batch)
{
    const HostBatch mine{kHost, &batch};
    return into.store->append({&mine, 1}, {}).has_value();
}

bool sealAll(Opened& in)
{
    Result<bool> more = true;
    while (more && *more)
        more = in.store->seal(kNow, 0);
    return more.has_value();
}

} // namespace

class RowsStayTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m_stay = std::make_unique<Opened>(true); }

    void cleanup() { m_stay.reset(); }

    void everyAnswerIsThatOfAStoreWithBlocks()
    {
        Opened blocks(false);
        testing::MadeHost machine(3);
        std::vector<metrics::Batch> batches;
        for (std::int64_t time = kNow - 3 * kHourMs; time < kNow; time += 120'000)
            batches.push_back(machine.tick(time, 120'000));
        // A part comes late: after the hours around it were sealed.
        const auto isLate = [](std::size_t i) { return i % 30 == 29 || (i > 40 && i < 45); };
        for (const bool late : {false, true}) {
            for (std::size_t i = 0; i < batches.size(); ++i) {
                if (isLate(i) == late)
                    QVERIFY(append(blocks, batches[i]) && append(*m_stay, batches[i]));
            }
            for (const metrics::Family& family : metrics::families())
                QVERIFY(rawRows(*m_stay->store, family) == rawRows(*blocks.store, family));
            QVERIFY(sealAll(blocks) && sealAll(*m_stay));
            for (const metrics::Family& family : metrics::families()) {
                QVERIFY(rawRows(*m_stay->store, family) == rawRows(*blocks.store, family));
                for (const Tier tier : {Tier::FiveMinutes, Tier::Hour})
                    QVERIFY(buckets(*m_stay->store, family, tier) == buckets(*blocks.store, family, tier));
                const auto here = m_stay->store->coverage(kHost, family, kNow - kDayMs, kNow);
                const auto there = blocks.store->coverage(kHost, family, kNow - kDayMs, kNow);
                QVERIFY(here.has_value() && there.has_value());
                QVERIFY(here->hot.empty());
                QVERIFY(std::ranges::includes(here->of(Tier::Raw), there->of(Tier::Raw)));
            }
        }
        QVERIFY(!rawRows(*m_stay->store, metrics::family("cpu")).empty());
        QVERIFY(!buckets(*m_stay->store, metrics::family("cpu"), Tier::FiveMinutes).empty());
        QCOMPARE(m_stay->store->sizes()->tiers[0].blocks, 0);
        QVERIFY(blocks.store->sizes()->tiers[0].blocks > 0);
    }

    void rowsThatCameTwiceAreOneAfterARestartToo()
    {
        testing::MadeHost machine(3);
        metrics::Batch batch = machine.tick(kNow - kHourMs);
        QVERIFY(append(*m_stay, batch) && sealAll(*m_stay));
        batch.id = metrics::BatchId::make(kNow, {2});
        m_stay->store = makeStore(*m_stay->database, [this] { return m_stay->nowMs; });
        const HostBatch mine{kHost, &batch};
        const auto outcomes = m_stay->store->append({&mine, 1}, {});
        QVERIFY(outcomes.has_value());
        QCOMPARE(outcomes->front().storedRows, std::size_t{0});
        QVERIFY(outcomes->front().repeatedRows > 0);
    }

    void daysExpireByTheTimesOfTheirFamily()
    {
        sendTwoDays();
        Retention retention;
        retention.all[0] = 2 * kDayMs;
        retention.families["cpu"] = {kDayMs, retention.all[1], retention.all[2]};
        // The older day ended when this one began; what comes late has six hours.
        m_stay->nowMs = kNow + kDayMs + Store::kLateMarginMs - 1;
        QCOMPARE(m_stay->store->expire(retention).value(), std::size_t{0});
        m_stay->nowMs = kNow + kDayMs + Store::kLateMarginMs;
        while (m_stay->store->expire(retention).value() > 0) {
        }
        QCOMPARE(rawRows(*m_stay->store, metrics::family("cpu")).size(), std::size_t{1});
        QCOMPARE(rawRows(*m_stay->store, metrics::family("memory")).size(), std::size_t{2});
        m_stay->nowMs = kNow + 2 * kDayMs + Store::kLateMarginMs;
        while (m_stay->store->expire(retention).value() > 0) {
        }
        QCOMPARE(rawRows(*m_stay->store, metrics::family("memory")).size(), std::size_t{1});
        QVERIFY(!buckets(*m_stay->store, metrics::family("memory"), Tier::Hour).empty());
        // What comes for a day that is gone is not taken for all of it.
        testing::MadeHost machine(4);
        const metrics::Batch late = machine.tick(kNow - 3 * kHourMs);
        const HostBatch mine{kHost, &late};
        const auto outcomes = m_stay->store->append({&mine, 1}, {});
        QVERIFY(outcomes.has_value());
        QCOMPARE(outcomes->front().storedRows, std::size_t{0});
        QVERIFY(outcomes->front().goneRows > 0);
    }

    void theOldestDayIsEvicted()
    {
        sendTwoDays();
        const auto evicted = m_stay->store->evict(1);
        QVERIFY(evicted.has_value());
        QCOMPARE(evicted->blocks, std::size_t{1});
        QCOMPARE(evicted->fromMs, kNow - kDayMs);
        QCOMPARE(evicted->toMs, kNow);
        const auto before = m_stay->store->sizes();
        QCOMPARE(rawRows(*m_stay->store, metrics::family("cpu")).size(), std::size_t{1});
        m_stay->nowMs = kNow + kHourMs;               // who began to read before has ended by then
        QVERIFY(m_stay->store->evict(1).has_value()); // and its room is given back
        QVERIFY(m_stay->store->sizes()->usedBytes < before->usedBytes);
    }

    void rowsThatStayedGoAlongIntoAnotherDatabase()
    {
        m_stay->run(
            QStringLiteral("INSERT INTO sextant.hosts (id, name, machine_id, os_family, os, kernel, architecture, "
                           "agent_version, enrolled_ms, certificate_not_after_ms) VALUES (%1, 'web1', '', '', "
                           "'', '', '', '', 0, 0)")
                .arg(kHost.value));
        sendTwoDays();
        const QTemporaryDir folder;
        auto target = Database::open({.path = folder.filePath(QStringLiteral("copy.db"))});
        QVERIFY(target.has_value());
        Transfer transfer(*m_stay->database, **target, [](const std::string&) {});
        QVERIFY(transfer.begin(QStringLiteral("test")) && transfer.pass() && transfer.verify() && transfer.finish());
        const auto copy = makeStore(**target, [] { return kNow; });
        for (const metrics::Family& family : metrics::families())
            QVERIFY(rawRows(*copy, family) == rawRows(*m_stay->store, family));
        QCOMPARE(rawRows(*copy, metrics::family("cpu")).size(), std::size_t{2});
    }

    void compressionIsAskedForOnce()
    {
        QStringList said;
        const auto done = enableCompression({QStringLiteral("m_cpu")}, [&](const QString& sql) -> Result<void> {
            said.push_back(sql);
            return {};
        });
        QVERIFY(done.has_value() && *done);
        QCOMPARE(said.size(), 2);
        QVERIFY(said[0].startsWith(QStringLiteral("ALTER TABLE sextant.m_cpu SET (timescaledb.compress, ")));
        QVERIFY(said[1].startsWith(QStringLiteral("SELECT add_compression_policy('sextant.m_cpu', ")));
    }

    void whatIsNotAvailableLeavesBlocks()
    {
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("not available.*0A")));
        int asked = 0;
        auto done =
            enableCompression({QStringLiteral("m_cpu"), QStringLiteral("m_disk")}, [&](const QString&) -> Result<void> {
                ++asked;
                return fail(ErrorCode::NotAvailable, "0A000");
            });
        QVERIFY(done.has_value() && !*done);
        QCOMPARE(asked, 1);
        done = enableCompression({QStringLiteral("m_cpu")},
            [](const QString&) -> Result<void> { return fail(ErrorCode::Unreachable, "away"); });
        QVERIFY(!done.has_value());
        QVERIFY(done.error().code == ErrorCode::Unreachable);
    }

    void theLicenceTellsTheEdition()
    {
        QVERIFY(abilitiesOf(true, QStringLiteral("timescale")).compression);
        QVERIFY(!abilitiesOf(true, QStringLiteral("apache")).compression);
        QVERIFY(!abilitiesOf(true, QString()).compression);
        QVERIFY(abilitiesOf(true, QStringLiteral("apache")).hypertables);
        const PostgresAbilities without = abilitiesOf(false, QStringLiteral("timescale"));
        QVERIFY(!without.hypertables && !without.compression);
    }

    /// All that is said to an edition that compresses, of the tables as they are.
    void everyTableThatIsNotCompressedIsToBe()
    {
        QStringList said;
        const auto compress = [&](PostgresAbilities abilities) -> Result<bool> {
            Result<bool> stays = false;
            const auto done = m_stay->database->write([&](QSqlDatabase& database) -> Result<void> {
                stays = compressTables(database, abilities, [&](const QString& sql) -> Result<void> {
                    said.push_back(sql);
                    return {};
                });
                return {};
            });
            return done ? stays : tl::unexpected(done.error());
        };
        const auto without = compress({.hypertables = true, .compression = false});
        QVERIFY(without.has_value() && !*without);
        QVERIFY(said.isEmpty());
        const auto with = compress({.hypertables = true, .compression = true});
        QVERIFY2(with.has_value(), with ? "" : with.error().message.c_str());
        QVERIFY(*with);
        QCOMPARE(said.size(), static_cast<qsizetype>(2 * metrics::families().size()));
        for (const metrics::Family& family : metrics::families()) {
            const QString table = QStringLiteral("sextant.m_") + QString::fromStdString(std::string(family.name));
            QCOMPARE(said.filter(QStringLiteral("ALTER TABLE %1 SET (timescaledb.compress, ").arg(table)).size(), 1);
            QCOMPARE(said.filter(QStringLiteral("add_compression_policy('%1', ").arg(table)).size(), 1);
        }
    }

    /// A licence that promises what the server then refuses: this one, which is of the Apache edition.
    void theApacheEditionSaysSo()
    {
        const Logged logged;
        DatabaseOptions options;
        const PostgresDatabase server(PostgresDatabase::Kind::Timescale);
        options.postgresUrl = server.url();
        options.abilities = PostgresAbilities{.hypertables = true, .compression = true};
        const auto opened = Database::open(options);
        const auto usable = opened ? (*opened)->state() : tl::unexpected(opened.error());
        QVERIFY2(usable.has_value(), usable ? "" : usable.error().message.c_str());
        const auto staying = [&server] { return server.run(QStringLiteral("SELECT rows_stay FROM sextant.sealing")); };
        QCOMPARE(staying(), QVariant(false));
        QCOMPARE(logged.lines("compression by TimescaleDB is not available.*apache").size(), 1);
        // Connecting anew, it knows.
        const auto epoch = (*opened)->epoch();
        server.disconnectAll();
        QVERIFY((*opened)->write([](QSqlDatabase&) { return Result<void>(); }).has_value());
        QVERIFY((*opened)->epoch() != epoch);
        QCOMPARE(staying(), QVariant(false));
        QCOMPARE(logged.lines("not available").size(), 1);
    }

    /// The same of hypertables, by a function that refuses as TimescaleDB does.
    void withoutHypertablesDaysArePartitions()
    {
        const Logged logged;
        const PostgresDatabase server;
        server.run(QStringLiteral(
            "CREATE FUNCTION create_hypertable(regclass, name, chunk_time_interval interval, create_default_indexes "
            "boolean) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'not under this licence' USING ERRCODE = "
            "'0A000'; END $$"));
        DatabaseOptions options;
        options.postgresUrl = server.url();
        options.abilities = PostgresAbilities{.hypertables = true, .compression = true};
        for (int start = 0; start < 2; ++start) {
            const auto opened = Database::open(options);
            const auto usable = opened ? (*opened)->state() : tl::unexpected(opened.error());
            QVERIFY2(usable.has_value(), usable ? "" : usable.error().message.c_str());
            server.disconnectAll();
            QVERIFY((*opened)->write([](QSqlDatabase&) { return Result<void>(); }).has_value());
            const auto store = makeStore(**opened, [] { return kNow; });
            testing::MadeHost machine(3);
            metrics::Batch batch = machine.tick(kNow - (2 - start) * kHourMs);
            batch.id = metrics::BatchId::make(kNow, {static_cast<std::uint8_t>(start)});
            const HostBatch mine{kHost, &batch};
            QVERIFY(store->append({&mine, 1}, {}).has_value());
            QCOMPARE(rawRows(*store, metrics::family("cpu")).size(), static_cast<std::size_t>(start + 1));
        }
        QCOMPARE(
            server.run(QStringLiteral("SELECT count(*) FROM pg_class WHERE relkind = 'p' AND relname LIKE 'm\\_%'"))
                .toULongLong(),
            qulonglong{metrics::families().size()});
        QCOMPARE(logged.lines("hypertables are not available").size(), 1);
        QCOMPARE(logged.lines("not available").size(), 1);
    }

private:
    void sendTwoDays()
    {
        testing::MadeHost machine(3);
        QVERIFY(append(*m_stay, machine.tick(kNow - 2 * kHourMs)));
        QVERIFY(append(*m_stay, machine.tick(kNow)));
        m_stay->nowMs = kNow + kDayMs;
        while (m_stay->store->seal(m_stay->nowMs, 0).value()) {
        }
        m_stay->nowMs = kNow;
    }

    std::unique_ptr<Opened> m_stay;
};

QTEST_GUILESS_MAIN(RowsStayTest)
#include "rows_stay_test.moc"
