// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"

#include <string>
#include <string_view>

namespace sextant::server {

enum class OtlpSuffix : unsigned char { None, Total, Ratio };

/// The Prometheus name of an OpenTelemetry metric, e.g. `http.server.duration` in `ms` is
/// `http_server_duration_milliseconds`
/// (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/, as Prometheus' own OTLP
/// receiver does it). Total is for monotonic sums; Ratio for gauges, where it counts when the unit is "1". Empty when
/// nothing of the name is left.
[[nodiscard]] std::string otlpMetricName(std::string_view name, std::string_view unit, OtlpSuffix suffix);

/// The Prometheus name of an attribute.
[[nodiscard]] std::string otlpLabelName(std::string_view key);

/// Attributes as labels, in order of their names. Those whose names become the same are joined by ";", in order of
/// their keys.
[[nodiscard]] metrics::Labels otlpLabels(metrics::Labels attributes);

} // namespace sextant::server
