// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/remote_write.h"
#include "metrics/result.h"
#include "server/ingest/sample_sink.h"

#include <string_view>

namespace sextant::server {

/// Reads the unpacked body of a Prometheus remote write request of that version (metrics/remote_write.h). Items are its
/// series, from 0. Refuses series without a name, with labels that are not in order or come twice, and native
/// histograms; their good neighbours are taken. Malformed, TooLarge: nothing of it is. Any thread.
[[nodiscard]] Result<Intake> readRemoteWrite(
    std::string_view body, metrics::RemoteWriteVersion version = metrics::RemoteWriteVersion::One);

} // namespace sextant::server
