// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/uplink/server_address.h"
#include "metrics/result.h"

#include <QByteArray>
#include <QSslCertificate>

#include <chrono>

namespace sextant::agent {

/// Connects, sends no request, and gives the certificate whose DER has this SHA-256 out of those that the server shows.
/// What is found is only as good as the fingerprint: a connection that is to carry a secret has to verify against it.
/// Blocks up to `timeout`. Unreachable; Denied when no certificate shown has the fingerprint.
[[nodiscard]] Result<QSslCertificate> findAuthority(
    const ServerAddress& server, const QByteArray& sha256, std::chrono::milliseconds timeout);

} // namespace sextant::agent
