// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/parser.h"
#include "server/api/prometheus.h"

#include <QDateTime>
#include <QString>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sextant::server {
namespace {

std::optional<double> toNumber(std::string_view text)
{
    if (text.starts_with('+') && !text.starts_with("+-"))
        text.remove_prefix(1); // which Go reads and from_chars does not
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string quoted(std::string_view text)
{
    return '"' + std::string(text) + '"';
}

constexpr double kLargestSeconds = 9e15; ///< far beyond any date, and as milliseconds within 64 bits

} // namespace

PrometheusForm::PrometheusForm(const http::Request& request)
{
    const std::string* type = request.head.header("content-type");
    if (type && type->starts_with("application/x-www-form-urlencoded")) {
        if (auto form = http::parseForm(request.body))
            m_values = std::move(*form);
        else
            m_problem = form.error();
    }
    const auto& query = request.head.target.query;
    m_values.insert(m_values.end(), query.begin(), query.end());
}

std::string_view PrometheusForm::text(std::string_view name) const
{
    const auto found = std::ranges::find(m_values, name, &http::Form::value_type::first);
    return found == m_values.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<std::string_view> PrometheusForm::all(std::string_view name) const
{
    std::vector<std::string_view> values;
    for (const auto& [key, value] : m_values) {
        if (key == name)
            values.emplace_back(value);
    }
    return values;
}

Result<std::int64_t> PrometheusForm::time(std::string_view name) const
{
    const std::string_view value = text(name);
    if (const auto seconds = toNumber(value); seconds && std::abs(*seconds) < kLargestSeconds)
        return std::llround(*seconds * 1'000);
    const QString date = QString::fromUtf8(value.data(), static_cast<qsizetype>(value.size()));
    const bool hasZone = date.endsWith(u'Z') || date.lastIndexOf(u'+') > 10 || date.lastIndexOf(u'-') > 10;
    const bool hasSeconds = date.indexOf(u'T') == 10 && date.indexOf(u':', 14) == 16;
    const QDateTime read = hasSeconds && hasZone ? QDateTime::fromString(date, Qt::ISODateWithMs) : QDateTime();
    if (!read.isValid())
        return fail(ErrorCode::Invalid, "cannot parse " + quoted(value) + " to a valid timestamp");
    return std::int64_t{read.toMSecsSinceEpoch()};
}

Result<std::int64_t> PrometheusForm::time(std::string_view name, std::int64_t otherwise) const
{
    if (text(name).empty())
        return otherwise;
    return time(name).map_error([name](const Error& error) {
        return Error{error.code, "Invalid time value for '" + std::string(name) + "': " + error.message};
    });
}

Result<std::int64_t> PrometheusForm::duration(std::string_view name) const
{
    const std::string_view value = text(name);
    if (const auto seconds = toNumber(value)) {
        if (std::abs(*seconds) > kLargestSeconds / 1'000)
            return fail(
                ErrorCode::Invalid, "cannot parse " + quoted(value) + " to a valid duration. It overflows int64");
        return std::llround(*seconds * 1'000);
    }
    if (const auto duration = promql::parseDuration(value))
        return *duration;
    return fail(ErrorCode::Invalid, "cannot parse " + quoted(value) + " to a valid duration");
}

Result<std::vector<std::vector<promql::Matcher>>> PrometheusForm::selectors(promql::MatchAll matchAll) const
{
    if (m_problem)
        return tl::unexpected(*m_problem);
    std::vector<std::vector<promql::Matcher>> all;
    for (const std::string_view value : this->all("match[]")) {
        auto matchers = promql::parseSeriesSelector(value, matchAll);
        if (!matchers)
            return tl::unexpected(matchers.error());
        all.push_back(std::move(*matchers));
    }
    return all;
}

Result<std::size_t> PrometheusForm::limit() const
{
    const std::string_view value = text("limit");
    std::size_t limit = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), limit);
    if (!value.empty() && (error != std::errc() || end != value.data() + value.size()))
        return fail(ErrorCode::Invalid, "limit must be a number");
    return limit;
}

} // namespace sextant::server
