// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/metricsd.h"

#include "server/receivers/json_items.h"
#include "server/receivers/json_text.h"

#include <cmath>

namespace sextant::server {
namespace {

constexpr double kMaxSeconds = 1e11;

std::optional<std::int64_t> timeMember(const JsonValue& value, std::string_view key)
{
    const auto seconds = numberMember(value, key);
    if (!seconds || !(*seconds > 0 && *seconds < kMaxSeconds))
        return std::nullopt;
    return std::llround(*seconds * 1'000);
}

std::string readItem(const JsonValue& item, std::int64_t timeMs, SampleSeries& series)
{
    series.name = textMember(item, "name").value_or("");
    const auto value = numberMember(item, "value");
    if (!value)
        return "value must be a number";
    if (!readLabels(item, series.labels))
        return "label values must be strings";
    series.samples.push_back({timeMs, *value});
    return {};
}

} // namespace

Result<Intake> readMetricsd(const std::string& body)
{
    JsonText text;
    const auto root = text.parse(body);
    if (!root)
        return tl::unexpected<Error>(root.error());
    const auto time = timeMember(*root, "timestamp");
    if (!time)
        return fail(ErrorCode::Invalid, "timestamp must be a time in Unix seconds");
    const auto metrics = member(*root, "metrics");
    if (!metrics || !metrics->is_array())
        return fail(ErrorCode::Invalid, "metrics must be an array");
    return readItems(
        metrics, [&](const JsonValue& item, SampleSeries& series) { return readItem(item, *time, series); });
}

} // namespace sextant::server
