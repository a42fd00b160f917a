// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "metrics/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::metrics {

/// One sample of an exposition, as it stands there.
struct ExposedSample {
    std::size_t line = 0; ///< from 1
    std::string name;
    Labels labels; ///< in the order in which they stand; a name may come twice
    double value = 0;
    std::optional<std::int64_t> timeMs; ///< Unix time
};

/// What a program says of one of its metrics; empty where it does not.
struct ExposedMetadata {
    std::string name; ///< of the metric: a histogram's without `_bucket`, of OpenMetrics a counter's without `_total`
    std::string type; ///< "counter", "gauge", "histogram", "summary" and the others of OpenMetrics
    std::string help;
    std::string unit;

    friend bool operator==(const ExposedMetadata&, const ExposedMetadata&) = default;
};

/// A line that could not be read.
struct ExpositionFault {
    std::size_t line = 0; ///< from 1
    std::string message;
};

/// An exposition that was read. Its faults cost their own lines alone.
struct Exposition {
    static constexpr std::size_t kFaultsListed = 100;

    std::vector<ExposedSample> samples;
    std::vector<ExposedMetadata> metadata; ///< in the order in which they stand
    std::vector<ExpositionFault> faults;   ///< the first kFaultsListed
    std::size_t faultCount = 0;
};

enum class ExpositionFormat : std::uint8_t {
    Text,       ///< Prometheus 0.0.4: times in milliseconds
    OpenMetrics ///< 1.0: times in seconds, exemplars (left out), ends with `# EOF`
};

/// Reads metrics as text (https://prometheus.io/docs/instrumenting/exposition_formats/, OpenMetrics 1.0). Lenient as
/// Prometheus' own parser is: blanks, comments and the order of lines do not matter. TooLarge: more samples or metadata
/// than that, or more than ten times as many labels.
[[nodiscard]] Result<Exposition> parseExposition(
    std::string_view text, ExpositionFormat format, std::size_t maxSamples);

/// A number as both formats write it, `+Inf`, `-Inf` and `NaN` included; nothing for anything else.
[[nodiscard]] std::optional<double> parseExpositionNumber(std::string_view text);

} // namespace sextant::metrics
