// SPDX-License-Identifier: GPL-3.0-or-later
// The evaluator over a sealed store, which reads rollups, and over the same samples as they came: the same answers at
// the ends of buckets, and elsewhere those of a window whose ends lie at most one bucket earlier (docs/api.md).
#include "metrics/batch.h"
#include "metrics/families.h"
#include "promql/evaluator.h"
#include "promql/parser.h"
#include "server/query/promql_source.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/upkeep.h"
#include "unit/promql/memory_source.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <random>

using namespace sextant;
using namespace sextant::server;
using metrics::column;
using metrics::family;
using metrics::Frame;
using promql::MemorySource;
using promql::QueryTimes;
using promql::Series;

namespace {

constexpr std::int64_t kStart = 1'767'225'600'000; // midnight
constexpr std::int64_t kEnd = kStart + 8 * 24 * kHourMs;
constexpr std::int64_t kTick = 60'000;
const std::string kGauge = "system_cpu_usage_percent";
const std::string kCounter = "system_cpu_user_seconds_total";

/// What a query for one series gave.
struct Given {
    std::map<std::int64_t, double> points;
    std::size_t samples = 0; ///< that it held at a time
};

std::string window(std::int64_t ms)
{
    return '[' + std::to_string(ms) + "ms]";
}

bool isNear(double a, double b)
{
    return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

} // namespace

class PromqlTiersTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();

    void agreesAtEndsOfBuckets_data() { rangeFunctions(); }
    void agreesAtEndsOfBuckets();
    void isOffByAtMostABucketElsewhere_data() { rangeFunctions(); }
    void isOffByAtMostABucketElsewhere();
    void growthIsOffByThatOfABucket_data();
    void growthIsOffByThatOfABucket();
    void showsTheLastValueOfABucket();
    void endsWithItsSeries();
    void readsSamplesWhereNoBucketSaysIt_data();
    void readsSamplesWhereNoBucketSaysIt();

private:
    static void rangeFunctions();
    static void addTierRows(const char* function, const std::string& name);

    Given ask(const promql::SeriesSource& source, const std::string& text, const QueryTimes& times);
    /// The same of the samples at one time.
    std::optional<double> raw(const std::string& text, std::int64_t timeMs)
    {
        const Given given = ask(m_samples, text, {.startMs = timeMs, .endMs = timeMs});
        return given.points.empty() ? std::nullopt : std::optional(given.points.begin()->second);
    }
    /// What the counter grew by from the newest sample at one time to that at another.
    double growth(std::int64_t fromMs, std::int64_t toMs) const
    {
        return std::prev(m_grown.upper_bound(toMs))->second - std::prev(m_grown.upper_bound(fromMs))->second;
    }

    QTemporaryDir m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<SqlStore> m_store;
    std::unique_ptr<PromqlSource> m_tiers;
    MemorySource m_samples;
    std::map<std::int64_t, double> m_grown; ///< by time: since long ago
};

/// Eight days of a gauge that pauses, a counter with resets, and both of an application; all but two hours sealed.
void PromqlTiersTest::initTestCase()
{
    auto opened = Database::open({.path = m_folder.filePath(QStringLiteral("test.db"))});
    QVERIFY(opened.has_value());
    m_database = std::move(*opened);
    m_store = makeStore(*m_database, [] { return kEnd; });
    const auto labelled = [](const std::string& name) {
        Series series;
        series.labels = {{"__name__", name}, {"instance", "web"}, {"job", "sextant"}};
        return series;
    };
    Series gauge = labelled(kGauge), counter = labelled(kCounter), orders = labelled("orders_total");
    Series queue = labelled("queue_length");
    const auto add = [](Series& series, std::int64_t timeMs, double value) {
        series.timesMs.push_back(timeMs);
        series.values.push_back(value);
    };
    std::mt19937_64 random(11);
    double count = 1'000, grown = 0;
    m_grown[0] = 0;
    std::uint8_t batchNumber = 0;
    for (std::int64_t hour = kStart; hour < kEnd; hour += kHourMs) {
        metrics::Batch batch;
        batch.id = metrics::BatchId::make(hour, {1, batchNumber++});
        for (std::int64_t time = hour + 7'000; time < hour + kHourMs; time += kTick) {
            const double step = static_cast<double>(random() % 1'000);
            const bool isReset = random() % 300 == 0;
            count = isReset ? step : count + step;
            m_grown[time] = grown += step;
            Frame cpu(family("cpu"), time, kTick);
            const auto row = cpu.addRow();
            if ((time - kStart) % (7 * kHourMs) > 20 * kTick) {
                add(gauge, time, static_cast<double>(random() % 10'000) / 100);
                cpu.set(row, column("cpu", "usage_percent"), gauge.values.back());
            }
            cpu.set(row, column("cpu", "user_seconds_total"), count);
            add(counter, time, count);
            Frame custom(family("custom"), time, kTick);
            custom.set(custom.addRow({"orders_total", ""}), column("custom", "value"), count);
            add(orders, time, count);
            if (time < kStart + 30 * kHourMs + 14 * kTick) {
                const bool isLast = time + kTick >= kStart + 30 * kHourMs + 14 * kTick;
                add(queue, time, isLast ? promql::staleMarker() : step);
                custom.set(custom.addRow({"queue_length", ""}), column("custom", "value"), queue.values.back());
            }
            batch.frames.insert(batch.frames.end(), {cpu, custom});
        }
        const HostBatch one{HostId{1}, &batch};
        const auto stored = m_store->append({&one, 1}, {});
        QVERIFY2(stored.has_value(), stored ? "" : stored.error().message.c_str());
    }
    while (m_store->seal(kEnd - 2 * kHourMs, 0).value_or(false)) {
    }
    for (Series* series : {&gauge, &counter, &orders, &queue})
        m_samples.add(std::move(*series));
    m_tiers = std::make_unique<PromqlSource>(*m_store, std::vector<QueryHost>{{HostId{1}, "web", metrics::kLinux, {}}});
}

Given PromqlTiersTest::ask(const promql::SeriesSource& source, const std::string& text, const QueryTimes& times)
{
    const auto query = promql::parse(text);
    if (!query)
        qFatal("%s: %s", text.c_str(), query.error().message.c_str());
    promql::Budget budget({});
    const auto result = promql::evaluate(**query, times, source, budget);
    if (!result)
        qFatal("%s: %s", text.c_str(), result.error().message.c_str());
    Given given;
    given.samples = budget.peakSamples();
    if (const auto* vector = std::get_if<promql::VectorValue>(&result->value)) {
        for (const promql::VectorSeries& series : *vector)
            given.points[series.point.timeMs] = series.point.value;
    } else {
        for (const promql::MatrixSeries& series : std::get<promql::MatrixValue>(result->value)) {
            for (const promql::Point& point : series.points)
                given.points[point.timeMs] = point.value;
        }
    }
    return given;
}

void PromqlTiersTest::addTierRows(const char* function, const std::string& name)
{
    const auto row = [&](const char* tier, std::int64_t rangeMs, std::int64_t bucket) {
        QTest::addRow("%s %s", function, tier) << std::string(function) << name << rangeMs << bucket;
    };
    row("5m", 2 * kHourMs, bucketMs(Tier::FiveMinutes));
    row("1h", 24 * kHourMs, bucketMs(Tier::Hour));
}

void PromqlTiersTest::rangeFunctions()
{
    QTest::addColumn<std::string>("function");
    QTest::addColumn<std::string>("name");
    QTest::addColumn<std::int64_t>("rangeMs");
    QTest::addColumn<std::int64_t>("bucket");
    for (const char* function : {"avg_over_time", "sum_over_time", "count_over_time", "min_over_time", "max_over_time"})
        addTierRows(function, kGauge);
}

void PromqlTiersTest::agreesAtEndsOfBuckets()
{
    QFETCH(std::string, function);
    QFETCH(std::string, name);
    QFETCH(std::int64_t, rangeMs);
    QFETCH(std::int64_t, bucket);
    const std::string text = function + '(' + name + window(rangeMs) + ')';
    const QueryTimes times{.startMs = kStart + rangeMs, .endMs = kEnd, .stepMs = bucket};
    const Given rolled = ask(*m_tiers, text, times);
    const Given truth = ask(m_samples, text, times);
    QVERIFY(rolled.samples * 2 < truth.samples); // or no tier was read
    QCOMPARE(rolled.points.size(), static_cast<std::size_t>((times.endMs - times.startMs) / bucket + 1));
    QCOMPARE(rolled.points.size(), truth.points.size());
    for (const auto& [time, value] : truth.points)
        QVERIFY2(isNear(rolled.points.at(time), value), qPrintable(QString::number(time - kStart)));
}

void PromqlTiersTest::isOffByAtMostABucketElsewhere()
{
    QFETCH(std::string, function);
    QFETCH(std::string, name);
    QFETCH(std::int64_t, rangeMs);
    QFETCH(std::int64_t, bucket);
    constexpr std::int64_t kOdd = 83'000; // beside the samples and beside the ends of buckets
    const QueryTimes times{.startMs = kStart + rangeMs + kOdd, .endMs = kEnd, .stepMs = bucket + 61'000};
    const Given rolled = ask(*m_tiers, function + '(' + name + window(rangeMs) + ')', times);
    QCOMPARE(rolled.points.size(), static_cast<std::size_t>((times.endMs - times.startMs) / times.stepMs + 1));
    for (const auto& [time, value] : rolled.points) {
        bool agrees = false;
        for (const std::int64_t from : {time - rangeMs, startOf(time - rangeMs, bucket)}) {
            for (const std::int64_t to : {time, startOf(time, bucket)}) {
                const auto truth = raw(function + '(' + name + window(to - from) + ')', to);
                agrees = agrees || (truth && isNear(*truth, value));
            }
        }
        QVERIFY2(agrees, qPrintable(QString::number(time - kStart)));
    }
}

void PromqlTiersTest::growthIsOffByThatOfABucket_data()
{
    QTest::addColumn<std::string>("function");
    QTest::addColumn<std::string>("name");
    QTest::addColumn<std::int64_t>("rangeMs");
    QTest::addColumn<std::int64_t>("bucket");
    for (const char* function : {"rate", "increase"})
        addTierRows(function, kCounter);
}

void PromqlTiersTest::growthIsOffByThatOfABucket()
{
    QFETCH(std::string, function);
    QFETCH(std::string, name);
    QFETCH(std::int64_t, rangeMs);
    QFETCH(std::int64_t, bucket);
    const std::string text = function + '(' + name + window(rangeMs) + ')';
    const double scale = function == "rate" ? static_cast<double>(rangeMs) / 1'000 : 1;
    for (const std::int64_t odd : {std::int64_t{0}, std::int64_t{83'000}}) {
        const QueryTimes times{.startMs = kStart + rangeMs + odd, .endMs = kEnd, .stepMs = bucket};
        const Given rolled = ask(*m_tiers, text, times);
        const Given truth = ask(m_samples, text, times);
        QVERIFY(rolled.samples * 2 < truth.samples);
        QCOMPARE(rolled.points.size(), truth.points.size());
        for (const auto& [time, value] : truth.points) {
            const std::int64_t from = time - rangeMs;
            const double atEnds = growth(from - bucket, from + bucket) + growth(time - bucket, time + bucket);
            const double off = (rolled.points.at(time) - value) * scale;
            QVERIFY2(std::abs(off) <= atEnds, qPrintable(QStringLiteral("%1: %2").arg(time - kStart).arg(off)));
        }
    }
}

void PromqlTiersTest::showsTheLastValueOfABucket()
{
    constexpr std::int64_t kWidth = bucketMs(Tier::FiveMinutes);
    for (const std::string& name : {kGauge, kCounter}) {
        const QueryTimes atEnds{.startMs = kStart, .endMs = kEnd, .stepMs = kWidth};
        const Given rolled = ask(*m_tiers, name, atEnds);
        const Given truth = ask(m_samples, name, atEnds);
        QVERIFY(truth.points.size() > 2'000);
        QCOMPARE(rolled.points, truth.points);
        const QueryTimes elsewhere{.startMs = kStart + 83'000, .endMs = kEnd, .stepMs = kWidth};
        const Given beside = ask(*m_tiers, name, elsewhere);
        for (std::int64_t time = elsewhere.startMs; time <= elsewhere.endMs; time += kWidth) {
            const auto found = beside.points.find(time);
            const auto isThatOf = [&](std::int64_t truthMs) {
                const auto of = raw(name, truthMs);
                return found == beside.points.end() ? !of : of && *of == found->second;
            };
            QVERIFY2(isThatOf(time) || isThatOf(startOf(time, kWidth)), qPrintable(QString::number(time - kStart)));
        }
    }
}

void PromqlTiersTest::endsWithItsSeries()
{
    // Its stale marker came 13 minutes into that hour: it is gone at the end of the bucket after.
    const std::int64_t hour = kStart + 30 * kHourMs;
    const QueryTimes times{.startMs = kStart, .endMs = kEnd, .stepMs = bucketMs(Tier::FiveMinutes)};
    const Given rolled = ask(*m_tiers, "queue_length", times);
    const Given truth = ask(m_samples, "queue_length", times);
    QCOMPARE(truth.points.rbegin()->first, hour + 10 * kTick);
    QCOMPARE(rolled.points.rbegin()->first, hour + 15 * kTick);
}

void PromqlTiersTest::readsSamplesWhereNoBucketSaysIt_data()
{
    QTest::addColumn<std::string>("query");
    // The store does not know that it counts: a reset within a bucket would be lost.
    QTest::newRow("rate of an application's") << std::string("rate(orders_total[6h])");
    QTest::newRow("increase of an application's") << std::string("increase(orders_total[6h])");
    // Of counters there is no smallest, largest or average value in a bucket.
    for (const char* function : {"avg_over_time", "sum_over_time", "count_over_time", "min_over_time", "max_over_time"})
        QTest::newRow(function) << std::string(function) + '(' + kCounter + "[6h])";
}

void PromqlTiersTest::readsSamplesWhereNoBucketSaysIt()
{
    QFETCH(std::string, query);
    const QueryTimes times{.startMs = kStart + 6 * kHourMs + 83'000, .endMs = kEnd, .stepMs = kHourMs};
    const Given given = ask(*m_tiers, query, times);
    QVERIFY(given.points.size() > 180);
    QCOMPARE(given.points, ask(m_samples, query, times).points);
}

QTEST_GUILESS_MAIN(PromqlTiersTest)
#include "promql_tiers_test.moc"
