// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/remote_write.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <snappy.h>

#include <algorithm>
#include <iterator>

namespace sextant::metrics {
namespace {

// prometheus/prompb/remote.proto and types.proto
namespace tag {
constexpr protozero::pbf_tag_type kRequestSeries = 1;
constexpr protozero::pbf_tag_type kSeriesLabel = 1, kSeriesSample = 2, kSeriesHistogram = 4;
constexpr protozero::pbf_tag_type kLabelName = 1, kLabelValue = 2;
constexpr protozero::pbf_tag_type kSampleValue = 1, kSampleTime = 2;
// io/prometheus/write/v2/types.proto; samples and histograms of a series as above
constexpr protozero::pbf_tag_type kSecondSymbol = 4, kSecondSeries = 5, kSecondLabels = 1, kSecondHistogram = 3,
                                  kSecondMetadata = 5;
// type, help and unit: texts in version 1, numbers of symbols in version 2, which has no name there
constexpr protozero::pbf_tag_type kRequestMetadata = 3, kMetadataType = 1, kMetadataName = 2;
constexpr protozero::pbf_tag_type kMetadataHelp = 4, kMetadataUnit = 5, kSecondHelp = 3, kSecondUnit = 4;
} // namespace tag

constexpr std::size_t kLabelBytes = std::size_t{64} << 20; ///< a text may stand in many labels

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

/// What of the limits is left.
struct Left {
    std::size_t samples;
    std::size_t labels;
    std::size_t labelBytes = kLabelBytes;
};

tl::unexpected<Error> tooMuch()
{
    return fail(ErrorCode::TooLarge, "too many samples in a request, or too many or too long labels for them");
}

using Symbols = std::vector<std::string_view>;

/// Takes the labels that are pairs of numbers of symbols.
Result<void> readReferences(protozero::pbf_reader& reader, const Symbols& symbols, Labels& labels, Left& left)
{
    const auto numbers = reader.get_packed_uint32();
    for (auto at = numbers.begin(); at != numbers.end(); ++at) {
        const std::uint32_t name = *at;
        if (++at == numbers.end() || name >= symbols.size() || *at >= symbols.size())
            return fail(ErrorCode::Malformed, "no remote write request: a label is no pair of symbols");
        const std::size_t bytes = symbols[name].size() + symbols[*at].size();
        if (left.labels-- == 0 || bytes > left.labelBytes)
            return tooMuch();
        left.labelBytes -= bytes;
        labels.push_back({std::string(symbols[name]), std::string(symbols[*at])});
    }
    return {};
}

/// MetricMetadata.MetricType, and the one of version 2.
std::string typeName(std::int32_t type)
{
    static constexpr std::string_view kNames[] = {
        "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"};
    return std::string(type > 0 && type < std::ssize(kNames) ? kNames[type] : kNames[0]);
}

ExposedMetadata readMetadata(protozero::pbf_reader reader)
{
    ExposedMetadata said;
    said.type = typeName(0);
    while (reader.next()) {
        if (reader.tag() == tag::kMetadataType)
            said.type = typeName(reader.get_enum());
        else if (reader.tag() == tag::kMetadataName)
            said.name = reader.get_string();
        else if (reader.tag() == tag::kMetadataHelp)
            said.help = reader.get_string();
        else if (reader.tag() == tag::kMetadataUnit)
            said.unit = reader.get_string();
        else
            reader.skip();
    }
    return said;
}

/// The name is that of the series. Malformed: there is no such symbol.
Result<ExposedMetadata> readSecondMetadata(protozero::pbf_reader reader, const Symbols& symbols)
{
    ExposedMetadata said;
    said.type = typeName(0);
    while (reader.next()) {
        if (reader.tag() == tag::kMetadataType) {
            said.type = typeName(reader.get_enum());
        } else if (reader.tag() == tag::kSecondHelp || reader.tag() == tag::kSecondUnit) {
            std::string& text = reader.tag() == tag::kSecondHelp ? said.help : said.unit;
            const std::uint32_t number = reader.get_uint32();
            if (number >= symbols.size())
                return fail(ErrorCode::Malformed, "no remote write request: help or unit is no symbol");
            text = symbols[number];
        } else {
            reader.skip();
        }
    }
    return said;
}

/// `symbols`: of version 2; null for version 1.
Result<void> readSeries(protozero::pbf_reader reader, const Symbols* symbols, DecodedRemoteWrite& request, Left& left)
{
    const auto histogram = symbols ? tag::kSecondHistogram : tag::kSeriesHistogram;
    RemoteSeries series;
    bool hasHistograms = false;
    ExposedMetadata said;
    while (reader.next()) {
        if (symbols && reader.tag() == tag::kSecondLabels) {
            if (auto read = readReferences(reader, *symbols, series.labels, left); !read)
                return read;
        } else if (!symbols && reader.tag() == tag::kSeriesLabel) {
            if (left.labels-- == 0)
                return tooMuch();
            series.labels.push_back(readLabel(reader.get_message()));
        } else if (reader.tag() == tag::kSeriesSample) {
            if (left.samples-- == 0)
                return tooMuch();
            series.samples.push_back(readSample(reader.get_message()));
        } else if (symbols && reader.tag() == tag::kSecondMetadata) {
            auto read = readSecondMetadata(reader.get_message(), *symbols);
            if (!read)
                return tl::unexpected(read.error());
            said = std::move(*read);
        } else {
            hasHistograms = hasHistograms || reader.tag() == histogram;
            reader.skip();
        }
    }
    if (hasHistograms)
        request.withHistograms.push_back(request.series.size());
    if (const auto name = std::ranges::find(series.labels, "__name__", &Label::name);
        !said.type.empty() && name != series.labels.end()) {
        said.name = name->value;
        const std::size_t bytes = said.name.size() + said.help.size() + said.unit.size();
        if (bytes > left.labelBytes)
            return tooMuch();
        left.labelBytes -= bytes;
        request.metadata.push_back(std::move(said));
    }
    request.series.push_back(std::move(series));
    return {};
}

/// The table of texts of a request of version 2, wherever it stands.
Result<Symbols> readSymbols(std::string_view message, std::size_t maxSymbols)
{
    Symbols symbols;
    protozero::pbf_reader reader(message.data(), message.size());
    while (reader.next()) {
        if (reader.tag() != tag::kSecondSymbol) {
            reader.skip();
            continue;
        }
        if (symbols.size() == maxSymbols)
            return tooMuch();
        const protozero::data_view text = reader.get_view();
        symbols.emplace_back(text.data(), text.size());
    }
    return symbols;
}

} // namespace

Result<DecodedRemoteWrite> decodeRemoteWrite(
    std::string_view message, std::size_t maxSamples, RemoteWriteVersion version)
{
    const bool isSecond = version == RemoteWriteVersion::Two;
    const auto seriesTag = isSecond ? tag::kSecondSeries : tag::kRequestSeries;
    DecodedRemoteWrite request;
    Left left{maxSamples, 10 * maxSamples};
    try {
        const Result<Symbols> symbols = isSecond ? readSymbols(message, 2 * left.labels) : Symbols();
        if (!symbols)
            return tl::unexpected(symbols.error());
        protozero::pbf_reader reader(message.data(), message.size());
        while (reader.next()) {
            if (!isSecond && reader.tag() == tag::kRequestMetadata) {
                if (request.metadata.size() >= maxSamples)
                    return tooMuch();
                request.metadata.push_back(readMetadata(reader.get_message()));
                continue;
            }
            if (reader.tag() != seriesTag) {
                reader.skip();
                continue;
            }
            if (request.series.size() >= maxSamples)
                return tooMuch();
            if (auto read = readSeries(reader.get_message(), isSecond ? &*symbols : nullptr, request, left); !read)
                return tl::unexpected(read.error());
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
