// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace sextant::promql {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A sum that keeps what each addition loses (Kahan's, with Neumaier's order).
struct CompensatedSum {
    double sum = 0;
    double lost = 0;

    void add(double value)
    {
        const double next = sum + value;
        lost += std::abs(sum) >= std::abs(value) ? (sum - next) + value : (value - next) + sum;
        sum = next;
    }
    [[nodiscard]] double total() const { return sum + lost; }
};

/// Takes one more value into a mean that is infinite or not: whether `mean` stays as it is because it is infinite and
/// the value cannot change that.
[[nodiscard]] inline bool staysInfinite(double mean, double value)
{
    if (!std::isinf(mean))
        return false;
    return std::isinf(value) ? (mean > 0) == (value > 0) : !std::isnan(value);
}

/// As Go's math.Max and Min: NaN wins over all but the infinity that nothing passes, 0 over −0.
[[nodiscard]] double larger(double a, double b);
[[nodiscard]] double smaller(double a, double b);

/// Whether a is sorted before b when values ascend and NaN comes first.
[[nodiscard]] inline bool ascending(double a, double b)
{
    return std::isnan(a) ? !std::isnan(b) : a < b;
}

/// Sorts things by a value of theirs. NaN comes last either way, and the later of two before the earlier, as
/// Prometheus' sorting leaves them.
template <typename Thing, typename ValueOf>
void sortByValue(std::vector<Thing>& things, bool descending, ValueOf valueOf)
{
    const auto nan = std::stable_partition(
        things.begin(), things.end(), [&](const Thing& thing) { return !std::isnan(valueOf(thing)); });
    std::stable_sort(things.begin(), nan,
        [&](const Thing& a, const Thing& b) { return descending ? valueOf(a) > valueOf(b) : valueOf(a) < valueOf(b); });
    std::reverse(nan, things.end());
}

/// The φ-quantile of values, between two of them interpolated. Changes their order. NaN for none, ∓∞ for φ out of [0,
/// 1].
[[nodiscard]] double quantile(double phi, std::span<double> values);

/// The whole part as Go converts it on x86: what does not fit becomes the smallest.
[[nodiscard]] std::int64_t toInteger(double value);

/// Digits without exponent, as few as tell the value from all others; "NaN", "+Inf", "-Inf".
[[nodiscard]] std::string plainText(double value);
/// The same with an exponent: "1e+20".
[[nodiscard]] std::string exponentText(double value);
/// Six digits behind the point.
[[nodiscard]] std::string fixedText(double value);

} // namespace sextant::promql
