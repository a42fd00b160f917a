// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/json_text.h"
#include "server/query/series.h"

namespace sextant::server {
namespace {

void appendTimes(std::string& json, const SeriesAnswer& answer)
{
    appendJsonKey(json, "times");
    json += '[';
    for (std::int64_t time = answer.fromMs - answer.fromMs % answer.stepMs; time < answer.toMs; time += answer.stepMs) {
        if (!json.ends_with('['))
            json += ',';
        appendJsonNumber(json, time);
    }
    json += ']';
}

void appendTiers(std::string& json, const SeriesAnswer& answer)
{
    appendJsonKey(json, "tiers");
    json += '[';
    for (const Tier tier : answer.tiers) {
        if (!json.ends_with('['))
            json += ',';
        appendJsonString(json, tierName(tier));
    }
    json += ']';
}

void appendColumns(std::string& json, const SeriesAnswer& answer)
{
    appendJsonKey(json, "columns");
    json += '{';
    for (const std::size_t index : answer.columns) {
        const metrics::Column& column = answer.family->columns[index];
        appendJsonKey(json, column.name);
        json += '{';
        appendJsonKey(json, "unit");
        appendJsonString(json, metrics::unitName(column.unit));
        appendJsonKey(json, "kind");
        appendJsonString(json, metrics::kindName(column.kind));
        json += '}';
    }
    json += '}';
}

void appendValues(std::string& json, const std::vector<double>& values)
{
    json += '[';
    for (const double value : values) {
        if (!json.ends_with('['))
            json += ',';
        appendJsonNumber(json, value);
    }
    json += ']';
}

void appendInstance(std::string& json, const SeriesAnswer& answer, const SeriesInstance& instance)
{
    json += '{';
    appendJsonKey(json, "labels");
    json += '{';
    for (std::size_t i = 0; i < instance.labels.size(); ++i) {
        appendJsonKey(json, answer.family->labels[i]);
        appendJsonString(json, instance.labels[i]);
    }
    json += '}';
    appendJsonKey(json, "columns");
    json += '{';
    for (std::size_t c = 0; c < answer.columns.size(); ++c) {
        appendJsonKey(json, answer.family->columns[answer.columns[c]].name);
        json += '{';
        for (std::size_t a = 0; a < answer.aggregates.size(); ++a) {
            appendJsonKey(json, aggregateName(answer.aggregates[a]));
            appendValues(json, instance.values[c][a]);
        }
        json += '}';
    }
    json += "}}";
}

} // namespace

QByteArray toJson(const SeriesAnswer& answer)
{
    std::string json("{");
    appendJsonMember(json, "host", answer.host.value);
    appendJsonKey(json, "family");
    appendJsonString(json, answer.family->name);
    appendJsonMember(json, "from", answer.fromMs);
    appendJsonMember(json, "to", answer.toMs);
    appendJsonMember(json, "stepMs", answer.stepMs);
    if (answer.keptFromMs)
        appendJsonMember(json, "keptFromMs", *answer.keptFromMs);
    appendTiers(json, answer);
    appendTimes(json, answer);
    appendColumns(json, answer);
    appendJsonKey(json, "instances");
    json += '[';
    for (const SeriesInstance& instance : answer.instances) {
        if (!json.ends_with('['))
            json += ',';
        appendInstance(json, answer, instance);
    }
    json += "]}";
    return QByteArray::fromStdString(json);
}

} // namespace sextant::server
