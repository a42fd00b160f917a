// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/live/live_frames.h"

#include "metrics/counter.h"
#include "server/query/json_text.h"
#include "server/storage/store.h"

namespace sextant::server {
namespace {

std::optional<double> rateOf(const metrics::Column& column, metrics::CounterReading before, metrics::CounterReading now,
    std::uint32_t intervalMs)
{
    const metrics::CounterRules rules{.widthBits = 64, .maxGapMs = joinWithinMs(intervalMs)};
    const auto rate = metrics::counterRate(before, now, rules);
    return rate ? std::optional(*rate / static_cast<double>(metrics::scaleFactor(column))) : std::nullopt;
}

void appendLabels(std::string& json, const metrics::Family& family, std::span<const std::string> labels)
{
    appendJsonKey(json, "labels");
    json += '{';
    for (std::size_t i = 0; i < labels.size(); ++i) {
        appendJsonKey(json, family.labels[i]);
        appendJsonString(json, labels[i]);
    }
    json += '}';
}

} // namespace

void LiveFrames::keepOnly(const std::unordered_set<HostId>& watched)
{
    std::erase_if(m_before, [&watched](const auto& entry) { return !watched.contains(entry.first.first); });
}

QByteArray LiveFrames::format(HostId host, const metrics::Frame& frame)
{
    const metrics::Family& family = frame.family();
    Before& before = m_before[{host, &family}];
    if (frame.timeMs() <= before.timeMs)
        return {};
    Before now{frame.timeMs(), {}};
    std::string json("{");
    appendJsonMember(json, "host", host.value);
    appendJsonKey(json, "family");
    appendJsonString(json, family.name);
    appendJsonMember(json, "time", frame.timeMs());
    if (frame.intervalMs() != 0)
        appendJsonMember(json, "intervalMs", std::int64_t{frame.intervalMs()});
    appendJsonKey(json, "instances");
    json += '[';
    for (std::size_t row = 0; row < frame.rowCount(); ++row) {
        const auto labels = frame.labels(row);
        const auto cells = frame.cells(row);
        const std::vector<std::string> key(labels.begin(), labels.end());
        const auto previous = before.rows.find(key);
        json += row == 0 ? "{" : ",{";
        appendLabels(json, family, labels);
        appendJsonKey(json, "columns");
        json += '{';
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const metrics::Column& column = family.columns[i];
            const auto name = column.name;
            if (column.kind == metrics::Kind::Gauge) {
                appendJsonMember(json, name, metrics::toDouble(cells[i], column));
            } else if (previous != before.rows.end() && cells[i].isFixed() && previous->second[i].isFixed()) {
                appendJsonMember(json, name,
                    rateOf(column, {before.timeMs, previous->second[i].scaled()}, {now.timeMs, cells[i].scaled()},
                        frame.intervalMs()));
            }
        }
        json += "}}";
        now.rows.emplace(key, std::vector<metrics::Value>(cells.begin(), cells.end()));
    }
    json += "]}";
    before = std::move(now);
    return QByteArray::fromStdString(json);
}

} // namespace sextant::server
