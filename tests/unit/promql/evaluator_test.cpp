// SPDX-License-Identifier: GPL-3.0-or-later
// What evaluations_test cannot record from a Prometheus: stale markers, the hints that a source gets, weights, limits.
#include "memory_source.h"
#include "promql/evaluator.h"
#include "promql/parser.h"

#include <QElapsedTimer>
#include <QFile>
#include <QLocale>
#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace sextant;
using namespace sextant::promql;

namespace {

constexpr std::int64_t kMinute = 60'000;

Series gauge(std::vector<double> values, std::string name = "gauge", std::int64_t everyMs = kMinute)
{
    Series series{{{std::string(kMetricName), std::move(name)}}, {}, std::move(values)};
    for (std::size_t i = 0; i < series.values.size(); ++i)
        series.timesMs.push_back(static_cast<std::int64_t>(i) * everyMs);
    return series;
}

/// `count` series of one sample at 0, name and number apart.
std::vector<Series> many(std::size_t count)
{
    std::vector<Series> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(gauge({static_cast<double>(i)}));
        all.back().labels.push_back({"number", std::to_string(i)});
    }
    return all;
}

Result<QueryResult> ask(
    const char* text, const QueryTimes& times, const MemorySource& source, const Limits& limits = {})
{
    const auto query = parse(text);
    if (!query)
        return tl::unexpected(query.error());
    Budget budget(limits);
    return evaluate(**query, times, source, budget);
}

QueryTimes at(std::int64_t timeMs)
{
    QueryTimes times;
    times.startMs = times.endMs = timeMs;
    return times;
}

QueryTimes over(std::int64_t startMs, std::int64_t endMs, std::int64_t stepMs)
{
    QueryTimes times;
    times.startMs = startMs;
    times.endMs = endMs;
    times.stepMs = stepMs;
    return times;
}

/// The value of a query that gives one series; NaN when it gives none.
double valueAt(const char* query, std::int64_t timeMs, const MemorySource& source)
{
    const auto result = ask(query, at(timeMs), source);
    if (!result)
        return std::numeric_limits<double>::infinity();
    const auto& vector = std::get<VectorValue>(result->value);
    return vector.size() == 1 ? vector.front().point.value : std::numeric_limits<double>::quiet_NaN();
}

bool isNothingAt(const char* query, std::int64_t timeMs, const MemorySource& source)
{
    const auto result = ask(query, at(timeMs), source);
    return result && std::get<VectorValue>(result->value).empty();
}

ErrorCode codeOf(const Result<QueryResult>& result)
{
    return result ? ErrorCode::Internal : result.error().code;
}

} // namespace

class EvaluatorTest : public QObject {
    Q_OBJECT

private slots:
    void sampleCountsAsLongAsTheLookbackReaches();
    void staleMarkerEndsASeries();
    void staleMarkersTakeNoPartInRanges();
    void otherNaNsAreValues();
    void rangeIsClosedOnBothSides();
    void sourceIsToldWhatIsNeeded_data();
    void sourceIsToldWhatIsNeeded();
    void fixedPartsAreReadOnce();
    void weightsStandForSamples();
    void extremesSlideAsTheyAreOfEachWindow();
    void seriesComeInOrderOfTheirLabels();
    void rangeVectorHasNoRangeQuery();
    void extremeTimesAreOnlyFarAway();
    void samplesHaveALimit();
    void seriesHaveALimit();
    void heldSamplesAreGivenBack();
    void stepsOfSubqueriesCount();
    void timeHasALimit();
    void limitsAreThoseOfTheManual();
    void canBeCancelled();
};

void EvaluatorTest::sampleCountsAsLongAsTheLookbackReaches()
{
    const MemorySource source({gauge({7})});
    QCOMPARE(valueAt("gauge", 5 * kMinute, source), 7.0);
    QVERIFY(isNothingAt("gauge", 5 * kMinute + 1, source));
    QVERIFY(isNothingAt("gauge", -1, source));
    QCOMPARE(valueAt("gauge offset -1m", -kMinute, source), 7.0);
    QueryTimes times = at(10'001);
    times.lookbackMs = 10'000;
    QVERIFY(std::get<VectorValue>(ask("gauge", times, source)->value).empty());
}

void EvaluatorTest::staleMarkerEndsASeries()
{
    const MemorySource source({gauge({1, staleMarker(), 3})});
    QCOMPARE(valueAt("gauge", kMinute - 1, source), 1.0);
    QVERIFY(isNothingAt("gauge", kMinute, source));
    QVERIFY(isNothingAt("gauge", 2 * kMinute - 1, source));
    QCOMPARE(valueAt("gauge", 2 * kMinute, source), 3.0);
    const auto result = ask("gauge", over(0, 2 * kMinute, kMinute), source);
    const auto& matrix = std::get<MatrixValue>(result->value);
    QCOMPARE(matrix.size(), std::size_t(1));
    QCOMPARE(matrix[0].points.size(), std::size_t(2));
    QCOMPARE(matrix[0].points[1].timeMs, 2 * kMinute);
}

void EvaluatorTest::staleMarkersTakeNoPartInRanges()
{
    const MemorySource source({gauge({1, staleMarker(), 3, 4})});
    QCOMPARE(valueAt("count_over_time(gauge[10m])", 3 * kMinute, source), 3.0);
    QCOMPARE(valueAt("sum_over_time(gauge[10m])", 3 * kMinute, source), 8.0);
    QCOMPARE(valueAt("delta(gauge[3m])", 3 * kMinute, source), 3.0);
    QCOMPARE(valueAt("changes(gauge[10m])", 3 * kMinute, source), 2.0);
    const MemorySource ended({gauge({staleMarker(), staleMarker()})});
    QVERIFY(isNothingAt("present_over_time(gauge[10m])", kMinute, ended));
    QCOMPARE(valueAt("absent_over_time(gauge[10m])", kMinute, ended), 1.0);
    const auto range = ask("gauge[10m]", at(3 * kMinute), source);
    QCOMPARE(std::get<MatrixValue>(range->value).at(0).points.size(), std::size_t(3));
}

void EvaluatorTest::otherNaNsAreValues()
{
    const MemorySource source({gauge({std::numeric_limits<double>::quiet_NaN()})});
    QCOMPARE(valueAt("count(gauge)", 0, source), 1.0);
    QCOMPARE(valueAt("count_over_time(gauge[1m])", 0, source), 1.0);
    QVERIFY(isNothingAt("gauge == gauge", 0, source));
}

void EvaluatorTest::rangeIsClosedOnBothSides()
{
    const MemorySource source({gauge({1, 2, 4, 8})});
    QCOMPARE(valueAt("sum_over_time(gauge[1m])", 2 * kMinute, source), 6.0);
    QCOMPARE(valueAt("sum_over_time(gauge[59s])", 2 * kMinute, source), 4.0);
    QCOMPARE(valueAt("sum_over_time(gauge[1m])", 2 * kMinute + 1, source), 4.0);
    QCOMPARE(valueAt("sum_over_time(gauge[1m] offset 1m)", 2 * kMinute, source), 3.0);
}

void EvaluatorTest::sourceIsToldWhatIsNeeded_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<qlonglong>("from");
    QTest::addColumn<qlonglong>("to");
    QTest::addColumn<qlonglong>("step");
    QTest::addColumn<qlonglong>("range");
    QTest::addColumn<QString>("function");
    const auto row = [](const char* query, int from, int to, int step, int range, const char* function) {
        QTest::newRow(query) << QString::fromLatin1(query) << qlonglong(from * kMinute) << qlonglong(to * kMinute)
                             << qlonglong(step * kMinute) << qlonglong(range * kMinute)
                             << QString::fromLatin1(function);
    };
    row("gauge", 55, 120, 10, 0, "");
    row("gauge offset 5m", 50, 115, 10, 0, "");
    row("sum(gauge)", 55, 120, 10, 0, "sum");
    row("sum by (a) ((gauge))", 55, 120, 10, 0, "sum");
    row("max(-gauge)", 55, 120, 10, 0, "");
    row("sum(gauge + 1)", 55, 120, 10, 0, "");
    row("abs(gauge)", 55, 120, 10, 0, "abs");
    row("timestamp(gauge)", 55, 120, 10, 0, "timestamp");
    row("rate(gauge[30m])", 30, 120, 10, 30, "rate");
    row("sum(rate(gauge[30m]))", 30, 120, 10, 30, "rate");
    row("rate(gauge[30m] offset 10m)", 20, 110, 10, 30, "rate");
    row("rate(gauge[30m] @ end())", 90, 120, 0, 30, "rate");
    row("quantile_over_time(0.5, gauge[30m])", 30, 120, 10, 30, "quantile_over_time");
    row("max_over_time(gauge[30m:20m])", 35, 120, 20, 0, "");
    row("max_over_time(rate(gauge[10m])[30m:20m])", 30, 120, 20, 10, "rate");
    row("max_over_time(rate(gauge[10m])[30m:20m] offset 20m)", 10, 100, 20, 10, "rate");
}

void EvaluatorTest::sourceIsToldWhatIsNeeded()
{
    QFETCH(QString, query);
    const MemorySource source;
    QVERIFY(ask(query.toLatin1().constData(), over(60 * kMinute, 120 * kMinute, 10 * kMinute), source));
    QCOMPARE(source.hints().size(), std::size_t(1));
    const SelectHints& hints = source.hints().front();
    QTEST(qlonglong(hints.fromMs), "from");
    QTEST(qlonglong(hints.toMs), "to");
    QTEST(qlonglong(hints.stepMs), "step");
    QTEST(qlonglong(hints.rangeMs), "range");
    QTEST(QString::fromStdString(std::string(hints.function)), "function");
}

void EvaluatorTest::fixedPartsAreReadOnce()
{
    const MemorySource source({gauge({1, 2, 3})});
    const auto result = ask("gauge - gauge @ 60", over(0, 2 * kMinute, kMinute), source);
    QCOMPARE(source.hints().size(), std::size_t(2));
    QCOMPARE(source.hints()[1].stepMs, std::int64_t(0));
    const auto& points = std::get<MatrixValue>(result->value).at(0).points;
    QCOMPARE(points.size(), std::size_t(3));
    QCOMPARE(points[0].value, -1.0);
    QCOMPARE(points[2].value, 1.0);
}

void EvaluatorTest::weightsStandForSamples()
{
    Series rolledUp = gauge({10, 20, staleMarker(), 40});
    rolledUp.weights = {1, 3, 5, 4};
    const MemorySource source({rolledUp});
    QCOMPARE(valueAt("count_over_time(gauge[10m])", 3 * kMinute, source), 8.0);
    QCOMPARE(valueAt("sum_over_time(gauge[10m])", 3 * kMinute, source), 230.0);
    QCOMPARE(valueAt("avg_over_time(gauge[10m])", 3 * kMinute, source), 28.75);
    QCOMPARE(valueAt("max_over_time(gauge[10m])", 3 * kMinute, source), 40.0);
    QCOMPARE(valueAt("count_over_time(gauge[1m])", kMinute, source), 4.0);
}

void EvaluatorTest::extremesSlideAsTheyAreOfEachWindow()
{
    std::vector<double> values;
    std::mt19937_64 random(5);
    for (int i = 0; i < 300; ++i)
        values.push_back(
            random() % 7 == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(random() % 40) - 20);
    values.insert(values.begin() + 100, 20, std::numeric_limits<double>::quiet_NaN());
    const MemorySource source({gauge(values)});
    for (const char* query : {"max_over_time(gauge[9m])", "min_over_time(gauge[9m])",
             "max_over_time(gauge[9m] offset 3m)", "min_over_time(gauge[2h] @ 3600)"}) {
        const auto slid = ask(query, over(0, 320 * kMinute, kMinute), source);
        const auto& points = std::get<MatrixValue>(slid->value).at(0).points;
        QVERIFY(points.size() > 300);
        for (const Point& point : points) {
            const double alone = valueAt(query, point.timeMs, source);
            QVERIFY(alone == point.value || (std::isnan(alone) && std::isnan(point.value)));
        }
    }
}

void EvaluatorTest::seriesComeInOrderOfTheirLabels()
{
    std::vector<Series> series = many(3);
    std::ranges::reverse(series);
    const auto result = ask("gauge", over(0, kMinute, kMinute), MemorySource(series));
    const auto& matrix = std::get<MatrixValue>(result->value);
    QCOMPARE(matrix.size(), std::size_t(3));
    QCOMPARE(matrix[0].labels[1].value, std::string("0"));
    QCOMPARE(matrix[2].labels[1].value, std::string("2"));
}

void EvaluatorTest::rangeVectorHasNoRangeQuery()
{
    const auto result = ask("gauge[5m]", over(0, kMinute, kMinute), MemorySource());
    QCOMPARE(codeOf(result), ErrorCode::Invalid);
    QCOMPARE(result.error().message,
        std::string("invalid expression type \"range vector\" for range query, must be Scalar or instant Vector"));
}

void EvaluatorTest::extremeTimesAreOnlyFarAway()
{
    const MemorySource source({gauge({1})});
    constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t time : {kFirst, kLast}) {
        QVERIFY(isNothingAt("gauge offset 1y", time, source));
        QVERIFY(isNothingAt("rate(gauge[1y] offset -1y)", time, source));
        QVERIFY(isNothingAt("predict_linear(gauge[1y:1d] @ 9e9, time())", time, source));
    }
}

void EvaluatorTest::samplesHaveALimit()
{
    // Ten samples are read, and the vector made of them holds ten more.
    const MemorySource source(many(10));
    QVERIFY(ask("gauge", at(0), source, {.samples = 20}));
    QCOMPARE(codeOf(ask("gauge", at(0), source, {.samples = 19})), ErrorCode::TooLarge);
    QCOMPARE(codeOf(ask("gauge", at(0), source, {.samples = 9})), ErrorCode::TooLarge);
}

void EvaluatorTest::seriesHaveALimit()
{
    const MemorySource source(many(10));
    QVERIFY(ask("gauge", at(0), source, {.series = 10}));
    QCOMPARE(codeOf(ask("gauge", at(0), source, {.series = 9})), ErrorCode::TooLarge);
    QCOMPARE(codeOf(ask("rate(gauge[1m])", at(0), source, {.series = 9})), ErrorCode::TooLarge);
}

void EvaluatorTest::heldSamplesAreGivenBack()
{
    const MemorySource source(many(10));
    const auto query = parse("sum(gauge) + count(gauge) + avg(gauge * 2) + topk(3, gauge)"
                             " or sum_over_time(gauge[5m:1m]) or gauge * on(number) gauge");
    Budget budget{Limits{.samples = 1000}};
    for (int i = 0; i < 100; ++i)
        QVERIFY(evaluate(**query, over(0, 2 * kMinute, kMinute), source, budget));
    QVERIFY(budget.addSamples(1000));
}

void EvaluatorTest::stepsOfSubqueriesCount()
{
    const MemorySource none;
    QVERIFY(ask("absent_over_time(gauge[1000ms:1ms])", at(0), none, {.samples = 2000}));
    QCOMPARE(codeOf(ask("absent_over_time(gauge[2001ms:1ms])", at(0), none, {.samples = 2000})), ErrorCode::TooLarge);
    QCOMPARE(codeOf(ask("absent_over_time(gauge[200y:1ms])", at(0), none)), ErrorCode::TooLarge);
}

void EvaluatorTest::timeHasALimit()
{
    const MemorySource source({gauge({1, 2, 3})});
    QCOMPARE(codeOf(ask("gauge", at(0), source, {.time = std::chrono::milliseconds(-1)})), ErrorCode::TimedOut);
    // A query that would take minutes ends soon after its time.
    constexpr std::chrono::milliseconds kTime{300};
    QElapsedTimer timer;
    timer.start();
    const auto slow = ask("quantile_over_time(0.5, (quantile_over_time(0.5, vector(1)[1h:10ms]))[1h:1s])", at(0),
        source, {.time = kTime});
    QCOMPARE(codeOf(slow), ErrorCode::TimedOut);
    QVERIFY(timer.elapsed() >= kTime.count());
    QVERIFY2(timer.elapsed() < 5'000, qPrintable(QString::number(timer.elapsed())));
}

void EvaluatorTest::limitsAreThoseOfTheManual()
{
    QFile manual(QStringLiteral(SEXTANT_SOURCE_DIR "/docs/promql.md"));
    QVERIFY(manual.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(manual.readAll());
    const QLocale english(QLocale::English, QLocale::UnitedStates);
    const Limits limits;
    const auto says = [&](const QString& row) { QVERIFY2(text.contains(row), qPrintable(row)); };
    says(QStringLiteral("a vector holds one per series and step | %1 |")
             .arg(english.toString(qulonglong{limits.samples})));
    says(QStringLiteral("| Series in one vector | %1 |").arg(english.toString(qulonglong{limits.series})));
    says(QStringLiteral("| Time | %1 s |").arg(limits.time.count() / 1'000));
    says(QStringLiteral("| Bytes of a query; height of its tree | %1 KiB; %2 |")
             .arg(kQueryBytes / 1'024)
             .arg(kNestingDepth));
}

void EvaluatorTest::canBeCancelled()
{
    const MemorySource source({gauge({1, 2, 3})});
    const auto query = parse("sum(rate(gauge[5m]))");
    int asked = 0;
    Budget budget(Limits{}, [&asked] { return ++asked > 2; });
    QCOMPARE(codeOf(evaluate(**query, over(0, kMinute, kMinute), source, budget)), ErrorCode::Busy);
}

QTEST_APPLESS_MAIN(EvaluatorTest)
#include "evaluator_test.moc"
