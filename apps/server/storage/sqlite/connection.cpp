// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sqlite/connection.h"

#include "server/storage/database.h"

#include <QFile>
#include <QSqlError>

#include <array>
#include <span>
#include <string>
#include <vector>

namespace sextant::server {
namespace {

// Primary result codes, https://www.sqlite.org/rescode.html
enum SqliteCode {
    Busy = 5,
    Locked = 6,
    OutOfMemory = 7,
    ReadOnly = 8,
    IoError = 10,
    Corrupt = 11,
    Full = 13,
    CannotOpen = 14,
    Constraint = 19,
    NotADatabase = 26
};

ErrorCode codeFor(int primary)
{
    switch (primary) {
    case Busy:
    case Locked:
    case OutOfMemory:
    case Full:
        return ErrorCode::Busy;
    case ReadOnly:
    case IoError:
    case Corrupt:
    case CannotOpen:
    case NotADatabase:
        return ErrorCode::Io;
    case Constraint:
        return ErrorCode::Conflict;
    default:
        return ErrorCode::Internal;
    }
}

Result<QSqlDatabase> open(const QString& connectionName, const DatabaseOptions& options, const QString& mode)
{
    QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connectionName);
    if (!database.isValid())
        return fail(ErrorCode::NotAvailable,
            "Qt has no SQLite driver here: install its QSQLITE plugin (Debian: libqt6sql6-sqlite)");
    database.setDatabaseName(options.path);
    database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1%2").arg(options.busyTimeout.count()).arg(mode));
    if (!database.open())
        return tl::unexpected(sqliteError(database.lastError(), "cannot open " + options.path.toStdString()));
    return database;
}

Result<QSqlDatabase> withPragmas(QSqlDatabase database, std::span<const QString> pragmas)
{
    for (const QString& pragma : pragmas) {
        if (auto done = execute(database, pragma); !done)
            return tl::unexpected(done.error());
    }
    return database;
}

/// An empty file that only its owner may read is a valid empty database; SQLite gives its side files the same mode.
Result<void> createPrivately(const QString& path)
{
    QFile file(path);
    if (file.exists())
        return {};
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly, QFile::ReadOwner | QFile::WriteOwner))
        return fail(ErrorCode::Io, "cannot create " + path.toStdString() + ": " + file.errorString().toStdString());
    return {};
}

} // namespace

Error sqliteError(const QSqlError& error, std::string_view what)
{
    const int primary = error.nativeErrorCode().toInt() & 0xff;
    std::string message(what);
    message += ": ";
    message += primary == Full ? "the disk is full" : error.databaseText().toStdString();
    // Whoever reads it in the log is to know what to do.
    if (primary == Full)
        message += ": make room on it; agents keep what was not stored";
    if (primary == IoError)
        message += ": look at the disk and the kernel's log; agents keep what was not stored";
    if (primary == 0)
        message += error.driverText().toStdString();
    return {codeFor(primary), std::move(message)};
}

Result<QSqlDatabase> openWriter(const QString& connectionName, const DatabaseOptions& options)
{
    if (auto created = createPrivately(options.path); !created)
        return tl::unexpected(created.error());
    auto database = open(connectionName, options, {});
    if (!database)
        return database;
    // WAL with FULL: a commit is on disk when it returns. A checkpoint per 16 MiB of log and as much cache keep large
    // groups from writing the same pages again and again.
    std::vector<QString> pragmas{
        QStringLiteral("PRAGMA page_size = 4096"),
        QStringLiteral("PRAGMA journal_mode = WAL"),
        QStringLiteral("PRAGMA synchronous = FULL"),
        QStringLiteral("PRAGMA wal_autocheckpoint = 4000"),
        QStringLiteral("PRAGMA cache_size = -16384"),
        QStringLiteral("PRAGMA temp_store = MEMORY"),
        QStringLiteral("PRAGMA foreign_keys = ON"),
    };
    if (options.maxBytes > 0)
        pragmas.push_back(QStringLiteral("PRAGMA max_page_count = %1").arg(options.maxBytes / 4096));
    return withPragmas(std::move(*database), pragmas);
}

Result<QSqlDatabase> openReader(const QString& connectionName, const DatabaseOptions& options)
{
    auto database = open(connectionName, options, QStringLiteral(";QSQLITE_OPEN_READONLY"));
    if (!database)
        return database;
    const std::array pragmas{QStringLiteral("PRAGMA query_only = ON"), QStringLiteral("PRAGMA cache_size = -8192")};
    return withPragmas(std::move(*database), pragmas);
}

} // namespace sextant::server
