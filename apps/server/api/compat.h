// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/http/response.h"

#include <QJsonObject>

#include <string_view>

namespace sextant::server {

// What the adapters of other systems (docs/compat.md) answer with.

[[nodiscard]] http::Response jsonOf(int status, const QJsonObject& object);

/// `{"error": "…"}`
[[nodiscard]] http::Response errorOf(int status, std::string_view text);

/// The status for a request that cannot be read: 413, else 400.
[[nodiscard]] int unreadableStatus(const Error& error);

} // namespace sextant::server
