// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/csv.h"

#include "metrics/exposition_writer.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <set>

namespace sextant::server {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

Result<void> appendTime(std::string& csv, std::int64_t timeMs)
{
    using namespace std::chrono;
    constexpr std::int64_t kFirstMs = -62'167'219'200'000; // 0000-01-01
    constexpr std::int64_t kLastMs = 253'402'300'799'999;  // 9999-12-31
    if (timeMs < kFirstMs || timeMs > kLastMs)
        return fail(ErrorCode::Invalid, "a time that is not in the years 0 to 9999");
    const sys_time<milliseconds> time{milliseconds(timeMs)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    std::array<char, 32> text{};
    const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
        static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    csv.append(text.data(), static_cast<std::size_t>(length));
    return {};
}

/// The end of every line of a series.
std::string labelFields(const promql::Labels& labels, const std::set<std::string_view>& names)
{
    std::string fields;
    for (const std::string_view name : names) {
        fields += ',';
        appendCsvField(fields, promql::labelValue(labels, name));
    }
    return fields.append(kLineEnd);
}

} // namespace

void appendCsvField(std::string& csv, std::string_view text)
{
    constexpr std::string_view kBeginsFormula = "=+-@\t\r";
    const bool isFormula = !text.empty() && kBeginsFormula.find(text.front()) != std::string_view::npos;
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        csv.append(isFormula ? "'" : "").append(text);
        return;
    }
    csv.append(isFormula ? "\"'" : "\"");
    for (const char c : text) {
        if (c == '"')
            csv += '"';
        csv += c;
    }
    csv += '"';
}

Result<std::string> toCsv(const promql::MatrixValue& series, std::size_t maxBytes)
{
    std::set<std::string_view> names;
    for (const promql::MatrixSeries& one : series) {
        for (const promql::Label& label : one.labels)
            names.insert(label.name);
    }
    std::string csv = "time,value";
    for (const std::string_view name : names)
        csv.append(",").append(name);
    csv.append(kLineEnd);
    for (const promql::MatrixSeries& one : series) {
        const std::string fields = labelFields(one.labels, names);
        for (const promql::Point& point : one.points) {
            if (auto done = appendTime(csv, point.timeMs); !done)
                return tl::unexpected(done.error());
            csv.append(",").append(metrics::expositionNumber(point.value)).append(fields);
            if (csv.size() > maxBytes)
                return fail(ErrorCode::TooLarge, "the text is larger than that");
        }
    }
    return csv;
}

} // namespace sextant::server
