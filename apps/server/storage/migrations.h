// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/sql.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <span>
#include <vector>

namespace sextant::server {

/// One numbered step of the schema: resources/migrations/sqlite/NNNN_name.sql. Never edited once landed; what it gives
/// is changed by a step with a higher number. Written in SQLite's words and for both databases: inDialect().
struct Migration {
    int number = 0;
    QString name;   ///< "hosts" of 0001_hosts.sql
    QByteArray sql; ///< statements that end in semicolons; no triggers (their bodies hold semicolons)
};

/// The migrations that are built into this program, by number.
[[nodiscard]] Result<std::vector<Migration>> embeddedMigrations();

/// Brings a database up to date: runs each migration that it has not had, in a transaction of its own, and records it
/// with its checksum in the table `schema_migrations`. Running it again does nothing. Invalid when the database has had
/// a migration that is not in the list (a newer program made it) or one whose text was different.
[[nodiscard]] Result<void> migrate(QSqlDatabase& database, std::span<const Migration> migrations);

/// The statement as that database writes it. For PostgreSQL the types INTEGER, BLOB and REAL become BIGINT, BYTEA and
/// DOUBLE PRECISION, a key `id INTEGER PRIMARY KEY` numbers itself, and WITHOUT ROWID goes. Capitals count: lower-case
/// words and what follows another rule than these must be the same SQL in both.
[[nodiscard]] QString inDialect(const QString& statement, Dialect dialect);

/// The statements of a script, without comments. Semicolons inside quotes do not end a statement.
[[nodiscard]] QStringList splitStatements(const QString& script);

} // namespace sextant::server
