// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/functions.h"

#include <algorithm>
#include <array>

namespace sextant::promql {
namespace {

using enum ValueType;

constexpr std::array<ValueType, 0> kNothing{};
constexpr std::array kVector{InstantVector};
constexpr std::array kRange{RangeVector};
constexpr std::array kScalar{Scalar};
constexpr std::array kScalarRange{Scalar, RangeVector};
constexpr std::array kScalarVector{Scalar, InstantVector};
constexpr std::array kVectorScalar{InstantVector, Scalar};
constexpr std::array kVectorScalars{InstantVector, Scalar, Scalar};
constexpr std::array kRangeScalar{RangeVector, Scalar};
constexpr std::array kRangeScalars{RangeVector, Scalar, Scalar};
constexpr std::array kVectorStrings{InstantVector, String, String, String};
constexpr std::array kReplace{InstantVector, String, String, String, String};

template <std::size_t N>
constexpr Function takes(std::string_view name, const std::array<ValueType, N>& arguments)
{
    return {name, arguments, N, false, InstantVector};
}

template <std::size_t N>
constexpr Function takesFrom(
    std::string_view name, const std::array<ValueType, N>& arguments, std::size_t required, bool endless = false)
{
    return {name, arguments, required, endless, InstantVector};
}

template <std::size_t N>
constexpr Function givesScalar(std::string_view name, const std::array<ValueType, N>& arguments)
{
    return {name, arguments, N, false, Scalar};
}

constexpr auto kFunctions = std::to_array<Function>({
    takes("abs", kVector),
    takes("absent", kVector),
    takes("absent_over_time", kRange),
    takes("acos", kVector),
    takes("acosh", kVector),
    takes("asin", kVector),
    takes("asinh", kVector),
    takes("atan", kVector),
    takes("atanh", kVector),
    takes("avg_over_time", kRange),
    takes("ceil", kVector),
    takes("changes", kRange),
    takes("clamp", kVectorScalars),
    takes("clamp_max", kVectorScalar),
    takes("clamp_min", kVectorScalar),
    takes("cos", kVector),
    takes("cosh", kVector),
    takes("count_over_time", kRange),
    takesFrom("day_of_month", kVector, 0),
    takesFrom("day_of_week", kVector, 0),
    takesFrom("day_of_year", kVector, 0),
    takesFrom("days_in_month", kVector, 0),
    takes("deg", kVector),
    takes("delta", kRange),
    takes("deriv", kRange),
    takes("exp", kVector),
    takes("floor", kVector),
    takes("histogram_quantile", kScalarVector),
    takes("holt_winters", kRangeScalars),
    takesFrom("hour", kVector, 0),
    takes("idelta", kRange),
    takes("increase", kRange),
    takes("irate", kRange),
    takesFrom("label_join", kVectorStrings, 3, true),
    takes("label_replace", kReplace),
    takes("last_over_time", kRange),
    takes("ln", kVector),
    takes("log10", kVector),
    takes("log2", kVector),
    takes("max_over_time", kRange),
    takes("min_over_time", kRange),
    takesFrom("minute", kVector, 0),
    takesFrom("month", kVector, 0),
    givesScalar("pi", kNothing),
    takes("predict_linear", kRangeScalar),
    takes("present_over_time", kRange),
    takes("quantile_over_time", kScalarRange),
    takes("rad", kVector),
    takes("rate", kRange),
    takes("resets", kRange),
    takesFrom("round", kVectorScalar, 1),
    givesScalar("scalar", kVector),
    takes("sgn", kVector),
    takes("sin", kVector),
    takes("sinh", kVector),
    takes("sort", kVector),
    takes("sort_desc", kVector),
    takes("sqrt", kVector),
    takes("stddev_over_time", kRange),
    takes("stdvar_over_time", kRange),
    takes("sum_over_time", kRange),
    takes("tan", kVector),
    takes("tanh", kVector),
    givesScalar("time", kNothing),
    takes("timestamp", kVector),
    takes("vector", kScalar),
    takesFrom("year", kVector, 0),
});
static_assert(std::ranges::is_sorted(kFunctions, {}, &Function::name));

} // namespace

std::string_view toText(ValueType type)
{
    switch (type) {
    case Scalar:
        return "scalar";
    case String:
        return "string";
    case InstantVector:
        return "instant vector";
    case RangeVector:
        return "range vector";
    }
    return {};
}

std::span<const Function> functions()
{
    return kFunctions;
}

const Function* findFunction(std::string_view name)
{
    const auto at = std::ranges::lower_bound(kFunctions, name, {}, &Function::name);
    return at != kFunctions.end() && at->name == name ? &*at : nullptr;
}

} // namespace sextant::promql
