// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/http_response.h"

#include <algorithm>
#include <charconv>

namespace sextant::agent {
namespace {

constexpr std::size_t kMaxLine = 256; ///< of a chunk's size line

tl::unexpected<Error> malformed(const char* what)
{
    return fail(ErrorCode::Malformed, std::string("the server's answer is no HTTP/1.1: ") + what);
}

bool isTokenCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(
        out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::string_view trimmed(std::string_view text)
{
    const auto isBlank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::optional<std::uint64_t> wholeNumber(std::string_view text, int base)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

struct StatusLine {
    int minorVersion = 0;
    int status = 0;
};

/// "HTTP/1.1 204 No Content"
std::optional<StatusLine> parseStatusLine(std::string_view line)
{
    if (line.size() < 12 || !line.starts_with("HTTP/1.") || (line[7] != '0' && line[7] != '1') || line[8] != ' ')
        return std::nullopt;
    if (line.size() > 12 && line[12] != ' ')
        return std::nullopt;
    const auto status = wholeNumber(line.substr(9, 3), 10);
    if (!status || *status < 100 || *status > 599)
        return std::nullopt;
    return StatusLine{line[7] - '0', static_cast<int>(*status)};
}

tl::unexpected<Error> tooLargeBody()
{
    return fail(ErrorCode::TooLarge, "the server's answer is larger than 64 KiB");
}

/// How long what stands before its end mark is, or will be at the least when the mark (found at `end`) is not there
/// yet: a part of the mark at the end of what came in does not count, so that a limit holds however the bytes are cut.
std::size_t leastLength(std::string_view pending, std::size_t end, std::string_view mark)
{
    if (end != std::string_view::npos)
        return end;
    return pending.size() - std::min(pending.size(), mark.size() - 1);
}

} // namespace

const std::string* HttpResponse::header(std::string_view name) const
{
    const auto found =
        std::ranges::find(headers, name, [](const auto& header) { return std::string_view(header.first); });
    return found == headers.end() ? nullptr : &found->second;
}

Result<bool> HttpResponseReader::feed(std::string_view bytes)
{
    if (bytes.empty())
        return m_state == State::Whole;
    m_untouched = false;
    m_pending += bytes;
    bool moved = true;
    while (moved && m_state != State::Whole) {
        moved = false;
        if (const auto stepped = step(moved); !stepped)
            return tl::unexpected(stepped.error());
    }
    if (m_state == State::Whole && !m_pending.empty())
        return malformed("bytes after its end");
    return m_state == State::Whole;
}

Result<void> HttpResponseReader::finish()
{
    if (m_state == State::BodyToEnd)
        m_state = State::Whole;
    if (m_state != State::Whole)
        return malformed("it was cut off");
    return {};
}

Result<void> HttpResponseReader::step(bool& moved)
{
    switch (m_state) {
    case State::Head:
        return readHead(moved);
    case State::SizedBody:
    case State::ChunkData:
    case State::BodyToEnd:
        return readBody(moved);
    case State::ChunkSize:
        return readChunkSize(moved);
    case State::ChunkEnd:
        return readChunkEnd(moved);
    case State::Trailer:
        return readTrailer(moved);
    case State::Whole:
        break;
    }
    return {};
}

Result<void> HttpResponseReader::readHead(bool& moved)
{
    constexpr std::string_view kEnd = "\r\n\r\n";
    const std::size_t end = m_pending.find(kEnd);
    if (leastLength(m_pending, end, kEnd) > kMaxHeaderBytes)
        return fail(ErrorCode::TooLarge, "the server's answer has headers of more than 16 KiB");
    if (end == std::string::npos)
        return {};
    const std::string head = m_pending.substr(0, end + 2);
    m_pending.erase(0, end + 4);
    moved = true;
    const std::size_t lineEnd = head.find("\r\n");
    const auto statusLine = parseStatusLine(std::string_view(head).substr(0, lineEnd));
    if (!statusLine)
        return malformed("no status line");
    m_response = {};
    m_response.status = statusLine->status;
    if (const auto read = readHeaderLines(std::string_view(head).substr(lineEnd + 2)); !read)
        return read;
    // An interim response (100 Continue, 103 Early Hints) comes before the one that was asked for.
    if (statusLine->status < 200)
        return statusLine->status == 101 ? Result<void>(malformed("a change of protocol")) : Result<void>();
    return chooseBody(statusLine->minorVersion);
}

Result<void> HttpResponseReader::readHeaderLines(std::string_view lines)
{
    while (!lines.empty()) {
        const std::size_t end = lines.find("\r\n");
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end + 2);
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        if (colon == std::string_view::npos || name.empty() || !std::ranges::all_of(name, isTokenCharacter))
            return malformed("a header without a name");
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (std::ranges::any_of(value, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; }))
            return malformed("a control code in a header");
        m_response.headers.emplace_back(lower(name), value);
    }
    return {};
}

Result<void> HttpResponseReader::chooseBody(int minorVersion)
{
    const auto countOf = [this](std::string_view name) {
        return std::ranges::count(m_response.headers, name, [](const auto& h) { return std::string_view(h.first); });
    };
    const std::string* connection = m_response.header("connection");
    const std::string wish = connection ? lower(*connection) : std::string();
    m_response.keepAlive = minorVersion == 1 ? wish != "close" : wish == "keep-alive";
    const std::string* encoding = m_response.header("transfer-encoding");
    const std::string* length = m_response.header("content-length");
    if ((encoding && length) || countOf("content-length") > 1 || countOf("transfer-encoding") > 1)
        return malformed("its length is said twice");
    if (m_response.status == 204 || m_response.status == 304) {
        m_state = State::Whole;
        return {};
    }
    if (encoding) {
        m_state = State::ChunkSize;
        return lower(*encoding) == "chunked" ? Result<void>() : Result<void>(malformed("an unknown transfer encoding"));
    }
    if (!length) {
        m_state = State::BodyToEnd;
        m_bodyLeft = kMaxBodyBytes + 1; // the one too many is what shows that there is too much
        m_response.keepAlive = false;
        return {};
    }
    const auto size = wholeNumber(*length, 10);
    if (!size)
        return malformed("a length that is no number");
    if (*size > kMaxBodyBytes)
        return tooLargeBody();
    m_bodyLeft = *size;
    m_state = *size == 0 ? State::Whole : State::SizedBody;
    return {};
}

Result<void> HttpResponseReader::readBody(bool& moved)
{
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(m_bodyLeft, m_pending.size()));
    if (m_response.body.size() + size > kMaxBodyBytes)
        return tooLargeBody();
    m_response.body.append(m_pending, 0, size);
    m_pending.erase(0, size);
    m_bodyLeft -= size;
    moved = size > 0;
    if (m_bodyLeft == 0 && m_state != State::BodyToEnd)
        m_state = m_state == State::SizedBody ? State::Whole : State::ChunkEnd;
    return {};
}

Result<std::optional<std::string>> HttpResponseReader::takeLine()
{
    constexpr std::string_view kEnd = "\r\n";
    const std::size_t end = m_pending.find(kEnd);
    if (leastLength(m_pending, end, kEnd) > kMaxLine)
        return malformed("a line of a chunk is too long");
    if (end == std::string::npos)
        return std::nullopt;
    std::string line = m_pending.substr(0, end);
    m_pending.erase(0, end + 2);
    return line;
}

Result<void> HttpResponseReader::readChunkSize(bool& moved)
{
    const auto line = takeLine();
    if (!line)
        return tl::unexpected(line.error());
    if (!*line)
        return {};
    moved = true;
    const std::string_view digits = trimmed(std::string_view(**line).substr(0, (*line)->find(';')));
    const auto size = wholeNumber(digits, 16);
    if (!size)
        return malformed("a chunk without a size");
    if (*size > kMaxBodyBytes)
        return tooLargeBody();
    m_bodyLeft = *size;
    m_state = *size == 0 ? State::Trailer : State::ChunkData;
    return {};
}

Result<void> HttpResponseReader::readChunkEnd(bool& moved)
{
    if (m_pending.size() < 2)
        return {};
    if (!m_pending.starts_with("\r\n"))
        return malformed("a chunk is longer than it says");
    m_pending.erase(0, 2);
    m_state = State::ChunkSize;
    moved = true;
    return {};
}

Result<void> HttpResponseReader::readTrailer(bool& moved)
{
    const auto line = takeLine();
    if (!line)
        return tl::unexpected(line.error());
    if (!*line)
        return {};
    moved = true;
    m_trailerBytes += (*line)->size() + 2;
    if (m_trailerBytes > kMaxHeaderBytes)
        return fail(ErrorCode::TooLarge, "the server's answer has trailers of more than 16 KiB");
    if ((*line)->empty())
        m_state = State::Whole;
    return {};
}

} // namespace sextant::agent
