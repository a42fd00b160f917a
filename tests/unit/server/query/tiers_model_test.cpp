// SPDX-License-Identifier: GPL-3.0-or-later
// Which tier a question is answered from, and that the answer is that of a plain model that keeps every sample in a
// map. Random samples and questions: tests/contract/store/store_properties.h.
#include "server/query/series.h"
#include "server/query/tier_choice.h"
#include "server/storage/block_table.h"
#include "server/storage/database.h"
#include "server/storage/raw_rows.h"
#include "server/storage/rollup_table.h"
#include "server/storage/store.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <tuple>

using namespace sextant;
using namespace sextant::server;
using metrics::Block;
using metrics::Family;
using metrics::Value;

namespace {

constexpr std::int64_t kStart = 1'767'225'600'000; // midnight
constexpr std::int64_t kFiveMinutes = 300'000;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Sample {
    std::uint32_t intervalMs = 0;
    std::vector<Value> cells; ///< of every column of the family
};

/// The samples of one family of one host: by instance, then by time.
using Samples = std::map<std::int64_t, std::map<std::int64_t, Sample>>;
using Owner = std::pair<std::int64_t, const Family*>;

Block toBlock(const Family& family, const Samples& samples, std::int64_t fromMs, std::int64_t toMs)
{
    Block block;
    for (const metrics::Column& column : family.columns)
        block.columns.push_back({column.number, column.storage, {}});
    for (const auto& [instance, byTime] : samples) {
        for (auto it = byTime.lower_bound(fromMs); it != byTime.end() && it->first < toMs; ++it) {
            block.instances.push_back(instance);
            block.timesMs.push_back(it->first);
            block.intervalsMs.push_back(it->second.intervalMs);
            for (std::size_t i = 0; i < block.columns.size(); ++i)
                block.columns[i].cells.push_back(it->second.cells[i]);
        }
    }
    return block;
}

/// A store whose samples stand in memory and whose tiers are the real ones in a database. What is hot, sealed and
/// expired is what the test says.
class TieredStore final : public Store {
public:
    explicit TieredStore(Database& database) : m_database(database) {}

    void add(HostId host, const Family& family, std::int64_t instance, std::int64_t timeMs, const Sample& sample)
    {
        if (m_samples[{host.value, &family}][instance].emplace(timeMs, sample).second)
            m_hot[{host.value, &family}].insert(startOf(timeMs, kHourMs));
    }

    /// Seals the hours that are hot and end by then, each wholly, as the server does.
    Result<void> seal(HostId host, const Family& family, std::int64_t endedByMs)
    {
        auto& hot = m_hot[{host.value, &family}];
        while (!hot.empty() && *hot.begin() + kHourMs <= endedByMs) {
            const std::int64_t hour = *hot.begin();
            auto& sealed = m_sealed[{host.value, &family}];
            sealed.insert(hour);
            auto done = rollUp(host, family, hour);
            if (done && sealed.contains(hour + kHourMs))
                done = rollUp(host, family, hour + kHourMs);
            if (!done)
                return done;
            hot.erase(hot.begin());
        }
        return {};
    }

    Result<void> rollUp(HostId host, const Family& family, std::int64_t hour)
    {
        const Samples& samples = m_samples[{host.value, &family}];
        return m_database.write([&](QSqlDatabase& database) {
            const auto blocks = encodeRollups(database, host, family, hour,
                toBlock(family, samples, hour, hour + kHourMs), toBlock(family, samples, hour - kHourMs, hour));
            return blocks ? put(database, *blocks) : tl::unexpected(blocks.error());
        });
    }

    /// From now on sealed samples before that hour cannot be read.
    void expireRaw(HostId host, const Family& family, std::int64_t beforeMs)
    {
        std::erase_if(m_sealed[{host.value, &family}], [&](std::int64_t hour) { return hour < beforeMs; });
    }

    Result<std::vector<BatchOutcome>> append(std::span<const HostBatch>, std::span<const StoredHostState>) override
    {
        return fail(ErrorCode::NotAvailable, "this store is filled by add()");
    }
    Result<InstanceList> instances(HostId host, const Family& family) const override
    {
        std::vector<Instance> all;
        for (const auto& [instance, samples] : m_samples.at({host.value, &family}))
            all.push_back({instance, std::vector<std::string>(family.labels.size(), std::to_string(instance))});
        return all;
    }
    Result<void> scan(const SeriesScan& what, const BlockVisitor& visitor) const override
    {
        const std::int64_t from = what.fromMs - (what.withPrevious ? kFiveMinutes : 0);
        const auto all = toBlock(*what.family, m_samples.at({what.host.value, what.family}), from, what.toMs);
        visitor(rowsWhere(all,
            [&](std::size_t row) { return isReadable(what.host, *what.family, startOf(all.timesMs[row], kHourMs)); }));
        return {};
    }
    Result<Coverage> coverage(HostId host, const Family& family, std::int64_t fromMs, std::int64_t toMs) const override
    {
        const auto reader = m_database.reader();
        if (!reader)
            return tl::unexpected(reader.error());
        QSqlDatabase database = *reader;
        auto coverage = blockCoverage(database, host, family, fromMs, toMs);
        if (!coverage)
            return coverage;
        const Owner owner{host.value, &family};
        if (const auto hot = m_hot.find(owner); hot != m_hot.end())
            coverage->hot.assign(hot->second.begin(), hot->second.end());
        if (const auto sealed = m_sealed.find(owner); sealed != m_sealed.end())
            coverage->blocks[0].assign(sealed->second.begin(), sealed->second.end());
        return coverage;
    }
    Result<void> scanTier(const TierScan& what, const BlockVisitor& visitor) const override
    {
        const auto reader = m_database.reader();
        if (!reader)
            return tl::unexpected(reader.error());
        QSqlDatabase database = *reader;
        return scanRollup(database, what, visitor);
    }
    Result<std::vector<StoredHostState>> hostStates() const override { return {}; }

    const Samples& samples(HostId host, const Family& family) const { return m_samples.at({host.value, &family}); }

private:
    bool isReadable(HostId host, const Family& family, std::int64_t hour) const
    {
        const Owner owner{host.value, &family};
        const auto hot = m_hot.find(owner);
        const auto sealed = m_sealed.find(owner);
        return (hot != m_hot.end() && hot->second.contains(hour)) ||
               (sealed != m_sealed.end() && sealed->second.contains(hour));
    }

    Database& m_database;
    std::map<Owner, Samples> m_samples;
    std::map<Owner, std::set<std::int64_t>> m_hot;
    std::map<Owner, std::set<std::int64_t>> m_sealed;
};

/// What the model says of one bucket.
struct Expected {
    std::vector<double> values; ///< samples of a gauge, rates of a counter
    double last = kNan;

    double read(Aggregate aggregate) const
    {
        if (aggregate == Aggregate::Last)
            return last;
        if (values.empty())
            return kNan;
        double sum = 0;
        double min = std::numeric_limits<double>::infinity();
        double max = -min;
        for (const double value : values) {
            sum += value;
            min = value < min ? value : min;
            max = value > max ? value : max;
        }
        return aggregate == Aggregate::Avg   ? sum / static_cast<double>(values.size())
               : aggregate == Aggregate::Min ? min
                                             : max;
    }
    double largest() const
    {
        double most = 0;
        for (const double value : values)
            most = std::max(most, std::abs(value));
        return most;
    }
};

std::vector<Expected> expectedOf(
    const std::map<std::int64_t, Sample>& samples, const SeriesAnswer& answer, std::size_t columnIndex)
{
    const metrics::Column& column = answer.family->columns[columnIndex];
    const auto factor = static_cast<double>(metrics::scaleFactor(column));
    const std::int64_t first = answer.fromMs / answer.stepMs;
    std::vector<Expected> buckets(static_cast<std::size_t>((answer.toMs - 1) / answer.stepMs - first + 1));
    std::optional<std::pair<std::int64_t, std::int64_t>> before;
    for (const auto& [time, sample] : samples) {
        const Value value = sample.cells[columnIndex];
        if (value.isAbsent())
            continue;
        const double number = value.isReal() ? value.asReal() : static_cast<double>(value.scaled()) / factor;
        const bool isCounter = column.kind == metrics::Kind::Counter;
        double shown = number;
        bool isShown = true;
        if (isCounter) {
            isShown = before && time - before->first <= kFiveMinutes;
            if (isShown) {
                const std::int64_t grown =
                    value.scaled() >= before->second ? value.scaled() - before->second : value.scaled();
                shown = static_cast<double>(grown) * 1000.0 / static_cast<double>(time - before->first) / factor;
            }
            before = {time, value.scaled()};
        }
        if (time < answer.fromMs || time >= answer.toMs)
            continue;
        Expected& bucket = buckets[static_cast<std::size_t>(time / answer.stepMs - first)];
        bucket.last = number;
        if (isShown)
            bucket.values.push_back(shown);
    }
    return buckets;
}

bool sameExactly(double a, double b)
{
    return (std::isnan(a) && std::isnan(b)) || a == b;
}

/// The first difference between an answer and the model, or nothing.
std::string difference(const TieredStore& store, const SeriesAnswer& answer)
{
    std::size_t instances = 0;
    for (const auto& [id, samples] : store.samples(answer.host, *answer.family)) {
        const auto in = samples.lower_bound(answer.fromMs);
        if (in == samples.end() || in->first >= answer.toMs)
            continue;
        ++instances;
        const std::vector<std::string> labels(answer.family->labels.size(), std::to_string(id));
        const auto found = std::ranges::find(answer.instances, labels, &SeriesInstance::labels);
        if (found == answer.instances.end())
            return "instance " + std::to_string(id) + " is missing";
        for (std::size_t c = 0; c < answer.columns.size(); ++c) {
            const std::vector<Expected> buckets = expectedOf(samples, answer, answer.columns[c]);
            for (std::size_t a = 0; a < answer.aggregates.size(); ++a) {
                for (std::size_t b = 0; b < buckets.size(); ++b) {
                    const double is = found->values[c][a][b];
                    const double want = buckets[b].read(answer.aggregates[a]);
                    const bool same = answer.aggregates[a] == Aggregate::Avg && std::isfinite(want)
                                          ? std::abs(is - want) <= 1e-9 * buckets[b].largest()
                                          : sameExactly(is, want);
                    if (!same)
                        return std::string(answer.family->columns[answer.columns[c]].name) + " " +
                               std::string(aggregateName(answer.aggregates[a])) + " of instance " + std::to_string(id) +
                               " bucket " + std::to_string(b) + " is " + std::to_string(is) + ", the model says " +
                               std::to_string(want);
                }
            }
        }
    }
    return instances == answer.instances.size() ? std::string() : "more instances than the model has";
}

} // namespace

class TiersModelTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void readsTheTierThatFits();
    void readsWhatIsLeft();
    void theSameHourAgainGivesTheSameBuckets();
    void refusesRowsOfAnotherHour();

private:
    std::int64_t pick(std::int64_t count)
    {
        return static_cast<std::int64_t>(m_random() % static_cast<std::uint64_t>(count));
    }
    Value cell(const metrics::Column& column, std::int64_t& counter);
    void fill(HostId host, const Family& family, std::int64_t fromMs, std::int64_t toMs, int instances);
    std::string ask(HostId host, const Family& family, std::int64_t fromMs, std::int64_t toMs, std::int64_t stepMs);
    QByteArray storedBytes();
    std::vector<Block> storedBuckets(HostId host, const Family& family);

    std::mt19937_64 m_random;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<TieredStore> m_store;
    std::vector<Tier> m_tiers; ///< of the last answer
};

void TiersModelTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
    QVERIFY(opened.has_value());
    m_database = std::move(*opened);
    m_store = std::make_unique<TieredStore>(*m_database);
}

void TiersModelTest::cleanup()
{
    m_store.reset();
    m_database.reset();
    m_folder.reset();
}

Value TiersModelTest::cell(const metrics::Column& column, std::int64_t& counter)
{
    if (pick(12) == 0)
        return {};
    if (column.kind == metrics::Kind::Counter) {
        counter = pick(60) == 0 ? pick(100) : counter + pick(1'000'000);
        return Value::fixed(counter);
    }
    if (column.storage == metrics::Storage::Real)
        return Value::real(pick(200) == 0 ? kNan : static_cast<double>(pick(2'000'000) - 1'000'000) / 7.0);
    return Value::fixed(pick(20'000) - 5'000);
}

/// Samples at uneven times, with gaps, absent cells and resets. What is there already stays.
void TiersModelTest::fill(HostId host, const Family& family, std::int64_t fromMs, std::int64_t toMs, int instances)
{
    for (int instance = 1; instance <= instances; ++instance) {
        std::vector<std::int64_t> counters(family.columns.size());
        for (std::int64_t time = fromMs + pick(30'000); time < toMs; time += 10'000 + pick(50'000)) {
            if (pick(60) == 0)
                time += pick(2 * kHourMs);
            if (time >= toMs)
                break;
            Sample sample{pick(2) == 0 ? 10'000U : 60'000U, {}};
            for (std::size_t i = 0; i < family.columns.size(); ++i)
                sample.cells.push_back(cell(family.columns[i], counters[i]));
            m_store->add(host, family, instance, time, sample);
        }
    }
}

std::string TiersModelTest::ask(
    HostId host, const Family& family, std::int64_t fromMs, std::int64_t toMs, std::int64_t stepMs)
{
    SeriesQuery query{host, std::string(family.name), {}, fromMs, toMs, stepMs, {}};
    for (const metrics::Column& column : family.columns) {
        if (pick(3) == 0)
            query.columns.emplace_back(column.name);
    }
    for (const Aggregate aggregate : {Aggregate::Last, Aggregate::Max, Aggregate::Avg, Aggregate::Min}) {
        if (pick(2) == 0)
            query.aggregates.push_back(aggregate);
    }
    query.aggregates = query.aggregates.size() > 1 ? std::vector(query.aggregates.begin() + 1, query.aggregates.end())
                                                   : std::vector{Aggregate::Avg};
    const auto answer = readSeries(*m_store, query);
    if (!answer)
        return answer.error().message;
    m_tiers = answer->tiers;
    const std::string found = difference(*m_store, *answer);
    return found.empty() ? found
                         : std::string(family.name) + " from " + std::to_string(fromMs - kStart) + " to " +
                               std::to_string(toMs - kStart) + " step " + std::to_string(stepMs) + ": " + found;
}

void TiersModelTest::readsTheTierThatFits()
{
    m_random.seed(11);
    const Family& core = metrics::family("cpu_core");
    fill(HostId{1}, core, kStart, kStart + 48 * kHourMs, 2);
    QVERIFY(m_store->seal(HostId{1}, core, kStart + 46 * kHourMs).has_value());
    QCOMPARE(ask(HostId{1}, core, kStart, kStart + 24 * kHourMs, kHourMs), std::string());
    QCOMPARE(m_tiers, std::vector{Tier::Hour});
    QCOMPARE(ask(HostId{1}, core, kStart, kStart + 24 * kHourMs, kFiveMinutes), std::string());
    QCOMPARE(m_tiers, std::vector{Tier::FiveMinutes});
    QCOMPARE(ask(HostId{1}, core, kStart, kStart + 24 * kHourMs, 60'000), std::string());
    QCOMPARE(m_tiers, std::vector{Tier::Raw});
    QCOMPARE(ask(HostId{1}, core, kStart + 1'234'567, kStart + 48 * kHourMs, kHourMs), std::string());
    QCOMPARE(m_tiers, (std::vector{Tier::Raw, Tier::FiveMinutes, Tier::Hour}));
}

void TiersModelTest::readsWhatIsLeft()
{
    m_random.seed(12);
    const Family& network = metrics::family("network");
    fill(HostId{1}, network, kStart, kStart + 48 * kHourMs, 3);
    QVERIFY(m_store->seal(HostId{1}, network, kStart + 47 * kHourMs).has_value());
    m_store->expireRaw(HostId{1}, network, kStart + 20 * kHourMs);
    for (const std::int64_t step : {kFiveMinutes, kHourMs, 2 * kHourMs}) {
        QCOMPARE(ask(HostId{1}, network, kStart, kStart + 48 * kHourMs, step), std::string());
        QCOMPARE(ask(HostId{1}, network, kStart + 5 * kFiveMinutes, kStart + 30 * kHourMs, step), std::string());
    }
    // Finer than what is left: every bucket's values stand once, where it begins.
    const auto fine = readSeries(*m_store,
        {HostId{1}, "network", {"receive_bytes_total"}, kStart, kStart + 2 * kHourMs, 60'000, {Aggregate::Max}});
    const auto fitting = readSeries(*m_store,
        {HostId{1}, "network", {"receive_bytes_total"}, kStart, kStart + 2 * kHourMs, kFiveMinutes, {Aggregate::Max}});
    QVERIFY(fine && fitting);
    QCOMPARE(fine->tiers, std::vector{Tier::FiveMinutes});
    QCOMPARE(fine->instances.size(), fitting->instances.size());
    QVERIFY(!fine->instances.empty());
    for (std::size_t i = 0; i < fine->instances.size(); ++i) {
        const auto& values = fine->instances[i].values[0][0];
        for (std::size_t b = 0; b < values.size(); ++b)
            QVERIFY(sameExactly(values[b], b % 5 == 0 ? fitting->instances[i].values[0][0][b / 5] : kNan));
    }
}

QByteArray TiersModelTest::storedBytes()
{
    QByteArray all;
    const auto reader = m_database->reader();
    if (!reader)
        return all;
    QSqlQuery query(*reader);
    if (!query.exec(QStringLiteral("SELECT tier, start_ms, part, data FROM blocks ORDER BY tier, start_ms, part")))
        return all;
    while (query.next())
        all += query.value(0).toByteArray() + query.value(1).toByteArray() + query.value(3).toByteArray();
    return all;
}

/// The blocks of both tiers as they are read; columns in the order of their numbers.
std::vector<Block> TiersModelTest::storedBuckets(HostId host, const Family& family)
{
    std::vector<Block> blocks;
    auto reader = m_database->reader();
    if (!reader)
        return blocks;
    for (const Tier tier : kRollupTiers) {
        const auto read = readBlocks(
            *reader, {host, &family, tier, kStart, kStart + 24 * kHourMs, {}}, [&blocks](std::int64_t, Block&& block) {
                std::ranges::sort(block.columns, {}, &metrics::BlockColumn::number);
                blocks.push_back(std::move(block));
                return true;
            });
        if (!read)
            return {};
    }
    return blocks;
}

void TiersModelTest::theSameHourAgainGivesTheSameBuckets()
{
    m_random.seed(13);
    const Family& core = metrics::family("cpu_core");
    fill(HostId{1}, core, kStart, kStart + 5 * kHourMs, 2);
    QVERIFY(m_store->seal(HostId{1}, core, kStart + 5 * kHourMs).has_value());
    // Hours came one after another: some are parts of their own, behind their block.
    const std::vector<Block> once = storedBuckets(HostId{1}, core);
    const QByteArray inParts = storedBytes();
    QCOMPARE(once.size(), std::size_t{2});
    for (const std::int64_t hour : {3, 0, 4, 1, 2})
        QVERIFY(m_store->rollUp(HostId{1}, core, kStart + hour * kHourMs).has_value());
    QVERIFY(storedBuckets(HostId{1}, core) == once);
    // That packed them into one; from then on the bytes are the same too.
    const QByteArray packed = storedBytes();
    QVERIFY(packed.size() > 1'000);
    QVERIFY(packed.size() < inParts.size());
    for (const std::int64_t hour : {1, 4, 2, 0, 3})
        QVERIFY(m_store->rollUp(HostId{1}, core, kStart + hour * kHourMs).has_value());
    QCOMPARE(storedBytes(), packed);
}

void TiersModelTest::refusesRowsOfAnotherHour()
{
    m_random.seed(14);
    const Family& core = metrics::family("cpu_core");
    fill(HostId{1}, core, kStart, kStart + 2 * kHourMs, 3);
    const Block both = toBlock(core, m_store->samples(HostId{1}, core), kStart, kStart + 2 * kHourMs);
    auto reader = m_database->reader();
    QVERIFY(reader.has_value());
    const auto done = encodeRollups(*reader, HostId{1}, core, kStart, both, {});
    QVERIFY(!done.has_value());
    QVERIFY(done.error().code == ErrorCode::Invalid);
    QVERIFY(storedBytes().isEmpty());
}

QTEST_GUILESS_MAIN(TiersModelTest)
#include "tiers_model_test.moc"
