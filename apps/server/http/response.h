// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/http/request.h"

#include <QByteArray>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::server::http {

class Stream;

/// A body that is written while it comes into being (server-sent events). `start` is called once on the connection's
/// thread after the headers left; what it returns is kept until the stream ends and is then destroyed there, so an RAII
/// subscription is the natural thing to return. `heartbeat` is written whenever `heartbeatTime` passed; before that
/// `isAllowed` (when set) is asked, and the stream ends when it says no.
struct StreamBody {
    std::function<std::shared_ptr<void>(Stream)> start;
    QByteArray heartbeat;
    std::chrono::milliseconds heartbeatTime{15'000};
    std::function<bool()> isAllowed;
};

/// An answer. The connection adds Content-Length or chunked coding, Connection, Date, Content-Encoding and Vary, and
/// leaves the body out for HEAD. `secret` answers are not compressed and carry `Cache-Control: no-store`; a plain
/// value.
struct Response {
    int status = 200;
    std::string_view contentType; ///< a constant; empty when there is no body
    QByteArray body;
    std::vector<Header> headers;
    bool secret = true;
    std::shared_ptr<StreamBody> stream;
};

/// A status without a body, e.g. 204.
[[nodiscard]] Response emptyResponse(int status);
[[nodiscard]] Response textResponse(int status, QByteArray text);
/// `json` is a whole JSON document.
[[nodiscard]] Response jsonResponse(int status, QByteArray json);

/// A problem document (RFC 9457). `detail` says which field and what was expected; `field` may be empty.
[[nodiscard]] Response problem(int status, ErrorCode code, std::string_view detail, std::string_view field = {});
/// The same with Retry-After.
[[nodiscard]] Response problem(int status, ErrorCode code, std::string_view detail, std::chrono::seconds retryAfter);
/// The status that an error's code stands for: NotFound 404, Malformed 400, … What may be well again by itself (Busy,
/// TimedOut, Io, Unreachable) is 503 with Retry-After 2, Internal 500. Io, Unreachable and Internal keep their message,
/// which names files and addresses, to themselves (the caller logs it).
[[nodiscard]] Response problem(const Error& error, std::string_view field = {});

[[nodiscard]] std::string_view reasonPhrase(int status);

/// How a response goes out on the wire.
struct WireOptions {
    bool head = false; ///< answer to HEAD: the headers only
    bool keepAlive = true;
    bool http11 = true;
    const std::string* acceptEncoding = nullptr; ///< null: no compression
    std::string_view date;                       ///< IMF-fixdate
};

/// A response on the wire: status line and headers, and behind them the body, empty for a stream and for HEAD. Apart,
/// so that a large body is not copied.
struct WireBytes {
    QByteArray head;
    QByteArray body;
};
[[nodiscard]] WireBytes serialise(const Response& response, const WireOptions& options);

} // namespace sextant::server::http
