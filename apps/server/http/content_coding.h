// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QByteArray>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::server::http {

/// Snappy is the block format (https://github.com/google/snappy, format_description.txt), read only.
enum class Coding { Identity, Gzip, Zstd, Snappy };

/// The coding that a Content-Encoding header names. NotAvailable for one that this server does not read and for more
/// than one at once. An empty header is Identity.
[[nodiscard]] Result<Coding> parseCoding(std::string_view contentEncoding);

/// The coding that an Accept-Encoding header (RFC 9110 §12.5.3, with q values and *) prefers among those that this
/// server writes; of equals zstd, then gzip. Identity when nothing better is wanted; a header that makes no sense is
/// Identity.
[[nodiscard]] Coding chooseCoding(std::string_view acceptEncoding);

/// Undoes a coding. TooLarge as soon as the output would pass `maxBytes` (snappy says it before any is made); memory
/// never exceeds that by more than a buffer. Malformed for damaged or cut-off input.
[[nodiscard]] Result<std::string> decodeBody(std::string body, Coding coding, std::size_t maxBytes);

struct CodedBody {
    QByteArray bytes;
    std::string_view name; ///< for Content-Encoding
};

/// Packs a body. Nothing for Identity and Snappy, and when packing does not make it smaller.
[[nodiscard]] std::optional<CodedBody> compressBody(const QByteArray& body, Coding coding);

} // namespace sextant::server::http
