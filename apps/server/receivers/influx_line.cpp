// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/influx_line.h"

#include "metrics/checked.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace sextant::server {
namespace {

/// The end of the first line: a line feed, but not one inside a quoted text. Only values of fields, behind the first
/// blank, are quoted; a quote that does not end quotes nothing.
std::size_t endOfLine(std::string_view text)
{
    const std::size_t first = std::min(text.find('\n'), text.size());
    bool inFields = false;
    bool isQuoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\')
            ++i;
        else if (c == '\n' && !isQuoted)
            return i;
        else if (c == '"' && isQuoted)
            isQuoted = false;
        else if (c == '"' && inFields && text[i - 1] == '=')
            isQuoted = true;
        else if (c == ' ' && !isQuoted)
            inFields = true;
    }
    return isQuoted ? first : text.size();
}

/// The characters up to one of `stops` that is not escaped, with escapes undone; moves up to it.
std::string takeEscaped(std::string_view& text, std::string_view stops)
{
    std::string word;
    std::size_t i = 0;
    for (; i < text.size() && stops.find(text[i]) == std::string_view::npos; ++i) {
        const bool isEscape = text[i] == '\\' && i + 1 < text.size() &&
                              std::string_view(",= ").find(text[i + 1]) != std::string_view::npos;
        if (isEscape)
            ++i;
        word += text[i];
    }
    text.remove_prefix(i);
    return word;
}

bool takeChar(std::string_view& text, char c)
{
    if (!text.starts_with(c))
        return false;
    text.remove_prefix(1);
    return true;
}

/// Moves past a quoted text; false when it does not end.
bool skipQuoted(std::string_view& text)
{
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

template <typename Number>
std::optional<Number> wholeNumber(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// A number or a boolean as a field writes it; nothing for anything else.
std::optional<double> fieldValue(std::string_view text)
{
    for (const std::string_view yes : {"t", "T", "true", "True", "TRUE"}) {
        if (text == yes)
            return 1;
    }
    for (const std::string_view no : {"f", "F", "false", "False", "FALSE"}) {
        if (text == no)
            return 0;
    }
    const auto asDouble = [](auto whole) { return static_cast<double>(whole); };
    if (text.ends_with('i')) {
        const auto whole = wholeNumber<std::int64_t>(text.substr(0, text.size() - 1));
        return whole ? std::optional(asDouble(*whole)) : std::nullopt;
    }
    if (text.ends_with('u')) {
        const auto whole = wholeNumber<std::uint64_t>(text.substr(0, text.size() - 1));
        return whole ? std::optional(asDouble(*whole)) : std::nullopt;
    }
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
        return std::nullopt;
    return number;
}

std::optional<std::int64_t> toMilliseconds(std::int64_t time, InfluxPrecision precision)
{
    const auto times = [time](std::int64_t factor) -> std::optional<std::int64_t> {
        std::int64_t product = 0;
        return metrics::multiplyOverflows(time, factor, product) ? std::nullopt : std::optional(product);
    };
    const auto divided = [time](std::int64_t by) { return time / by - (time % by < 0 ? 1 : 0); };
    switch (precision) {
    case InfluxPrecision::Nanoseconds:
        return divided(1'000'000);
    case InfluxPrecision::Microseconds:
        return divided(1'000);
    case InfluxPrecision::Milliseconds:
        return time;
    case InfluxPrecision::Seconds:
        return times(1'000);
    case InfluxPrecision::Minutes:
        return times(60'000);
    case InfluxPrecision::Hours:
        return times(3'600'000);
    }
    return std::nullopt;
}

/// A name that Prometheus takes: what cannot stand in it becomes an underscore.
std::string cleanName(std::string name)
{
    for (char& c : name) {
        const bool isGood = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        c = isGood ? c : '_';
    }
    if (!name.empty() && name.front() >= '0' && name.front() <= '9')
        name.insert(name.begin(), '_');
    return name;
}

/// A line taken apart.
struct Line {
    std::string measurement;
    metrics::Labels labels;
    std::vector<std::pair<std::string, double>> fields;
    std::optional<std::int64_t> time;
};

Result<void> readTags(std::string_view& text, Line& line)
{
    while (takeChar(text, ',')) {
        std::string name = takeEscaped(text, ",= ");
        if (name.empty() || !takeChar(text, '='))
            return fail(ErrorCode::Malformed, "a tag has no name or no value");
        std::string value = takeEscaped(text, ", ");
        if (line.labels.size() == SampleSink::kMaxLabels)
            return fail(ErrorCode::TooLarge, "more than " + std::to_string(SampleSink::kMaxLabels) + " tags");
        line.labels.push_back({cleanName(std::move(name)), std::move(value)});
    }
    return {};
}

Result<void> readFields(std::string_view& text, Line& line)
{
    do {
        std::string name = takeEscaped(text, ",= ");
        if (name.empty() || !takeChar(text, '='))
            return fail(ErrorCode::Malformed, "a field has no name or no value");
        if (text.starts_with('"')) {
            if (!skipQuoted(text))
                return fail(ErrorCode::Malformed, "a text does not end");
            continue;
        }
        const std::string_view word = text.substr(0, text.find_first_of(", "));
        const auto value = fieldValue(word);
        if (!value)
            return fail(ErrorCode::Malformed, "the value of a field is no number, boolean or text");
        text.remove_prefix(word.size());
        line.fields.emplace_back(std::move(name), *value);
    } while (takeChar(text, ','));
    return {};
}

void skipBlanks(std::string_view& text)
{
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

Result<Line> readLine(std::string_view text, InfluxPrecision precision)
{
    Line line;
    line.measurement = takeEscaped(text, ", ");
    if (line.measurement.empty())
        return fail(ErrorCode::Malformed, "there is no measurement");
    if (auto read = readTags(text, line); !read)
        return tl::unexpected<Error>(read.error());
    skipBlanks(text);
    if (auto read = readFields(text, line); !read)
        return tl::unexpected<Error>(read.error());
    if (!text.empty() && !text.starts_with(' '))
        return fail(ErrorCode::Malformed, "there is something behind the value of a field");
    skipBlanks(text);
    if (text.empty())
        return line;
    const auto time = wholeNumber<std::int64_t>(text.substr(0, text.find_last_not_of(' ') + 1));
    line.time = time ? toMilliseconds(*time, precision) : std::nullopt;
    if (!line.time)
        return fail(ErrorCode::Malformed, "the time is no whole number");
    return line;
}

void addLine(Line line, std::size_t number, const InfluxRequest& request, Intake& intake)
{
    const bool saysDatabase = std::ranges::find(line.labels, "db", &metrics::Label::name) != line.labels.end();
    if (!request.database.empty() && !saysDatabase)
        line.labels.push_back({"db", request.database});
    const std::string prefix = cleanName(std::move(line.measurement)) + '_';
    for (auto& [field, value] : line.fields)
        intake.series.push_back({number, prefix + cleanName('_' + std::move(field)).substr(1), line.labels,
            {{line.time.value_or(request.nowMs), value}}});
}

} // namespace

std::optional<InfluxPrecision> parseInfluxPrecision(std::string_view name)
{
    if (name == "ns" || name == "n")
        return InfluxPrecision::Nanoseconds;
    if (name == "us" || name == "u")
        return InfluxPrecision::Microseconds;
    if (name == "ms")
        return InfluxPrecision::Milliseconds;
    if (name == "s")
        return InfluxPrecision::Seconds;
    if (name == "m")
        return InfluxPrecision::Minutes;
    if (name == "h")
        return InfluxPrecision::Hours;
    return std::nullopt;
}

Result<Intake> readInfluxLines(std::string_view body, const InfluxRequest& request)
{
    Intake intake;
    std::size_t labels = 0;
    for (std::size_t number = 1; !body.empty();) {
        const std::size_t end = endOfLine(body);
        std::string_view text = body.substr(0, end);
        const std::size_t first = number;
        number += 1 + static_cast<std::size_t>(std::ranges::count(text, '\n'));
        body.remove_prefix(std::min(end + 1, body.size()));
        if (text.ends_with('\r'))
            text.remove_suffix(1);
        skipBlanks(text);
        if (text.empty() || text.starts_with('#'))
            continue;
        auto line = readLine(text, request.precision);
        if (!line) {
            intake.received.refuse(first, "malformed", line.error().message);
            continue;
        }
        labels += line->fields.size() * line->labels.size(); // each field gets its own
        if (intake.series.size() + line->fields.size() > SampleSink::kMaxSamples ||
            labels > 10 * SampleSink::kMaxSamples)
            return fail(ErrorCode::TooLarge, "more than " + std::to_string(SampleSink::kMaxSamples) +
                                                 " samples in a request, or ten times as many labels");
        addLine(std::move(*line), first, request, intake);
    }
    return intake;
}

} // namespace sextant::server
