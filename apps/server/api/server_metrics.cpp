// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/server_metrics.h"

#include <algorithm>

namespace sextant::server {
namespace {

std::size_t rowOf(int route)
{
    return static_cast<std::size_t>(std::clamp(route, -1, static_cast<int>(ServerMetrics::kMaxRoutes) - 1) + 1);
}

void append(QByteArray& text, std::string_view bytes)
{
    text.append(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

} // namespace

void ServerMetrics::countAnswer(int route, int status)
{
    const auto statusClass = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
    m_answers[rowOf(route)][statusClass].fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t ServerMetrics::answers(int route, int statusClass) const
{
    return m_answers[rowOf(route)][static_cast<std::size_t>(std::clamp(statusClass, 0, 5))].load(
        std::memory_order_relaxed);
}

void Exposition::begin(std::string_view name, std::string_view type, std::string_view help)
{
    m_name = QByteArray(name.data(), static_cast<qsizetype>(name.size()));
    m_text.append("# HELP ").append(m_name).append(' ');
    append(m_text, help);
    m_text.append("\n# TYPE ").append(m_name).append(' ');
    append(m_text, type);
    m_text.append('\n');
}

void Exposition::sample(double value, Labels labels)
{
    m_text.append(m_name);
    char separator = '{';
    for (const auto& [key, text] : labels) {
        m_text.append(separator);
        append(m_text, key);
        m_text.append("=\"");
        append(m_text, text);
        m_text.append('"');
        separator = ',';
    }
    if (!labels.empty())
        m_text.append('}');
    m_text.append(' ').append(QByteArray::number(value, 'g', 17)).append('\n');
}

void Exposition::single(std::string_view name, std::string_view type, std::string_view help, double value)
{
    begin(name, type, help);
    sample(value);
}

} // namespace sextant::server
