// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QByteArray>
#include <QString>

namespace sextant::server {

/// Shortest and longest password that is taken, in bytes of UTF-8.
inline constexpr qsizetype kPasswordMin = 10;
inline constexpr qsizetype kPasswordMax = 256;

/// What it costs to try one password (RFC 7914): memory is 128 × 2^logN × r bytes.
struct ScryptCost {
    int logN = 15; ///< 32 MiB with r = 8
    int r = 8;
    int p = 3;
};

/// A password's hash as it is stored: "scrypt$logN$r$p$salt$hash", salt and hash in base64. Takes about a quarter of a
/// second of one core and 32 MiB, so not on a thread that has other work. Invalid when the password is too short or
/// long.
[[nodiscard]] Result<QString> hashPassword(const QByteArray& password, ScryptCost cost = {});

/// Whether a password is the one of a stored hash; compares in constant time. Malformed for a text that is no such
/// hash.
[[nodiscard]] Result<bool> checkPassword(const QByteArray& password, const QString& stored);

/// A stored hash that no password fits, with the usual cost: checking against it takes as long as a real check does.
[[nodiscard]] QString unknownUserHash();

} // namespace sextant::server
