// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/host_key.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

namespace sextant::agent {
namespace {

constexpr std::size_t kMaxCommonName = 64; // X.520, ub-common-name

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509_REQ* request) const { X509_REQ_free(request); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

tl::unexpected<Error> opensslError(const char* what)
{
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    return fail(ErrorCode::Internal, std::string("cannot ") + what + ": " + text.data());
}

std::string textOf(BIO* bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

Owned<X509_REQ> makeRequest(EVP_PKEY* key, const std::string& name)
{
    Owned<X509_REQ> request(X509_REQ_new());
    const std::string shortName = name.substr(0, kMaxCommonName);
    const auto* text = reinterpret_cast<const unsigned char*>(shortName.data());
    const bool made = request && X509_REQ_set_version(request.get(), 0) == 1 &&
                      X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8, text,
                          static_cast<int>(shortName.size()), -1, 0) == 1 &&
                      X509_REQ_set_pubkey(request.get(), key) == 1 &&
                      X509_REQ_sign(request.get(), key, EVP_sha256()) > 0;
    return made ? std::move(request) : nullptr;
}

} // namespace

Result<HostKey> makeHostKey(const std::string& name)
{
    const Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    if (!key)
        return opensslError("make a key");
    const Owned<X509_REQ> request = makeRequest(key.get(), name);
    if (!request)
        return opensslError("make a certificate request");
    const Owned<BIO> keyText(BIO_new(BIO_s_secmem()));
    const Owned<BIO> requestText(BIO_new(BIO_s_mem()));
    const bool written =
        keyText && requestText &&
        PEM_write_bio_PrivateKey(keyText.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
        PEM_write_bio_X509_REQ(requestText.get(), request.get()) == 1;
    if (!written)
        return opensslError("write the key");
    return HostKey{textOf(keyText.get()), textOf(requestText.get())};
}

bool certificateFits(const std::string& certificatePem, const std::string& keyPem)
{
    const auto reader = [](const std::string& text) {
        return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    };
    const Owned<X509> certificate(PEM_read_bio_X509(reader(certificatePem).get(), nullptr, nullptr, nullptr));
    const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(reader(keyPem).get(), nullptr, nullptr, nullptr));
    const bool fits = certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    return fits;
}

} // namespace sextant::agent
