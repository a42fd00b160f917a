// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QSqlDatabase>
#include <QString>
#include <QStringList>
#include <QVariantList>

#include <span>
#include <vector>

namespace sextant::server {

// Rows of our plain tables on their way from one database to another, whichever the two are. Reading happens on a
// reader's connection, writing in the transaction of the caller. Errors are those of the statements.

/// Rows of some columns of a table. Texts and blobs that are empty are not null.
struct TableRows {
    QString table;
    QStringList columns;
    std::vector<QVariantList> rows;
};

/// The columns that a table has.
[[nodiscard]] Result<QStringList> columnsOf(QSqlDatabase& database, const QString& table);

/// The rows that `where` names, with its values; "" for all.
[[nodiscard]] Result<TableRows> readRows(QSqlDatabase& database, const QString& table, const QStringList& columns,
    const QString& where = {}, const QVariantList& values = {});

/// Adds the rows. `ifMissing`: leaves out those that are there, told by the table's key.
[[nodiscard]] Result<void> insertRows(QSqlDatabase& database, const TableRows& rows, bool ifMissing = false);

/// Runs a statement with values.
[[nodiscard]] Result<void> executeWith(QSqlDatabase& database, const QString& sql, const QVariantList& values);

/// A statement's only row, or its first.
[[nodiscard]] Result<QVariantList> readOne(QSqlDatabase& database, const QString& sql, const QVariantList& values = {});

/// A table whose rows of one host are told by a key and, where they may change, by what a few expressions give.
struct KeyedTable {
    QString name;
    QStringList key; ///< beside host_id
    QStringList rest;
    QStringList print; ///< expressions that differ when the rest does
};

/// What of a host the target is to get, and to lose.
struct Difference {
    std::vector<QVariantList> changed; ///< keys that the target lacks, or has with something else
    std::vector<QVariantList> gone;    ///< keys that only the target has
};
[[nodiscard]] Result<Difference> compareRows(
    QSqlDatabase& source, QSqlDatabase& target, const KeyedTable& table, qint64 host);

/// Reads the rows of a host with these keys; those that are gone by now are left out.
[[nodiscard]] Result<TableRows> readKeyed(
    QSqlDatabase& source, const KeyedTable& table, qint64 host, std::span<const QVariantList> keys);
/// Removes the rows of a host with these keys.
[[nodiscard]] Result<void> eraseKeyed(
    QSqlDatabase& target, const KeyedTable& table, qint64 host, std::span<const QVariantList> keys);

} // namespace sextant::server
