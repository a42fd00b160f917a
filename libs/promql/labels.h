// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sextant::promql {

/// The label that holds a series' metric name.
inline constexpr std::string_view kMetricName = "__name__";

struct Label {
    std::string name;
    std::string value;

    friend auto operator<=>(const Label&, const Label&) = default;
};

/// What tells a series from all others: sorted by name, no name twice, no empty value (a label without a value is a
/// label that is not there). UTF-8.
using Labels = std::vector<Label>;

/// The value of a label; empty when it is not there.
[[nodiscard]] std::string_view labelValue(const Labels& labels, std::string_view name);

/// `{a="1",b="2"}` with the metric name in front, as Prometheus writes it.
[[nodiscard]] std::string toText(const Labels& labels);

} // namespace sextant::promql
