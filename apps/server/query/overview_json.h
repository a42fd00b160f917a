// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <string>

namespace sextant::server {

class Overview;
struct OverviewHost;

/// The body of GET /api/v1/overview: `{"now": …, "hosts": […]}`, sorted by name.
[[nodiscard]] QByteArray overviewJson(const Overview& overview);

/// Adds the JSON object of a host as docs/api.md describes it. The trend is left out when `trend` is false.
void appendJson(std::string& json, const OverviewHost& host, bool trend);

} // namespace sextant::server
