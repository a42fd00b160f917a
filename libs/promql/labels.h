// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"

#include <string>
#include <string_view>

namespace sextant::promql {

/// The label that holds a series' metric name.
inline constexpr std::string_view kMetricName = "__name__";

/// What tells a series from all others.
using metrics::Label;
using metrics::Labels;

/// The value of a label; empty when it is not there.
[[nodiscard]] std::string_view labelValue(const Labels& labels, std::string_view name);

/// `{a="1",b="2"}` with the metric name in front, as Prometheus writes it.
[[nodiscard]] std::string toText(const Labels& labels);

} // namespace sextant::promql
