// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QSqlQuery>
#include <QString>

#include <optional>

class QSqlDatabase;

namespace sextant::server {

/// A prepared statement, made by prepare() (storage/sql.h). When it goes out of scope it is reset, and on SQLite its
/// connection keeps it for whoever prepares the same text next: a read of a day is ten small statements, and parsing
/// them was a quarter of its cost. On PostgreSQL it is freed, for a failed transaction makes prepared ones useless.
/// Two of the same text may be in use at once. It belongs to the thread of its connection, and is of no use after the
/// connection was closed, as any QSqlQuery.
class Statement : public QSqlQuery {
public:
    /// A prepared query of that connection.
    Statement(QSqlQuery prepared, const QSqlDatabase& database);
    ~Statement();
    Statement(Statement&& other) noexcept = default;
    Statement& operator=(Statement&&) = delete;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// A query of that text that the connection kept, not bound to anything; nothing: it has none.
    [[nodiscard]] static std::optional<QSqlQuery> kept(const QSqlDatabase& database, const QString& sql);

private:
    QPointer<QObject> m_keeper; ///< null: nobody is to keep it
};

} // namespace sextant::server
