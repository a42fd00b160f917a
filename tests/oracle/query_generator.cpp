// SPDX-License-Identifier: GPL-3.0-or-later
#include "oracle/query_generator.h"

#include "oracle/samples.h"

#include <array>

namespace sextant::oracle {
namespace {

constexpr std::array kNames{"http_requests_total", "cpu_seconds_total", "slow_total", "late_total",
    "temperature_celsius", "memory_used_bytes", "memory_total_bytes", "up", "ended", "odd", "version_info",
    "date_seconds", "request_seconds_bucket", "request_seconds_count", "request_seconds_sum", "not_there"};
constexpr std::array kMatchers{R"(instance="a:1")", R"(instance!="a:1")", R"(instance=~"[ab]:.")", R"(instance!~"c.*")",
    R"(job=~"api|web")", R"(job="node")", R"(code=~"4..|5..")", R"(code="")", R"(mode!="idle")", R"(room=~".*ü.*")",
    R"(kind!~"mixed|nan")", R"(le="+Inf")", R"(version=~".+")"};
constexpr std::array kLabels{"instance", "job", "code", "mode", "cpu", "room", "le", "version", "kind", "missing"};
constexpr std::array kRanges{"30s", "1m", "2m30s", "5m", "10m", "47s", "1h", "15s"};
constexpr std::array kOffsets{"1m", "5m", "-2m", "37s", "1h", "-30s"};
constexpr std::array kNumbers{"0", "1", "2", "0.5", "-1", "3.25", "100", "1e3", "0x1f", "Inf", "-Inf", "NaN", "1e-3"};
constexpr std::array kRangeFunctions{"rate", "increase", "delta", "irate", "idelta", "resets", "changes", "deriv",
    "avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "count_over_time", "stddev_over_time",
    "stdvar_over_time", "last_over_time", "present_over_time", "absent_over_time"};
constexpr std::array kInstantFunctions{"abs", "ceil", "floor", "exp", "ln", "log2", "log10", "sqrt", "sgn", "sin",
    "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg", "rad", "timestamp",
    "sort", "sort_desc", "absent", "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute",
    "month", "year"};
constexpr std::array kAggregates{"sum", "avg", "count", "min", "max", "group", "stddev", "stdvar"};
constexpr std::array kArithmetic{"+", "-", "*", "/", "%", "^", "atan2"};
constexpr std::array kComparisons{"==", "!=", ">", "<", ">=", "<="};
constexpr std::array kSetOperators{"and", "or", "unless"};
constexpr int kDepth = 3;

} // namespace

std::string QueryGenerator::next()
{
    return chance(6) ? scalar(kDepth) : vector(kDepth);
}

std::string QueryGenerator::vector(int depth)
{
    if (depth == 0)
        return selector() + modifiers();
    switch (below(10)) {
    case 0:
    case 1:
        return selector() + modifiers();
    case 2:
    case 3:
        return rangeCall(depth);
    case 4:
        return instantCall(depth);
    case 5:
    case 6:
        return aggregate(depth);
    case 7:
    case 8:
        return binary(depth);
    default:
        return chance(50) ? labelCall(depth) : (chance(50) ? "-" : "") + ('(' + vector(depth - 1) + ')');
    }
}

std::string QueryGenerator::scalar(int depth)
{
    if (depth == 0 || chance(50))
        return pick(kNumbers);
    switch (below(4)) {
    case 0:
        return "time()";
    case 1:
        return "scalar(" + vector(depth - 1) + ')';
    case 2:
        return "pi()";
    default:
        return '(' + scalar(depth - 1) + ' ' + pick(kArithmetic) + ' ' + scalar(depth - 1) + ')';
    }
}

std::string QueryGenerator::selector()
{
    std::string text = pick(kNames);
    for (int count = 0; chance(35) && count < 2; ++count)
        text += (count == 0 ? "{" : ",") + pick(kMatchers);
    if (text.find('{') != std::string::npos)
        text += '}';
    return text;
}

std::string QueryGenerator::modifiers(bool mayBeFixed)
{
    std::string text;
    if (chance(12))
        text += " offset " + pick(kOffsets);
    if (mayBeFixed && chance(8)) {
        const std::array at{std::string("start()"), std::string("end()"),
            std::to_string((kStartMs + static_cast<std::int64_t>(below(10'000)) * 1'000) / 1'000) + ".5"};
        text += " @ " + pick(at);
    }
    return text;
}

std::string QueryGenerator::range(int depth, bool mayBeFixed)
{
    if (depth > 0 && chance(25)) {
        const std::string inner = '(' + vector(depth - 1) + ')';
        return inner + '[' + pick(kRanges) + ':' + (chance(70) ? pick(kRanges) : std::string()) + ']' +
               modifiers(mayBeFixed);
    }
    return selector() + '[' + pick(kRanges) + ']' + modifiers(mayBeFixed);
}

std::string QueryGenerator::rangeCall(int depth)
{
    switch (below(9)) {
    case 0:
        return "quantile_over_time(" + pick(kNumbers) + ", " + range(depth) + ')';
    case 1:
        return "predict_linear(" + range(depth, false) + ", " + pick(kNumbers) + ')';
    case 2:
        return "holt_winters(" + range(depth) + ", 0.3, 0.6)";
    default:
        return pick(kRangeFunctions) + '(' + range(depth) + ')';
    }
}

std::string QueryGenerator::instantCall(int depth)
{
    switch (below(10)) {
    case 0:
        return "clamp(" + vector(depth - 1) + ", " + pick(kNumbers) + ", " + pick(kNumbers) + ')';
    case 1:
        return "clamp_min(" + vector(depth - 1) + ", " + pick(kNumbers) + ')';
    case 2:
        return "clamp_max(" + vector(depth - 1) + ", " + pick(kNumbers) + ')';
    case 3:
        return "round(" + vector(depth - 1) + (chance(50) ? ", " + pick(kNumbers) : std::string()) + ')';
    case 4:
        return "vector(" + scalar(depth - 1) + ')';
    case 5:
        return "histogram_quantile(" + pick(kNumbers) + ", " +
               (chance(60) ? "rate(request_seconds_bucket[" + pick(kRanges) + "])" : vector(depth - 1)) + ')';
    default:
        return pick(kInstantFunctions) + '(' + vector(depth - 1) + ')';
    }
}

std::string QueryGenerator::labelCall(int depth)
{
    if (chance(50))
        return "label_replace(" + vector(depth - 1) + R"(, "new", "$1-x", ")" + pick(kLabels) + R"(", "(.*):?.*"))";
    return "label_join(" + vector(depth - 1) + R"(, "joined", "/", ")" + pick(kLabels) + R"(", ")" + pick(kLabels) +
           "\")";
}

std::string QueryGenerator::grouping()
{
    if (chance(30))
        return {};
    std::string text = chance(60) ? " by (" : " without (";
    const std::size_t count = below(3);
    for (std::size_t i = 0; i < count; ++i)
        text += (i == 0 ? "" : ", ") + pick(kLabels);
    return text + ')';
}

std::string QueryGenerator::aggregate(int depth)
{
    const std::string inner = vector(depth - 1);
    switch (below(8)) {
    case 0:
        return "quantile" + grouping() + " (" + pick(kNumbers) + ", " + inner + ')';
    case 1: // of equal values any may be among the first
        return (chance(50) ? "topk" : "bottomk") + grouping() + " (3, memory_used_bytes * 1.0001)";
    case 2:
        return "count_values" + grouping() + " (\"value\", " + inner + ')';
    default:
        return pick(kAggregates) + grouping() + " (" + inner + ')';
    }
}

std::string QueryGenerator::binary(int depth)
{
    const auto matching = [this](bool groups) {
        if (chance(40))
            return std::string();
        std::string text = chance(60) ? " on (" : " ignoring (";
        text += pick(kLabels) + (chance(50) ? ", " + pick(kLabels) : std::string()) + ')';
        if (groups && chance(40))
            text +=
                (chance(50) ? " group_left (" : " group_right (") + (chance(30) ? pick(kLabels) : std::string()) + ')';
        return text;
    };
    const std::string left = vector(depth - 1);
    switch (below(5)) {
    case 0:
        return '(' + left + ") " + pick(kSetOperators) + matching(false) + " (" + vector(depth - 1) + ')';
    case 1:
        return '(' + left + ") " + pick(kArithmetic) + ' ' + scalar(depth - 1);
    case 2:
        return scalar(depth - 1) + ' ' + pick(kComparisons) + (chance(40) ? " bool" : "") + " (" + left + ')';
    case 3:
        return '(' + left + ") " + pick(kComparisons) + (chance(40) ? " bool" : "") + matching(true) + " (" +
               vector(depth - 1) + ')';
    default: // the same selector on both sides finds its partners most often
        return chance(50) ? '(' + left + ") " + pick(kArithmetic) + matching(true) + " (" + left + ')'
                          : '(' + left + ") " + pick(kArithmetic) + matching(true) + " (" + vector(depth - 1) + ')';
    }
}

} // namespace sextant::oracle
