// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/ingest/sample_sink.h"

#include <string>

namespace sextant::server {

/// Reads what metricsd's shipper `http_json` posts:
/// `{"timestamp": Unix seconds, "metrics": [{"name": "x", "value": 8, "type": "gauge", "labels": {…}}]}`. Bad items are
/// refused one by one. Malformed, Invalid: nothing is taken.
[[nodiscard]] Result<Intake> readMetricsd(const std::string& body);

} // namespace sextant::server
