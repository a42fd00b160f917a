// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QSslCertificate>
#include <QSslKey>

#include <string>

namespace sextant::agent::test {

/// A certificate with its key, made for a test.
struct Issued {
    QByteArray certificatePem;
    QByteArray keyPem;

    [[nodiscard]] QSslCertificate certificate() const { return QSslCertificate(certificatePem, QSsl::Pem); }
    [[nodiscard]] QSslKey key() const { return QSslKey(keyPem, QSsl::Ec, QSsl::Pem, QSsl::PrivateKey); }
};

/// What a certificate shall be. `names`: its subjectAltName in OpenSSL's words, e.g. "IP:127.0.0.1"; empty for none.
struct Wanted {
    std::string commonName;
    std::string names;
    bool authority = false;
    long validForSeconds = 3'600;
};

/// Makes a key and a certificate, signed by `issuer`, or by itself when that is null.
[[nodiscard]] Issued issue(const Wanted& wanted, const Issued* issuer = nullptr);

/// Signs a certificate request, as a server does at enrolment. Empty when the request is none.
[[nodiscard]] QByteArray signRequest(const QByteArray& requestPem, const Issued& issuer, long validForSeconds = 3'600);

} // namespace sextant::agent::test
