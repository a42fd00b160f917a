// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/numbers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace sextant::promql {
namespace {

std::string nameOf(double notFinite)
{
    if (std::isnan(notFinite))
        return "NaN";
    return notFinite > 0 ? "+Inf" : "-Inf";
}

template <typename... Format>
std::string written(double value, Format... format)
{
    std::array<char, 400> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format...);
    return {text.data(), end.ptr};
}

} // namespace

double larger(double a, double b)
{
    if (a == kInfinity || b == kInfinity)
        return kInfinity;
    if (std::isnan(a) || std::isnan(b))
        return kNaN;
    if (a == b)
        return std::signbit(a) ? b : a;
    return a > b ? a : b;
}

double smaller(double a, double b)
{
    if (a == -kInfinity || b == -kInfinity)
        return -kInfinity;
    if (std::isnan(a) || std::isnan(b))
        return kNaN;
    if (a == b)
        return std::signbit(a) ? a : b;
    return a < b ? a : b;
}

double quantile(double phi, std::span<double> values)
{
    if (values.empty() || std::isnan(phi))
        return kNaN;
    if (phi < 0)
        return -kInfinity;
    if (phi > 1)
        return kInfinity;
    const double rank = phi * static_cast<double>(values.size() - 1);
    const double weight = rank - std::floor(rank);
    const auto lower = values.begin() + static_cast<std::ptrdiff_t>(std::floor(rank));
    std::ranges::nth_element(values, lower, ascending);
    const auto upper = lower + 1 == values.end() ? lower : std::min_element(lower + 1, values.end(), ascending);
    return *lower * (1 - weight) + *upper * weight;
}

std::int64_t toInteger(double value)
{
    constexpr double kLimit = 9223372036854775808.0;
    if (value >= -kLimit && value < kLimit)
        return static_cast<std::int64_t>(value);
    return std::numeric_limits<std::int64_t>::min();
}

std::string plainText(double value)
{
    if (!std::isfinite(value))
        return nameOf(value);
    // Above 2^53 the fixed notation of to_chars has the number's exact digits, not the fewest: they are laid out here.
    const std::string text = written(std::abs(value), std::chars_format::scientific);
    const std::size_t e = text.find('e');
    const int exponent = std::atoi(text.c_str() + e + 1);
    std::string digits = text.substr(0, e);
    std::erase(digits, '.');
    const std::string sign = std::signbit(value) ? "-" : "";
    if (exponent < 0)
        return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= whole)
        return sign + digits + std::string(whole - digits.size(), '0');
    return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string exponentText(double value)
{
    return std::isfinite(value) ? written(value, std::chars_format::scientific) : nameOf(value);
}

std::string fixedText(double value)
{
    return std::isfinite(value) ? written(value, std::chars_format::fixed, 6) : nameOf(value);
}

} // namespace sextant::promql
