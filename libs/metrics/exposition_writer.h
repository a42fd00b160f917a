// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/metric_sink.h"

#include <string>

namespace sextant::metrics {

/// Writes metrics as text: Prometheus' exposition format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/) or OpenMetrics 1.0. Label values and help texts are
/// escaped; names are the caller's to have right. Not shared between threads.
class ExpositionWriter final : public MetricSink {
public:
    enum class Format : std::uint8_t { Text, OpenMetrics };

    explicit ExpositionWriter(Format format = Format::Text) : m_format(format) {}

    /// Without a help text there is no line for it.
    void begin(std::string_view name, MetricType type, std::string_view help) override;

    /// The unit of the metric that began last. Written where there is a place for it: in OpenMetrics, when the name
    /// ends in the unit (`_seconds`, of counters before their `_total`), as OpenMetrics has it.
    void unit(std::string_view unit);

    [[nodiscard]] Format format() const { return m_format; }
    /// Bytes so far.
    [[nodiscard]] std::size_t size() const { return m_text.size(); }
    /// What was written; OpenMetrics ends it with its `# EOF`.
    [[nodiscard]] std::string take();

private:
    void add(double value, Labels labels, std::string_view suffix, std::optional<std::int64_t> timeMs) override;

    Format m_format;
    std::string m_text;
    std::string m_name;
    std::string m_family; ///< of OpenMetrics: a counter's without `_total`
};

/// The shortest text that reads back as the same number; `NaN`, `+Inf` and `-Inf` as both formats write them.
[[nodiscard]] std::string expositionNumber(double value);

} // namespace sextant::metrics
