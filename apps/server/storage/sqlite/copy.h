// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QString>

namespace sextant::server {

// Copies of a whole SQLite file, for backup and restore. Each call opens and closes a read-only connection of its own
// in the calling thread, and blocks for as long as the file takes to read. Errors: those of
// storage/sqlite/connection.h.

/// How much a copy can take at most: every page that is in use, in bytes.
[[nodiscard]] Result<qint64> copyBytes(const QString& database);

/// Writes what is committed when this is called, and nothing of what is committed later, into a new file (VACUUM INTO),
/// and puts that on disk. The database may be in use by a server: writers go on, but the write-ahead log cannot be
/// shortened before the copy is done. Conflict when `target` exists.
[[nodiscard]] Result<void> copyDatabase(const QString& database, const QString& target);

/// Whether a database that nobody has open is whole (PRAGMA integrity_check) and its schema not newer than this
/// program's. Malformed or Invalid with the reason when not.
[[nodiscard]] Result<void> checkCopy(const QString& database);

} // namespace sextant::server
