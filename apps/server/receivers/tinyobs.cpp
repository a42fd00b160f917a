// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/tinyobs.h"

#include "server/receivers/json_items.h"
#include "server/receivers/json_text.h"
#include "server/receivers/rfc3339.h"

#include <algorithm>
#include <unordered_map>

namespace sextant::server {
namespace {

constexpr std::size_t kMaxLabels = 20;
constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxValueBytes = 1'024;
constexpr std::int64_t kQueryMs = 60LL * 60'000; ///< where a query does not say from when

std::string labelFault(const metrics::Labels& labels)
{
    if (labels.size() > kMaxLabels)
        return "too many labels (max 20)";
    for (const metrics::Label& label : labels) {
        if (label.name.empty() || label.name.size() > kMaxNameBytes)
            return "label key must have 1 to 256 bytes";
        if (label.value.size() > kMaxValueBytes)
            return "label value of " + inQuotes(label.name) + " has more than 1024 bytes";
        if (label.name.starts_with("__"))
            return "label key " + inQuotes(label.name) + " is reserved";
    }
    return {};
}

/// Fills the series; gives what is wrong with the item, if anything.
std::string readItem(const JsonValue& item, std::int64_t nowMs, SampleSeries& series)
{
    series.name = textMember(item, "name").value_or("");
    if (series.name.empty() || series.name.size() > kMaxNameBytes)
        return "name must have 1 to 256 bytes";
    const std::string_view type = textMember(item, "type").value_or("gauge");
    if (type != "counter" && type != "gauge" && type != "histogram")
        return "unknown type " + inQuotes(type);
    const auto value = numberMember(item, "value");
    if (!value)
        return "value must be a number";
    if (!readLabels(item, series.labels))
        return "label values must be strings";
    if (std::string fault = labelFault(series.labels); !fault.empty())
        return fault;
    std::int64_t timeMs = nowMs;
    if (const auto timestamp = member(item, "timestamp"); timestamp && !timestamp->is_null()) {
        const auto time = timeOf(textMember(item, "timestamp").value_or(""));
        if (!time)
            return "timestamp must be RFC 3339";
        timeMs = *time;
    }
    series.samples.push_back({timeMs, *value});
    return {};
}

std::string keyOf(const SampleSeries& series)
{
    metrics::Labels labels = series.labels;
    std::ranges::sort(labels);
    return series.name + '{' + metrics::labelText(labels) + '}';
}

/// A histogram's parts hold what was counted since the push before.
bool isPartOfHistogram(const JsonValue& item, const std::string& name)
{
    return textMember(item, "type") == "histogram" &&
           (name.ends_with("_bucket") || name.ends_with("_sum") || name.ends_with("_count"));
}

/// Leaves out what is followed by a sample of the same series and time.
void keepLast(std::vector<SampleSeries>& all)
{
    std::unordered_map<std::string, std::size_t> last;
    for (std::size_t i = 0; i < all.size(); ++i)
        last[keyOf(all[i]) + std::to_string(all[i].samples.front().timeMs)] = i;
    std::vector<SampleSeries> kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (last[keyOf(all[i]) + std::to_string(all[i].samples.front().timeMs)] == i)
            kept.push_back(std::move(all[i]));
    }
    all = std::move(kept);
}

} // namespace

Result<TinyObsQuery> readTinyObsQuery(const std::string& body, std::int64_t nowMs)
{
    JsonText text;
    const auto root = text.parse(body);
    if (!root)
        return tl::unexpected<Error>(root.error());
    const auto timeMember = [&root](std::string_view key, std::int64_t otherwise) -> Result<std::int64_t> {
        const std::string_view given = textMember(*root, key).value_or("");
        const auto time = given.empty() ? std::optional(otherwise) : timeOf(given);
        if (!time || (given.empty() && member(*root, key) && !textMember(*root, key)))
            return fail(ErrorCode::Invalid, std::string(key) + " must be RFC 3339");
        return *time;
    };
    const auto end = timeMember("end", nowMs);
    if (!end)
        return tl::unexpected<Error>(end.error());
    const auto start = timeMember("start", *end - kQueryMs);
    if (!start)
        return tl::unexpected<Error>(start.error());
    return TinyObsQuery{std::string(textMember(*root, "query").value_or("")), *start, *end,
        std::string(textMember(*root, "step").value_or("15s"))};
}

Result<Intake> readTinyObs(const std::string& body, std::size_t maxItems, std::int64_t nowMs, RequestDeltas& deltas)
{
    JsonText text;
    const auto root = text.parse(body);
    if (!root)
        return tl::unexpected<Error>(root.error());
    const auto metrics = member(*root, "metrics");
    if (!metrics || !metrics->is_array())
        return fail(ErrorCode::Invalid, "metrics must be an array");
    if (itemCount(metrics) > maxItems)
        return fail(ErrorCode::Invalid, "too many metrics (max " + std::to_string(maxItems) + ")");
    auto intake = readItems(metrics, [&](const JsonValue& item, SampleSeries& series) -> std::string {
        if (std::string fault = readItem(item, nowMs, series); !fault.empty())
            return fault;
        if (isPartOfHistogram(item, series.name)) {
            Sample& sample = series.samples.front();
            Counted counted{{}, 0, sample.value};
            if (deltas.add(series.name, series.labels, sample.timeMs, counted) != RunningTotals::Outcome::Added)
                return "older than what was added up before, or too many histograms";
            sample.value = counted.sum.value_or(0);
        }
        return {};
    });
    if (intake)
        keepLast(intake->series);
    return intake;
}

} // namespace sextant::server
