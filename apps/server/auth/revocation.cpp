// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/revocation.h"

#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QSqlQuery>
#include <QVariant>

#include <string>

namespace sextant::server {

Result<void> revokeRow(Database& database, const QString& table, std::int64_t id, std::int64_t nowMs, const char* what)
{
    return database.write([&](QSqlDatabase& connection) -> Result<void> {
        auto query = prepare(
            connection, QStringLiteral("UPDATE %1 SET revoked_ms = coalesce(revoked_ms, ?) WHERE id = ?").arg(table));
        if (!query)
            return tl::unexpected<Error>(query.error());
        query->addBindValue(static_cast<qlonglong>(nowMs));
        query->addBindValue(static_cast<qlonglong>(id));
        if (auto done = execute(*query); !done)
            return done;
        if (query->numRowsAffected() != 1)
            return fail(ErrorCode::NotFound, std::string("there is no such ") + what);
        return {};
    });
}

} // namespace sextant::server
