// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/duration.h"

#include "promql/parser.h"
#include "promql/quote.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace sextant::promql {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t ms;
    bool onlyWhole; ///< written only where it leaves nothing
};

constexpr auto kUnits = std::to_array<Unit>({
    {"y", 365LL * 24 * 3600 * 1000, true},
    {"w", 7LL * 24 * 3600 * 1000, true},
    {"d", 24LL * 3600 * 1000, false},
    {"h", 3600LL * 1000, false},
    {"m", 60LL * 1000, false},
    {"s", 1000, false},
    {"ms", 1, false},
});

constexpr std::string_view kDigits = "0123456789";
/// What Prometheus' durations, nanoseconds in 64 bits, can hold.
constexpr std::int64_t kMostMs = std::numeric_limits<std::int64_t>::max() / 1'000'000;

} // namespace

std::string durationText(std::int64_t ms)
{
    if (ms == 0)
        return "0s";
    std::string text;
    for (const Unit& unit : kUnits) {
        if (ms < unit.ms || (unit.onlyWhole && ms % unit.ms != 0))
            continue;
        text += std::to_string(ms / unit.ms);
        text += unit.name;
        ms %= unit.ms;
    }
    return text;
}

Result<std::int64_t> parseDuration(std::string_view text)
{
    const auto invalid = [&] { return fail(ErrorCode::Invalid, "not a valid duration string: " + quoted(text)); };
    if (text.empty())
        return fail(ErrorCode::Invalid, "empty duration string");
    std::string_view rest = text == "0" ? "0ms" : text;
    std::size_t nextUnit = 0; // the units stand in this order, each at most once
    std::int64_t total = 0;
    while (!rest.empty()) {
        const std::size_t digits = std::min(rest.find_first_not_of(kDigits), rest.size());
        const std::size_t end = std::min(rest.find_first_of(kDigits, digits), rest.size());
        const std::string_view name = rest.substr(digits, end - digits);
        while (nextUnit < kUnits.size() && kUnits[nextUnit].name != name)
            ++nextUnit;
        if (digits == 0 || nextUnit == kUnits.size())
            return invalid();
        const std::int64_t unit = kUnits[nextUnit++].ms;
        std::int64_t count = 0;
        const auto [last, error] = std::from_chars(rest.data(), rest.data() + digits, count);
        if (error != std::errc{} || count > (kMostMs - total) / unit)
            return fail(ErrorCode::Invalid, "duration out of range");
        total += count * unit;
        rest.remove_prefix(end);
    }
    if (total == 0)
        return fail(ErrorCode::Invalid, "duration must be greater than 0");
    return total;
}

} // namespace sextant::promql
