// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <optional>

namespace sextant::server {

/// Checks JSON Web Tokens (RFC 7519) signed with HMAC-SHA256 (`HS256`, RFC 7515) by somebody who has the same secret:
/// what Grafana and gateways hand on in place of a login here. No other algorithm is taken, least of all `none`, and a
/// token that never expires is none. Thread-safe.
class JwtVerifier {
public:
    static constexpr qsizetype kSecretBytes = 32; ///< at least: fewer can be guessed

    explicit JwtVerifier(QByteArray secret) : m_secret(std::move(secret)) {}
    /// The secret is the first line of the file. Invalid: it is shorter than kSecretBytes; Io, NotFound.
    [[nodiscard]] static Result<JwtVerifier> fromFile(const QString& file);

    /// Whether a credential looks like such a token, and like nothing else that is taken here.
    [[nodiscard]] static bool isToken(const QByteArray& credential);
    /// The subject of a token that is good at that time, as text of its own ("" when it names none); nothing for any
    /// other.
    [[nodiscard]] std::optional<QString> verify(const QByteArray& token, std::int64_t nowMs) const;

private:
    QByteArray m_secret;
};

} // namespace sextant::server
