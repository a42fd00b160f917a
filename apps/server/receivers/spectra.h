// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/ingest/sample_sink.h"

#include <string>

namespace sextant::server {

/// Reads a push of Spectra's agent: an array of `{"type": "cpu", "timestamp": RFC 3339, "hostname": "h1", "data":
/// {…}}`. The numbers of `data` become series `spectra_<type>_<field>` with the host and what names the thing (device,
/// mount, interface, sensor, container…) as labels; an array of numbers has the label `index`. Of processes and
/// applications the number is kept, of services whether each is up. Bad envelopes are refused one by one; Malformed:
/// nothing is taken; TooLarge: it holds more series than may be.
[[nodiscard]] Result<Intake> readSpectra(const std::string& body);

} // namespace sextant::server
