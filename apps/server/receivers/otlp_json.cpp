// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/json_text.h"
#include "server/receivers/otlp.h"
#include "server/receivers/otlp_value.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace sextant::server {
namespace {

// protobuf's JSON: names in lowerCamelCase, 64-bit integers as text or number, doubles also as "NaN", "Infinity" and
// "-Infinity". Unknown members are skipped.
constexpr int kMaxDepth = 8; ///< of values within values

template <typename Number>
std::optional<Number> parsed(std::string_view text)
{
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

double realOf(const JsonValue& value)
{
    double number = std::numeric_limits<double>::quiet_NaN();
    std::string_view text;
    if (value.get(number) == simdjson::SUCCESS)
        return number;
    if (value.get(text) != simdjson::SUCCESS || text == "NaN")
        return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity" || text == "-Infinity")
        return text.front() == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    return parsed<double>(text).value_or(std::numeric_limits<double>::quiet_NaN());
}

/// 0 for what is no such number.
template <typename Number>
Number wholeOf(const JsonValue& value)
{
    using Wide = std::conditional_t<std::is_signed_v<Number>, std::int64_t, std::uint64_t>;
    Wide number = 0;
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS)
        return parsed<Number>(text).value_or(0);
    if (value.get(number) != simdjson::SUCCESS || !std::in_range<Number>(number))
        return 0;
    return static_cast<Number>(number);
}

template <typename Number>
Number wholeMember(const JsonValue& object, std::string_view key)
{
    const auto found = member(object, key);
    return found ? wholeOf<Number>(*found) : 0;
}

/// Numbers; what is more than a histogram may have is left out, as faults are found by size.
template <typename Number, typename Read>
void readNumbers(const JsonValue& object, std::string_view key, std::vector<Number>& numbers, Read&& read)
{
    (void)eachItem(member(object, key), [&](const JsonValue& item) {
        numbers.push_back(read(item));
        return numbers.size() <= OtlpSeries::kMaxBuckets;
    });
}

/// AnyValue
void writeValue(const JsonValue& any, OtlpValue& value, int depth)
{
    if (const auto text = textMember(any, "stringValue"))
        value.string(*text);
    else if (const auto boolean = member(any, "boolValue"))
        value.boolean(boolean->is_bool() && boolean->get_bool().value_unsafe());
    else if (const auto whole = member(any, "intValue"))
        value.whole(wholeOf<std::int64_t>(*whole));
    else if (const auto number = member(any, "doubleValue"))
        value.number(realOf(*number));
    else if (const auto encoded = textMember(any, "bytesValue"))
        value.string(*encoded);
    else if (const auto list = member(any, "arrayValue"); list && depth < kMaxDepth) {
        value.beginArray();
        (void)eachItem(member(*list, "values"), [&](const JsonValue& item) {
            writeValue(item, value, depth + 1);
            return true;
        });
        value.endArray();
    } else if (const auto map = member(any, "kvlistValue"); map && depth < kMaxDepth) {
        value.beginObject();
        (void)eachItem(member(*map, "values"), [&](const JsonValue& pair) {
            value.key(textMember(pair, "key").value_or(""));
            writeValue(member(pair, "value").value_or(pair), value, depth + 1);
            return true;
        });
        value.endObject();
    }
}

metrics::Labels readAttributes(const JsonValue& object)
{
    metrics::Labels attributes;
    (void)eachItem(member(object, "attributes"), [&](const JsonValue& pair) {
        OtlpValue value;
        if (const auto any = member(pair, "value"))
            writeValue(*any, value, 0);
        attributes.push_back({std::string(textMember(pair, "key").value_or("")), value.take()});
        return attributes.size() <= OtlpSeries::kMaxAttributes;
    });
    return attributes;
}

OtlpPoint::Buckets readBuckets(const JsonValue& point, std::string_view key)
{
    OtlpPoint::Buckets buckets;
    if (const auto found = member(point, key)) {
        buckets.offset = wholeMember<std::int32_t>(*found, "offset");
        readNumbers(*found, "bucketCounts", buckets.counts, wholeOf<std::uint64_t>);
    }
    return buckets;
}

OtlpPoint readPoint(const JsonValue& object)
{
    OtlpPoint point;
    point.attributes = readAttributes(object);
    point.timeNs = wholeMember<std::uint64_t>(object, "timeUnixNano");
    point.hasNoValue = (wholeMember<std::uint32_t>(object, "flags") & 1U) != 0;
    if (const auto real = member(object, "asDouble"))
        point.value = realOf(*real);
    else
        point.value = static_cast<double>(wholeMember<std::int64_t>(object, "asInt"));
    point.count = wholeMember<std::uint64_t>(object, "count");
    if (const auto sum = member(object, "sum"))
        point.sum = realOf(*sum);
    readNumbers(object, "explicitBounds", point.bounds, realOf);
    readNumbers(object, "bucketCounts", point.counts, wholeOf<std::uint64_t>);
    point.scale = wholeMember<std::int32_t>(object, "scale");
    point.zeroCount = wholeMember<std::uint64_t>(object, "zeroCount");
    if (const auto threshold = member(object, "zeroThreshold"))
        point.zeroThreshold = realOf(*threshold);
    point.positive = readBuckets(object, "positive");
    point.negative = readBuckets(object, "negative");
    readNumbers(object, "quantileValues", point.quantiles, [](const JsonValue& pair) {
        const auto part = [&](std::string_view key) { // 0 is left out of protobuf's JSON
            const auto found = member(pair, key);
            return found ? realOf(*found) : 0;
        };
        return std::pair(part("quantile"), part("value"));
    });
    return point;
}

OtlpTemporality readTemporality(const JsonValue& data)
{
    const auto name = textMember(data, "aggregationTemporality");
    const auto number = wholeMember<std::int32_t>(data, "aggregationTemporality");
    if (number == 1 || name == "AGGREGATION_TEMPORALITY_DELTA")
        return OtlpTemporality::Delta;
    if (number == 2 || name == "AGGREGATION_TEMPORALITY_CUMULATIVE")
        return OtlpTemporality::Cumulative;
    return OtlpTemporality::Unspecified;
}

bool readMetric(const JsonValue& object, OtlpSeries& series)
{
    static constexpr std::pair<std::string_view, OtlpKind> kKinds[] = {{"gauge", OtlpKind::Gauge},
        {"sum", OtlpKind::Sum}, {"histogram", OtlpKind::Histogram},
        {"exponentialHistogram", OtlpKind::ExponentialHistogram}, {"summary", OtlpKind::Summary}};
    for (const auto& [key, kind] : kKinds) {
        const auto data = member(object, key);
        if (!data)
            continue;
        bool isMonotonic = false;
        if (const auto monotonic = member(*data, "isMonotonic"); monotonic && monotonic->is_bool())
            isMonotonic = monotonic->get_bool().value_unsafe();
        series.beginMetric({std::string(textMember(object, "name").value_or("")),
            std::string(textMember(object, "unit").value_or("")), kind, readTemporality(*data), isMonotonic,
            std::string(textMember(object, "description").value_or(""))});
        return eachItem(
            member(*data, "dataPoints"), [&](const JsonValue& point) { return series.add(readPoint(point)); });
    }
    return true;
}

bool readResourceMetrics(const JsonValue& object, OtlpSeries& series)
{
    const auto resource = member(object, "resource");
    series.beginResource(resource ? readAttributes(*resource) : metrics::Labels());
    return eachItem(member(object, "scopeMetrics"), [&](const JsonValue& scope) {
        return eachItem(member(scope, "metrics"), [&](const JsonValue& metric) { return readMetric(metric, series); });
    });
}

} // namespace

Result<void> readOtlpJson(const std::string& body, OtlpSeries& series)
{
    JsonText text;
    const auto root = text.parse(body);
    if (!root)
        return tl::unexpected<Error>(root.error());
    if (!root->is_object())
        return fail(ErrorCode::Malformed, "no ExportMetricsServiceRequest: expected a JSON object");
    const bool isWhole = eachItem(member(*root, "resourceMetrics"),
        [&](const JsonValue& resource) { return readResourceMetrics(resource, series); });
    if (!isWhole)
        return fail(ErrorCode::TooLarge, "more series in one request than may be; send fewer at once");
    return {};
}

} // namespace sextant::server
