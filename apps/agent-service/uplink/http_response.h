// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sextant::agent {

/// An answer of the server.
struct HttpResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case
    std::string body;
    bool keepAlive = false; ///< the connection may carry another request

    /// The value of the first header of that name (lower case), or null.
    [[nodiscard]] const std::string* header(std::string_view name) const;
};

/// Reads one HTTP/1.1 response (RFC 9112) as its bytes come in: status line, headers, a body by Content-Length, in
/// chunks or up to the end of the connection. Interim responses (1xx) are read over. What it holds is bounded: headers
/// 16 KiB, body 64 KiB, for the server's answers to an agent are small. Strict: anything doubtful is Malformed, because
/// after it nobody can say where the next response begins. Pure; bytes in, response out.
class HttpResponseReader {
public:
    static constexpr std::size_t kMaxHeaderBytes = 16 * 1024;
    static constexpr std::size_t kMaxBodyBytes = 64 * 1024;

    /// Takes bytes in. True when the response is whole. Malformed or TooLarge when it cannot become one; the reader is
    /// then of no more use. Bytes after the end of the response are Malformed too: nobody asked for them.
    [[nodiscard]] Result<bool> feed(std::string_view bytes);

    /// The connection ended. Malformed when the response is cut off.
    [[nodiscard]] Result<void> finish();

    /// True when not a byte has come in yet.
    [[nodiscard]] bool untouched() const { return m_untouched; }

    /// The response, once feed() said true or finish() succeeded.
    [[nodiscard]] HttpResponse take() { return std::move(m_response); }

private:
    enum class State { Head, SizedBody, ChunkSize, ChunkData, ChunkEnd, Trailer, BodyToEnd, Whole };

    [[nodiscard]] Result<void> step(bool& moved);
    [[nodiscard]] Result<void> readHead(bool& moved);
    [[nodiscard]] Result<void> readHeaderLines(std::string_view lines);
    [[nodiscard]] Result<void> chooseBody(int minorVersion);
    [[nodiscard]] Result<void> readBody(bool& moved);
    [[nodiscard]] Result<void> readChunkSize(bool& moved);
    [[nodiscard]] Result<void> readChunkEnd(bool& moved);
    [[nodiscard]] Result<void> readTrailer(bool& moved);
    [[nodiscard]] Result<std::optional<std::string>> takeLine();

    std::string m_pending; ///< bytes not understood yet
    std::uint64_t m_bodyLeft = 0;
    std::size_t m_trailerBytes = 0;
    State m_state = State::Head;
    bool m_untouched = true;
    HttpResponse m_response;
};

} // namespace sextant::agent
