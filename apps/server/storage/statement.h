// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QSqlQuery>
#include <QString>

#include <cstdint>
#include <optional>

class QSqlDatabase;

namespace sextant::server {

/// A prepared statement, made by prepare() (storage/sql.h). When it goes out of scope it is reset, and its connection
/// keeps it for whoever prepares the same text next: a read of a day is ten small statements; parsing them was a
/// quarter of its cost on SQLite, and on PostgreSQL preparing and freeing one are two journeys to the server. One that
/// failed is freed, and on PostgreSQL one whose values stand in its text. Two of the same text may be in use at once.
/// It belongs to the thread of its connection, and is of no use after the connection was closed, as any QSqlQuery.
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

    /// Frees what the connection keeps; those that are in use now are not kept any more.
    static void freeKept(const QSqlDatabase& database);

private:
    QPointer<QObject> m_keeper; ///< null: the connection is closed
    std::uint64_t m_freedBefore = 0;
};

} // namespace sextant::server
