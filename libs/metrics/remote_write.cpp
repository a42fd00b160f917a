// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/remote_write.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <snappy.h>

namespace sextant::metrics {
namespace {

// prometheus/prompb/remote.proto and types.proto
namespace tag {
constexpr protozero::pbf_tag_type kRequestSeries = 1;
constexpr protozero::pbf_tag_type kSeriesLabel = 1, kSeriesSample = 2, kSeriesHistogram = 4;
constexpr protozero::pbf_tag_type kLabelName = 1, kLabelValue = 2;
constexpr protozero::pbf_tag_type kSampleValue = 1, kSampleTime = 2;
} // namespace tag

// Reading: protozero throws on damaged input, also for a field of another type; decodeRemoteWrite() catches.

Label readLabel(protozero::pbf_reader reader)
{
    Label label;
    while (reader.next()) {
        if (reader.tag() == tag::kLabelName)
            label.name = reader.get_string();
        else if (reader.tag() == tag::kLabelValue)
            label.value = reader.get_string();
        else
            reader.skip();
    }
    return label;
}

RemoteSeries::Sample readSample(protozero::pbf_reader reader)
{
    RemoteSeries::Sample sample;
    while (reader.next()) {
        if (reader.tag() == tag::kSampleValue)
            sample.value = reader.get_double();
        else if (reader.tag() == tag::kSampleTime)
            sample.timeMs = reader.get_int64();
        else
            reader.skip();
    }
    return sample;
}

struct Left {
    std::size_t samples;
    std::size_t labels;
};

/// False: more than is left, which it counts down.
bool readSeries(protozero::pbf_reader reader, DecodedRemoteWrite& request, Left& left)
{
    RemoteSeries series;
    bool hasHistograms = false;
    while (reader.next()) {
        if (reader.tag() == tag::kSeriesLabel) {
            if (left.labels-- == 0)
                return false;
            series.labels.push_back(readLabel(reader.get_message()));
        } else if (reader.tag() == tag::kSeriesSample) {
            if (left.samples-- == 0)
                return false;
            series.samples.push_back(readSample(reader.get_message()));
        } else {
            hasHistograms = hasHistograms || reader.tag() == tag::kSeriesHistogram;
            reader.skip();
        }
    }
    if (hasHistograms)
        request.withHistograms.push_back(request.series.size());
    request.series.push_back(std::move(series));
    return true;
}

} // namespace

Result<DecodedRemoteWrite> decodeRemoteWrite(std::string_view message, std::size_t maxSamples)
{
    DecodedRemoteWrite request;
    Left left{maxSamples, 10 * maxSamples};
    try {
        protozero::pbf_reader reader(message.data(), message.size());
        while (reader.next()) {
            if (reader.tag() != tag::kRequestSeries)
                reader.skip();
            else if (request.series.size() >= maxSamples || !readSeries(reader.get_message(), request, left))
                return fail(ErrorCode::TooLarge,
                    "more than " + std::to_string(maxSamples) + " samples in a request, or ten times as many labels");
        }
    } catch (const std::exception& damage) {
        return fail(ErrorCode::Malformed, std::string("no remote write request: ") + damage.what());
    }
    return request;
}

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

Result<std::string> joinRemoteWrites(std::span<const std::string> bodies)
{
    // All fields of a WriteRequest are repeated ones: messages behind one another are one message.
    std::string request;
    std::string message;
    for (const std::string& body : bodies) {
        if (!snappy::Uncompress(body.data(), body.size(), &message))
            return fail(ErrorCode::Malformed, "no remote write request");
        request += message;
    }
    snappy::Compress(request.data(), request.size(), &message);
    return message;
}

} // namespace sextant::metrics
