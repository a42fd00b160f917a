// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/otlp_names.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace sextant::server {
namespace {

using Words = std::span<const std::pair<std::string_view, std::string_view>>;

constexpr std::pair<std::string_view, std::string_view> kUnits[] = {{"d", "days"}, {"h", "hours"}, {"min", "minutes"},
    {"s", "seconds"}, {"ms", "milliseconds"}, {"us", "microseconds"}, {"ns", "nanoseconds"}, {"By", "bytes"},
    {"KiBy", "kibibytes"}, {"MiBy", "mebibytes"}, {"GiBy", "gibibytes"}, {"TiBy", "tibibytes"}, {"KBy", "kilobytes"},
    {"kBy", "kilobytes"}, {"MBy", "megabytes"}, {"GBy", "gigabytes"}, {"TBy", "terabytes"}, {"m", "meters"},
    {"V", "volts"}, {"A", "amperes"}, {"J", "joules"}, {"W", "watts"}, {"g", "grams"}, {"Cel", "celsius"},
    {"Hz", "hertz"}, {"1", ""}, {"%", "percent"}};
constexpr std::pair<std::string_view, std::string_view> kPerUnits[] = {
    {"s", "second"}, {"m", "minute"}, {"h", "hour"}, {"d", "day"}, {"w", "week"}, {"mo", "month"}, {"y", "year"}};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isWordChar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c);
}

/// What stands between other characters than letters and digits. A colon belongs to a metric's name, not to a unit.
std::vector<std::string> split(std::string_view text, bool withColons)
{
    std::vector<std::string> words;
    bool isInside = false;
    for (const char c : text) {
        const bool belongs = isWordChar(c) || (withColons && c == ':');
        if (belongs && !isInside)
            words.emplace_back();
        if (belongs)
            words.back() += c;
        isInside = belongs;
    }
    return words;
}

std::string_view trimmed(std::string_view text)
{
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

/// The word of a unit; empty for one that is an annotation, such as `{requests}`.
std::string unitWord(std::string_view unit, Words known)
{
    unit = trimmed(unit);
    if (unit.find_first_of("{}") != std::string_view::npos)
        return {};
    const auto found = std::ranges::find(known, unit, &std::pair<std::string_view, std::string_view>::first);
    std::string word;
    for (const std::string& part : split(found == known.end() ? unit : found->second, false))
        word += (word.empty() ? "" : "_") + part;
    return word;
}

void appendOnce(std::vector<std::string>& words, const std::string& word)
{
    if (!word.empty() && std::ranges::find(words, word) == words.end())
        words.push_back(word);
}

void moveToEnd(std::vector<std::string>& words, const std::string& word)
{
    std::erase(words, word);
    words.push_back(word);
}

} // namespace

std::string otlpMetricName(std::string_view name, std::string_view unit, OtlpSuffix suffix)
{
    std::vector<std::string> words = split(name, true);
    if (words.empty())
        return {};
    const std::size_t slash = unit.find('/');
    appendOnce(words, unitWord(unit.substr(0, slash), kUnits));
    const std::string per = slash == std::string_view::npos ? "" : unitWord(unit.substr(slash + 1), kPerUnits);
    if (!per.empty() && std::ranges::find(words, per) == words.end()) {
        words.emplace_back("per");
        words.push_back(per);
    }
    if (suffix == OtlpSuffix::Total)
        moveToEnd(words, "total");
    else if (suffix == OtlpSuffix::Ratio && unit == "1")
        moveToEnd(words, "ratio");
    std::string joined = isDigit(words.front().front()) ? "_" : "";
    for (std::size_t i = 0; i < words.size(); ++i)
        joined += (i == 0 ? "" : "_") + words[i];
    return joined;
}

std::string otlpLabelName(std::string_view key)
{
    std::string name;
    for (const char c : key)
        name += isWordChar(c) ? c : '_';
    if (!name.empty() && isDigit(name.front()))
        return "key_" + name;
    if (name.starts_with('_') && !name.starts_with("__"))
        return "key" + name;
    return name;
}

metrics::Labels otlpLabels(metrics::Labels attributes)
{
    std::ranges::sort(attributes, {}, &metrics::Label::name);
    for (metrics::Label& attribute : attributes)
        attribute.name = otlpLabelName(attribute.name);
    std::ranges::stable_sort(attributes, {}, &metrics::Label::name);
    metrics::Labels labels;
    for (metrics::Label& attribute : attributes) {
        if (!labels.empty() && labels.back().name == attribute.name)
            labels.back().value += ';' + attribute.value;
        else
            labels.push_back(std::move(attribute));
    }
    return labels;
}

} // namespace sextant::server
