// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/remote_write.h"

#include <protozero/pbf_writer.hpp>
#include <snappy.h>

namespace sextant::metrics {
namespace {

// prometheus/prompb/remote.proto and types.proto
namespace tag {
constexpr protozero::pbf_tag_type kRequestSeries = 1;
constexpr protozero::pbf_tag_type kSeriesLabel = 1, kSeriesSample = 2;
constexpr protozero::pbf_tag_type kLabelName = 1, kLabelValue = 2;
constexpr protozero::pbf_tag_type kSampleValue = 1, kSampleTime = 2;
} // namespace tag

} // namespace

std::string encodeRemoteWrite(std::span<const RemoteSeries> series)
{
    std::string request;
    protozero::pbf_writer writer(request);
    for (const RemoteSeries& one : series) {
        protozero::pbf_writer timeSeries(writer, tag::kRequestSeries);
        for (const auto& [name, value] : one.labels) {
            protozero::pbf_writer label(timeSeries, tag::kSeriesLabel);
            label.add_string(tag::kLabelName, name);
            label.add_string(tag::kLabelValue, value);
        }
        for (const RemoteSeries::Sample& sample : one.samples) {
            protozero::pbf_writer point(timeSeries, tag::kSeriesSample);
            point.add_double(tag::kSampleValue, sample.value);
            point.add_int64(tag::kSampleTime, sample.timeMs);
        }
    }
    std::string body;
    snappy::Compress(request.data(), request.size(), &body);
    return body;
}

} // namespace sextant::metrics
