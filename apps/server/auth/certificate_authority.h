// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/auth/openssl.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <cstdint>
#include <optional>
#include <string>

namespace sextant::server {

/// What a client certificate says after it was checked.
struct VerifiedCertificate {
    QByteArray fingerprint; ///< SHA-256 of the DER, 32 bytes
    std::int64_t notBeforeMs = 0;
    std::int64_t notAfterMs = 0;
};

/// A certificate that was just signed.
struct IssuedCertificate {
    QByteArray pem;
    QByteArray fingerprint; ///< SHA-256 of the DER, 32 bytes
    std::int64_t notAfterMs = 0;
};

/// This server's own certificate authority (EC P-256), made at the first start and kept for ever: `ca.pem` (for
/// everyone) and `ca.key` (mode 0600) in the data folder. It signs the server's certificate and those of agents, and
/// nothing else. After openOrCreate() it does not change; every function may be called from any thread.
class CertificateAuthority {
public:
    /// Shortest and longest validity of an agent's certificate.
    static constexpr int kMinClientDays = 30;
    static constexpr int kMaxClientDays = 365;

    /// Io or Denied when the files cannot be read or written, Malformed when they are not a key and its certificate.
    [[nodiscard]] static Result<CertificateAuthority> openOrCreate(const QString& folder, std::int64_t nowMs);

    [[nodiscard]] const QByteArray& pem() const { return m_pem; }
    /// SHA-256 of the DER in lower-case hex: what people compare and agents pin.
    [[nodiscard]] QByteArray fingerprint() const { return m_fingerprint.toHex(); }
    [[nodiscard]] std::int64_t notAfterMs() const;

    /// Signs an agent's request (PEM). Of the request only the key is taken: the subject is CN=<commonName>, the use
    /// clientAuth. Invalid when the key is not EC P-256, EC P-384 or RSA of 2048 to 8192 bits, or the request does not
    /// carry the signature of its own key; Malformed when it is no request.
    [[nodiscard]] Result<IssuedCertificate> signClient(
        const QByteArray& requestPem, const QString& commonName, std::int64_t nowMs, int days) const;
    /// The checks of signClient() alone.
    [[nodiscard]] static Result<void> checkRequest(const QByteArray& requestPem);

    /// Signs a server certificate for these DNS names and addresses.
    [[nodiscard]] Result<openssl::Certificate> signServer(
        EVP_PKEY* key, const QStringList& names, std::int64_t nowMs, int days) const;

    /// Whether a certificate (DER) is one that this authority signed for a client and that is valid now: the chain is
    /// exactly this authority, the use clientAuth is stated, it is no authority itself. Whose it is, and whether that
    /// host was removed, is not asked here.
    [[nodiscard]] std::optional<VerifiedCertificate> verifyClient(const QByteArray& der, std::int64_t nowMs) const;

private:
    CertificateAuthority(openssl::Key key, openssl::Certificate certificate, openssl::Store store, QByteArray pem);

    openssl::Key m_key;
    openssl::Certificate m_certificate;
    openssl::Store m_store; ///< holds the CA certificate alone
    QByteArray m_pem;
    QByteArray m_fingerprint;
};

} // namespace sextant::server
