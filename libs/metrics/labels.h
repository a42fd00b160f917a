// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::metrics {

struct Label {
    std::string name;
    std::string value;

    friend auto operator<=>(const Label&, const Label&) = default;
};

/// The labels of a series: sorted by name, no name twice, no empty value (a label without a value is a label that is
/// not there). UTF-8.
using Labels = std::vector<Label>;

/// Whether Prometheus takes it as the name of a metric: [a-zA-Z_:][a-zA-Z0-9_:]*.
[[nodiscard]] bool isMetricName(std::string_view text);

/// Whether Prometheus takes it as the name of a label: [a-zA-Z_][a-zA-Z0-9_]*.
[[nodiscard]] bool isLabelName(std::string_view text);

/// Sorts by name and drops labels with empty values. Malformed: a name comes twice.
[[nodiscard]] Result<void> arrange(Labels& labels);

/// `a="1",b="x \"y\""`: how the label `labels` of the family `custom` says the labels of a metric. Quote, backslash and
/// line feed are escaped as in Prometheus' text format. Empty for no labels.
[[nodiscard]] std::string labelText(const Labels& labels);

inline constexpr std::size_t kMaxLabels = 1'024; ///< of a list that is read

/// Reads labels from the front of `text` as they stand in Prometheus' text format, blanks and a comma at the end
/// allowed, and moves past them; stops at what cannot begin a label. In the order in which they stood. TooLarge: more
/// than kMaxLabels.
[[nodiscard]] Result<Labels> takeLabels(std::string_view& text);

/// Reads what labelText() writes, and what else is of that shape, arranged. Malformed for anything else.
[[nodiscard]] Result<Labels> parseLabelText(std::string_view text);

} // namespace sextant::metrics
