// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/postgres/compression.h"

#include "server/storage/postgres/wide_tables.h"
#include "server/storage/sql.h"

#include <QLoggingCategory>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

namespace sextant::server {
namespace {

Q_LOGGING_CATEGORY(log, "sextant.storage")

/// The wide tables that are hypertables and not compressed yet.
Result<QStringList> uncompressedTables(QSqlDatabase& database)
{
    auto query =
        select(database, QStringLiteral("SELECT hypertable_name FROM timescaledb_information.hypertables WHERE "
                                        "hypertable_schema = 'sextant' AND NOT compression_enabled ORDER BY 1"));
    if (!query)
        return tl::unexpected(query.error());
    QStringList tables;
    while (query->next())
        tables.push_back(query->value(0).toString());
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return tables;
}

} // namespace

Result<bool> enableCompression(const QStringList& tables, const RunStatement& run)
{
    for (const QString& table : tables) {
        // The spelling that every release with compression understands. Policies come last: they need the setting.
        for (const QString& statement :
            {QStringLiteral("ALTER TABLE sextant.%1 SET (timescaledb.compress, timescaledb.compress_segmentby = "
                            "'host_id, instance_id', timescaledb.compress_orderby = 'time DESC')")
                    .arg(table),
                QStringLiteral("SELECT add_compression_policy('sextant.%1', INTERVAL '1 day', if_not_exists => true)")
                    .arg(table)}) {
            const auto done = run(statement);
            if (!done && done.error().code == ErrorCode::NotAvailable) {
                qCWarning(log, "compression by TimescaleDB is not available, blocks are made instead: %s",
                    done.error().message.c_str());
                return false;
            }
            if (!done)
                return tl::unexpected(done.error());
        }
    }
    return true;
}

Result<bool> compressTables(QSqlDatabase& database, const PostgresAbilities& abilities, const RunStatement& run)
{
    const auto chunking = chunkingOf(database);
    if (!chunking)
        return tl::unexpected(chunking.error());
    if (!abilities.compression || *chunking != Chunking::Hypertable)
        return false;
    const auto tables = uncompressedTables(database);
    if (!tables)
        return tl::unexpected(tables.error());
    return enableCompression(*tables, run);
}

Result<void> prepareCompression(QSqlDatabase& database, const PostgresAbilities& abilities, bool& refused)
{
    Result<bool> rowsStay = false;
    if (!refused)
        rowsStay = compressTables(database, abilities, [&](const QString& statement) {
            auto done = execute(database, statement);
            refused = refused || (!done && done.error().code == ErrorCode::NotAvailable);
            return done;
        });
    if (!rowsStay)
        return tl::unexpected(rowsStay.error());
    return execute(
        database, QStringLiteral(
                      "INSERT INTO sealing (one, rows_stay) VALUES (1, %1) ON CONFLICT (one) DO UPDATE SET rows_stay = "
                      "excluded.rows_stay")
                      .arg(*rowsStay ? QStringLiteral("true") : QStringLiteral("false")));
}

} // namespace sextant::server
