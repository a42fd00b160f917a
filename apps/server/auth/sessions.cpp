// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/sessions.h"

#include "server/auth/secret.h"
#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QSqlQuery>
#include <QVariant>

#include <utility>

namespace sextant::server {
namespace {

/// Prepares, binds in order, runs.
Result<void> run(QSqlDatabase& database, const QString& sql, std::initializer_list<QVariant> values)
{
    auto query = prepare(database, sql);
    if (!query)
        return tl::unexpected<Error>(query.error());
    for (const QVariant& value : values)
        query->addBindValue(value);
    return execute(*query);
}

} // namespace

Sessions::Sessions(Database& database, Clock clock) : m_database(database), m_clock(std::move(clock)) {}

Result<Sessions::Started> Sessions::start(const User& user)
{
    const Started started{makeSecret(), m_clock() + kLifetimeMs};
    return m_database
        .write([&](QSqlDatabase& database) -> Result<void> {
            const qlonglong nowMs = m_clock();
            if (auto cleared = run(database, QStringLiteral("DELETE FROM sessions WHERE expires_ms <= ?"), {nowMs});
                !cleared)
                return cleared;
            return run(database,
                QStringLiteral(
                    "INSERT INTO sessions (token_hash, user_id, created_ms, expires_ms) VALUES (?, ?, ?, ?)"),
                {secretHash(started.token), static_cast<qlonglong>(user.id), nowMs,
                    static_cast<qlonglong>(started.expiresMs)});
        })
        .map([&] { return started; });
}

Result<std::optional<Sessions::Session>> Sessions::find(const QByteArray& token)
{
    auto database = m_database.reader();
    if (!database)
        return tl::unexpected<Error>(database.error());
    auto query = prepare(*database,
        QStringLiteral("SELECT users.id, users.name, users.role, users.created_ms, sessions.expires_ms FROM sessions "
                       "JOIN users ON users.id = sessions.user_id WHERE token_hash = ? AND expires_ms > ?"));
    if (!query)
        return tl::unexpected<Error>(query.error());
    const QByteArray hash = secretHash(token);
    query->addBindValue(hash);
    query->addBindValue(static_cast<qlonglong>(m_clock()));
    if (auto done = execute(*query); !done)
        return tl::unexpected<Error>(done.error());
    const auto found = nextRow(*query);
    if (!found)
        return tl::unexpected<Error>(found.error());
    if (!*found)
        return std::nullopt;
    const auto role = parseRole(query->value(2).toString());
    if (!role)
        return std::nullopt;
    const User user{query->value(0).toLongLong(), query->value(1).toString(), *role, query->value(3).toLongLong()};
    return Session{user, hash, query->value(4).toLongLong()};
}

bool Sessions::isDue(const Session& session) const
{
    return m_clock() + kLifetimeMs - session.expiresMs >= kSlideMs;
}

Result<void> Sessions::extend(const QByteArray& hash)
{
    return m_database.write([&](QSqlDatabase& database) {
        const qlonglong nowMs = m_clock();
        return run(database,
            QStringLiteral("UPDATE sessions SET expires_ms = ? WHERE token_hash = ? AND expires_ms > ?"),
            {nowMs + kLifetimeMs, hash, nowMs});
    });
}

Result<void> Sessions::end(const QByteArray& hash)
{
    return m_database.write([&](QSqlDatabase& database) {
        return run(database, QStringLiteral("DELETE FROM sessions WHERE token_hash = ?"), {hash});
    });
}

} // namespace sextant::server
