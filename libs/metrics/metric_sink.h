// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace sextant::metrics {

/// What Prometheus calls the type of a metric.
enum class MetricType : std::uint8_t { Untyped, Counter, Gauge, Histogram, Summary };

/// Takes metrics one after another: a text is written of them (exposition_writer.h) or they are sent (sdk/pusher.h).
class MetricSink {
public:
    using Labels = std::span<const std::pair<std::string_view, std::string_view>>;

    MetricSink() = default;
    virtual ~MetricSink() = default;

    /// Begins a metric. The name of a counter ends in `_total`.
    virtual void begin(std::string_view name, MetricType type, std::string_view help) = 0;

    /// One sample of the metric that began last. `suffix`: of a histogram, `_bucket`, `_sum` or `_count`, of a summary
    /// the latter two. `timeMs`:
    /// Unix milliseconds; nothing: now.
    void sample(double value, Labels labels = {}, std::string_view suffix = {}, std::optional<std::int64_t> timeMs = {})
    {
        add(value, labels, suffix, timeMs);
    }

    /// A metric with one sample.
    void single(std::string_view name, MetricType type, std::string_view help, double value)
    {
        begin(name, type, help);
        sample(value);
    }

protected:
    MetricSink(const MetricSink&) = default;
    MetricSink& operator=(const MetricSink&) = default;

private:
    virtual void add(double value, Labels labels, std::string_view suffix, std::optional<std::int64_t> timeMs) = 0;
};

} // namespace sextant::metrics
