// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/miniobserv.h"

#include "server/receivers/json_items.h"
#include "server/receivers/json_text.h"
#include "server/receivers/rfc3339.h"

#include <algorithm>
#include <array>

namespace sextant::server {
namespace {

constexpr std::array<std::string_view, 9> kNames{"cpu.usage_pct", "mem.used_pct", "mem.used_bytes", "mem.total_bytes",
    "disk.used_pct", "disk.used_bytes", "disk.total_bytes", "net.bytes_in", "net.bytes_out"};

/// Fills the series; gives what is wrong with the item, if anything.
std::string readItem(const JsonValue& item, std::string_view batchHost, SampleSeries& series)
{
    const std::string_view name = textMember(item, "name").value_or("");
    const auto known = miniObservSeries(name);
    if (!known)
        return "unknown metric name " + inQuotes(name);
    const std::string_view host = textMember(item, "host").value_or("");
    if (host.empty())
        return "metric host must not be empty";
    if (host != batchHost)
        return "metric host " + inQuotes(host) + " is not that of the batch";
    const auto time = timeOf(textMember(item, "time").value_or(""));
    if (!time)
        return "metric time must not be zero";
    const auto value = numberMember(item, "value");
    if (!value)
        return "metric value must be finite";
    if (!readLabels(item, series.labels) || hasEmptyPart(series.labels))
        return "metric label key and value must not be empty";
    series.labels.push_back({"host", std::string(host)});
    series.name = *known;
    series.samples.push_back({*time, *value});
    return {};
}

} // namespace

std::optional<std::string> miniObservSeries(std::string_view name)
{
    if (std::ranges::find(kNames, name) == kNames.end())
        return std::nullopt;
    std::string series(name);
    std::ranges::replace(series, '.', '_');
    return series;
}

Result<Intake> readMiniObserv(const std::string& body)
{
    JsonText text;
    const auto root = text.parse(body);
    if (!root)
        return tl::unexpected<Error>(root.error());
    const std::string_view host = textMember(*root, "host").value_or("");
    const std::size_t items = itemCount(member(*root, "metrics"));
    if (items == 0)
        return fail(ErrorCode::Invalid, "metrics must not be empty");
    if (items > kMiniObservItems)
        return fail(ErrorCode::Invalid, "batch exceeds maximum size of 1000");
    if (host.empty())
        return fail(ErrorCode::Invalid, "batch host must not be empty");
    return readItems(member(*root, "metrics"),
        [&](const JsonValue& item, SampleSeries& series) { return readItem(item, host, series); });
}

} // namespace sextant::server
