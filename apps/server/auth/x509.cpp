// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/x509.h"

#include "process/private_files.h"
#include "server/auth/secret.h"

#include <QFile>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <array>
#include <chrono>
#include <ctime>
#include <string_view>
#include <utility>

namespace sextant::server::openssl {
namespace {

constexpr qint64 kMaxFileBytes = 64 * 1024;
constexpr long kVersion3 = 2;

using BigNumber = std::unique_ptr<BIGNUM, Release<BN_free>>;

Bio memoryBio(const QByteArray& bytes)
{
    return Bio(BIO_new_mem_buf(bytes.constData(), static_cast<int>(bytes.size())));
}

QByteArray contents(BIO* bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? QByteArray(data, size) : QByteArray();
}

std::int64_t toUnixMs(const ASN1_TIME* time)
{
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return 0;
    using namespace std::chrono;
    const sys_days day = year{parts.tm_year + 1900} / (parts.tm_mon + 1) / parts.tm_mday;
    const sys_seconds second = day + hours{parts.tm_hour} + minutes{parts.tm_min} + seconds{parts.tm_sec};
    return duration_cast<milliseconds>(second.time_since_epoch()).count();
}

bool setTimes(X509* certificate, const CertificateText& text)
{
    return ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<time_t>(text.notBeforeMs / 1000)) &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<time_t>(text.notAfterMs / 1000));
}

bool setSerial(X509* certificate)
{
    QByteArray random = randomBytes(16);
    random[0] = static_cast<char>((static_cast<unsigned char>(random[0]) & 0x7f) | 0x40); // positive, always 16 bytes
    const BigNumber number(BN_bin2bn(
        reinterpret_cast<const unsigned char*>(random.constData()), static_cast<int>(random.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

bool setSubject(X509* certificate, const QByteArray& commonName)
{
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
               reinterpret_cast<const unsigned char*>(commonName.constData()), static_cast<int>(commonName.size()), -1,
               0) == 1;
}

bool addExtension(X509* certificate, X509* issuer, const CertificateText::ExtensionText& text)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_nconf_nid(nullptr, &context, text.nid, text.value.constData()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

} // namespace

Result<Key> makeEcKey()
{
    Key key(EVP_EC_gen("P-256"));
    if (!key)
        return tl::unexpected<Error>(error(ErrorCode::Internal, "cannot make a key"));
    return key;
}

Result<QByteArray> keyToPem(EVP_PKEY* key)
{
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return tl::unexpected<Error>(error(ErrorCode::Internal, "cannot write a key"));
    return contents(bio.get());
}

Result<Key> keyFromPem(const QByteArray& pem)
{
    const Bio bio = memoryBio(pem);
    Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!key)
        return tl::unexpected<Error>(error(ErrorCode::Malformed, "not a private key in PEM"));
    return key;
}

Result<QByteArray> certificateToPem(X509* certificate)
{
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1)
        return tl::unexpected<Error>(error(ErrorCode::Internal, "cannot write a certificate"));
    return contents(bio.get());
}

Result<Certificate> certificateFromPem(const QByteArray& pem)
{
    const Bio bio = memoryBio(pem);
    Certificate certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!certificate)
        return tl::unexpected<Error>(error(ErrorCode::Malformed, "not a certificate in PEM"));
    return certificate;
}

Result<Certificate> certificateFromDer(const QByteArray& der)
{
    const auto* data = reinterpret_cast<const unsigned char*>(der.constData());
    Certificate certificate(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
    if (!certificate)
        return tl::unexpected<Error>(error(ErrorCode::Malformed, "not a certificate"));
    return certificate;
}

QByteArray fingerprint(const X509* certificate)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1)
        return {};
    return {reinterpret_cast<const char*>(digest.data()), static_cast<qsizetype>(size)};
}

std::int64_t notBeforeMs(const X509* certificate)
{
    return toUnixMs(X509_get0_notBefore(certificate));
}

std::int64_t notAfterMs(const X509* certificate)
{
    return toUnixMs(X509_get0_notAfter(certificate));
}

Result<Certificate> makeCertificate(EVP_PKEY* key, const CertificateText& text, X509* issuer, EVP_PKEY* issuerKey)
{
    Certificate made(X509_new());
    X509* certificate = made.get();
    X509* signer = issuer ? issuer : certificate;
    bool ok = certificate && X509_set_version(certificate, kVersion3) == 1 && setSerial(certificate) &&
              setTimes(certificate, text) && setSubject(certificate, text.commonName) &&
              X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 &&
              X509_set_pubkey(certificate, key) == 1;
    for (const auto& extension : text.extensions)
        ok = ok && addExtension(certificate, signer, extension);
    if (!ok || X509_sign(certificate, issuer ? issuerKey : key, EVP_sha256()) == 0)
        return tl::unexpected<Error>(error(ErrorCode::Internal, "cannot make a certificate"));
    return made;
}

Result<QByteArray> readFile(const QString& path)
{
    QFile file(path);
    if (!file.exists())
        return fail(ErrorCode::NotFound, path.toStdString() + " does not exist");
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Denied, "cannot read " + path.toStdString() + ": " + file.errorString().toStdString());
    if (file.size() > kMaxFileBytes)
        return fail(ErrorCode::TooLarge, path.toStdString() + " is too large to be what it should be");
    return file.readAll();
}

Result<void> writePrivateFile(const QString& path, const QByteArray& bytes)
{
    return process::replacePrivateFile(
        path.toStdString(), std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
}

} // namespace sextant::server::openssl
