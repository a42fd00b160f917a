// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "support/https_client.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <optional>

namespace sextant::test {

class ServerProcess;

/// A key and a certificate request for it, in PEM.
struct KeyAndRequest {
    QByteArray keyPem;
    QByteArray requestPem;
};
/// EC P-256, or RSA of that many bits.
[[nodiscard]] KeyAndRequest makeKeyAndRequest(int rsaBits = 0);

/// A made-up host that enrolled.
struct TestHost {
    qint64 id = 0;
    Identity identity;
};
/// Enrols a host with that token over HTTP; nothing when the server refused.
[[nodiscard]] std::optional<TestHost> enrolHost(
    const QString& url, const QByteArray& caPem, const QString& token, const QString& hostname);
/// Makes a token on the command line and enrols.
[[nodiscard]] std::optional<TestHost> enrolHost(ServerProcess& server, const QString& hostname);

/// A batch with a fresh id and one frame of the family memory.
[[nodiscard]] metrics::Batch makeBatch(std::int64_t timeMs, std::int64_t totalBytes = 8'000'000'000);
/// POST /api/v1/agent/batches, packed with zstd.
[[nodiscard]] Answer sendBatch(HttpsClient& client, const metrics::Batch& batch);

} // namespace sextant::test
