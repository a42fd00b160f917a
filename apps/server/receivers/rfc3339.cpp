// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/rfc3339.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace sextant::server {
namespace {

/// Takes `digits` digits from the front.
std::optional<int> takeNumber(std::string_view& text, std::size_t digits)
{
    if (text.size() < digits)
        return std::nullopt;
    int number = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        number = 10 * number + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool takeOne(std::string_view& text, std::string_view of)
{
    if (text.empty() || of.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

/// `.123456`, or nothing of it.
int takeMilliseconds(std::string_view& text)
{
    if (!takeOne(text, "."))
        return 0;
    int milliseconds = 0;
    for (int place = 100; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
        milliseconds += place * (text.front() - '0');
        place /= 10;
    }
    return milliseconds;
}

/// `Z`, `+hh:mm`, `-hh:mm` or nothing.
std::optional<std::chrono::minutes> takeOffset(std::string_view& text)
{
    if (text.empty() || takeOne(text, "Zz"))
        return std::chrono::minutes(0);
    const int sign = text.front() == '-' ? -1 : 1;
    if (!takeOne(text, "+-"))
        return std::nullopt;
    const auto hours = takeNumber(text, 2);
    const bool hasColon = takeOne(text, ":");
    const auto minutes = takeNumber(text, 2);
    if (!hours || !hasColon || !minutes || *hours > 23 || *minutes > 59)
        return std::nullopt;
    return std::chrono::minutes(sign * (60 * *hours + *minutes));
}

} // namespace

std::optional<std::int64_t> timeOf(std::string_view text)
{
    const auto year = takeNumber(text, 4);
    const bool dash1 = takeOne(text, "-");
    const auto month = takeNumber(text, 2);
    const bool dash2 = takeOne(text, "-");
    const auto day = takeNumber(text, 2);
    const bool between = takeOne(text, "Tt ");
    const auto hour = takeNumber(text, 2);
    const bool colon1 = takeOne(text, ":");
    const auto minute = takeNumber(text, 2);
    const bool colon2 = takeOne(text, ":");
    const auto second = takeNumber(text, 2);
    if (!year || !dash1 || !month || !dash2 || !day || !between || !hour || !colon1 || !minute || !colon2 || !second)
        return std::nullopt;
    const int milliseconds = takeMilliseconds(text);
    const auto offset = takeOffset(text);
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day))};
    if (!offset || !text.empty() || !date.ok() || *year < 1970 || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    const auto time = std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) -
                      *offset + std::chrono::seconds(*second);
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() + milliseconds;
}

std::string timeText(std::int64_t timeMs)
{
    const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(timeMs)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 48> text{};
    const int written = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
        static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    std::string whole(text.data(), static_cast<std::size_t>(written));
    if (const auto milliseconds = clock.subseconds().count(); milliseconds != 0)
        whole += '.' + std::to_string(1'000 + milliseconds).substr(1);
    return whole + 'Z';
}

} // namespace sextant::server
