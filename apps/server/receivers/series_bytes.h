// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/ingest/sample_sink.h"

#include <cstddef>

namespace sextant::server {

/// How much memory the series of one request may take where a few bytes of it become many series.
inline constexpr std::size_t kMaxSeriesBytes = std::size_t{128} << 20;

[[nodiscard]] inline std::size_t textBytes(const metrics::Labels& labels)
{
    std::size_t bytes = 0;
    for (const metrics::Label& label : labels)
        bytes += label.name.size() + label.value.size();
    return bytes;
}

/// The memory that a series takes, about.
[[nodiscard]] inline std::size_t memoryOf(const SampleSeries& series)
{
    return sizeof series + series.samples.size() * sizeof(Sample) + series.name.size() + textBytes(series.labels) +
           series.labels.size() * sizeof(metrics::Label);
}

} // namespace sextant::server
