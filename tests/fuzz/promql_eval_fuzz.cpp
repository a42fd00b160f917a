// SPDX-License-Identifier: GPL-3.0-or-later
// Any query that can be read, over a few series: it ends in time, in an answer that holds its promises or an error.
#include "fuzz/require.h"
#include "promql/evaluator.h"
#include "promql/parser.h"
#include "unit/promql/memory_source.h"

#include <limits>
#include <set>

using namespace sextant;
using namespace sextant::promql;

namespace {

using sextant::fuzz::require;

constexpr std::int64_t kMinute = 60'000;

Series series(const char* name, std::vector<Label> labels, std::vector<double> values)
{
    labels.insert(labels.begin(), {std::string(kMetricName), name});
    Series made{std::move(labels), {}, std::move(values)};
    for (std::size_t i = 0; i < made.values.size(); ++i)
        made.timesMs.push_back(static_cast<std::int64_t>(i) * kMinute);
    return made;
}

const MemorySource& source()
{
    static const MemorySource kSource = [] {
        constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
        constexpr double kInfinity = std::numeric_limits<double>::infinity();
        std::vector<Series> all;
        all.push_back(series("a", {{"x", "1"}}, {1, 2, 3, 1, 5, 6, 0, 8}));
        all.push_back(series("a", {{"x", "2"}, {"y", "1"}}, {-1, kNaN, 2, kInfinity, staleMarker(), 3}));
        all.push_back(series("b", {{"x", "1"}}, {4, 4, 4, 4, 4, 4, 4, 4, 4, 4}));
        all.push_back(series("b", {{"x", "2"}}, {1e300, 1e-300, -kInfinity}));
        all.push_back(series("h", {{"le", "1"}}, {1, 2, 3, 4}));
        all.push_back(series("h", {{"le", "2"}}, {1, 1, 5, kNaN}));
        all.push_back(series("h", {{"le", "+Inf"}}, {2, 4, 4, 9}));
        all.push_back(series("e", {}, {staleMarker()}));
        all.back().weights = {2};
        return MemorySource(std::move(all));
    }();
    return kSource;
}

struct Promises {
    const QueryTimes& times;

    void operator()(const ScalarValue& value) const { require(value.point.timeMs == times.startMs); }
    void operator()(const StringValue& value) const { require(value.timeMs == times.startMs); }
    void operator()(const VectorValue& vector) const
    {
        std::set<Labels> seen;
        for (const VectorSeries& one : vector) {
            requireLabels(one.labels);
            require(seen.insert(one.labels).second);
            require(one.point.timeMs == times.startMs && !isStale(one.point.value));
        }
    }
    void operator()(const MatrixValue& matrix) const
    {
        const Labels* before = nullptr;
        for (const MatrixSeries& one : matrix) {
            requireLabels(one.labels);
            require(!before || *before < one.labels);
            before = &one.labels;
            require(!one.points.empty());
            for (std::size_t i = 0; i < one.points.size(); ++i) {
                require(!isStale(one.points[i].value));
                require(i == 0 || one.points[i - 1].timeMs < one.points[i].timeMs);
            }
        }
    }

    static void requireLabels(const Labels& labels)
    {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            require(!labels[i].value.empty());
            require(i == 0 || labels[i - 1].name < labels[i].name);
        }
    }
};

void check(const Expr& query, const QueryTimes& times)
{
    constexpr Limits kLimits{.samples = 100'000, .series = 100, .time = std::chrono::milliseconds(1000)};
    Budget budget(kLimits);
    const auto started = std::chrono::steady_clock::now();
    const auto result = evaluate(query, times, source(), budget);
    require(std::chrono::steady_clock::now() - started < std::chrono::seconds(10));
    if (result)
        std::visit(Promises{times}, result->value);
    else
        require(result.error().code != ErrorCode::Internal && !result.error().message.empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto query = parse({reinterpret_cast<const char*>(data), size});
    if (!query)
        return 0;
    QueryTimes times;
    times.startMs = times.endMs = 3 * kMinute;
    check(**query, times);
    times.startMs = -kMinute;
    times.endMs = 12 * kMinute;
    times.stepMs = 50'000;
    check(**query, times);
    return 0;
}
