// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QSqlDatabase>
#include <QString>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace sextant::server {

/// How a database is opened.
struct DatabaseOptions {
    QString path;              ///< the SQLite file; made when it is not there, mode 0600
    std::int64_t maxBytes = 0; ///< refuse to grow past this size; 0: as large as the disk allows
    std::chrono::milliseconds busyTimeout{
        5'000}; ///< how long to wait for another process that writes (the command line)
};

/// The server's one SQLite file: its schema, its one writer and its readers.
///
/// open() brings the schema up to date (storage/migrations.h) and starts the writer thread. All writing goes through
/// write(): jobs run one after another on that thread, each inside a savepoint of a transaction that it may share with
/// other jobs (a group), and write() returns when the transaction is durably committed (WAL, synchronous=FULL). A job
/// that fails undoes only itself. A job may run, and be undone, without its caller being told success: side effects
/// outside the database belong after write() has returned.
///
/// Threads: write() and reader() may be called on any thread; write() blocks, so never from a job. Readers see what was
/// committed before their statement began, and never wait for the writer.
///
/// Failures: Busy (another process keeps the file locked, or the disk is full: try again later), Io (the disk failed),
/// Conflict (a constraint), Invalid (the schema is newer than this program), Unreachable (stopped). None of them ends
/// the writer: what fails today may succeed tomorrow.
class Database {
public:
    /// Runs on the writer thread, inside the transaction. An error undoes what this job did, and is what write()
    /// returns.
    using WriteJob = std::function<Result<void>(QSqlDatabase&)>;

    [[nodiscard]] static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs the job and returns when what it did is on disk, or was undone.
    [[nodiscard]] Result<void> write(WriteJob job);

    /// This thread's own read-only connection; opened at first use, closed when the thread ends. Not for other threads.
    [[nodiscard]] Result<QSqlDatabase> reader();

    /// Finishes the jobs that wait, then ends the writer thread. Later writes are Unreachable. Called by the
    /// destructor.
    void stop();

private:
    class Writer;

    explicit Database(DatabaseOptions options);

    DatabaseOptions m_options;
    std::uint64_t m_serial; ///< tells the connections of this object from those of others in the process
    std::unique_ptr<Writer> m_writer;
};

} // namespace sextant::server
