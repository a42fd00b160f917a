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

    void begin(std::string_view name, MetricType type, std::string_view help) override;

    /// What was written; OpenMetrics ends it with its `# EOF`.
    [[nodiscard]] std::string take();

private:
    void add(double value, Labels labels, std::string_view suffix, std::optional<std::int64_t> timeMs) override;

    Format m_format;
    std::string m_text;
    std::string m_name;
};

/// The shortest text that reads back as the same number; `NaN`, `+Inf` and `-Inf` as both formats write them.
[[nodiscard]] std::string expositionNumber(double value);

} // namespace sextant::metrics
