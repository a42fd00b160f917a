// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/otlp.h"
#include "server/receivers/otlp_value.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <exception>

namespace sextant::server {
namespace {

// opentelemetry/proto/metrics/v1/metrics.proto and common/v1/common.proto. protozero throws on damaged input;
// readOtlpProtobuf() catches. A field of another type than it should have is skipped, as unknown ones are.
using Reader = protozero::pbf_reader;
using Type = protozero::pbf_wire_type;

constexpr std::uint32_t field(protozero::pbf_tag_type tag, Type type)
{
    return protozero::tag_and_type(tag, type);
}

constexpr Type kMessage = Type::length_delimited;
constexpr int kMaxDepth = 8; ///< of values within values

std::string_view viewOf(protozero::data_view data)
{
    return {data.data(), data.size()};
}

void writeValue(Reader reader, OtlpValue& value, int depth);

void writeList(Reader reader, OtlpValue& value, int depth)
{
    value.beginArray();
    while (reader.next(1, kMessage))
        writeValue(reader.get_message(), value, depth + 1);
    value.endArray();
}

void writeMap(Reader reader, OtlpValue& value, int depth)
{
    value.beginObject();
    while (reader.next(1, kMessage)) {
        Reader pair = reader.get_message();
        while (pair.next()) {
            if (pair.tag_and_type() == field(1, kMessage))
                value.key(viewOf(pair.get_view()));
            else if (pair.tag_and_type() == field(2, kMessage))
                writeValue(pair.get_message(), value, depth + 1);
            else
                pair.skip();
        }
    }
    value.endObject();
}

/// AnyValue
void writeValue(Reader reader, OtlpValue& value, int depth)
{
    while (reader.next()) {
        switch (reader.tag_and_type()) {
        case field(1, kMessage):
            value.string(viewOf(reader.get_view()));
            break;
        case field(2, Type::varint):
            value.boolean(reader.get_bool());
            break;
        case field(3, Type::varint):
            value.whole(reader.get_int64());
            break;
        case field(4, Type::fixed64):
            value.number(reader.get_double());
            break;
        case field(5, kMessage):
            depth < kMaxDepth ? writeList(reader.get_message(), value, depth) : reader.skip();
            break;
        case field(6, kMessage):
            depth < kMaxDepth ? writeMap(reader.get_message(), value, depth) : reader.skip();
            break;
        case field(7, kMessage):
            value.bytes(viewOf(reader.get_view()));
            break;
        default:
            reader.skip();
        }
    }
}

/// KeyValue
void readAttribute(Reader reader, metrics::Labels& attributes)
{
    if (attributes.size() > OtlpSeries::kMaxAttributes)
        return;
    metrics::Label& attribute = attributes.emplace_back();
    while (reader.next()) {
        if (reader.tag_and_type() == field(1, kMessage)) {
            attribute.name = reader.get_string();
        } else if (reader.tag_and_type() == field(2, kMessage)) {
            OtlpValue value;
            writeValue(reader.get_message(), value, 0);
            attribute.value = value.take();
        } else {
            reader.skip();
        }
    }
}

/// Numbers that may come packed; what is more than a histogram may have is left out, as faults are found by size.
template <typename Number, typename Range>
void append(std::vector<Number>& numbers, const Range& range)
{
    for (const auto number : range) {
        if (numbers.size() > OtlpSeries::kMaxBuckets)
            return;
        numbers.push_back(number);
    }
}

void readBuckets(Reader reader, OtlpPoint::Buckets& buckets)
{
    while (reader.next()) {
        switch (reader.tag_and_type()) {
        case field(1, Type::varint):
            buckets.offset = reader.get_sint32();
            break;
        case field(2, kMessage):
            append(buckets.counts, reader.get_packed_uint64());
            break;
        default:
            reader.skip();
        }
    }
}

void readQuantile(Reader reader, OtlpPoint& point)
{
    if (point.quantiles.size() >= OtlpSeries::kMaxBuckets)
        return;
    auto& [quantile, value] = point.quantiles.emplace_back();
    while (reader.next()) {
        if (reader.tag_and_type() == field(1, Type::fixed64))
            quantile = reader.get_double();
        else if (reader.tag_and_type() == field(2, Type::fixed64))
            value = reader.get_double();
        else
            reader.skip();
    }
}

/// NumberDataPoint
OtlpPoint readNumber(Reader reader)
{
    OtlpPoint point;
    while (reader.next()) {
        switch (reader.tag_and_type()) {
        case field(3, Type::fixed64):
            point.timeNs = reader.get_fixed64();
            break;
        case field(4, Type::fixed64):
            point.value = reader.get_double();
            break;
        case field(6, Type::fixed64):
            point.value = static_cast<double>(reader.get_sfixed64());
            break;
        case field(7, kMessage):
            readAttribute(reader.get_message(), point.attributes);
            break;
        case field(8, Type::varint):
            point.hasNoValue = (reader.get_uint32() & 1U) != 0;
            break;
        default:
            reader.skip();
        }
    }
    return point;
}

/// HistogramDataPoint
OtlpPoint readHistogram(Reader reader)
{
    OtlpPoint point;
    while (reader.next()) {
        switch (reader.tag_and_type()) {
        case field(3, Type::fixed64):
            point.timeNs = reader.get_fixed64();
            break;
        case field(4, Type::fixed64):
            point.count = reader.get_fixed64();
            break;
        case field(5, Type::fixed64):
            point.sum = reader.get_double();
            break;
        case field(6, kMessage):
            append(point.counts, reader.get_packed_fixed64());
            break;
        case field(7, kMessage):
            append(point.bounds, reader.get_packed_double());
            break;
        case field(9, kMessage):
            readAttribute(reader.get_message(), point.attributes);
            break;
        case field(10, Type::varint):
            point.hasNoValue = (reader.get_uint32() & 1U) != 0;
            break;
        default:
            reader.skip();
        }
    }
    return point;
}

/// ExponentialHistogramDataPoint
OtlpPoint readExponential(Reader reader)
{
    OtlpPoint point;
    while (reader.next()) {
        switch (reader.tag_and_type()) {
        case field(1, kMessage):
            readAttribute(reader.get_message(), point.attributes);
            break;
        case field(3, Type::fixed64):
            point.timeNs = reader.get_fixed64();
            break;
        case field(4, Type::fixed64):
            point.count = reader.get_fixed64();
            break;
        case field(5, Type::fixed64):
            point.sum = reader.get_double();
            break;
        case field(6, Type::varint):
            point.scale = reader.get_sint32();
            break;
        case field(7, Type::fixed64):
            point.zeroCount = reader.get_fixed64();
            break;
        case field(8, kMessage):
            readBuckets(reader.get_message(), point.positive);
            break;
        case field(9, kMessage):
            readBuckets(reader.get_message(), point.negative);
            break;
        case field(10, Type::varint):
            point.hasNoValue = (reader.get_uint32() & 1U) != 0;
            break;
        case field(14, Type::fixed64):
            point.zeroThreshold = reader.get_double();
            break;
        default:
            reader.skip();
        }
    }
    return point;
}

/// SummaryDataPoint
OtlpPoint readSummary(Reader reader)
{
    OtlpPoint point;
    while (reader.next()) {
        switch (reader.tag_and_type()) {
        case field(3, Type::fixed64):
            point.timeNs = reader.get_fixed64();
            break;
        case field(4, Type::fixed64):
            point.count = reader.get_fixed64();
            break;
        case field(5, Type::fixed64):
            point.sum = reader.get_double();
            break;
        case field(6, kMessage):
            readQuantile(reader.get_message(), point);
            break;
        case field(7, kMessage):
            readAttribute(reader.get_message(), point.attributes);
            break;
        case field(8, Type::varint):
            point.hasNoValue = (reader.get_uint32() & 1U) != 0;
            break;
        default:
            reader.skip();
        }
    }
    return point;
}

OtlpPoint readPoint(OtlpKind kind, Reader reader)
{
    switch (kind) {
    case OtlpKind::Gauge:
    case OtlpKind::Sum:
        break;
    case OtlpKind::Histogram:
        return readHistogram(reader);
    case OtlpKind::ExponentialHistogram:
        return readExponential(reader);
    case OtlpKind::Summary:
        return readSummary(reader);
    }
    return readNumber(reader);
}

/// Gauge, Sum, Histogram… alike: the points are field 1, temporality 2, monotonic 3, in any order.
bool readData(OtlpMetric metric, Reader data, OtlpSeries& series)
{
    Reader first = data;
    while (first.next()) {
        if (first.tag_and_type() == field(2, Type::varint)) {
            const auto temporality = first.get_enum();
            metric.temporality = temporality == 1   ? OtlpTemporality::Delta
                                 : temporality == 2 ? OtlpTemporality::Cumulative
                                                    : OtlpTemporality::Unspecified;
        } else if (first.tag_and_type() == field(3, Type::varint)) {
            metric.isMonotonic = first.get_bool();
        } else {
            first.skip();
        }
    }
    const OtlpKind kind = metric.kind;
    series.beginMetric(std::move(metric));
    while (data.next(1, kMessage)) {
        if (!series.add(readPoint(kind, data.get_message())))
            return false;
    }
    return true;
}

bool readMetric(Reader reader, OtlpSeries& series)
{
    OtlpMetric metric;
    Reader data;
    while (reader.next()) {
        switch (reader.tag_and_type()) {
        case field(1, kMessage):
            metric.name = reader.get_string();
            break;
        case field(2, kMessage):
            metric.description = reader.get_string();
            break;
        case field(3, kMessage):
            metric.unit = reader.get_string();
            break;
        case field(5, kMessage):
            metric.kind = OtlpKind::Gauge;
            data = reader.get_message();
            break;
        case field(7, kMessage):
            metric.kind = OtlpKind::Sum;
            data = reader.get_message();
            break;
        case field(9, kMessage):
            metric.kind = OtlpKind::Histogram;
            data = reader.get_message();
            break;
        case field(10, kMessage):
            metric.kind = OtlpKind::ExponentialHistogram;
            data = reader.get_message();
            break;
        case field(11, kMessage):
            metric.kind = OtlpKind::Summary;
            data = reader.get_message();
            break;
        default:
            reader.skip();
        }
    }
    return readData(std::move(metric), data, series);
}

bool readResourceMetrics(Reader reader, OtlpSeries& series)
{
    metrics::Labels attributes;
    Reader first = reader;
    while (first.next(1, kMessage)) {
        Reader resource = first.get_message();
        while (resource.next(1, kMessage))
            readAttribute(resource.get_message(), attributes);
    }
    series.beginResource(attributes);
    while (reader.next(2, kMessage)) {
        Reader scope = reader.get_message();
        while (scope.next(2, kMessage)) {
            if (!readMetric(scope.get_message(), series))
                return false;
        }
    }
    return true;
}

} // namespace

Result<void> readOtlpProtobuf(std::string_view body, OtlpSeries& series)
{
    try {
        Reader request(body.data(), body.size());
        while (request.next()) {
            if (request.tag_and_type() != field(1, kMessage))
                request.skip();
            else if (!readResourceMetrics(request.get_message(), series))
                return fail(ErrorCode::TooLarge, "more series in one request than may be; send fewer at once");
        }
    } catch (const std::exception& damage) {
        return fail(ErrorCode::Malformed, std::string("no ExportMetricsServiceRequest: ") + damage.what());
    }
    return {};
}

} // namespace sextant::server
