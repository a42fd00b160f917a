// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/auth/openssl.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <vector>

namespace sextant::server::openssl {

/// The pieces of making and reading X.509 objects that more than one file of auth/ needs. Plain functions; any thread.

[[nodiscard]] Result<Key> makeEcKey();
[[nodiscard]] Result<QByteArray> keyToPem(EVP_PKEY* key);
[[nodiscard]] Result<Key> keyFromPem(const QByteArray& pem);
[[nodiscard]] Result<QByteArray> certificateToPem(X509* certificate);
[[nodiscard]] Result<Certificate> certificateFromPem(const QByteArray& pem);
[[nodiscard]] Result<Certificate> certificateFromDer(const QByteArray& der);

/// SHA-256 of the DER, 32 bytes; empty when OpenSSL fails.
[[nodiscard]] QByteArray fingerprint(const X509* certificate);
[[nodiscard]] std::int64_t notBeforeMs(const X509* certificate);
[[nodiscard]] std::int64_t notAfterMs(const X509* certificate);

/// What a new certificate is to say. `extensions` are OpenSSL's own words (x509v3_config(5)).
struct CertificateText {
    struct ExtensionText {
        int nid;
        QByteArray value;
    };
    QByteArray commonName;
    std::int64_t notBeforeMs = 0;
    std::int64_t notAfterMs = 0;
    std::vector<ExtensionText> extensions;
};

/// Makes a certificate for `key` and signs it. `issuer` null: it signs itself. Serial: 128 random bits.
[[nodiscard]] Result<Certificate> makeCertificate(
    EVP_PKEY* key, const CertificateText& text, X509* issuer, EVP_PKEY* issuerKey);

/// Reads a file of at most 64 KiB. NotFound, Denied, TooLarge or Io.
[[nodiscard]] Result<QByteArray> readFile(const QString& path);
/// Writes a file whole or not at all, readable by its owner alone.
[[nodiscard]] Result<void> writePrivateFile(const QString& path, const QByteArray& bytes);

} // namespace sextant::server::openssl
