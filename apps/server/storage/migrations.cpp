// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/migrations.h"

#include "server/storage/sqlite/connection.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>
#include <map>
#include <string>

// Resources of a static library are only there when somebody asks for them; the macro wants no namespace.
static void useMigrationResources()
{
    Q_INIT_RESOURCE(migrations);
}

namespace sextant::server {
namespace {

QString checksum(const Migration& migration)
{
    return QString::fromLatin1(QCryptographicHash::hash(migration.sql, QCryptographicHash::Sha256).toHex());
}

std::string titleOf(const Migration& migration)
{
    return "migration " + std::to_string(migration.number) + " (" + migration.name.toStdString() + ")";
}

Result<std::map<int, QString>> appliedMigrations(QSqlDatabase& database)
{
    auto made = execute(database,
        QStringLiteral("CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
                       "checksum TEXT NOT NULL, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)"));
    if (!made)
        return tl::unexpected(made.error());
    auto query = prepare(database, QStringLiteral("SELECT number, checksum FROM schema_migrations"));
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    std::map<int, QString> applied;
    while (query->next())
        applied[query->value(0).toInt()] = query->value(1).toString();
    return applied;
}

Result<void> runStatements(QSqlDatabase& database, const Migration& migration)
{
    for (const QString& statement : splitStatements(QString::fromUtf8(migration.sql))) {
        if (auto done = execute(database, statement); !done)
            return fail(done.error().code, titleOf(migration) + ": " + done.error().message);
    }
    auto record =
        prepare(database, QStringLiteral("INSERT INTO schema_migrations (number, name, checksum) VALUES (?, ?, ?)"));
    if (!record)
        return tl::unexpected(record.error());
    record->bindValue(0, migration.number);
    record->bindValue(1, migration.name);
    record->bindValue(2, checksum(migration));
    return execute(*record);
}

Result<void> apply(QSqlDatabase& database, const Migration& migration)
{
    auto done = execute(database, QStringLiteral("BEGIN IMMEDIATE"));
    if (!done)
        return done;
    done = runStatements(database, migration);
    if (done)
        done = execute(database, QStringLiteral("COMMIT"));
    if (done)
        return {};
    // The first error is the one to tell; after it there is nothing to keep.
    QSqlQuery(database).exec(QStringLiteral("ROLLBACK"));
    return done;
}

} // namespace

QStringList splitStatements(const QString& script)
{
    QStringList statements;
    QString current;
    QChar quote;
    for (qsizetype i = 0; i < script.size(); ++i) {
        const QChar c = script[i];
        if (!quote.isNull()) {
            current += c;
            if (c == quote)
                quote = QChar();
        } else if (c == u'-' && i + 1 < script.size() && script[i + 1] == u'-') {
            i = script.indexOf(u'\n', i);
            if (i < 0)
                break;
            current += u'\n';
        } else if (c == u';') {
            statements.push_back(current.trimmed());
            current.clear();
        } else {
            current += c;
            if (c == u'\'' || c == u'"')
                quote = c;
        }
    }
    statements.push_back(current.trimmed());
    statements.removeAll(QString());
    return statements;
}

Result<std::vector<Migration>> embeddedMigrations()
{
    useMigrationResources();
    static const QRegularExpression kName(QStringLiteral("^([0-9]{4})_([a-z0-9_]+)\\.sql$"));
    std::vector<Migration> migrations;
    const QDir folder(QStringLiteral(":/migrations/sqlite"));
    for (const QString& file : folder.entryList(QDir::Files, QDir::Name)) {
        const auto match = kName.match(file);
        QFile resource(folder.filePath(file));
        if (!match.hasMatch() || !resource.open(QIODevice::ReadOnly))
            return fail(ErrorCode::Internal, "the embedded migration " + file.toStdString() + " cannot be used");
        migrations.push_back({match.captured(1).toInt(), match.captured(2), resource.readAll()});
    }
    if (migrations.empty())
        return fail(ErrorCode::Internal, "this program was built without its migrations");
    return migrations;
}

Result<void> migrate(QSqlDatabase& database, std::span<const Migration> migrations)
{
    auto applied = appliedMigrations(database);
    if (!applied)
        return tl::unexpected(applied.error());
    for (const Migration& migration : migrations) {
        const auto found = applied->find(migration.number);
        if (found != applied->end() && found->second != checksum(migration))
            return fail(ErrorCode::Invalid,
                titleOf(migration) + " was changed after this database had it: use the program that made the database");
    }
    for (const auto& [number, sum] : *applied) {
        if (std::ranges::find(migrations, number, &Migration::number) == migrations.end())
            return fail(ErrorCode::Invalid,
                "the database has migration " + std::to_string(number) +
                    ", which this program (" SEXTANT_VERSION
                    ") does not know: a newer program made it; install that version or a later one");
    }
    for (const Migration& migration : migrations) {
        if (applied->contains(migration.number))
            continue;
        if (auto done = apply(database, migration); !done)
            return done;
    }
    return {};
}

} // namespace sextant::server
