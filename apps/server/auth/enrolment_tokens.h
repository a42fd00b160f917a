// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/clock.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <optional>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

class Database;

/// One enrolment token as it is listed: all but its secret.
struct EnrolmentToken {
    std::int64_t id = 0;
    QString note;
    std::int64_t createdMs = 0;
    std::int64_t expiresMs = 0;
    std::optional<HostId> usedBy;
    bool revoked = false;
};

/// One-time secrets by which hosts enrol, in the table `enrolment_tokens` (hashed). A secret is good once, until it
/// expires, unless it is revoked; it is used up only by the transaction that makes the host. Thread-safe; writes block
/// until the commit.
class EnrolmentTokens {
public:
    static constexpr std::int64_t kMinValidMs = 60'000;
    static constexpr std::int64_t kMaxValidMs = 30LL * 86'400'000;
    static constexpr std::int64_t kDefaultValidMs = 86'400'000;
    static constexpr qsizetype kMaxNote = 200;

    struct Made {
        std::int64_t id = 0;
        QByteArray secret; ///< the only time that it is seen
        std::int64_t expiresMs = 0;
    };

    EnrolmentTokens(Database& database, Clock clock);

    /// Invalid when the validity or the note is out of its limits.
    [[nodiscard]] Result<Made> create(std::int64_t validMs, const QString& note);
    [[nodiscard]] Result<std::vector<EnrolmentToken>> list();
    /// NotFound when there is none; revoking again or after use is not an error.
    [[nodiscard]] Result<void> revoke(std::int64_t id);

    /// Whether the secret would be taken now.
    [[nodiscard]] Result<bool> isGood(const QByteArray& secret);
    /// Uses the secret up for a host, inside the transaction that makes it. Denied when it is unknown, used, revoked or
    /// expired.
    [[nodiscard]] Result<void> use(QSqlDatabase& database, const QByteArray& secret, HostId host) const;

private:
    Database& m_database;
    Clock m_clock;
};

/// The one word that people pass on: "sextant1_" and base64url of a JSON object (docs/api.md).
[[nodiscard]] QByteArray tokenWord(
    const QString& url, const QByteArray& caFingerprint, const QByteArray& secret, std::int64_t expiresMs);

} // namespace sextant::server
