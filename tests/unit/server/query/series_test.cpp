// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/counter.h"
#include "server/query/series.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <random>

using namespace sextant;
using namespace sextant::server;
using metrics::Batch;
using metrics::column;
using metrics::family;
using metrics::Frame;

namespace {

constexpr std::int64_t kStart = 1'767'225'600'000; // a multiple of every step used here
constexpr HostId kHost{7};

/// One sample of cpu user_seconds_total (ms) and usage_percent (hundredths).
struct Sample {
    std::int64_t timeMs;
    std::int64_t counter;
    std::int64_t gauge;
    std::uint32_t intervalMs = 10'000;
};

bool same(double a, double b)
{
    return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

} // namespace

class SeriesTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void aggregatesAGauge();
    void turnsCountersIntoRates();
    void startsACounterFromBeforeTheRange();
    void doesNotJoinAcrossAGap();
    void survivesAReset();
    void alignsBuckets();
    void picksARoundDefaultStep();
    void refusesWhatItCannotAnswer_data();
    void refusesWhatItCannotAnswer();
    void boundsPoints();
    void boundsTheWholeAnswer();
    void timesOut();
    void answersNothingForAnUnknownHost();
    void sortsInstancesByLabels();
    void writesTheDocumentedJson();
    void agreesWithAPlainModel();

private:
    void send(const std::vector<Sample>& samples)
    {
        Batch batch;
        batch.id = metrics::BatchId::make(kStart, {0, m_next++});
        for (const Sample& sample : samples) {
            Frame frame(family("cpu"), sample.timeMs, sample.intervalMs);
            frame.addRow();
            frame.setCell(0, column("cpu", "usage_percent").index, metrics::Value::fixed(sample.gauge));
            frame.setCell(0, column("cpu", "user_seconds_total").index, metrics::Value::fixed(sample.counter));
            batch.frames.push_back(std::move(frame));
        }
        const HostBatch one{kHost, &batch};
        QVERIFY(m_store->append({&one, 1}, {}).has_value());
    }

    SeriesQuery ask(
        std::string name, std::int64_t from, std::int64_t to, std::int64_t step, std::vector<Aggregate> aggregates)
    {
        return {kHost, "cpu", {std::move(name)}, from, to, step, std::move(aggregates)};
    }

    /// The values of the one instance, column and aggregate asked for.
    std::vector<double> values(const SeriesQuery& query)
    {
        const auto answer = readSeries(*m_store, query);
        if (!answer || answer->instances.size() != 1)
            return {};
        return answer->instances[0].values[0][0];
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<SqlStore> m_store;
    std::uint8_t m_next = 0;
};

void SeriesTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
    QVERIFY(opened.has_value());
    m_database = std::move(*opened);
    m_store = makeStore(*m_database, [] { return kStart; });
    m_next = 0;
}

void SeriesTest::cleanup()
{
    m_store.reset();
    m_database.reset();
    m_folder.reset();
}

void SeriesTest::aggregatesAGauge()
{
    send({{kStart, 0, 100}, {kStart + 10'000, 0, 300}, {kStart + 20'000, 0, 200}, {kStart + 120'000, 0, 900}});
    const auto answer = readSeries(*m_store, ask("usage_percent", kStart, kStart + 180'000, 60'000,
                                                 {Aggregate::Avg, Aggregate::Min, Aggregate::Max, Aggregate::Last}));
    QVERIFY(answer.has_value());
    const auto& found = answer->instances.at(0).values.at(0);
    const std::vector<std::vector<double>> expected{{2, NAN, 9}, {1, NAN, 9}, {3, NAN, 9}, {2, NAN, 9}};
    for (std::size_t a = 0; a < expected.size(); ++a)
        for (std::size_t b = 0; b < 3; ++b)
            QVERIFY2(same(found[a][b], expected[a][b]),
                qPrintable(QStringLiteral("%1/%2: %3").arg(a).arg(b).arg(found[a][b])));
}

void SeriesTest::turnsCountersIntoRates()
{
    // 1, 3 and 5 s of CPU time in 10 s each.
    send({{kStart, 50'000, 0}, {kStart + 10'000, 51'000, 0}, {kStart + 20'000, 54'000, 0},
        {kStart + 30'000, 59'000, 0}});
    const auto answer = readSeries(*m_store, ask("user_seconds_total", kStart, kStart + 60'000, 60'000,
                                                 {Aggregate::Avg, Aggregate::Min, Aggregate::Max, Aggregate::Last}));
    const auto& found = answer->instances.at(0).values.at(0);
    QVERIFY(same(found[0][0], 0.3));
    QVERIFY(same(found[1][0], 0.1));
    QVERIFY(same(found[2][0], 0.5));
    QVERIFY(same(found[3][0], 59.0)); // last of a counter is its raw value
}

void SeriesTest::startsACounterFromBeforeTheRange()
{
    send({{kStart - 10'000, 1'000, 0}, {kStart, 3'000, 0}});
    QVERIFY(same(values(ask("user_seconds_total", kStart, kStart + 10'000, 10'000, {Aggregate::Avg})).at(0), 0.2));
    // A sample only before the range is no instance of the answer.
    QVERIFY(readSeries(*m_store, ask("user_seconds_total", kStart + 10'000, kStart + 20'000, 10'000, {Aggregate::Avg}))
                ->instances.empty());
}

void SeriesTest::doesNotJoinAcrossAGap()
{
    send({{kStart, 0, 0}, {kStart + 300'000, 300'000, 0}, {kStart + 601'000, 900'000, 0}});
    const auto found = values(ask("user_seconds_total", kStart, kStart + 900'000, 300'000, {Aggregate::Avg}));
    QVERIFY(std::isnan(found.at(0)));
    QVERIFY(same(found.at(1), 1.0));  // exactly 5 min apart
    QVERIFY(std::isnan(found.at(2))); // 1 s more
    // With a long interval 3 of them count.
    send({{kStart + 10'000'000, 0, 0, 600'000}, {kStart + 11'800'000, 1'800'000, 0, 600'000}});
    const auto rare =
        values(ask("user_seconds_total", kStart + 10'200'000, kStart + 12'000'000, 600'000, {Aggregate::Avg}));
    QVERIFY(same(rare.at(2), 1.0));
}

void SeriesTest::survivesAReset()
{
    send({{kStart, 90'000, 0}, {kStart + 10'000, 2'000, 0}});
    QVERIFY(same(values(ask("user_seconds_total", kStart, kStart + 60'000, 60'000, {Aggregate::Avg})).at(0), 0.2));
}

void SeriesTest::alignsBuckets()
{
    send({{kStart + 59'999, 0, 100}, {kStart + 60'000, 0, 200}});
    const auto answer =
        readSeries(*m_store, ask("usage_percent", kStart + 30'000, kStart + 60'001, 60'000, {Aggregate::Last}));
    const auto& found = answer->instances.at(0).values.at(0).at(0);
    QCOMPARE(found.size(), std::size_t{2});
    QVERIFY(same(found[0], 1.0));
    QVERIFY(same(found[1], 2.0));
    // `to` is not included.
    QCOMPARE(values(ask("usage_percent", kStart, kStart + 60'000, 60'000, {Aggregate::Last})).size(), std::size_t{1});
}

void SeriesTest::picksARoundDefaultStep()
{
    QCOMPARE(defaultStep(kStart, kStart + 3'600'000), 15'000);
    QCOMPARE(defaultStep(kStart, kStart + 300'000), 1'000);
    QCOMPARE(defaultStep(kStart + 1, kStart + 300'001), 2'000); // touches 301 seconds
    QCOMPARE(defaultStep(kStart, kStart + 86'400'000), 300'000);
    QCOMPARE(defaultStep(0, 7'258'118'400'000), 86'400'000);
}

void SeriesTest::refusesWhatItCannotAnswer_data()
{
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("parameter");
    for (const char* name : {"family", "columns", "columns twice", "to", "step small", "step large", "agg", "from"})
        QTest::newRow(name) << QString::fromLatin1(name) << QString::fromLatin1(name).section(u' ', 0, 0);
}

void SeriesTest::refusesWhatItCannotAnswer()
{
    QFETCH(QString, change);
    QFETCH(QString, parameter);
    SeriesQuery query = ask("usage_percent", kStart, kStart + 60'000, 10'000, {Aggregate::Avg});
    QVERIFY(readSeries(*m_store, query).has_value());
    if (change == QLatin1String("family"))
        query.family = "nonsense";
    else if (change == QLatin1String("columns"))
        query.columns = {"nonsense"};
    else if (change == QLatin1String("columns twice"))
        query.columns = {"load1", "load1"};
    else if (change == QLatin1String("to"))
        query.toMs = query.fromMs;
    else if (change == QLatin1String("step small"))
        query.stepMs = 999;
    else if (change == QLatin1String("step large"))
        query.stepMs = 86'400'001;
    else if (change == QLatin1String("agg"))
        query.aggregates.clear();
    else if (change == QLatin1String("from"))
        query.fromMs = std::numeric_limits<std::int64_t>::min();
    const auto answer = readSeries(*m_store, query);
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, ErrorCode::Invalid);
    QVERIFY2(answer.error().message.starts_with(parameter.toStdString() + ": "), answer.error().message.c_str());
}

void SeriesTest::boundsPoints()
{
    send({{kStart, 0, 100}});
    QCOMPARE(
        values(ask("usage_percent", kStart, kStart + 11'000'000, 1'000, {Aggregate::Avg})).size(), kPointsPerSeries);
    const auto answer =
        readSeries(*m_store, ask("usage_percent", kStart, kStart + 11'000'001, 1'000, {Aggregate::Avg}));
    QVERIFY(!answer);
    QVERIFY(answer.error().message.starts_with("step: "));
}

void SeriesTest::boundsTheWholeAnswer()
{
    Batch batch;
    Frame frame(family("custom"), kStart, 0);
    for (int i = 0; i < 200; ++i)
        frame.set(frame.addRow({"metric", std::to_string(i)}), column("custom", "value"), i);
    batch.frames.push_back(frame);
    const HostBatch one{kHost, &batch};
    QVERIFY(m_store->append({&one, 1}, {}).has_value());
    const SeriesQuery query{kHost, "custom", {}, kStart, kStart + 11'000'000, 1'000, {Aggregate::Avg}};
    const auto answer = readSeries(*m_store, query);
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, ErrorCode::Invalid);
}

void SeriesTest::timesOut()
{
    std::vector<Sample> samples;
    for (int i = 0; i < 3'000; ++i)
        samples.push_back({kStart + i * 1'000, i, i});
    send(samples);
    const auto answer = readSeries(*m_store, ask("usage_percent", kStart, kStart + 3'000'000, 60'000, {Aggregate::Avg}),
        std::chrono::milliseconds(0));
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, ErrorCode::TimedOut);
}

void SeriesTest::answersNothingForAnUnknownHost()
{
    send({{kStart, 0, 100}});
    SeriesQuery query = ask("usage_percent", kStart, kStart + 60'000, 10'000, {Aggregate::Avg});
    query.host = HostId{99};
    const auto answer = readSeries(*m_store, query);
    QVERIFY(answer.has_value());
    QVERIFY(answer->instances.empty());
}

void SeriesTest::sortsInstancesByLabels()
{
    Batch batch;
    Frame frame(family("cpu_core"), kStart, 10'000);
    for (const char* core : {"2", "0", "1"})
        frame.set(frame.addRow({core}), column("cpu_core", "usage_percent"), std::atoi(core));
    batch.frames.push_back(frame);
    const HostBatch one{kHost, &batch};
    QVERIFY(m_store->append({&one, 1}, {}).has_value());
    const auto answer =
        readSeries(*m_store, {kHost, "cpu_core", {"usage_percent"}, kStart, kStart + 10'000, 10'000, {Aggregate::Avg}});
    QCOMPARE(answer->instances.size(), std::size_t{3});
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(answer->instances[i].labels.at(0), std::to_string(i));
        QVERIFY(same(answer->instances[i].values[0][0][0], static_cast<double>(i)));
    }
}

void SeriesTest::writesTheDocumentedJson()
{
    send({{kStart, 0, 150}, {kStart + 120'000, 0, 900}});
    const auto answer = readSeries(*m_store, {kHost, "cpu", {"usage_percent", "user_seconds_total"}, kStart,
                                                 kStart + 180'000, 60'000, {Aggregate::Avg, Aggregate::Max}});
    const auto json = QJsonDocument::fromJson(toJson(*answer)).toJson(QJsonDocument::Compact);
    const auto expected = QJsonDocument::fromJson(
        R"({"host": 7, "family": "cpu", "from": 1767225600000, "to": 1767225780000, "stepMs": 60000, "tiers": ["raw"],
            "times": [1767225600000, 1767225660000, 1767225720000],
            "columns": {"usage_percent": {"unit": "percent", "kind": "gauge"},
                        "user_seconds_total": {"unit": "seconds", "kind": "counter"}},
            "instances": [{"labels": {}, "columns": {
                "usage_percent": {"avg": [1.5, null, 9], "max": [1.5, null, 9]},
                "user_seconds_total": {"avg": [null, null, 0], "max": [null, null, 0]}}}]})")
                              .toJson(QJsonDocument::Compact);
    QCOMPARE(json, expected);
    SeriesAnswer removed = *answer;
    removed.keptFromMs = kStart + 60'000;
    QCOMPARE(QJsonDocument::fromJson(toJson(removed)).object().value(QStringLiteral("keptFromMs")).toInteger(),
        kStart + 60'000);
}

/// Random samples, ranges and steps against the same arithmetic done the plain way.
void SeriesTest::agreesWithAPlainModel()
{
    std::mt19937 random(20'261'121);
    std::map<std::int64_t, Sample> samples;
    std::int64_t counter = 0;
    std::int64_t time = kStart;
    for (int i = 0; i < 600; ++i) {
        time += random() % 40 == 0 ? 400'000 : static_cast<std::int64_t>(5'000 + random() % 10'000);
        counter = random() % 50 == 0 ? 0 : counter + static_cast<std::int64_t>(random() % 9'000);
        samples.emplace(time, Sample{time, counter, static_cast<std::int64_t>(random() % 10'000)});
    }
    std::vector<Sample> list;
    for (const auto& [at, sample] : samples)
        list.push_back(sample);
    std::ranges::shuffle(list, random); // replayed data comes in any order
    send(list);
    for (int run = 0; run < 40; ++run) {
        const std::int64_t from = kStart + static_cast<std::int64_t>(random() % 4'000'000);
        const std::int64_t to = from + 1 + static_cast<std::int64_t>(random() % 6'000'000);
        const std::int64_t step = std::int64_t{1'000} << (random() % 9);
        if ((to - from) / step > 10'000)
            continue;
        std::map<std::int64_t, std::vector<double>> gauges;
        std::map<std::int64_t, std::vector<double>> rates;
        for (auto it = samples.lower_bound(from); it != samples.end() && it->first < to; ++it) {
            const std::int64_t bucket = it->first / step;
            gauges[bucket].push_back(static_cast<double>(it->second.gauge) / 100);
            if (it == samples.begin())
                continue;
            const Sample& before = std::prev(it)->second;
            const auto rate =
                metrics::counterRate({before.timeMs, before.counter}, {it->first, it->second.counter}, {64, 300'000});
            if (rate)
                rates[bucket].push_back(*rate / 1'000);
        }
        const auto check = [&](const char* name, const std::map<std::int64_t, std::vector<double>>& model) {
            const auto answer =
                readSeries(*m_store, ask(name, from, to, step, {Aggregate::Avg, Aggregate::Min, Aggregate::Max}));
            QVERIFY(answer.has_value());
            if (answer->instances.empty()) {
                QVERIFY(model.empty());
                return;
            }
            const auto& found = answer->instances[0].values[0];
            QCOMPARE(static_cast<std::int64_t>(found[0].size()), (to - 1) / step - from / step + 1);
            for (std::size_t b = 0; b < found[0].size(); ++b) {
                const auto expected = model.find(from / step + static_cast<std::int64_t>(b));
                if (expected == model.end()) {
                    QVERIFY(std::isnan(found[0][b]) && std::isnan(found[1][b]) && std::isnan(found[2][b]));
                    continue;
                }
                double sum = 0;
                for (const double value : expected->second)
                    sum += value;
                QVERIFY(same(found[0][b], sum / static_cast<double>(expected->second.size())));
                QVERIFY(same(found[1][b], std::ranges::min(expected->second)));
                QVERIFY(same(found[2][b], std::ranges::max(expected->second)));
            }
        };
        check("usage_percent", gauges);
        check("user_seconds_total", rates);
        if (QTest::currentTestFailed())
            return;
    }
}

QTEST_GUILESS_MAIN(SeriesTest)
#include "series_test.moc"
