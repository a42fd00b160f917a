// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "metrics/result.h"
#include "server/ingest/sample_sink.h"
#include "server/receivers/running_totals.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sextant::server {

enum class OtlpKind : std::uint8_t { Gauge, Sum, Histogram, ExponentialHistogram, Summary };
enum class OtlpTemporality : std::uint8_t { Unspecified, Delta, Cumulative };

/// What holds for all data points of a metric.
struct OtlpMetric {
    std::string name;
    std::string unit; ///< UCUM
    OtlpKind kind = OtlpKind::Gauge;
    OtlpTemporality temporality = OtlpTemporality::Unspecified; ///< of sums and histograms
    bool isMonotonic = false;                                   ///< of sums
    std::string description{};
};

/// A data point of any kind; only the fields of its kind are set.
struct OtlpPoint {
    struct Buckets {
        std::int32_t offset = 0;
        std::vector<std::uint64_t> counts;
    };

    metrics::Labels attributes; ///< keys as they came, values as text
    std::uint64_t timeNs = 0;   ///< Unix time
    bool hasNoValue = false;    ///< the series ended
    double value = 0;           ///< of gauges and sums
    std::uint64_t count = 0;    ///< of the others
    std::optional<double> sum;
    std::vector<double> bounds;        ///< of histograms: the upper ends of all buckets but the last
    std::vector<std::uint64_t> counts; ///< of histograms: what is in each bucket
    std::int32_t scale = 0;            ///< of exponential histograms, as what follows
    std::uint64_t zeroCount = 0;
    double zeroThreshold = 0;
    Buckets positive;
    Buckets negative;
    std::vector<std::pair<double, double>> quantiles; ///< of summaries: quantile and value
};

/// Makes series of what an OTLP request holds, as it is read: resource, its metrics, their points. Items are data
/// points, counted from 0. Names and labels as otlp_names.h says; `service.name` and `service.instance.id` become `job`
/// and `instance`, what else the resource says goes into `target_info`. Histograms become classic ones, deltas are
/// added up (RunningTotals). Used by one thread.
class OtlpSeries {
public:
    static constexpr std::size_t kMaxBuckets = 1'024; ///< of a histogram
    static constexpr std::size_t kMaxAttributes = 64; ///< of a point or a resource; one more is read, and refused
    /// Exponential histograms that are finer than this (2^(2^-scale) from one bucket's end to the next: 19 %) are made
    /// coarser, so that they have few buckets, and the same ones when their scale changes.
    static constexpr std::int32_t kMaxScale = 2;

    explicit OtlpSeries(RequestDeltas& deltas) : m_deltas(deltas) {}

    void beginResource(const metrics::Labels& attributes);
    void beginMetric(OtlpMetric metric);
    /// False: the request holds more than may be taken; nothing of it is to be stored.
    [[nodiscard]] bool add(OtlpPoint point);
    /// Ends the last resource. Once.
    [[nodiscard]] Intake finish();
    [[nodiscard]] std::size_t points() const { return m_points; }

private:
    void endResource();
    void refuse(std::string_view reason, std::string detail);
    void addNumber(const OtlpPoint& point, metrics::Labels labels);
    void addHistogram(const OtlpPoint& point, const metrics::Labels& labels, Counted counted);
    void addSummary(const OtlpPoint& point, const metrics::Labels& labels);
    void put(std::string_view suffix, metrics::Labels labels, double value);
    [[nodiscard]] bool total(const metrics::Labels& labels, Counted& counted);

    RequestDeltas& m_deltas;
    Intake m_intake;
    metrics::Labels m_identity; ///< job and instance of the resource
    metrics::Labels m_targetInfo;
    std::int64_t m_newestMs = 0; ///< of the resource
    OtlpMetric m_metric;
    std::string m_name; ///< of the metric, as Prometheus has it
    std::int64_t m_timeMs = 0;
    std::size_t m_item = 0;
    std::size_t m_points = 0;
    std::size_t m_bytes = 0;
};

/// Read an ExportMetricsServiceRequest of OTLP 1.x
/// (https://github.com/open-telemetry/opentelemetry-proto, metrics/v1/metrics.proto; JSON as
/// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding says), unpacked, into `series`. Malformed: it is
/// none; TooLarge: it holds too much. Then nothing is to be stored.
[[nodiscard]] Result<void> readOtlpProtobuf(std::string_view body, OtlpSeries& series);
[[nodiscard]] Result<void> readOtlpJson(const std::string& body, OtlpSeries& series);

/// The answers of OTLP/HTTP, in the encoding of the request: ExportMetricsServiceResponse with its partial_success
/// where something was rejected or said, and google.rpc.Status for errors (`code` is one of gRPC's).
[[nodiscard]] std::string otlpAnswer(bool isJson, std::size_t rejectedPoints, std::string_view message);
[[nodiscard]] std::string otlpStatus(bool isJson, int code, std::string_view message);

} // namespace sextant::server
