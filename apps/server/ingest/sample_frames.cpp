// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ingest/sample_frames.h"

#include "metrics/families.h"
#include "metrics/utf8.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string_view>
#include <unordered_map>

namespace sextant::server {
namespace {

using metrics::Family;
using metrics::Label;
using metrics::RefusalReason;

constexpr std::size_t kRowsPerFrame = 65'535;

/// A piece of what came, fit to be shown: printable and short.
std::string excerpt(std::string_view text)
{
    constexpr std::size_t kMost = 60;
    std::string shown(text.substr(0, kMost));
    for (char& c : shown)
        c = c >= 0x20 && c < 0x7f ? c : '?';
    return '"' + shown + (text.size() > kMost ? "…\"" : "\"");
}

std::optional<RefusedItem> faultOf(const SampleSeries& series, const Label& label)
{
    const auto refused = [&](std::string_view reason, const std::string& what) {
        return RefusedItem{series.item, reason, "the label " + excerpt(label.name) + ' ' + what};
    };
    if (!metrics::isLabelName(label.name) || label.name == "__name__")
        return refused("bad_label", "is no name of a label");
    if (label.name.size() > SampleSink::kMaxNameBytes || label.value.size() > SampleSink::kMaxValueBytes)
        return refused("long_label", "has more than " + std::to_string(SampleSink::kMaxNameBytes) +
                                         " bytes in its name or " + std::to_string(SampleSink::kMaxValueBytes) +
                                         " in its value");
    if (!metrics::isText(label.value))
        return refused("bad_text", "has a value that is not UTF-8 or holds a NUL byte");
    return std::nullopt;
}

/// Puts the labels of the destination in. A fault: the series has another value for one.
std::optional<RefusedItem> force(SampleSeries& series, const metrics::Labels& forced)
{
    for (const Label& label : forced) {
        const auto own = std::ranges::find(series.labels, label.name, &Label::name);
        if (own == series.labels.end())
            series.labels.push_back(label);
        else if (own->value != label.value)
            return RefusedItem{series.item, "foreign_label",
                "the label \"" + label.name + "\" is bound to another value by the API key"};
    }
    return std::nullopt;
}

struct CatalogueColumn {
    const Family* family;
    std::size_t column;
};

/// The columns of the catalogue by their names in Prometheus.
const std::unordered_map<std::string, CatalogueColumn>& catalogueNames()
{
    static const auto kNames = [] {
        std::unordered_map<std::string, CatalogueColumn> names;
        for (const Family& family : metrics::families()) {
            for (std::size_t i = 0; family.name != "custom" && i < family.columns.size(); ++i)
                names.emplace(metrics::prometheusName(family, family.columns[i]), CatalogueColumn{&family, i});
        }
        return names;
    }();
    return kNames;
}

std::string_view sentenceOf(RefusalReason reason)
{
    switch (reason) {
    case RefusalReason::TimeAhead:
        return "the time is more than 10 min ahead of the server's clock";
    case RefusalReason::TimeTooOld:
        return "the time is from before what is kept";
    case RefusalReason::TooManyInstances:
        return "the host has as many series as it may; those that are known go on";
    case RefusalReason::UnknownFamily:
    case RefusalReason::BadText:
    case RefusalReason::LongLabel:
    case RefusalReason::NotFinite:
        break;
    }
    return "it cannot be stored";
}

metrics::BatchId makeBatchId(std::int64_t nowMs)
{
    static thread_local std::random_device device;
    std::array<std::uint8_t, 10> random{};
    for (std::uint8_t& byte : random)
        byte = static_cast<std::uint8_t>(device());
    return metrics::BatchId::make(nowMs, random);
}

} // namespace

std::optional<RefusedItem> prepareSeries(SampleSeries& series, const Destination& to)
{
    if (!metrics::isMetricName(series.name) || series.name.size() > SampleSink::kMaxNameBytes)
        return RefusedItem{series.item, "bad_name", excerpt(series.name) + " is no name of a metric"};
    if (series.labels.size() + to.labels.size() > SampleSink::kMaxLabels)
        return RefusedItem{series.item, "too_many_labels",
            series.name + " has more than " + std::to_string(SampleSink::kMaxLabels) + " labels"};
    for (const Label& label : series.labels) {
        if (auto fault = faultOf(series, label))
            return fault;
    }
    if (auto fault = force(series, to.labels))
        return fault;
    if (auto arranged = metrics::arrange(series.labels); !arranged)
        return RefusedItem{series.item, "repeated_label", arranged.error().message};
    return std::nullopt;
}

bool SampleFrames::catalogueLabels(const SampleSeries& series, Place& place) const
{
    place.labels.resize(place.family->labels.size());
    std::size_t found = 0;
    for (const Label& label : series.labels) {
        const auto key = std::ranges::find(place.family->labels, label.name);
        if (key != place.family->labels.end()) {
            place.labels[static_cast<std::size_t>(key - place.family->labels.begin())] = label.value;
            ++found;
        } else if (label.name != "job" && !(label.name == "instance" && label.value == m_to.name)) {
            return false;
        }
    }
    return found == place.labels.size();
}

SampleFrames::Place SampleFrames::placeOf(const SampleSeries& series) const
{
    Place place;
    const auto named = m_to.isMachine ? catalogueNames().find(series.name) : catalogueNames().end();
    if (named != catalogueNames().end()) {
        place.family = named->second.family;
        place.column = named->second.column;
        if (catalogueLabels(series, place))
            return place;
    }
    return {&metrics::family("custom"), 0, {series.name, metrics::labelText(series.labels)}};
}

std::size_t SampleFrames::frameFor(const Family& family, std::int64_t timeMs)
{
    const auto [open, isNew] = m_open.try_emplace({&family, timeMs}, m_frames.size());
    if (!isNew && m_frames[open->second].rowCount() == kRowsPerFrame)
        open->second = m_frames.size();
    if (open->second == m_frames.size()) {
        m_frames.emplace_back(family, timeMs, 0);
        m_origins.emplace_back();
    }
    return open->second;
}

std::size_t SampleFrames::rowFor(std::size_t frame, const Place& place, std::size_t item)
{
    const auto add = [&] {
        m_origins[frame].push_back({item, 0});
        return m_frames[frame].addRow(place.labels);
    };
    if (place.family == &metrics::family("custom"))
        return add(); // the store leaves out what comes twice
    const auto [known, isNew] = m_rows.try_emplace({frame, place.labels}, 0);
    if (isNew)
        known->second = add();
    return known->second;
}

void SampleFrames::add(const SampleSeries& series, Received& received)
{
    const Place place = placeOf(series);
    if (place.family == &metrics::family("custom") && place.labels[1].size() > SampleSink::kMaxLabelsBytes) {
        received.refuse(series.item, "long_label",
            "the labels of " + series.name + " have more than " + std::to_string(SampleSink::kMaxLabelsBytes) +
                " bytes",
            series.samples.size());
        return;
    }
    const metrics::Column& column = place.family->columns[place.column];
    for (const Sample& sample : series.samples) {
        const bool isReal = column.storage == metrics::Storage::Real;
        const auto value = isReal ? metrics::Value::real(sample.value) : metrics::fromDouble(sample.value, column);
        if (value.isAbsent()) {
            received.refuse(series.item, "not_finite", series.name + " holds finite numbers only");
            continue;
        }
        const std::size_t frame = frameFor(*place.family, sample.timeMs);
        const std::size_t row = rowFor(frame, place, series.item);
        m_frames[frame].setCell(row, place.column, value);
        ++m_origins[frame][row].samples;
        ++m_samples;
    }
}

metrics::DecodedBatch SampleFrames::takeBatch(std::int64_t nowMs)
{
    metrics::DecodedBatch decoded;
    decoded.batch.id = makeBatchId(nowMs);
    decoded.batch.host = m_to.name;
    decoded.batch.frames = std::move(m_frames);
    for (std::size_t i = 0; i < decoded.batch.frames.size(); ++i)
        decoded.places.push_back(i);
    return decoded;
}

void SampleFrames::addRefusals(const metrics::Refusals& refusals, Received& received) const
{
    std::array<std::size_t, metrics::kRefusalReasons> told{};
    for (const metrics::Refusal& refusal : refusals.listed()) {
        const auto& rows = m_origins[refusal.frame];
        for (std::size_t row = refusal.row.value_or(0); row < (refusal.row ? *refusal.row + 1 : rows.size()); ++row) {
            received.refuse(
                rows[row].item, reasonName(refusal.reason), std::string(sentenceOf(refusal.reason)), rows[row].samples);
            ++told[static_cast<std::size_t>(refusal.reason)];
        }
    }
    for (std::size_t i = 0; i < told.size(); ++i)
        received.refused += refusals.rows(static_cast<RefusalReason>(i)) - told[i];
}

} // namespace sextant::server
