// SPDX-License-Identifier: GPL-3.0-or-later
// Memory is asked for by series, not by point: ten times the steps cost hardly any allocations more.
#include "memory_source.h"
#include "promql/evaluator.h"
#include "promql/parser.h"

#include <QTest>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {

std::atomic<std::size_t> s_allocations = 0;

} // namespace

// Every operator new that is not replaced calls this one.
void* operator new(std::size_t size)
{
    ++s_allocations;
    if (void* memory = std::malloc(size > 0 ? size : 1))
        return memory;
    std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    return operator new(size);
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

using namespace sextant;
using namespace sextant::promql;

namespace {

constexpr std::size_t kSeries = 100;
constexpr std::int64_t kStepMs = 15'000;
constexpr std::int64_t kSteps = 1'000;

MemorySource makeSource()
{
    std::vector<Series> all;
    for (std::size_t number = 0; number < kSeries; ++number) {
        Series series;
        series.labels = {{"__name__", "requests_total"}, {"instance", std::to_string(number)},
            {"job", number % 2 == 0 ? "even" : "odd"}, {"le", std::to_string(number % 10)}};
        for (std::int64_t step = 0; step < kSteps; ++step) {
            series.timesMs.push_back(step * kStepMs);
            series.values.push_back(static_cast<double>(step) * static_cast<double>(number));
        }
        all.push_back(std::move(series));
    }
    return MemorySource(std::move(all));
}

} // namespace

class AllocationsTest : public QObject {
    Q_OBJECT

private slots:
    void growWithSeriesNotWithPoints_data()
    {
        QTest::addColumn<QString>("query");
        for (const char* query : {"requests_total", "rate(requests_total[5m])",
                 "sum by (job) (rate(requests_total[5m]))", "max_over_time(requests_total[5m])",
                 "quantile_over_time(0.9, requests_total[5m])", "requests_total / on(instance) requests_total",
                 "requests_total > bool 5 or -requests_total", "topk(5, requests_total)",
                 "quantile(0.5, requests_total)", "stddev without (instance) (requests_total)",
                 "histogram_quantile(0.9, sum by (job, le) (rate(requests_total[5m])))",
                 "clamp_max(abs(requests_total), 7)", "max_over_time(rate(requests_total[5m])[10m:1m])",
                 "label_replace(requests_total, \"a\", \"$1\", \"job\", \"(.*)\")"})
            QTest::newRow(query) << QString::fromUtf8(query);
    }
    void growWithSeriesNotWithPoints()
    {
        QFETCH(QString, query);
        const MemorySource source = makeSource();
        const auto parsed = parse(query.toStdString());
        QVERIFY(parsed.has_value());
        const auto count = [&](std::int64_t steps) {
            Budget budget({});
            const std::size_t before = s_allocations;
            const auto result = evaluate(**parsed, {0, (steps - 1) * kStepMs, kStepMs}, source, budget);
            const std::size_t taken = s_allocations - before;
            return result ? taken : 0;
        };
        const std::size_t few = count(kSteps / 10);
        const std::size_t many = count(kSteps);
        QVERIFY(few > 0 && many > 0);
        // A list that grows twofold as it is filled asks three or four times more; some have a few.
        QVERIFY2(many <= few + 8 * kSeries, qPrintable(QStringLiteral("%1 and %2").arg(few).arg(many)));
        QVERIFY2(many <= 60 * kSeries, qPrintable(QString::number(many)));
    }
};

QTEST_APPLESS_MAIN(AllocationsTest)
#include "allocations_test.moc"
