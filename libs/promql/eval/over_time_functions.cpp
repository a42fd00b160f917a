// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/numbers.h"
#include "promql/eval/range_window.h"
#include "promql/eval/table.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace sextant::promql {
namespace {

double weightedSum(const Window& window)
{
    CompensatedSum sum;
    for (std::size_t at = 0; at < window.values.size(); ++at)
        sum.add(window.values[at] * window.weights[at]);
    return std::isinf(sum.sum) ? sum.sum : sum.total();
}

double sumOverTime(const Window& window, double, double)
{
    if (!window.weights.empty())
        return weightedSum(window);
    CompensatedSum sum;
    for (const double value : window.values)
        sum.add(value);
    return std::isinf(sum.sum) ? sum.sum : sum.total();
}

double countOverTime(const Window& window, double, double)
{
    if (window.weights.empty())
        return static_cast<double>(window.values.size());
    double count = 0;
    for (const double weight : window.weights)
        count += weight;
    return count;
}

double avgOverTime(const Window& window, double, double)
{
    if (!window.weights.empty())
        return weightedSum(window) / countOverTime(window, 0, 0);
    CompensatedSum mean;
    double count = 0;
    for (const double value : window.values) {
        ++count;
        if (!staysInfinite(mean.sum, value))
            mean.add(value / count - mean.sum / count);
    }
    return std::isinf(mean.sum) ? mean.sum : mean.total();
}

double minOverTime(const Window& window, double, double)
{
    double min = window.values.front();
    for (const double value : window.values) {
        if (value < min || std::isnan(min))
            min = value;
    }
    return min;
}

double maxOverTime(const Window& window, double, double)
{
    double max = window.values.front();
    for (const double value : window.values) {
        if (value > max || std::isnan(max))
            max = value;
    }
    return max;
}

double stdvarOverTime(const Window& window, double, double)
{
    double count = 0;
    CompensatedSum mean;
    CompensatedSum squares;
    for (const double value : window.values) {
        ++count;
        const double delta = value - mean.total();
        mean.add(delta / count);
        squares.add(delta * (value - mean.total()));
    }
    return squares.total() / count;
}

double stddevOverTime(const Window& window, double, double)
{
    return std::sqrt(stdvarOverTime(window, 0, 0));
}

double quantileOverTime(const Window& window, double phi, double)
{
    window.scratch->assign(window.values.begin(), window.values.end());
    return quantile(phi, *window.scratch);
}

double lastOverTime(const Window& window, double, double)
{
    return window.values.back();
}

double presentOverTime(const Window&, double, double)
{
    return 1;
}

double resets(const Window& window, double, double)
{
    return static_cast<double>(window.resets.size());
}

double changes(const Window& window, double, double)
{
    int changes = 0;
    for (std::size_t at = 1; at < window.values.size(); ++at) {
        const double value = window.values[at];
        const double previous = window.values[at - 1];
        if (value != previous && !(std::isnan(value) && std::isnan(previous)))
            ++changes;
    }
    return changes;
}

} // namespace

WindowFunction findOverTimeFunction(std::string_view name)
{
    static constexpr auto kFunctions = std::to_array<std::pair<std::string_view, WindowFunction>>({
        {"avg_over_time", avgOverTime},
        {"changes", changes},
        {"count_over_time", countOverTime},
        {"last_over_time", lastOverTime},
        {"max_over_time", maxOverTime},
        {"min_over_time", minOverTime},
        {"present_over_time", presentOverTime},
        {"quantile_over_time", quantileOverTime},
        {"resets", resets},
        {"stddev_over_time", stddevOverTime},
        {"stdvar_over_time", stdvarOverTime},
        {"sum_over_time", sumOverTime},
    });
    const auto at = std::ranges::find(kFunctions, name, &std::pair<std::string_view, WindowFunction>::first);
    return at != kFunctions.end() ? at->second : nullptr;
}

} // namespace sextant::promql
