// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/server_certificate.h"

#include "server/auth/certificate_authority.h"
#include "server/auth/x509.h"

#include <QHostAddress>
#include <QHostInfo>
#include <QNetworkInterface>

#include <algorithm>

namespace sextant::server {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

bool covers(X509* certificate, const QString& name)
{
    const QByteArray text = name.toLatin1();
    if (!QHostAddress(name).isNull())
        return X509_check_ip_asc(certificate, text.constData(), 0) == 1;
    return X509_check_host(certificate, text.constData(), static_cast<std::size_t>(text.size()), 0, nullptr) == 1;
}

Result<ServerCertificate> readCertificate(const CertificateAuthority& authority, const QString& pemPath,
    const QString& keyPath, const QStringList& names, std::int64_t nowMs)
{
    const auto pem = openssl::readFile(pemPath);
    const auto keyPem = openssl::readFile(keyPath);
    if (!pem || !keyPem)
        return fail(ErrorCode::NotFound, "no server certificate");
    const auto certificate = openssl::certificateFromPem(*pem);
    const auto key = openssl::keyFromPem(*keyPem);
    const auto ca = openssl::certificateFromPem(authority.pem());
    if (!certificate || !key || !ca || X509_check_private_key(certificate->get(), key->get()) != 1 ||
        X509_verify(certificate->get(), X509_get0_pubkey(ca->get())) != 1)
        return tl::unexpected<Error>(openssl::error(ErrorCode::Malformed, "not a server certificate of this CA"));
    const std::int64_t notAfterMs = openssl::notAfterMs(certificate->get());
    if (notAfterMs - nowMs < kServerRenewDays * kDayMs || openssl::notBeforeMs(certificate->get()) > nowMs)
        return fail(ErrorCode::TimedOut, "the server certificate ends soon");
    const bool all = std::ranges::all_of(names, [&](const QString& name) { return covers(certificate->get(), name); });
    if (!all)
        return fail(ErrorCode::NotFound, "the names of this machine changed");
    return ServerCertificate{*pem, *keyPem, notAfterMs, false};
}

} // namespace

Result<ServerCertificate> ensureServerCertificate(
    const CertificateAuthority& authority, const QString& folder, const QStringList& names, std::int64_t nowMs)
{
    const QString pemPath = folder + QStringLiteral("/server.pem");
    const QString keyPath = folder + QStringLiteral("/server.key");
    if (auto known = readCertificate(authority, pemPath, keyPath, names, nowMs))
        return known;

    const auto key = openssl::makeEcKey();
    if (!key)
        return tl::unexpected<Error>(key.error());
    const auto certificate = authority.signServer(key->get(), names, nowMs, kServerCertificateDays);
    if (!certificate)
        return tl::unexpected<Error>(certificate.error());
    const auto keyPem = openssl::keyToPem(key->get());
    const auto pem = openssl::certificateToPem(certificate->get());
    if (!keyPem || !pem)
        return fail(ErrorCode::Internal, "cannot write the server certificate as PEM");
    if (auto written = openssl::writePrivateFile(keyPath, *keyPem); !written)
        return tl::unexpected<Error>(written.error());
    if (auto written = openssl::writePrivateFile(pemPath, *pem); !written)
        return tl::unexpected<Error>(written.error());
    return ServerCertificate{*pem, *keyPem, openssl::notAfterMs(certificate->get()), true};
}

QStringList namesOfThisMachine()
{
    QStringList names{QStringLiteral("localhost"), QHostInfo::localHostName().toLower()};
    if (const QString domain = QHostInfo::localDomainName().toLower(); !domain.isEmpty())
        names.append(names[1] + u'.' + domain);
    for (QHostAddress address : QNetworkInterface::allAddresses()) {
        address.setScopeId(QString());
        names.append(address.toString());
    }
    for (const auto& always : {QStringLiteral("127.0.0.1"), QStringLiteral("::1")})
        names.append(always);
    names.removeAll(QString());
    names.sort();
    names.removeDuplicates();
    return names;
}

} // namespace sextant::server
