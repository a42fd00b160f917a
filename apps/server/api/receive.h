// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/api/route.h"
#include "server/http/responder.h"
#include "server/http/response.h"
#include "server/ingest/sample_sink.h"
#include "server/receivers/writer.h"

#include <QJsonArray>

#include <functional>
#include <string_view>

namespace sextant::server {

struct Services;

// What the handlers of the ways in have in common.

/// What the API key of a request writes into, and is bound to.
[[nodiscard]] Writer writerOf(const Call& call);

/// Where its samples go; the answer where the key may not write by that way.
[[nodiscard]] tl::expected<Destination, http::Response> destinationFor(
    const Services& services, const Call& call, Way way);

/// Hands what was read of a request on to the sink and, when all of it is durable or refused, answers with what
/// `answer` makes of it. Where nothing could be stored `failed` runs (if there is one), and the answer is a problem.
void storeSamples(Services& services, const Call& call, Way way, Intake intake, const http::Responder& responder,
    std::function<http::Response(const Received&)> answer, std::function<void()> failed = {});

/// The same where success is `status`, and what is refused of a request is told in a problem document.
void storeOrRefuse(
    Services& services, const Call& call, Way way, Result<Intake> intake, int status, const http::Responder& responder);

/// Whether the request says that its body is of that type.
[[nodiscard]] bool typeIs(const Call& call, std::string_view type);

/// What was refused, as sentences: "<what>[3]: no name".
[[nodiscard]] QJsonArray refusedSentences(const Received& received, std::string_view before, std::string_view after);

/// The status of a request of which nothing was stored because of what is in it: 400, or 429 where the only reason is
/// that there are too many series.
[[nodiscard]] int refusedStatus(const Received& received);

} // namespace sextant::server
