// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QSslCertificate>
#include <QSslKey>

#include <cstdint>
#include <string>

namespace sextant::agent {

/// Who this agent is to its server: what enrolment gave it. The host's name plays no part, so a rename changes nothing.
struct Identity {
    std::string server; ///< "https://host:port"
    std::int64_t hostId = 0;
    std::int64_t notAfterMs = 0; ///< when the certificate ends, Unix milliseconds
    QSslCertificate certificate;
    QSslCertificate authority; ///< the one CA that the server's certificate must come from
    QSslKey key;
    std::string keyFile; ///< the name of the file that has it, in the state folder
};

/// What enrolment has to store, as text (PEM where it is a key or a certificate).
struct NewIdentity {
    std::string server;
    std::int64_t hostId = 0;
    std::int64_t notAfterMs = 0;
    std::string certificatePem;
    std::string authorityPem;
    std::string keyFile; ///< the name, in the state folder, that createKeyFile() gave
};

/// The identity in the state folder: `identity.json`, which names the key file beside it. The one rename that puts
/// identity.json in place is what makes a new identity count: before it the old one holds, after it the new one, and no
/// crash leaves a mixture. One process at a time.
class IdentityStore {
public:
    explicit IdentityStore(std::string dir) : m_dir(std::move(dir)) {}

    [[nodiscard]] bool exists() const { return version() != 0; }
    /// Changes when an enrolment replaces the identity; 0 when there is none.
    [[nodiscard]] std::uint64_t version() const;

    /// NotFound when this host was not enrolled; Denied, Io or Malformed, naming the file, when it was but cannot be
    /// used.
    [[nodiscard]] Result<Identity> load() const;

    /// Protects the key's file for this machine (process/machine_secret.h) when an older version has left it readable.
    [[nodiscard]] Result<void> protectKey(const Identity& identity) const;

    /// Makes the folder where needed and writes a private key, protected for this machine, to a new file of a random
    /// name, which it returns.
    [[nodiscard]] Result<std::string> createKeyFile(const std::string& keyPem) const;
    /// Makes the new identity count and removes all other key files.
    [[nodiscard]] Result<void> commit(const NewIdentity& identity) const;
    /// Takes back createKeyFile() when enrolment failed.
    void removeKeyFile(const std::string& name) const;

private:
    [[nodiscard]] std::string path(const std::string& name) const { return m_dir + '/' + name; }

    std::string m_dir;
};

} // namespace sextant::agent
