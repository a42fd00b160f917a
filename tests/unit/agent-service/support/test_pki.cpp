// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/support/test_pki.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>

namespace sextant::agent::test {
namespace {

struct Free {
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
    void operator()(X509* p) const { X509_free(p); }
    void operator()(X509_REQ* p) const { X509_REQ_free(p); }
    void operator()(BIO* p) const { BIO_free(p); }
    void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

QByteArray textOf(BIO* bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<qsizetype>(size)};
}

Owned<BIO> reader(const QByteArray& pem)
{
    return Owned<BIO>(BIO_new_mem_buf(pem.constData(), static_cast<int>(pem.size())));
}

void addExtension(X509* certificate, X509* issuer, int kind, const std::string& value)
{
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    Q_ASSERT(extension);
    X509_add_ext(certificate, extension.get(), -1);
}

Owned<X509> newCertificate(EVP_PKEY* key, const std::string& commonName, long validForSeconds)
{
    static std::atomic<long> serial = 1;
    Owned<X509> certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7'200);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), validForSeconds);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
        reinterpret_cast<const unsigned char*>(commonName.data()), static_cast<int>(commonName.size()), -1, 0);
    return certificate;
}

QByteArray signedBy(X509* certificate, const Issued& issuer)
{
    const Owned<X509> authority(PEM_read_bio_X509(reader(issuer.certificatePem).get(), nullptr, nullptr, nullptr));
    const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(reader(issuer.keyPem).get(), nullptr, nullptr, nullptr));
    X509_set_issuer_name(certificate, X509_get_subject_name(authority.get()));
    X509_sign(certificate, key.get(), EVP_sha256());
    const Owned<BIO> text(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(text.get(), certificate);
    return textOf(text.get());
}

} // namespace

Issued issue(const Wanted& wanted, const Issued* issuer)
{
    const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
    const Owned<BIO> keyText(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(keyText.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    Issued issued{{}, textOf(keyText.get())};
    const Owned<X509> certificate = newCertificate(key.get(), wanted.commonName, wanted.validForSeconds);
    if (wanted.authority)
        addExtension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    if (!wanted.names.empty())
        addExtension(certificate.get(), certificate.get(), NID_subject_alt_name, wanted.names);
    if (issuer) {
        issued.certificatePem = signedBy(certificate.get(), *issuer);
        return issued;
    }
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const Owned<BIO> text(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(text.get(), certificate.get());
    issued.certificatePem = textOf(text.get());
    return issued;
}

QByteArray signRequest(const QByteArray& requestPem, const Issued& issuer, long validForSeconds)
{
    const Owned<X509_REQ> request(PEM_read_bio_X509_REQ(reader(requestPem).get(), nullptr, nullptr, nullptr));
    EVP_PKEY* key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
    if (!key || X509_REQ_verify(request.get(), key) != 1)
        return {};
    const Owned<X509> certificate = newCertificate(key, "host 7", validForSeconds);
    return signedBy(certificate.get(), issuer);
}

} // namespace sextant::agent::test
