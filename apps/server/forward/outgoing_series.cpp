// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/forward/outgoing_series.h"

#include "metrics/labels.h"
#include "promql/labels.h"
#include "server/query/series_labels.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace sextant::server {
namespace {

using metrics::Column;
using metrics::Frame;
using metrics::RemoteSeries;

const metrics::NamedSeries& namedSeries(const Column& column)
{
    static const auto kByColumn = [] {
        std::unordered_map<const Column*, const metrics::NamedSeries*> all;
        for (const metrics::NamedSeries& named : metrics::catalogueSeries())
            all.emplace(named.columns.front(), &named);
        return all;
    }();
    return *kByColumn.at(&column);
}

bool areNames(const metrics::Labels& labels)
{
    return std::ranges::all_of(labels, [](const metrics::Label& label) {
        return label.name == promql::kMetricName ? metrics::isMetricName(label.value)
                                                 : metrics::isLabelName(label.name);
    });
}

class Collector {
public:
    explicit Collector(const QueryHost& host) : m_host(host) {}

    void add(const Frame& frame)
    {
        for (std::size_t row = 0; row < frame.rowCount(); ++row) {
            std::vector<Place>& places = placesOf(frame, row);
            for (std::size_t i = 0; i < places.size(); ++i) {
                const Column& column = frame.family().columns[i];
                if (const auto number = metrics::toDouble(frame.at(row, i), column))
                    addSample(places[i], column, frame.labels(row), {frame.timeMs(), *number});
            }
        }
    }

    std::vector<RemoteSeries> take() { return std::move(m_series); }

private:
    /// Where the series of a column of an instance is in m_series.
    struct Place {
        bool isKnown = false;
        std::optional<std::size_t> index{}; ///< nothing: it does not go out
    };

    /// By column, of the row's instance.
    std::vector<Place>& placesOf(const Frame& frame, std::size_t row)
    {
        std::string key(frame.family().name);
        for (const std::string& label : frame.labels(row))
            key.append(1, '\0').append(label); // no label holds one
        std::vector<Place>& places = m_places[key];
        places.resize(frame.family().columns.size());
        return places;
    }

    void addSample(
        Place& place, const Column& column, std::span<const std::string> instance, const RemoteSeries::Sample& sample)
    {
        if (!std::exchange(place.isKnown, true)) {
            if (auto labels = labelsOf(column, instance)) {
                place.index = m_series.size();
                m_series.push_back({std::move(*labels), {}});
            }
        }
        if (place.index)
            m_series[*place.index].samples.push_back(sample);
    }

    [[nodiscard]] std::optional<metrics::Labels> labelsOf(
        const Column& column, std::span<const std::string> instance) const
    {
        const bool isApplication = &column == &metrics::family("custom").columns.front();
        if (isApplication) {
            auto labels = applicationLabels(m_host, instance);
            return areNames(labels) ? std::optional(std::move(labels)) : std::nullopt;
        }
        const metrics::NamedSeries& named = namedSeries(column);
        return (named.os & m_host.os) != 0 ? catalogueLabels(m_host, named, instance) : std::nullopt;
    }

    const QueryHost& m_host;
    std::unordered_map<std::string, std::vector<Place>> m_places; ///< by family and labels
    std::vector<RemoteSeries> m_series;
};

} // namespace

std::vector<RemoteSeries> outgoingSeries(const QueryHost& host, std::span<const Frame> frames)
{
    Collector collector(host);
    for (const Frame& frame : frames)
        collector.add(frame);
    std::vector<RemoteSeries> all = collector.take();
    for (RemoteSeries& series : all)
        std::ranges::stable_sort(series.samples, {}, &RemoteSeries::Sample::timeMs);
    return all;
}

} // namespace sextant::server
