// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/instant_functions.h"

#include <array>
#include <utility>

namespace sextant::promql {
namespace {

// Days are counted as Go does it: from a first of January so long ago that no time lies before it. Sums wrap where the
// seconds are those of a NaN or of a number that is no time, and still give what Prometheus gives.
constexpr std::int64_t kFirstYear = -292277022399; // ≡ 1 modulo 400
constexpr std::uint64_t kFirstYearToUnixS = 9223372028715321600U;
constexpr std::uint64_t kDayS = 86400;
constexpr std::uint64_t kDaysPer400Years = 146097;
constexpr std::uint64_t kDaysPer100Years = 36524;
constexpr std::uint64_t kDaysPer4Years = 1461;

struct Date {
    std::int64_t year;
    int dayOfYear; ///< from 0
    bool leap;
};

std::uint64_t secondsOf(std::int64_t unixS)
{
    return static_cast<std::uint64_t>(unixS) + kFirstYearToUnixS;
}

Date dateOf(std::int64_t unixS)
{
    std::uint64_t days = secondsOf(unixS) / kDayS;
    std::uint64_t years = 400 * (days / kDaysPer400Years);
    days %= kDaysPer400Years;
    std::uint64_t part = days / kDaysPer100Years;
    part -= part >> 2; // the last day of 400 years
    years += 100 * part;
    days -= kDaysPer100Years * part;
    years += 4 * (days / kDaysPer4Years);
    days %= kDaysPer4Years;
    part = days / 365;
    part -= part >> 2; // the last day of four years
    years += part;
    days -= 365 * part;
    const std::int64_t year = static_cast<std::int64_t>(years) + kFirstYear;
    return {year, static_cast<int>(days), year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)};
}

struct Month {
    int month; ///< from 1
    int day;   ///< from 1
    int length;
};

Month monthOf(const Date& date)
{
    static constexpr std::array kLengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int day = date.dayOfYear;
    int month = 1;
    for (int length : kLengths) {
        if (month == 2 && date.leap)
            ++length;
        if (day < length)
            return {month, day + 1, length};
        day -= length;
        ++month;
    }
    return {12, 31, 31};
}

double minute(std::int64_t unixS)
{
    return static_cast<double>(secondsOf(unixS) % 3600 / 60);
}

double hour(std::int64_t unixS)
{
    return static_cast<double>(secondsOf(unixS) % kDayS / 3600);
}

double dayOfWeek(std::int64_t unixS)
{
    // The first day of all was a Monday.
    return static_cast<double>((secondsOf(unixS) / kDayS + 1) % 7);
}

double dayOfMonth(std::int64_t unixS)
{
    return monthOf(dateOf(unixS)).day;
}

double dayOfYear(std::int64_t unixS)
{
    return dateOf(unixS).dayOfYear + 1;
}

double daysInMonth(std::int64_t unixS)
{
    return monthOf(dateOf(unixS)).length;
}

double month(std::int64_t unixS)
{
    return monthOf(dateOf(unixS)).month;
}

double year(std::int64_t unixS)
{
    return static_cast<double>(dateOf(unixS).year);
}

} // namespace

DatePart findDatePart(std::string_view name)
{
    static constexpr auto kParts = std::to_array<std::pair<std::string_view, DatePart>>({
        {"day_of_month", dayOfMonth},
        {"day_of_week", dayOfWeek},
        {"day_of_year", dayOfYear},
        {"days_in_month", daysInMonth},
        {"hour", hour},
        {"minute", minute},
        {"month", month},
        {"year", year},
    });
    for (const auto& [known, part] : kParts) {
        if (known == name)
            return part;
    }
    return nullptr;
}

} // namespace sextant::promql
