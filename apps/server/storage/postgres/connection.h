// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/postgres/abilities.h"

#include <QSqlDatabase>
#include <QString>

#include <chrono>
#include <cstdint>
#include <string_view>

class QSqlError;
struct pg_conn; // libpq's PGconn

namespace sextant::server {

struct DatabaseOptions;

/// Turns what PostgreSQL reports (SQLSTATE, PostgreSQL 15 appendix A) into our closed list: a connection that is lost
/// or cannot be made is Unreachable; serialization failures, deadlocks, timeouts, too little disk, memory or
/// connections are Busy (try again later); constraints Conflict; damage and system errors Io; what this server does not
/// support NotAvailable; a refused login Denied; the rest Internal. `what` says what was being done.
[[nodiscard]] Error postgresError(const QSqlError& error, std::string_view what);
[[nodiscard]] Error postgresError(std::string_view sqlState, std::string_view message, std::string_view what);

/// Whether a handle of that type is libpq's connection: Qt 6.4 names it after libpq's struct, its documentation after
/// the typedef.
[[nodiscard]] bool isLibpqHandle(std::string_view typeName);
/// The libpq connection below a QPSQL one. Null when Qt does not show it (DatabaseOptions::hidesHandle).
[[nodiscard]] pg_conn* libpqHandle(const QSqlDatabase& database);

/// False when libpq knows that the connection is gone. It learns that from a statement that fails; without its handle
/// one is run here.
[[nodiscard]] bool isAlive(const QSqlDatabase& database);

/// Opens a connection that writes, under that name, in the calling thread: synchronous_commit=on, search_path sextant,
/// times in UTC. Waits at most 5 s. Unreachable when the database is away or refuses.
[[nodiscard]] Result<QSqlDatabase> openPostgresWriter(const QString& connectionName, const DatabaseOptions& options);

/// The same for a connection that cannot write.
[[nodiscard]] Result<QSqlDatabase> openPostgresReader(const QString& connectionName, const DatabaseOptions& options);

/// From now on no statement of this connection takes longer; 0: however long it takes.
[[nodiscard]] Result<void> limitStatements(QSqlDatabase& database, std::chrono::milliseconds longest);

/// Holds off other servers that want to bring the same schema up to date. Released when it goes.
class SchemaLock {
public:
    [[nodiscard]] static Result<SchemaLock> take(const QSqlDatabase& database);
    ~SchemaLock();
    SchemaLock(SchemaLock&& other) noexcept;
    SchemaLock& operator=(SchemaLock&&) = delete;
    SchemaLock(const SchemaLock&) = delete;
    SchemaLock& operator=(const SchemaLock&) = delete;

private:
    explicit SchemaLock(QSqlDatabase database);

    QSqlDatabase m_database;
    bool m_held = true;
};

/// What the database behind a connection can do for us. Makes the extension when the server offers it and lets us, and
/// looks what it is. Never an error for what is missing.
[[nodiscard]] Result<PostgresAbilities> probeAbilities(QSqlDatabase& database);

} // namespace sextant::server
