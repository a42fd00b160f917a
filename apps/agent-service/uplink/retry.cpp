// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/retry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string>
#include <utility>

namespace sextant::agent {
namespace {

constexpr std::array<std::string_view, 12> kMonths{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct DateParts {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

std::optional<unsigned> monthOf(std::string_view name)
{
    const auto found = std::ranges::find(kMonths, name);
    if (found == kMonths.end())
        return std::nullopt;
    return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

std::optional<std::int64_t> unixMs(const DateParts& parts)
{
    using namespace std::chrono;
    const year_month_day date(year(parts.year), month(parts.month), day(parts.day));
    if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60)
        return std::nullopt;
    const auto time = sys_days(date) + hours(parts.hour) + minutes(parts.minute) + seconds(parts.second);
    return duration_cast<milliseconds>(time.time_since_epoch()).count();
}

/// The three forms: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994".
std::optional<std::int64_t> parseHttpDate(const std::string& text)
{
    DateParts parts;
    std::array<char, 4> month{};
    int end = 0;
    const auto matches = [&](int fields) { return fields == 6 && static_cast<std::size_t>(end) == text.size(); };
    bool known = matches(std::sscanf(text.c_str(), "%*3[A-Za-z], %2u %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &parts.day,
        month.data(), &parts.year, &parts.hour, &parts.minute, &parts.second, &end));
    if (!known) {
        known = matches(std::sscanf(text.c_str(), "%*9[A-Za-z], %2u-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &parts.day,
            month.data(), &parts.year, &parts.hour, &parts.minute, &parts.second, &end));
        parts.year += parts.year < 70 ? 2000 : 1900;
    }
    if (!known) {
        known = matches(std::sscanf(text.c_str(), "%*3[A-Za-z] %3[A-Za-z] %2u %2d:%2d:%2d %4d%n", month.data(),
            &parts.day, &parts.hour, &parts.minute, &parts.second, &parts.year, &end));
    }
    const auto number = monthOf(month.data());
    if (!known || !number || parts.hour < 0 || parts.minute < 0 || parts.second < 0)
        return std::nullopt;
    parts.month = *number;
    return unixMs(parts);
}

} // namespace

std::optional<std::chrono::milliseconds> parseRetryAfter(std::string_view text, std::int64_t nowMs)
{
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc{} && end == text.data() + text.size())
        return std::chrono::seconds(seconds);
    if (error == std::errc::result_out_of_range)
        return Backoff::kLongestAsked;
    if (text.size() > 40)
        return std::nullopt;
    const auto date = parseHttpDate(std::string(text));
    if (!date)
        return std::nullopt;
    return std::chrono::milliseconds(std::max<std::int64_t>(*date - nowMs, 0));
}

Backoff unhurriedBackoff(Backoff::Dice dice)
{
    return Backoff(std::move(dice), std::chrono::minutes(1), std::chrono::hours(6));
}

} // namespace sextant::agent
