// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/postgres/abilities.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QString>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace sextant::server {

/// How a database is opened.
struct DatabaseOptions {
    QString path;              ///< the SQLite file; made when it is not there, mode 0600
    QString postgresUrl{};     ///< postgresql://USER@HOST:PORT/DATABASE?sslmode=…; then `path` does not count
    QString passwordFile{};    ///< its first line is the password for it; empty: libpq looks (PGPASSFILE, ~/.pgpass)
    std::int64_t maxBytes = 0; ///< refuse to grow past this size; 0: as large as the disk allows
    std::chrono::milliseconds busyTimeout{
        5'000}; ///< how long to wait for another process that writes (the command line)
    std::chrono::milliseconds statementTimeout{60'000}; ///< PostgreSQL: no statement takes longer, but
                                                        ///< those that bring the schema up to date; 0: no limit
    bool hidesHandle = false; ///< PostgreSQL: as if Qt did not show libpq's connection, for tests of such a Qt
    std::optional<PostgresAbilities>
        abilities{}; ///< PostgreSQL: what it is taken to promise, for tests; else it is asked
};

/// The server's database, a SQLite file or PostgreSQL (with or without TimescaleDB): its schema, its one writer and its
/// readers.
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
/// PostgreSQL may come and go: open() succeeds while it is away, the writer connects anew by itself (first after 100
/// ms, then ever more seldom, each 2 s at last), and until then everything is Unreachable at once. state() says how it
/// is. Statements that were prepared on the writer's connection are of no use after that: see epoch().
///
/// Failures: Busy (another process keeps the file locked, or the disk is full: try again later), Io (the disk failed),
/// Conflict (a constraint), Invalid (the schema is newer than this program), Unreachable (stopped, or PostgreSQL is
/// away; when that happens during a commit, nobody knows whether it was one). None of them ends the writer: what fails
/// today may succeed tomorrow.
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

    [[nodiscard]] Dialect dialect() const
    {
        return m_options.postgresUrl.isEmpty() ? Dialect::Sqlite : Dialect::Postgres;
    }

    /// Why the database cannot be used now; nothing when it can, as far as the writer knows. Any thread.
    [[nodiscard]] Result<void> state() const;

    /// Another number after each connecting anew of the writer. What a job kept from the connection (prepared
    /// statements) under another number must be thrown away, on the writer thread. Any thread.
    [[nodiscard]] std::uint64_t epoch() const;

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
