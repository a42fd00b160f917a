// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/request.h"

#include <QByteArray>

namespace sextant::server {

/// The secret that a request shows: the token of a session or the word of an API key. Empty when there is none.
/// A session's token is taken from `Authorization: Bearer …` alone. A key comes in the way that its program knows: that
/// one, `Token …` (InfluxDB clients), `Basic …` with the key as the password (Prometheus, Telegraf, Grafana) or the
/// header `X-API-Key` or `X-Agent-Secret` (Spectra's agents).
[[nodiscard]] QByteArray credentialOf(const http::RequestHead& head);

} // namespace sextant::server
