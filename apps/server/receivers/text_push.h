// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/exposition_parser.h"
#include "metrics/result.h"
#include "server/ingest/sample_sink.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sextant::server {

/// The labels that a Pushgateway path gives a group (https://github.com/prometheus/pushgateway, "URL"): names and
/// values in turn, `job` first; a name that ends in `@base64` has its value in base64url. `segments`: those behind
/// `/metrics/`. Invalid: it is no such path.
[[nodiscard]] Result<metrics::Labels> readGrouping(std::span<const std::string> segments);

/// Reads metrics as text. The labels of the group win over those of a sample; samples without a time are of `nowMs`.
/// Items are lines, from 1; one that cannot be read costs itself alone. TooLarge: nothing is taken. Any thread.
[[nodiscard]] Result<Intake> readTextPush(
    std::string_view body, metrics::ExpositionFormat format, const metrics::Labels& grouping, std::int64_t nowMs);

} // namespace sextant::server
