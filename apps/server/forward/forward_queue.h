// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QSqlDatabase>
#include <QString>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

class QSqlQuery;

namespace sextant::server {

/// A body on its way to a target (metrics/remote_write.h). What is put in at once is sent again at once as well: a
/// receiver that has it already refuses no more than it.
struct QueuedBody {
    std::int64_t number = 0; ///< the oldest has the smallest
    std::int64_t takenMs = 0;
    std::int64_t samples = 0;
    std::string body;
};

/// How full a queue is.
struct QueueSize {
    std::int64_t bodies = 0;
    std::int64_t samples = 0;
    std::int64_t bytes = 0;    ///< of the bodies; the file has some more
    std::int64_t oldestMs = 0; ///< when the oldest was put in; 0: it is empty
};

/// What one target was not sent yet: a SQLite file, mode 0600. What append() took is on disk when it returns. Past
/// `maxBytes` the oldest goes. Thread-safe: ingest appends while the sender reads; nobody waits for longer than the
/// disk takes. Bodies are not kept in memory.
///
/// Errors: those of sqliteError() (storage/sqlite/connection.h).
class ForwardQueue {
public:
    /// Opens or makes the file. One that is damaged is moved to `<path>.damaged-<seconds>` and a new one begun;
    /// wasDamaged() then says so.
    [[nodiscard]] static Result<std::unique_ptr<ForwardQueue>> open(
        const QString& path, std::int64_t maxBytes, std::int64_t nowMs);
    /// How full the queue in that file is, for the command line, also while a server uses it.
    [[nodiscard]] static Result<QueueSize> look(const QString& path);
    ~ForwardQueue();
    ForwardQueue(const ForwardQueue&) = delete;
    ForwardQueue& operator=(const ForwardQueue&) = delete;

    /// Puts bodies behind all others, all or none; their numbers do not count. The samples that went because there was
    /// no room for them.
    [[nodiscard]] Result<std::int64_t> append(std::span<const QueuedBody> bodies);
    /// The oldest bodies: one at least when there is any, more as long as they have no more samples than that together.
    [[nodiscard]] Result<std::vector<QueuedBody>> oldest(std::int64_t samples);
    /// Those that oldest() gave.
    [[nodiscard]] Result<void> remove(std::span<const QueuedBody> bodies);

    [[nodiscard]] QueueSize size() const;
    [[nodiscard]] bool wasDamaged() const { return m_wasDamaged; }

private:
    ForwardQueue(QString connection, QSqlDatabase database, std::int64_t maxBytes);

    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<std::int64_t> insert(std::span<const QueuedBody> bodies);
    [[nodiscard]] Result<std::int64_t> dropOldest();
    [[nodiscard]] Result<std::int64_t> countRemoved(QSqlQuery& query);
    [[nodiscard]] Result<void> findOldest();

    const QString m_connection;
    QSqlDatabase m_database;
    const std::int64_t m_maxBytes;
    bool m_wasDamaged = false;
    mutable std::mutex m_mutex; ///< of all below and of the connection
    QueueSize m_size;
};

} // namespace sextant::server
