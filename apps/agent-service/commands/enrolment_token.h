// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QByteArray>

#include <cstdint>
#include <string>
#include <string_view>

namespace sextant::agent {

/// The one word that an admin passes on (docs/api.md): where the server is, how to know it, and a secret that works
/// once.
struct EnrolmentToken {
    std::string url;
    QByteArray authorityFingerprint; ///< SHA-256 of the CA certificate's DER, 32 bytes
    std::string secret;
    std::int64_t expiresMs = 0;
};

/// Reads "sextant1_…". Malformed, with what is wrong but never with the text itself, when it is no such word.
/// Denied when `authorityFingerprint` (hex, colons allowed) is not empty and not the one in the token.
[[nodiscard]] Result<EnrolmentToken> parseEnrolmentToken(
    std::string_view text, const std::string& authorityFingerprint = {});

} // namespace sextant::agent
