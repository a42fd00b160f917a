// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/certificate_authority.h"

#include "server/auth/secret.h"
#include "server/auth/x509.h"

#include <QFile>
#include <QHostAddress>

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kBackdateMs = 3'600'000; ///< for hosts whose clock is a little behind
constexpr std::int64_t kAuthorityDays = 20 * 365;
constexpr qsizetype kMaxRequestBytes = 16 * 1024;

tl::unexpected<Error> refuse(std::string what)
{
    return tl::unexpected<Error>(openssl::error(ErrorCode::Invalid, std::move(what)));
}

Result<openssl::Certificate> makeAuthority(EVP_PKEY* key, std::int64_t nowMs)
{
    openssl::CertificateText text;
    text.commonName = "Sextant CA " + randomBytes(4).toHex(); // two servers' authorities never share a name
    text.notBeforeMs = nowMs - kBackdateMs;
    text.notAfterMs = nowMs + kAuthorityDays * kDayMs;
    text.extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
        {NID_key_usage, "critical,keyCertSign,cRLSign"}, {NID_subject_key_identifier, "hash"}};
    return openssl::makeCertificate(key, text, nullptr, nullptr);
}

Result<openssl::Store> storeWith(X509* authority)
{
    openssl::Store store(X509_STORE_new());
    if (!store || X509_STORE_add_cert(store.get(), authority) != 1)
        return tl::unexpected<Error>(openssl::error(ErrorCode::Internal, "cannot hold the CA certificate"));
    return store;
}

Result<void> checkKey(const EVP_PKEY* key)
{
    if (EVP_PKEY_is_a(key, "RSA")) {
        const int bits = EVP_PKEY_get_bits(key);
        if (bits < 2048 || bits > 8192)
            return refuse("csr: expected an RSA key of 2048 to 8192 bits, got " + std::to_string(bits));
        return {};
    }
    std::array<char, 64> group{};
    std::size_t size = 0;
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1) {
        const std::string_view name(group.data(), size);
        if (name == "prime256v1" || name == "P-256" || name == "secp384r1" || name == "P-384")
            return {};
    }
    return refuse("csr: expected a key of EC P-256, EC P-384 or RSA");
}

Result<openssl::Request> readRequest(const QByteArray& pem)
{
    if (pem.size() > kMaxRequestBytes)
        return fail(ErrorCode::TooLarge, "csr: at most " + std::to_string(kMaxRequestBytes) + " bytes are allowed");
    const openssl::Bio bio(BIO_new_mem_buf(pem.constData(), static_cast<int>(pem.size())));
    openssl::Request request(bio ? PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!request)
        return tl::unexpected<Error>(
            openssl::error(ErrorCode::Malformed, "csr: expected a certificate request in PEM"));
    EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
    if (!key)
        return refuse("csr: the key cannot be read");
    if (auto checked = checkKey(key); !checked)
        return tl::unexpected<Error>(checked.error());
    if (X509_REQ_verify(request.get(), key) != 1)
        return refuse("csr: not signed with its own key");
    return request;
}

/// "DNS:web01,IP:10.0.0.1" as x509v3_config(5) has it. Names that could break out of that syntax are left out.
QByteArray alternativeNames(const QStringList& names)
{
    QByteArrayList parts;
    for (const QString& name : names) {
        const bool isPlain = !name.isEmpty() && std::ranges::all_of(name, [](QChar c) {
            return (c.unicode() < 0x80 && c.isLetterOrNumber()) || c == u'.' || c == u'-' || c == u':' || c == u'_';
        });
        if (!isPlain)
            continue;
        const bool isAddress = !QHostAddress(name).isNull();
        if (isAddress || !name.contains(u':'))
            parts.append((isAddress ? "IP:" : "DNS:") + name.toLatin1());
    }
    return parts.join(',');
}

} // namespace

CertificateAuthority::CertificateAuthority(
    openssl::Key key, openssl::Certificate certificate, openssl::Store store, QByteArray pem)
    : m_key(std::move(key)),
      m_certificate(std::move(certificate)),
      m_store(std::move(store)),
      m_pem(std::move(pem)),
      m_fingerprint(openssl::fingerprint(m_certificate.get()))
{
}

Result<CertificateAuthority> CertificateAuthority::openOrCreate(const QString& folder, std::int64_t nowMs)
{
    const QString keyPath = folder + QStringLiteral("/ca.key");
    const QString certificatePath = folder + QStringLiteral("/ca.pem");
    if (!QFile::exists(keyPath) && !QFile::exists(certificatePath)) {
        const auto key = openssl::makeEcKey();
        if (!key)
            return tl::unexpected<Error>(key.error());
        const auto certificate = makeAuthority(key->get(), nowMs);
        if (!certificate)
            return tl::unexpected<Error>(certificate.error());
        const auto keyPem = openssl::keyToPem(key->get());
        const auto pem = openssl::certificateToPem(certificate->get());
        if (!keyPem || !pem)
            return fail(ErrorCode::Internal, "cannot write the CA as PEM");
        if (auto written = openssl::writePrivateFile(keyPath, *keyPem); !written)
            return tl::unexpected<Error>(written.error());
        if (auto written = openssl::writePrivateFile(certificatePath, *pem); !written)
            return tl::unexpected<Error>(written.error());
    }
    const auto keyPem = openssl::readFile(keyPath);
    const auto pem = openssl::readFile(certificatePath);
    if (!keyPem || !pem)
        return tl::unexpected<Error>(keyPem ? pem.error() : keyPem.error());
    auto key = openssl::keyFromPem(*keyPem);
    auto certificate = openssl::certificateFromPem(*pem);
    if (!key || !certificate || X509_check_private_key(certificate->get(), key->get()) != 1)
        return tl::unexpected<Error>(openssl::error(ErrorCode::Malformed,
            keyPath.toStdString() + " and " + certificatePath.toStdString() + " are not a key and its certificate"));
    auto store = storeWith(certificate->get());
    if (!store)
        return tl::unexpected<Error>(store.error());
    return CertificateAuthority(std::move(*key), std::move(*certificate), std::move(*store), *pem);
}

std::int64_t CertificateAuthority::notAfterMs() const
{
    return openssl::notAfterMs(m_certificate.get());
}

Result<void> CertificateAuthority::checkRequest(const QByteArray& requestPem)
{
    return readRequest(requestPem).map([](const openssl::Request&) {});
}

Result<IssuedCertificate> CertificateAuthority::signClient(
    const QByteArray& requestPem, const QString& commonName, std::int64_t nowMs, int days) const
{
    const auto request = readRequest(requestPem);
    if (!request)
        return tl::unexpected<Error>(request.error());
    openssl::CertificateText text;
    text.commonName = commonName.toUtf8();
    text.notBeforeMs = nowMs - kBackdateMs;
    text.notAfterMs = nowMs + std::clamp(days, kMinClientDays, kMaxClientDays) * kDayMs;
    text.extensions = {{NID_basic_constraints, "critical,CA:FALSE"}, {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "clientAuth"}, {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid"}};
    const auto certificate =
        openssl::makeCertificate(X509_REQ_get0_pubkey(request->get()), text, m_certificate.get(), m_key.get());
    if (!certificate)
        return tl::unexpected<Error>(certificate.error());
    const auto pem = openssl::certificateToPem(certificate->get());
    if (!pem)
        return tl::unexpected<Error>(pem.error());
    return IssuedCertificate{*pem, openssl::fingerprint(certificate->get()), openssl::notAfterMs(certificate->get())};
}

Result<openssl::Certificate> CertificateAuthority::signServer(
    EVP_PKEY* key, const QStringList& names, std::int64_t nowMs, int days) const
{
    openssl::CertificateText text;
    text.commonName = "Sextant server";
    text.notBeforeMs = nowMs - kBackdateMs;
    text.notAfterMs = nowMs + days * kDayMs;
    text.extensions = {{NID_basic_constraints, "critical,CA:FALSE"}, {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "serverAuth"}, {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid"}, {NID_subject_alt_name, alternativeNames(names)}};
    return openssl::makeCertificate(key, text, m_certificate.get(), m_key.get());
}

std::optional<VerifiedCertificate> CertificateAuthority::verifyClient(const QByteArray& der, std::int64_t nowMs) const
{
    const auto certificate = openssl::certificateFromDer(der);
    const openssl::StoreContext context(X509_STORE_CTX_new());
    if (!certificate || !context || X509_STORE_CTX_init(context.get(), m_store.get(), certificate->get(), nullptr) != 1)
        return std::nullopt;
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, static_cast<time_t>(nowMs / 1000));
    X509_VERIFY_PARAM_set_depth(parameters, 0); // nothing between the certificate and the authority
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    if (X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT) != 1 ||
        X509_verify_cert(context.get()) != 1) {
        (void)openssl::error(ErrorCode::Denied, {}); // leave no old reasons in the error queue
        return std::nullopt;
    }
    // OpenSSL takes a certificate without the extended use as fit for every use, and the authority itself as valid.
    const std::uint32_t flags = X509_get_extension_flags(certificate->get());
    const bool statesUse =
        (flags & EXFLAG_XKUSAGE) != 0 && (X509_get_extended_key_usage(certificate->get()) & XKU_SSL_CLIENT) != 0;
    if (!statesUse || (flags & EXFLAG_CA) != 0)
        return std::nullopt;
    return VerifiedCertificate{openssl::fingerprint(certificate->get()), openssl::notBeforeMs(certificate->get()),
        openssl::notAfterMs(certificate->get())};
}

} // namespace sextant::server
