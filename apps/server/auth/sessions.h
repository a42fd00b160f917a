// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/auth/users.h"
#include "server/storage/clock.h"

#include <QByteArray>

#include <cstdint>
#include <optional>

namespace sextant::server {

class Database;

/// Who is logged in: a secret of 32 random bytes per session, of which the table `sessions` holds the hash. A session
/// ends 12 h after its last use, at logout, when its user's password changes, and when its user goes. Reads its table
/// each time, so all of that holds at once, whichever process did it. Thread-safe.
class Sessions {
public:
    static constexpr std::int64_t kLifetimeMs = 12LL * 3'600'000;
    /// The end of a session moves forward only when it would move by this much, so that reading seldom means writing.
    static constexpr std::int64_t kSlideMs = 5LL * 60'000;

    struct Session {
        User user;
        QByteArray hash; ///< names the session without giving it away
        std::int64_t expiresMs = 0;
    };
    struct Started {
        QByteArray token; ///< the only time that it is seen
        std::int64_t expiresMs = 0;
    };

    Sessions(Database& database, Clock clock);

    /// Blocks until committed. Also clears away sessions that ended.
    [[nodiscard]] Result<Started> start(const User& user);
    /// The session of a token, or nothing when there is none (any more). A short read; does not extend it.
    [[nodiscard]] Result<std::optional<Session>> find(const QByteArray& token);
    /// Whether this session's end should be moved forward now: extend() then does it.
    [[nodiscard]] bool isDue(const Session& session) const;
    /// Blocks until committed.
    [[nodiscard]] Result<void> extend(const QByteArray& hash);
    /// Blocks until committed.
    [[nodiscard]] Result<void> end(const QByteArray& hash);

private:
    Database& m_database;
    Clock m_clock;
};

} // namespace sextant::server
