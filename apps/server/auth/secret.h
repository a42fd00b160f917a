// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace sextant::server {

/// `bytes` random bytes from the operating system, for keys and tokens.
[[nodiscard]] QByteArray randomBytes(qsizetype bytes);

/// A new secret for people and programs to carry: 32 random bytes as base64url without padding (43 characters).
[[nodiscard]] QByteArray makeSecret();

/// What is stored of a secret: the SHA-256 of its text. A secret with 256 random bits needs no slower hash.
[[nodiscard]] QByteArray secretHash(const QByteArray& secret);

/// A password for a person to type once: 20 characters without those that look alike, about 116 bits.
[[nodiscard]] QByteArray makePassword();

} // namespace sextant::server
