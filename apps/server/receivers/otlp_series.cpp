// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/stale.h"
#include "server/receivers/otlp.h"
#include "server/receivers/otlp_names.h"
#include "server/receivers/series_bytes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace sextant::server {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// The scales that the specification's algorithms produce lie within.
constexpr std::int32_t kScales[] = {-11, 30};

/// A number as Prometheus writes it into `le` and `quantile`.
std::string numberText(double number)
{
    if (std::isinf(number))
        return number > 0 ? "+Inf" : "-Inf";
    std::array<char, 400> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    return {text.data(), end.ptr};
}

void set(metrics::Labels& labels, std::string_view name, std::string value)
{
    std::erase_if(labels, [&](const metrics::Label& label) { return label.name == name; });
    if (!value.empty())
        labels.push_back({std::string(name), std::move(value)});
}

std::string take(metrics::Labels& attributes, std::string_view key)
{
    const auto found = std::ranges::find(attributes, key, &metrics::Label::name);
    if (found == attributes.end())
        return {};
    std::string value = std::move(found->value);
    attributes.erase(found);
    return value;
}

/// What is wrong with the buckets of a histogram, if anything.
std::string_view faultOf(const OtlpMetric& metric, const OtlpPoint& point)
{
    const std::size_t buckets = point.counts.size() + point.positive.counts.size() + point.negative.counts.size();
    if (std::max(buckets, point.bounds.size()) > OtlpSeries::kMaxBuckets)
        return "has more than 1024 buckets";
    if (metric.kind == OtlpKind::ExponentialHistogram) {
        if (point.scale < kScales[0] || point.scale > kScales[1])
            return "has a scale outside -11 to 30";
        return point.zeroThreshold >= 0 ? "" : "has a threshold of zero below 0";
    }
    if (!point.counts.empty() && point.counts.size() != point.bounds.size() + 1)
        return "does not have one bucket more than bounds";
    const bool isSorted = std::ranges::is_sorted(point.bounds, std::less_equal<>()) &&
                          std::ranges::none_of(point.bounds, [](double bound) { return std::isnan(bound); });
    return isSorted ? "" : "has bounds that do not ascend";
}

Counted countedOf(const OtlpPoint& point)
{
    Counted counted{{}, static_cast<double>(point.count), point.sum};
    for (std::size_t i = 0; i < point.bounds.size(); ++i)
        counted.buckets[point.bounds[i]] += i < point.counts.size() ? static_cast<double>(point.counts[i]) : 0;
    return counted;
}

/// Puts the buckets of one half of an exponential histogram in, each with its lower end, so that readers interpolate
/// within it. A bucket i holds (base^i, base^(i+1)].
void addExponential(Counted& counted, const OtlpPoint::Buckets& half, std::int32_t scale, bool isNegative)
{
    const std::int32_t coarser = std::max(0, scale - OtlpSeries::kMaxScale);
    const auto power = [&](std::int64_t index) {
        return std::exp2(std::ldexp(static_cast<double>(index), coarser - scale));
    };
    for (std::size_t i = 0; i < half.counts.size(); ++i) {
        if (half.counts[i] == 0)
            continue;
        const std::int64_t index = (std::int64_t{half.offset} + static_cast<std::int64_t>(i)) >> coarser;
        const double lower = isNegative ? -power(index + 1) : power(index);
        const double upper = isNegative ? -power(index) : power(index + 1);
        counted.buckets.try_emplace(lower, 0);
        counted.buckets[upper] += static_cast<double>(half.counts[i]);
    }
}

Counted exponentialOf(const OtlpPoint& point)
{
    Counted counted{{}, static_cast<double>(point.count), point.sum};
    addExponential(counted, point.negative, point.scale, true);
    if (point.zeroCount != 0)
        counted.buckets[point.zeroThreshold] += static_cast<double>(point.zeroCount);
    addExponential(counted, point.positive, point.scale, false);
    return counted;
}

OtlpSuffix suffixOf(const OtlpMetric& metric)
{
    if (metric.kind == OtlpKind::Gauge)
        return OtlpSuffix::Ratio;
    return metric.kind == OtlpKind::Sum && metric.isMonotonic ? OtlpSuffix::Total : OtlpSuffix::None;
}

std::string typeOf(const OtlpMetric& metric)
{
    switch (metric.kind) {
    case OtlpKind::Gauge:
        return "gauge";
    case OtlpKind::Sum:
        return metric.isMonotonic ? "counter" : "gauge";
    case OtlpKind::Histogram:
    case OtlpKind::ExponentialHistogram:
        return "histogram";
    case OtlpKind::Summary:
        return "summary";
    }
    return {};
}

} // namespace

void OtlpSeries::beginResource(const metrics::Labels& attributes)
{
    endResource();
    metrics::Labels rest = attributes;
    const std::string name = take(rest, "service.name");
    const std::string space = take(rest, "service.namespace");
    m_identity.clear();
    set(m_identity, "job", name.empty() || space.empty() ? name : space + '/' + name);
    set(m_identity, "instance", take(rest, "service.instance.id"));
    m_targetInfo = otlpLabels(std::move(rest));
    m_newestMs = 0;
}

void OtlpSeries::endResource()
{
    if (m_newestMs == 0 || m_targetInfo.empty() || m_identity.empty())
        return;
    for (const metrics::Label& label : m_identity)
        set(m_targetInfo, label.name, label.value);
    m_timeMs = m_newestMs;
    m_name = "target_info";
    put("", std::move(m_targetInfo), 1);
    m_targetInfo.clear();
}

void OtlpSeries::beginMetric(OtlpMetric metric)
{
    m_metric = std::move(metric);
    m_name = otlpMetricName(m_metric.name, m_metric.unit, suffixOf(m_metric));
    if (m_intake.described.size() < SampleSink::kMaxSamples)
        m_intake.described.push_back({m_name, typeOf(m_metric), m_metric.description, m_metric.unit});
}

bool OtlpSeries::add(OtlpPoint point)
{
    m_item = m_points++;
    m_timeMs = static_cast<std::int64_t>(point.timeNs / 1'000'000);
    m_newestMs = std::max(m_newestMs, m_timeMs);
    metrics::Labels labels = otlpLabels(std::move(point.attributes));
    for (const metrics::Label& label : m_identity)
        set(labels, label.name, label.value);
    const bool hasTemporality = m_metric.kind == OtlpKind::Gauge || m_metric.kind == OtlpKind::Summary ||
                                m_metric.temporality != OtlpTemporality::Unspecified;
    if (m_name.empty())
        refuse("bad_name", "a metric has no name");
    else if (labels.size() > kMaxAttributes)
        refuse("too_many_labels", m_name + " has more than " + std::to_string(kMaxAttributes) + " attributes");
    else if (textBytes(labels) > SampleSink::kMaxLabelsBytes)
        refuse("long_label", "the attributes of " + m_name + " are too long");
    else if (!hasTemporality)
        refuse("no_temporality", m_name + " does not say whether it is cumulative or delta");
    else if (m_metric.kind == OtlpKind::Gauge || m_metric.kind == OtlpKind::Sum)
        addNumber(point, std::move(labels));
    else if (m_metric.kind == OtlpKind::Summary)
        addSummary(point, labels);
    else if (const std::string_view fault = faultOf(m_metric, point); !fault.empty())
        refuse("bad_histogram", m_name + ' ' + std::string(fault));
    else
        addHistogram(point, labels, m_metric.kind == OtlpKind::Histogram ? countedOf(point) : exponentialOf(point));
    return m_bytes <= kMaxSeriesBytes && m_intake.series.size() <= SampleSink::kMaxSamples;
}

Intake OtlpSeries::finish()
{
    endResource();
    return std::move(m_intake);
}

void OtlpSeries::refuse(std::string_view reason, std::string detail)
{
    m_intake.received.refuse(m_item, reason, std::move(detail));
}

bool OtlpSeries::total(const metrics::Labels& labels, Counted& counted)
{
    const auto outcome = m_deltas.add(m_name, labels, m_timeMs, counted);
    if (outcome == RunningTotals::Outcome::Full)
        refuse("too_many_deltas", "this server holds the totals of as many delta series as it may");
    return outcome == RunningTotals::Outcome::Added;
}

void OtlpSeries::addNumber(const OtlpPoint& point, metrics::Labels labels)
{
    double value = point.value;
    if (point.hasNoValue) {
        value = metrics::staleMarker().asReal();
    } else if (m_metric.kind == OtlpKind::Sum && m_metric.temporality == OtlpTemporality::Delta) {
        Counted counted{{}, 0, value};
        if (!total(labels, counted))
            return;
        value = counted.sum.value_or(0);
    }
    put("", std::move(labels), value);
}

void OtlpSeries::addHistogram(const OtlpPoint& point, const metrics::Labels& labels, Counted counted)
{
    const bool isDelta = m_metric.temporality == OtlpTemporality::Delta;
    if (isDelta && !point.hasNoValue && !total(labels, counted))
        return;
    const auto valueOf = [&](double value) { return point.hasNoValue ? metrics::staleMarker().asReal() : value; };
    counted.buckets.erase(kInfinity); // the last bucket holds whatever there is
    double below = 0;
    for (const auto& [end, count] : counted.buckets) {
        below += count;
        metrics::Labels bucket = labels;
        set(bucket, "le", numberText(end));
        put("_bucket", std::move(bucket), valueOf(below));
    }
    metrics::Labels last = labels;
    set(last, "le", "+Inf");
    put("_bucket", std::move(last), valueOf(counted.count));
    put("_count", labels, valueOf(counted.count));
    if (counted.sum || point.hasNoValue)
        put("_sum", labels, valueOf(counted.sum.value_or(0)));
}

void OtlpSeries::addSummary(const OtlpPoint& point, const metrics::Labels& labels)
{
    const auto valueOf = [&](double value) { return point.hasNoValue ? metrics::staleMarker().asReal() : value; };
    for (const auto& [quantile, value] : point.quantiles) {
        metrics::Labels own = labels;
        set(own, "quantile", numberText(quantile));
        put("", std::move(own), valueOf(value));
    }
    put("_count", labels, valueOf(static_cast<double>(point.count)));
    put("_sum", labels, valueOf(point.sum.value_or(0)));
}

void OtlpSeries::put(std::string_view suffix, metrics::Labels labels, double value)
{
    SampleSeries series{m_item, m_name + std::string(suffix), std::move(labels), {{m_timeMs, value}}};
    m_bytes += memoryOf(series);
    m_intake.series.push_back(std::move(series));
}

} // namespace sextant::server
