// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <cstdint>

namespace sextant::server {

class CertificateAuthority;

/// The server's own certificate and key, `server.pem` and `server.key` (mode 0600) in the data folder.
struct ServerCertificate {
    QByteArray pem;
    QByteArray keyPem;
    std::int64_t notAfterMs = 0;
    bool isNew = false; ///< made by this call
};

/// How long a server certificate lasts, and how long before its end it is made anew.
inline constexpr int kServerCertificateDays = 397;
inline constexpr int kServerRenewDays = 30;

/// Reads the certificate, or makes a new one when there is none, when it ends soon, when it is not of this authority,
/// or when it does not cover all these names (DNS names and addresses as text). The key is made anew each time.
[[nodiscard]] Result<ServerCertificate> ensureServerCertificate(
    const CertificateAuthority& authority, const QString& folder, const QStringList& names, std::int64_t nowMs);

/// The names by which this machine is reached: its host name with and without domain, localhost, and every address of
/// its interfaces, sorted, without repeats.
[[nodiscard]] QStringList namesOfThisMachine();

} // namespace sextant::server
