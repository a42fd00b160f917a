// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/exposition_writer.h"
#include "promql/evaluator.h"
#include "server/http/request.h"
#include "server/http/response.h"
#include "server/ingest/metric_descriptions.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sextant::server {

using ExpositionFormat = metrics::ExpositionWriter::Format;

/// What metrics are asked for in: OpenMetrics where the Accept header names it (version 1.0.0 or none) and likes it no
/// less than text, else Prometheus' text format.
[[nodiscard]] ExpositionFormat expositionFormat(std::string_view accept);
[[nodiscard]] ExpositionFormat expositionFormat(const http::RequestHead& head);

[[nodiscard]] http::Response expositionResponse(std::string text, ExpositionFormat format);

/// What series without a name are called where there has to be one.
inline constexpr std::string_view kNameless = "query_result";

/// Writes every point with its time, the series of one name behind one another and behind what the catalogue says of
/// it: type, help and unit; of metrics of applications behind what was `said` of them. The series of a histogram or
/// summary stand under one type, where all that it must have is there; else each of its names is one without a type.
/// Sorts the series. TooLarge: the text passed `maxBytes`.
[[nodiscard]] Result<void> writeSeries(
    metrics::ExpositionWriter& text, promql::MatrixValue& series, const MetricDescriptions& said, std::size_t maxBytes);

} // namespace sextant::server
