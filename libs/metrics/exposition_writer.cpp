// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/exposition_writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace sextant::metrics {
namespace {

std::string_view typeName(MetricType type, ExpositionWriter::Format format)
{
    switch (type) {
    case MetricType::Counter:
        return "counter";
    case MetricType::Gauge:
        return "gauge";
    case MetricType::Histogram:
        return "histogram";
    case MetricType::Summary:
        return "summary";
    case MetricType::Untyped:
        break;
    }
    return format == ExpositionWriter::Format::OpenMetrics ? "unknown" : "untyped";
}

void appendEscaped(std::string& text, std::string_view value, bool quotes)
{
    for (const char c : value) {
        if (c == '\n') {
            text += "\\n";
            continue;
        }
        if (c == '\\' || (quotes && c == '"'))
            text += '\\';
        text += c;
    }
}

template <typename... Number>
void appendNumber(std::string& text, Number... number)
{
    std::array<char, 32> digits{};
    text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number...).ptr);
}

} // namespace

std::string expositionNumber(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    std::string text;
    appendNumber(text, value);
    return text;
}

void ExpositionWriter::begin(std::string_view name, MetricType type, std::string_view help)
{
    m_name = name;
    m_family = name;
    if (m_format == Format::OpenMetrics && type == MetricType::Counter && name.ends_with("_total"))
        m_family.resize(name.size() - std::string_view("_total").size());
    if (!help.empty()) {
        m_text.append("# HELP ").append(m_family) += ' ';
        appendEscaped(m_text, help, m_format == Format::OpenMetrics);
        m_text += '\n';
    }
    m_text.append("# TYPE ").append(m_family).append(" ").append(typeName(type, m_format)) += '\n';
}

void ExpositionWriter::unit(std::string_view unit)
{
    if (m_format == Format::OpenMetrics && !unit.empty() && m_family.ends_with('_' + std::string(unit)))
        m_text.append("# UNIT ").append(m_family).append(" ").append(unit) += '\n';
}

void ExpositionWriter::add(double value, Labels labels, std::string_view suffix, std::optional<std::int64_t> timeMs)
{
    m_text.append(m_name).append(suffix);
    char separator = '{';
    for (const auto& [key, text] : labels) {
        m_text += separator;
        m_text.append(key).append("=\"");
        appendEscaped(m_text, text, true);
        m_text += '"';
        separator = ',';
    }
    if (!labels.empty())
        m_text += '}';
    m_text.append(" ").append(expositionNumber(value));
    if (timeMs) {
        m_text += ' ';
        if (m_format == Format::OpenMetrics) // in seconds
            appendNumber(m_text, static_cast<double>(*timeMs) / 1e3, std::chars_format::fixed);
        else
            appendNumber(m_text, *timeMs);
    }
    m_text += '\n';
}

std::string ExpositionWriter::take()
{
    if (m_format == Format::OpenMetrics)
        m_text += "# EOF\n";
    return std::exchange(m_text, {});
}

} // namespace sextant::metrics
