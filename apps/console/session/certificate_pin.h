// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QSslCertificate>
#include <QString>

#include <optional>

/// Trust in a server is trust in its certificate authority (CA): a person compares its fingerprint once with what the
/// server printed, and from then on only certificates of this CA are accepted. Pure functions.
namespace sextant::console {

/// SHA-256 of the certificate's DER, 32 bytes.
[[nodiscard]] QByteArray fingerprintOf(const QSslCertificate& certificate);

/// "3FA2 11C0 …": hex in capitals, in groups of four, as people compare it. 16 groups for 32 bytes.
[[nodiscard]] QString groupedHex(const QByteArray& fingerprint);

/// A fingerprint as people paste it: 64 hex digits in either case, with or without spaces, colons or "sha256:" before.
[[nodiscard]] std::optional<QByteArray> parseFingerprint(const QString& text);

/// The CA of a chain as a server sent it: the self-signed certificate that is the chain's last. Nothing when the server
/// sent none, e.g. a certificate of a public authority.
[[nodiscard]] std::optional<QSslCertificate> authorityOf(const QList<QSslCertificate>& chain);

/// What to do about a server's CA.
enum class PinVerdict {
    FirstUse, ///< nothing is pinned: ask the person
    Same,     ///< the pinned one: go on
    Changed,  ///< another one: refuse and explain
};
[[nodiscard]] PinVerdict judge(const QByteArray& pinned, const QByteArray& offered);

} // namespace sextant::console
