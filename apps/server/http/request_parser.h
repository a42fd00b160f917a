// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/http/request.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sextant::server::http {

/// Reads one HTTP/1.x request from bytes that arrive in pieces; no sockets, no clock. Feed it until it says HeadDone,
/// decide, call allowBody(), go on feeding until Complete. It is strict where leniency would let two servers read the
/// same bytes differently (RFC 9112 §6.3): Content-Length beside Transfer-Encoding, unknown transfer codings and more
/// than one Host are refused. Trailers are read and thrown away. Memory: the header limit, the body limit, nothing
/// else. Used by one thread.
class RequestParser {
public:
    enum class Event {
        NeedMore, ///< all bytes were looked at; feed again what was not consumed, and more
        HeadDone, ///< head() is there; the body, if any, was not touched
        Complete, ///< the request is whole; bytes behind it were not touched
        Refused,  ///< see refusal(); the connection cannot go on
    };
    struct Step {
        Event event;
        std::size_t consumed; ///< of the bytes given
    };
    struct Refusal {
        int status = 400;
        ErrorCode code = ErrorCode::Malformed;
        std::string detail;
    };

    explicit RequestParser(std::size_t maxHeaderBytes);
    ~RequestParser();
    RequestParser(RequestParser&&) noexcept;
    RequestParser& operator=(RequestParser&&) noexcept;

    /// Bytes that were not consumed must come again in front of the next ones.
    [[nodiscard]] Step feed(std::string_view bytes);
    /// After HeadDone: how large the body may be, as sent.
    void allowBody(std::size_t maxBytes);

    /// True once a byte of the request was seen.
    [[nodiscard]] bool hasStarted() const { return m_started; }
    [[nodiscard]] bool isHeadDone() const { return m_headDone; }
    [[nodiscard]] const RequestHead& head() const { return m_head; }
    [[nodiscard]] RequestHead takeHead() { return std::move(m_head); }
    [[nodiscard]] std::string takeBody();
    [[nodiscard]] const Refusal& refusal() const { return m_refusal; }

private:
    struct Beast;

    Step refuse(int status, ErrorCode code, std::string detail);
    Step finishHead(std::size_t consumed);
    Step feedHead(std::string_view bytes);
    Step feedBody(std::string_view bytes);

    std::unique_ptr<Beast> m_beast;
    RequestHead m_head;
    Refusal m_refusal;
    std::size_t m_maxHeaderBytes;
    std::size_t m_headerBytes = 0;
    bool m_started = false;
    bool m_headDone = false;
};

} // namespace sextant::server::http
