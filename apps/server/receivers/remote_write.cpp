// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/remote_write.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace sextant::server {
namespace {

/// Moves the labels of a series over; false when they are not in order.
bool takeLabels(metrics::RemoteSeries& from, SampleSeries& to)
{
    const auto outOfOrder = std::ranges::adjacent_find(from.labels, std::greater_equal<>(), &metrics::Label::name);
    if (outOfOrder != from.labels.end())
        return false;
    for (auto& [name, value] : from.labels) {
        if (name == "__name__")
            to.name = std::move(value);
        else
            to.labels.push_back({std::move(name), std::move(value)});
    }
    return true;
}

} // namespace

Result<Intake> readRemoteWrite(std::string_view body, metrics::RemoteWriteVersion version)
{
    auto request = metrics::decodeRemoteWrite(body, SampleSink::kMaxSamples, version);
    if (!request)
        return tl::unexpected<Error>(request.error());
    Intake intake;
    intake.described = std::move(request->metadata);
    for (const std::size_t item : request->withHistograms)
        intake.received.refuse(item, "histogram", "native histograms are not supported");
    for (std::size_t item = 0; item < request->series.size(); ++item) {
        metrics::RemoteSeries& came = request->series[item];
        if (came.samples.empty())
            continue; // exemplars or histograms alone
        SampleSeries series{item, {}, {}, {}};
        if (!takeLabels(came, series)) {
            intake.received.refuse(
                item, "unsorted_labels", "the labels are not sorted, or one comes twice", came.samples.size());
            continue;
        }
        for (const metrics::RemoteSeries::Sample& sample : came.samples)
            series.samples.push_back({sample.timeMs, sample.value});
        intake.series.push_back(std::move(series));
    }
    return intake;
}

} // namespace sextant::server
