// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/numbers.h"
#include "promql/eval/range_window.h"
#include "promql/eval/table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sextant::promql {
namespace {

double seconds(std::int64_t ms)
{
    return static_cast<double>(ms) / 1000;
}

/// What the counter or gauge went up by between the first and the last sample.
double climb(const Window& window, bool counter)
{
    double result = window.values.back() - window.values.front();
    if (counter) {
        for (const std::size_t reset : window.resets)
            result += window.values[reset - window.resetsFrom - 1];
    }
    return result;
}

/// What was seen between the first and the last sample, stretched to the range: to its ends where the samples come
/// close to them (within 110 % of their mean distance), else by half that distance. A counter is not stretched to
/// before the time when it would have been 0.
double extrapolated(const Window& window, bool counter, bool perSecond)
{
    if (window.values.size() < 2)
        return kAbsent;
    const double change = climb(window, counter);
    const double sampled = seconds(window.timesMs.back() - window.timesMs.front());
    const double distance = sampled / static_cast<double>(window.values.size() - 1);
    double toStart = seconds(earlier(window.timesMs.front(), earlier(window.endMs, window.rangeMs)));
    const double toEnd = seconds(window.endMs - window.timesMs.back());
    if (counter && change > 0 && window.values.front() >= 0) {
        const double toZero = sampled * (window.values.front() / change);
        if (toZero < toStart)
            toStart = toZero;
    }
    const double threshold = distance * 1.1;
    double stretched = sampled;
    stretched += toStart < threshold ? toStart : distance / 2;
    stretched += toEnd < threshold ? toEnd : distance / 2;
    double factor = stretched / sampled;
    if (perSecond)
        factor /= seconds(window.rangeMs);
    return change * factor;
}

double rate(const Window& window, double, double)
{
    return extrapolated(window, true, true);
}

double increase(const Window& window, double, double)
{
    return extrapolated(window, true, false);
}

double delta(const Window& window, double, double)
{
    return extrapolated(window, false, false);
}

double irate(const Window& window, double, double)
{
    const std::size_t count = window.values.size();
    if (count < 2)
        return kAbsent;
    const double last = window.values[count - 1];
    const double previous = window.values[count - 2];
    const double change = last < previous ? last : last - previous;
    return change / seconds(window.timesMs[count - 1] - window.timesMs[count - 2]);
}

double idelta(const Window& window, double, double)
{
    const std::size_t count = window.values.size();
    return count < 2 ? kAbsent : window.values[count - 1] - window.values[count - 2];
}

struct Line {
    double slope;
    double intercept;
};

/// Least squares through the samples; the intercept is the line's value at originMs.
Line regression(const Window& window, std::int64_t originMs)
{
    const double y0 = window.values.front();
    // A NaN is not equal to itself, but one sample alone makes no slope either.
    if (std::ranges::all_of(window.values.subspan(1), [y0](double y) { return y == y0; }))
        return std::isinf(y0) ? Line{kNaN, kNaN} : Line{0, y0};
    CompensatedSum sumX;
    CompensatedSum sumY;
    CompensatedSum sumXY;
    CompensatedSum sumXX;
    for (std::size_t at = 0; at < window.values.size(); ++at) {
        const double x = seconds(earlier(window.timesMs[at], originMs));
        sumX.add(x);
        sumY.add(window.values[at]);
        sumXY.add(x * window.values[at]);
        sumXX.add(x * x);
    }
    const auto n = static_cast<double>(window.values.size());
    const double covariance = sumXY.total() - sumX.total() * sumY.total() / n;
    const double variance = sumXX.total() - sumX.total() * sumX.total() / n;
    const double slope = covariance / variance;
    return {slope, sumY.total() / n - slope * sumX.total() / n};
}

double deriv(const Window& window, double, double)
{
    return window.values.size() < 2 ? kAbsent : regression(window, window.timesMs.front()).slope;
}

double predictLinear(const Window& window, double aheadS, double)
{
    if (window.values.size() < 2)
        return kAbsent;
    const Line line = regression(window, window.stepMs);
    return line.slope * aheadS + line.intercept;
}

/// Double exponential smoothing.
double holtWinters(const Window& window, double smoothing, double trendFactor)
{
    if (window.values.size() < 2)
        return kAbsent;
    double before = 0;
    double smoothed = window.values[0];
    double trend = window.values[1] - window.values[0];
    for (std::size_t at = 1; at < window.values.size(); ++at) {
        if (at > 1)
            trend = trendFactor * (smoothed - before) + (1 - trendFactor) * trend;
        before = std::exchange(smoothed, smoothing * window.values[at] + (1 - smoothing) * (smoothed + trend));
    }
    return smoothed;
}

} // namespace

WindowFunction findRateFunction(std::string_view name)
{
    static constexpr auto kFunctions = std::to_array<std::pair<std::string_view, WindowFunction>>({
        {"rate", rate},
        {"increase", increase},
        {"delta", delta},
        {"irate", irate},
        {"idelta", idelta},
        {"deriv", deriv},
        {"predict_linear", predictLinear},
        {"holt_winters", holtWinters},
    });
    const auto at = std::ranges::find(kFunctions, name, &std::pair<std::string_view, WindowFunction>::first);
    return at != kFunctions.end() ? at->second : nullptr;
}

} // namespace sextant::promql
