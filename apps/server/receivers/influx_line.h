// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/ingest/sample_sink.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::server {

/// What the times of a request of lines count.
enum class InfluxPrecision : std::uint8_t { Nanoseconds, Microseconds, Milliseconds, Seconds, Minutes, Hours };

/// The parameter `precision` of InfluxDB 1 (ns n us u ms s m h) and 2 (ns us ms s).
[[nodiscard]] std::optional<InfluxPrecision> parseInfluxPrecision(std::string_view name);

/// What a request says beside its lines.
struct InfluxRequest {
    InfluxPrecision precision = InfluxPrecision::Nanoseconds;
    std::string database;   ///< becomes the label `db` where a line has no tag of that name; empty: none
    std::int64_t nowMs = 0; ///< the time of lines without one
};

/// Reads InfluxDB line protocol (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/). Each field
/// that is a number or a boolean becomes a series `<measurement>_<field>` with the tags as labels; what cannot stand in
/// a name becomes `_`. Text fields are left out. Items are lines, from 1; one that cannot be read costs itself alone.
/// TooLarge: nothing is taken. Any thread.
[[nodiscard]] Result<Intake> readInfluxLines(std::string_view body, const InfluxRequest& request);

} // namespace sextant::server
