// SPDX-License-Identifier: GPL-3.0-or-later
// Kills in the middle of removal: the real server has to remove days of samples, because they are older than they may
// be or because there is no room for them, and is killed with SIGKILL when it has removed the first of them; through
// scripts/timescale, PostgreSQL is killed with it. What is left each time is held against what was sent: of every
// family whole hours are missing, the oldest, none that was to stay, and nothing is there twice; buckets outlive
// samples, and are still their sums. A host sends all the while, and every batch that was acknowledged is there once.
// Whether a kill came in the middle is read in the database: some was gone, and more was to go. The days are made once,
// and each row of kills begins with a copy of them. SEXTANT_KILLS times in all, else 6, or 2 on PostgreSQL; more often
// when none came in the middle so far.
#include "metrics/block.h"
#include "metrics/families.h"
#include "server/storage/block_table.h"
#include "support/numbered_ledger.h"
#include "support/postgres_cluster.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>
#include <QUrl>

#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

using namespace sextant;
using server::kHourMs;
using server::Tier;
using test::NumberedSender;

namespace {

constexpr int kHosts = 2;
constexpr int kDays = 3;   ///< that are there at first
constexpr int kRounds = 2; ///< kills, before all of it is there anew
constexpr std::int64_t kStepMs = 300'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::size_t kBallastBytes = std::size_t{160} << 20U;
constexpr std::int64_t kLeastMaxBytes = std::int64_t{64} << 20U; ///< of storage.max_bytes
const QString kConnection = QStringLiteral("expiry_kill_test");
const QString kFilled = QStringLiteral(".filled");

int kills()
{
    const int wanted = qEnvironmentVariableIntValue("SEXTANT_KILLS");
    return wanted > 0 ? wanted : test::PostgresCluster::isThere() ? 2 : 6;
}

std::int64_t nowMs()
{
    return QDateTime::currentMSecsSinceEpoch();
}

/// Reads a number from a database that a server uses; nothing: it cannot be.
class Watch {
public:
    Watch(const QString& file, const QString& postgresUrl)
        : m_database(QSqlDatabase::addDatabase(
              postgresUrl.isEmpty() ? QStringLiteral("QSQLITE") : QStringLiteral("QPSQL"), kConnection))
    {
        const QUrl url(postgresUrl);
        m_database.setDatabaseName(postgresUrl.isEmpty() ? file : url.path().mid(1));
        m_database.setHostName(url.host());
        m_database.setPort(url.port());
        m_database.setUserName(url.userName());
        // Whoever closes a SQLite file last tidies it up; not one who only reads.
        m_database.setConnectOptions(postgresUrl.isEmpty() ? QStringLiteral("QSQLITE_OPEN_READONLY") : QString());
        m_database.open();
        QSqlQuery(m_database).exec(QStringLiteral("SET search_path = sextant"));
    }
    ~Watch()
    {
        m_database = QSqlDatabase();
        QSqlDatabase::removeDatabase(kConnection);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    [[nodiscard]] bool run(const QString& sql) { return QSqlQuery(m_database).exec(sql); }

    [[nodiscard]] std::optional<qint64> number(const QString& sql)
    {
        QSqlQuery query(m_database);
        if (!query.exec(sql) || !query.next())
            return std::nullopt;
        return query.value(0).toLongLong();
    }

    /// Up to where raw blocks were removed.
    [[nodiscard]] std::optional<qint64> goneBefore()
    {
        return number(QStringLiteral("SELECT coalesce(max(before_ms), 0) FROM blocks_gone WHERE tier = 0"));
    }

private:
    QSqlDatabase m_database;
};

/// How long samples are kept, or how much room there is.
struct Limits {
    std::int64_t rawMs = 400 * kDayMs;
    std::int64_t fiveMinutesMs = 400 * kDayMs;
    std::int64_t maxBytes = 0;

    /// The end of what goes of a tier, at that time.
    [[nodiscard]] std::int64_t goneMs(Tier tier, std::int64_t atMs) const
    {
        return tier == Tier::Raw ? server::startOf(atMs - rawMs - server::Store::kLateMarginMs, kHourMs)
                                 : server::startOf(atMs - fiveMinutesMs, kDayMs);
    }
};

} // namespace

class ExpiryKillTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void nothingElseGoesInExpiry();
    void nothingElseGoesInEviction();

private:
    void fill();
    bool keepFilled();
    [[nodiscard]] QString postgresUrl(const QString& database) const;
    void begin();
    bool fillHost(server::SqlStore& store, NumberedSender& host);
    bool putBallast(server::Database& database, server::HostId host);
    void kill(const Limits& limits);
    void killAll();
    void check(const Limits& limits, bool isSettled);
    void settle(const Limits& limits);
    [[nodiscard]] std::map<QString, QString> environment(const Limits& limits) const;
    [[nodiscard]] QString file() const { return m_server.dataDir() + QStringLiteral("/sextant.db"); }
    [[nodiscard]] Result<test::OpenStore> open();
    [[nodiscard]] static bool isMoreToGo(test::OpenStore& opened, const Limits& limits, std::int64_t atMs);
    [[nodiscard]] std::int64_t usedBytes();
    /// Half of the kills, and one in the middle.
    [[nodiscard]] bool isToKill() const
    {
        const int wanted = std::max(1, kills() / 2);
        return m_kills < wanted || (m_inTheMiddle == 0 && m_kills < wanted + 4 * kRounds);
    }

    test::PostgresCluster m_postgres;
    QString m_url; ///< of the database in PostgreSQL; empty: SQLite
    test::ServerProcess m_server;
    std::vector<std::unique_ptr<NumberedSender>> m_old; ///< what they sent is there at first
    test::TestHost m_liveHost;
    std::unique_ptr<NumberedSender> m_live;
    Result<test::CrashedCopy> m_copy; ///< of the SQLite file
    std::int64_t m_batches = 0;       ///< of each of m_old
    std::mt19937 m_random{51};
    int m_victims = 0; ///< kills of all rows
    int m_kills = 0;
    int m_inTheMiddle = 0;
    std::int64_t m_buckets = 0;
};

void ExpiryKillTest::initTestCase()
{
    std::setvbuf(stderr, nullptr, _IOLBF, 0);
    fill();
    if (!QTest::currentTestFailed())
        QVERIFY(keepFilled());
}

/// Each time with half a day less that is kept.
void ExpiryKillTest::nothingElseGoesInExpiry()
{
    m_kills = m_inTheMiddle = 0;
    while (isToKill()) {
        begin();
        Limits limits;
        for (int round = 1; round <= kRounds && isToKill() && !QTest::currentTestFailed(); ++round) {
            limits.rawMs = (kDays - 1) * kDayMs - round * 20 * kHourMs;
            limits.fiveMinutesMs = limits.rawMs + kDayMs;
            kill(limits);
        }
        settle(limits);
        if (QTest::currentTestFailed())
            return;
    }
    QVERIFY2(m_inTheMiddle > 0, "no kill came in the middle of expiry");
    qInfo("%d kills in expiry, %d when some was gone and more was to go: the rest is there once, %lld buckets compared",
        m_kills, m_inTheMiddle, static_cast<long long>(m_buckets));
}

/// Each time with some megabytes less room.
void ExpiryKillTest::nothingElseGoesInEviction()
{
    m_kills = m_inTheMiddle = 0;
    while (isToKill()) {
        begin();
        const std::int64_t used = usedBytes();
        QVERIFY2(used > kLeastMaxBytes + (std::int64_t{16} << 20U), qPrintable(QString::number(used)));
        Limits limits;
        for (int round = 1; round <= kRounds && isToKill() && !QTest::currentTestFailed(); ++round) {
            limits.maxBytes = std::max(kLeastMaxBytes, usedBytes() - (std::int64_t{6} << 20U));
            if (limits.maxBytes == kLeastMaxBytes)
                break;
            kill(limits);
        }
        settle(limits);
        if (QTest::currentTestFailed())
            return;
    }
    QVERIFY2(m_inTheMiddle > 0, "no kill came in the middle of an eviction");
    qInfo("%d kills in evictions, %d when some was gone and more was to go: the rest is there once", m_kills,
        m_inTheMiddle);
}

std::map<QString, QString> ExpiryKillTest::environment(const Limits& limits) const
{
    const auto hours = [](std::int64_t ms) { return QStringLiteral("%1h").arg(ms / kHourMs); };
    std::map<QString, QString> all{{QStringLiteral("SEXTANT_SERVER_STORAGE_MAINTENANCE_SECONDS"), QStringLiteral("0")},
        {QStringLiteral("SEXTANT_SERVER_RETENTION_RAW"), hours(limits.rawMs)},
        {QStringLiteral("SEXTANT_SERVER_RETENTION_5M"), hours(limits.fiveMinutesMs)},
        {QStringLiteral("SEXTANT_SERVER_STORAGE_MAX_BYTES"), QString::number(limits.maxBytes)}};
    if (!m_url.isEmpty())
        all[QStringLiteral("SEXTANT_SERVER_DATABASE_URL")] = m_url;
    return all;
}

/// A server with days of samples, which is stopped then.
void ExpiryKillTest::fill()
{
    m_url = m_postgres.url();
    m_server.setEnvironment(environment({}));
    QVERIFY2(m_server.start(), qPrintable(m_server.error()));
    const std::int64_t hour = server::startOf(nowMs(), kHourMs);
    m_batches = (kDays * kDayMs - kHourMs) / kStepMs;
    for (int i = 0; i < kHosts; ++i) {
        const auto host = test::enrolHost(m_server, QStringLiteral("host%1").arg(i));
        QVERIFY(host.has_value());
        m_old.push_back(std::make_unique<NumberedSender>(
            m_server.url(), m_server.caPem(), *host, test::NumberedTimes{hour - kDays * kDayMs, kStepMs}));
    }
    const auto live = test::enrolHost(m_server, QStringLiteral("live"));
    QVERIFY(live.has_value());
    m_liveHost = *live;
    QVERIFY(m_server.stop());
    QVERIFY2(m_url.isEmpty() || test::hasHypertables(m_url), "this is no TimescaleDB");
    const auto opened = test::openStore({.path = file(), .postgresUrl = m_url});
    QVERIFY(opened.has_value());
    for (const auto& host : m_old)
        QVERIFY(fillHost(*opened->store, *host));
    QVERIFY(putBallast(*opened->database, server::HostId{m_old.front()->host()}));
}

/// What every row of kills begins with.
bool ExpiryKillTest::keepFilled()
{
    if (m_url.isEmpty())
        return QFile::rename(file(), file() + kFilled);
    // TimescaleDB's scheduler would keep a connection, and nobody may have one to what is copied.
    return Watch({}, m_url).number(QStringLiteral("SELECT _timescaledb_functions.stop_background_workers()::int")) ==
               1 &&
           Watch({}, postgresUrl(QStringLiteral("postgres")))
               .run(QStringLiteral("ALTER DATABASE sextant ALLOW_CONNECTIONS false"));
}

/// Of another database of the same PostgreSQL.
QString ExpiryKillTest::postgresUrl(const QString& database) const
{
    QUrl url(m_postgres.url());
    url.setPath(u'/' + database);
    return url.toString();
}

/// All that was there at first is there anew, and a host sends.
void ExpiryKillTest::begin()
{
    m_live.reset();
    m_server.kill();
    if (m_url.isEmpty()) {
        for (const char* end : {"-wal", "-shm", ""})
            QFile::remove(file() + QLatin1String(end));
        QVERIFY(QFile::copy(file() + kFilled, file()));
    } else {
        Watch watch({}, postgresUrl(QStringLiteral("postgres")));
        QVERIFY(watch.run(QStringLiteral("DROP DATABASE IF EXISTS kills WITH (FORCE)")));
        QVERIFY(watch.run(QStringLiteral("CREATE DATABASE kills TEMPLATE sextant")));
        m_url = postgresUrl(QStringLiteral("kills"));
    }
    // Its hours are so young that nothing near them goes.
    m_live = std::make_unique<NumberedSender>(
        m_server.url(), m_server.caPem(), m_liveHost, test::NumberedTimes{nowMs() - 600'000, 20});
    m_live->start();
}

bool ExpiryKillTest::fillHost(server::SqlStore& store, NumberedSender& host)
{
    for (std::int64_t number = 0; number < m_batches;) {
        std::vector<metrics::Batch> batches;
        for (; number < m_batches && batches.size() < 300; ++number)
            batches.push_back(host.batch(number));
        std::vector<server::HostBatch> group;
        for (const metrics::Batch& batch : batches)
            group.push_back({server::HostId{host.host()}, &batch});
        if (!store.append(group, {}))
            return false;
    }
    auto sealed = store.seal(nowMs(), 0);
    while (sealed && *sealed)
        sealed = store.seal(nowMs(), 0);
    return sealed.has_value();
}

/// A block in each hour of every family that nobody sends: removal has work for a while.
bool ExpiryKillTest::putBallast(server::Database& database, server::HostId host)
{
    const std::size_t rows = kBallastBytes / 8 / (metrics::families().size() * kDays * 24);
    metrics::Block block;
    block.columns.push_back({1, metrics::Storage::Real, {}});
    for (std::size_t row = 0; row < rows; ++row) {
        block.instances.push_back(1);
        block.timesMs.push_back(static_cast<std::int64_t>(row));
        block.intervalsMs.push_back(1);
        block.columns[0].cells.push_back(metrics::Value::real(std::generate_canonical<double, 53>(m_random)));
    }
    auto encoded = server::encode({host, &metrics::families().front(), Tier::Raw, 0}, block);
    if (!encoded)
        return false;
    const std::int64_t startMs = m_old.front()->times().startMs;
    for (std::int64_t hour = startMs; hour < startMs + kDays * kDayMs - kHourMs; hour += kHourMs) {
        const auto put = database.write([&](QSqlDatabase& connection) -> Result<void> {
            for (const metrics::Family& family : metrics::families()) {
                if (family.name == "cpu" || family.name == "cpu_core" || family.name == "memory")
                    continue;
                encoded->key = {host, &family, Tier::Raw, hour};
                if (auto done = server::put(connection, {&*encoded, 1}); !done)
                    return done;
            }
            return {};
        });
        if (!put)
            return false;
    }
    return true;
}

/// Lets the server remove what those limits leave no place for, and kills it when it has begun.
void ExpiryKillTest::kill(const Limits& limits)
{
    ++m_kills;
    m_server.setEnvironment(environment(limits));
    const auto before = Watch(file(), m_url).goneBefore();
    QVERIFY(before.has_value());
    const std::int64_t startMs = nowMs();
    QVERIFY2(m_server.start(), qPrintable(m_server.error()));
    {
        Watch watch(file(), m_url);
        while (watch.goneBefore().value_or(0) <= *before && nowMs() < startMs + 30'000)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        QVERIFY2(nowMs() < startMs + 30'000, "nothing was removed");
        std::this_thread::sleep_for(std::chrono::microseconds(m_random() % 2'000));
        if (m_url.isEmpty())
            m_server.kill();
    }
    killAll();
    if (QTest::currentTestFailed())
        return;
    {
        auto left = open();
        QVERIFY2(left.has_value(), left ? "" : left.error().message.c_str());
        m_inTheMiddle += isMoreToGo(*left, limits, startMs) ? 1 : 0;
    }
    check(limits, false);
    if (m_kills % 10 == 0)
        std::fprintf(stderr, "expiry_kill_test: %d kills, %d in the middle\n", m_kills, m_inTheMiddle);
}

/// The server, and with it in turn PostgreSQL's first process, PostgreSQL at once, and nothing.
void ExpiryKillTest::killAll()
{
    if (!m_url.isEmpty()) {
        const int victim = ++m_victims % 3;
        if (victim == 1)
            QVERIFY(m_postgres.killPostmaster());
        else if (victim == 2)
            QVERIFY(m_postgres.stopAtOnce());
        m_server.kill();
        if (victim > 0)
            QVERIFY(m_postgres.start());
        return;
    }
    m_server.kill();
}

/// What a kill left; of a SQLite file a copy.
Result<test::OpenStore> ExpiryKillTest::open()
{
    if (!m_url.isEmpty())
        return test::openPostgresStore(m_url);
    m_copy = test::copyCrashed(file());
    if (!m_copy)
        return tl::unexpected(m_copy.error());
    return std::move(m_copy->open);
}

bool ExpiryKillTest::isMoreToGo(test::OpenStore& opened, const Limits& limits, std::int64_t atMs)
{
    const auto sizes = opened.store->sizes();
    if (!sizes)
        return false;
    if (limits.maxBytes > 0)
        return sizes->usedBytes > limits.maxBytes - limits.maxBytes / 20;
    return sizes->tiers[0].oldestMs.value_or(atMs) < limits.goneMs(Tier::Raw, atMs) ||
           sizes->tiers[1].oldestMs.value_or(atMs) < limits.goneMs(Tier::FiveMinutes, atMs);
}

std::int64_t ExpiryKillTest::usedBytes()
{
    const auto opened = open();
    const auto sizes = opened ? opened->store->sizes() : Result<server::StoreSizes>();
    return sizes ? sizes->usedBytes : 0;
}

/// `isSettled`: all that was to go is gone.
void ExpiryKillTest::check(const Limits& limits, bool isSettled)
{
    const auto opened = open();
    QVERIFY(opened.has_value());
    const auto sizes = opened->store->sizes();
    QVERIFY(sizes.has_value());
    const bool isEviction = limits.maxBytes > 0;
    const std::int64_t rawGoneMs = isEviction ? sizes->tiers[0].evictedBeforeMs : limits.goneMs(Tier::Raw, nowMs());
    for (const auto& host : m_old) {
        const auto remains = test::readRemains(*opened->store, host->host(), host->times());
        const std::int64_t startMs = host->times().startMs;
        QVERIFY2(remains.fault.isEmpty(), qPrintable(remains.fault));
        QCOMPARE(remains.batches, m_batches);
        QVERIFY(remains.rawFromMs <= std::max(rawGoneMs, startMs));
        QVERIFY(remains.fiveMinutes.fromMs <= std::max(limits.goneMs(Tier::FiveMinutes, nowMs()), startMs));
        QCOMPARE(remains.hours.fromMs, startMs);
        QVERIFY(remains.fiveMinutes.buckets > 0);
        m_buckets += remains.fiveMinutes.buckets + remains.hours.buckets;
        if (isSettled && !isEviction) {
            QVERIFY(remains.allGoneMs >= limits.goneMs(Tier::Raw, nowMs() - 60'000));
            QVERIFY(remains.fiveMinutes.fromMs >= limits.goneMs(Tier::FiveMinutes, nowMs() - 60'000));
        }
    }
    if (isSettled && isEviction)
        QVERIFY(sizes->usedBytes <= limits.maxBytes);
    const auto live = test::readLedger(*opened->store, m_live->host(), m_live->times());
    QVERIFY2(live.fault.isEmpty(), qPrintable(live.fault));
    // One batch may be under way.
    QVERIFY(live.batches == m_live->acknowledged() || live.batches == m_live->acknowledged() + 1);
}

/// The server does the rest, and ends as it should.
void ExpiryKillTest::settle(const Limits& limits)
{
    if (QTest::currentTestFailed())
        return;
    m_server.setEnvironment(environment(limits));
    QVERIFY2(m_server.start(), qPrintable(m_server.error()));
    const std::int64_t before = m_live->acknowledged();
    QTRY_VERIFY_WITH_TIMEOUT(m_live->acknowledged() > before + 3, 30'000);
    const auto isDone = [&] {
        auto opened = test::openStore({.path = file(), .postgresUrl = m_url});
        return opened && !isMoreToGo(*opened, limits, nowMs() - 60'000);
    };
    QVERIFY(QTest::qWaitFor(isDone, 30'000));
    m_live->finish();
    QCOMPARE(m_live->refusals(), 0);
    QVERIFY(m_server.stop());
    check(limits, true);
}

QTEST_GUILESS_MAIN(ExpiryKillTest)
#include "expiry_kill_test.moc"
