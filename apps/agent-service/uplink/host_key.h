// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <string>

namespace sextant::agent {

/// A new private key and the request for a certificate for it.
struct HostKey {
    std::string keyPem;     ///< PKCS #8, not encrypted: never leaves the host
    std::string requestPem; ///< PKCS #10, what the server gets
};

/// Makes an EC key on P-256 and a request signed with it (SHA-256). `name` becomes the common name, cut to the 64
/// characters that X.520 allows; it is for people, the server names hosts by itself. Internal when OpenSSL cannot.
[[nodiscard]] Result<HostKey> makeHostKey(const std::string& name);

/// True when the certificate (PEM) is for this private key (PEM). False too when either cannot be read.
[[nodiscard]] bool certificateFits(const std::string& certificatePem, const std::string& keyPem);

} // namespace sextant::agent
