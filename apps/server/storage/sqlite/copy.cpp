// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sqlite/copy.h"

#include "process/private_files.h"
#include "server/storage/database.h"
#include "server/storage/migrations.h"
#include "server/storage/sqlite/connection.h"

#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <functional>

namespace sextant::server {
namespace {

using Work = std::function<Result<void>(QSqlDatabase&)>;

/// Does the work on a read-only connection that is closed when it is done.
Result<void> withReader(const QString& path, const Work& work)
{
    static const QString kName = QStringLiteral("sextant-copy");
    Result<void> done;
    {
        DatabaseOptions options;
        options.path = path;
        auto database = openReader(kName, options);
        done = database ? work(*database) : tl::unexpected(database.error());
    }
    QSqlDatabase::removeDatabase(kName);
    return done;
}

Result<QVariant> oneValue(QSqlDatabase& database, const QString& sql)
{
    auto query = prepare(database, sql);
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    return firstValue(*query);
}

} // namespace

Result<qint64> copyBytes(const QString& database)
{
    qint64 bytes = 0;
    auto done = withReader(database, [&](QSqlDatabase& reader) -> Result<void> {
        const auto pages = oneValue(reader, QStringLiteral("PRAGMA page_count"));
        const auto unused = oneValue(reader, QStringLiteral("PRAGMA freelist_count"));
        const auto size = oneValue(reader, QStringLiteral("PRAGMA page_size"));
        for (const auto* value : {&pages, &unused, &size}) {
            if (!*value)
                return tl::unexpected(value->error());
        }
        bytes = (pages->toLongLong() - unused->toLongLong()) * size->toLongLong();
        return {};
    });
    return done.map([&] { return bytes; });
}

Result<void> copyDatabase(const QString& database, const QString& target)
{
    if (QFile::exists(target))
        return fail(ErrorCode::Conflict, target.toStdString() + " exists");
    auto copied = withReader(database, [&](QSqlDatabase& reader) -> Result<void> {
        // The copy is written by this connection, which query_only would forbid; the source stays read-only.
        if (auto allowed = execute(reader, QStringLiteral("PRAGMA query_only = OFF")); !allowed)
            return allowed;
        auto query = prepare(reader, QStringLiteral("VACUUM INTO ?"));
        if (!query)
            return tl::unexpected(query.error());
        query->bindValue(0, target);
        return execute(*query);
    });
    return copied ? process::syncFile(target.toStdString()) : copied;
}

Result<void> checkCopy(const QString& database)
{
    const auto migrations = embeddedMigrations();
    if (!migrations)
        return tl::unexpected(migrations.error());
    return withReader(database, [&](QSqlDatabase& reader) -> Result<void> {
        const auto said = oneValue(reader, QStringLiteral("PRAGMA integrity_check(1)"));
        if (!said)
            return tl::unexpected(said.error());
        if (said->toString() != QLatin1String("ok"))
            return fail(ErrorCode::Malformed,
                database.toStdString() + " is damaged: " + said->toString().left(200).toStdString());
        const auto number = oneValue(reader, QStringLiteral("SELECT max(number) FROM schema_migrations"));
        if (!number)
            return tl::unexpected(number.error());
        if (number->toInt() > migrations->back().number)
            return fail(ErrorCode::Invalid,
                database.toStdString() + " was made by a newer version than this one (" SEXTANT_VERSION ")");
        return {};
    });
}

} // namespace sextant::server
