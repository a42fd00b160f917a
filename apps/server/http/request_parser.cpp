// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/request_parser.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <utility>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#pragma GCC diagnostic pop

namespace sextant::server::http {
namespace {

namespace beast = boost::beast::http;

std::string toString(boost::beast::string_view text)
{
    return {text.data(), text.size()};
}

Method methodOf(beast::verb verb)
{
    switch (verb) {
    case beast::verb::get:
        return Method::Get;
    case beast::verb::head:
        return Method::Head;
    case beast::verb::post:
        return Method::Post;
    case beast::verb::put:
        return Method::Put;
    case beast::verb::patch:
        return Method::Patch;
    case beast::verb::delete_:
        return Method::Delete;
    case beast::verb::options:
        return Method::Options;
    default:
        return Method::Other;
    }
}

bool isContinue(std::string_view value)
{
    constexpr std::string_view kContinue = "100-continue";
    return std::ranges::equal(
        value, kContinue, [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

} // namespace

struct RequestParser::Beast {
    beast::request_parser<beast::string_body> parser;
};

RequestParser::RequestParser(std::size_t maxHeaderBytes)
    : m_beast(std::make_unique<Beast>()), m_maxHeaderBytes(maxHeaderBytes)
{
    m_beast->parser.header_limit(static_cast<std::uint32_t>(maxHeaderBytes));
    // The body's limit is the route's, known after the head; the largest number stands for none (an empty optional
    // refuses every Content-Length in Boost 1.74).
    m_beast->parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    m_beast->parser.eager(false);
}

RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

RequestParser::Step RequestParser::feed(std::string_view bytes)
{
    if (bytes.empty() && !(m_headDone && m_beast->parser.is_done()))
        return {Event::NeedMore, 0};
    return m_headDone ? feedBody(bytes) : feedHead(bytes);
}

RequestParser::Step RequestParser::feedHead(std::string_view bytes)
{
    std::size_t consumed = 0;
    // RFC 9112 §2.2: empty lines in front of a request line are to be ignored.
    while (!m_started && consumed < bytes.size() && (bytes[consumed] == '\r' || bytes[consumed] == '\n')) {
        if (++m_headerBytes > m_maxHeaderBytes)
            return refuse(400, ErrorCode::Malformed, "no request line");
        ++consumed;
    }
    if (consumed == bytes.size())
        return {Event::NeedMore, consumed};
    m_started = true;
    while (consumed < bytes.size()) {
        boost::system::error_code error;
        const std::string_view rest = bytes.substr(consumed);
        const std::size_t taken = m_beast->parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
        consumed += taken;
        m_headerBytes += taken;
        const bool headDone = m_beast->parser.is_header_done();
        const std::size_t waiting = headDone ? 0 : bytes.size() - consumed;
        if (error == beast::error::header_limit || m_headerBytes + waiting > m_maxHeaderBytes)
            return refuse(431, ErrorCode::TooLarge,
                "request line and headers: at most " + std::to_string(m_maxHeaderBytes) + " bytes are allowed");
        if (error == beast::error::need_more)
            return {Event::NeedMore, consumed};
        if (error == beast::error::bad_version)
            return refuse(505, ErrorCode::Malformed, "expected HTTP/1.1");
        if (error)
            return refuse(400, ErrorCode::Malformed, "not an HTTP request: " + error.message());
        if (headDone)
            return finishHead(consumed);
    }
    return {Event::NeedMore, consumed};
}

RequestParser::Step RequestParser::finishHead(std::size_t consumed)
{
    const auto& message = m_beast->parser.get();
    auto target = parseTarget({message.target().data(), message.target().size()});
    if (!target)
        return refuse(400, ErrorCode::Malformed, target.error().message);
    m_head.method = methodOf(message.method());
    m_head.target = std::move(*target);
    m_head.http11 = message.version() == 11;
    m_head.keepAlive = m_beast->parser.keep_alive();
    m_head.chunked = m_beast->parser.chunked();
    if (const auto length = m_beast->parser.content_length())
        m_head.contentLength = *length;

    std::size_t hosts = 0;
    for (const auto& field : message) {
        if (field.name() == beast::field::transfer_encoding && !m_head.chunked)
            return refuse(501, ErrorCode::NotAvailable, "Transfer-Encoding: expected chunked");
        if (field.name() == beast::field::transfer_encoding && !m_head.http11)
            return refuse(400, ErrorCode::Malformed, "Transfer-Encoding: not allowed in HTTP/1.0");
        hosts += std::size_t{field.name() == beast::field::host ? 1U : 0U};
        std::string name = toString(field.name_string());
        std::ranges::transform(
            name, name.begin(), [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
        std::string value = toString(field.value());
        if (field.name() == beast::field::expect) {
            if (!isContinue(value))
                return refuse(417, ErrorCode::NotAvailable, "Expect: expected 100-continue");
            m_head.expectsContinue = m_head.http11;
        }
        m_head.headers.push_back({std::move(name), std::move(value)});
    }
    if (hosts > 1 || (hosts == 0 && m_head.http11))
        return refuse(400, ErrorCode::Malformed, "Host: expected exactly one");
    m_headDone = true;
    m_beast->parser.eager(true);
    return {Event::HeadDone, consumed};
}

void RequestParser::allowBody(std::size_t maxBytes)
{
    m_beast->parser.body_limit(maxBytes);
}

RequestParser::Step RequestParser::feedBody(std::string_view bytes)
{
    if (m_beast->parser.is_done())
        return {Event::Complete, 0};
    boost::system::error_code error;
    const std::size_t consumed = m_beast->parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error == beast::error::body_limit)
        return refuse(413, ErrorCode::TooLarge, "the body is larger than this route allows");
    // Chunk extensions and trailers are not body: without this a client could make us keep them without end.
    if (error == beast::error::need_more && bytes.size() - consumed > m_maxHeaderBytes)
        return refuse(431, ErrorCode::TooLarge, "a chunk's extensions or the trailers are too long");
    if (error && error != beast::error::need_more)
        return refuse(400, ErrorCode::Malformed, "the body is not well formed: " + error.message());
    return {m_beast->parser.is_done() ? Event::Complete : Event::NeedMore, consumed};
}

std::string RequestParser::takeBody()
{
    return std::move(m_beast->parser.get().body());
}

RequestParser::Step RequestParser::refuse(int status, ErrorCode code, std::string detail)
{
    m_refusal = {status, code, std::move(detail)};
    return {Event::Refused, 0};
}

} // namespace sextant::server::http
