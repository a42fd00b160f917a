// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <span>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

/// One numbered step of the schema: resources/migrations/sqlite/NNNN_name.sql. Never edited once landed; what it gives
/// is changed by a step with a higher number.
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

/// The statements of a script, without comments. Semicolons inside quotes do not end a statement.
[[nodiscard]] QStringList splitStatements(const QString& script);

} // namespace sextant::server
