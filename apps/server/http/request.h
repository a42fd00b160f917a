// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/target.h"

#include <QByteArray>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::server::http {

enum class Method : std::uint8_t { Get, Head, Post, Put, Patch, Delete, Options, Other };

[[nodiscard]] std::string_view toString(Method method);

/// A header field. Names are in lower case, values without the white space around them.
struct Header {
    std::string name;
    std::string value;
};

/// The request line and the headers, checked: what is known before the body has arrived. A plain value.
struct RequestHead {
    Method method = Method::Other;
    Target target;
    std::vector<Header> headers;
    std::optional<std::uint64_t> contentLength; ///< absent for a chunked body and where there is none
    bool chunked = false;
    bool http11 = true;
    bool keepAlive = true;
    bool expectsContinue = false;

    [[nodiscard]] bool hasBody() const { return chunked || contentLength.value_or(0) > 0; }
    /// The first header of that name (in lower case), or null.
    [[nodiscard]] const std::string* header(std::string_view name) const;
};

/// What a client certificate says after the request handler accepted it at the handshake (RequestHandler::verify).
struct ClientCertificate {
    QByteArray fingerprint;       ///< SHA-256 of its DER, 32 bytes
    std::int64_t notBeforeMs = 0; ///< Unix milliseconds
    std::int64_t notAfterMs = 0;
};

/// Who is on the other side of a connection.
struct Peer {
    std::string address; ///< IPv4 or IPv6 text; an IPv4 address that came mapped into IPv6 is given as IPv4
    std::optional<ClientCertificate> certificate;
};

/// A whole request: the body has arrived and its Content-Encoding was undone. A plain value, moved to its handler.
struct Request {
    RequestHead head;
    Peer peer;
    std::string body;
};

} // namespace sextant::server::http
