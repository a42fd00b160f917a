// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/users.h"

#include "server/auth/password.h"
#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QSqlQuery>
#include <QVariant>

#include <algorithm>
#include <utility>

namespace sextant::server {
namespace {

bool isName(const QString& name)
{
    return !name.isEmpty() && name.size() <= 64 && std::ranges::all_of(name, [](QChar c) {
        return (c.unicode() < 0x80 && c.isLetterOrNumber()) || QStringLiteral("._-@").contains(c);
    });
}

/// A row of (id, name, role, created_ms).
User readUser(const QSqlQuery& row)
{
    return {row.value(0).toLongLong(), row.value(1).toString(),
        parseRole(row.value(2).toString()).value_or(Role::Viewer), row.value(3).toLongLong()};
}

} // namespace

QString toString(Role role)
{
    switch (role) {
    case Role::Viewer:
        return QStringLiteral("viewer");
    case Role::Operator:
        return QStringLiteral("operator");
    case Role::Admin:
        return QStringLiteral("admin");
    }
    return QStringLiteral("viewer");
}

std::optional<Role> parseRole(const QString& name)
{
    for (const Role role : {Role::Viewer, Role::Operator, Role::Admin}) {
        if (name == toString(role))
            return role;
    }
    return std::nullopt;
}

Users::Users(Database& database, Clock clock)
    : m_database(database), m_clock(std::move(clock)), m_unknownHash(unknownUserHash())
{
}

Result<void> Users::add(const QString& name, Role role, const QByteArray& password)
{
    if (!isName(name))
        return fail(ErrorCode::Invalid, "name: expected 1 to 64 letters, digits, '.', '_', '-' or '@'");
    const auto hash = hashPassword(password);
    if (!hash)
        return tl::unexpected<Error>(hash.error());
    auto added = m_database.write([&](QSqlDatabase& database) -> Result<void> {
        auto query = prepare(
            database, QStringLiteral("INSERT INTO users (name, role, password, created_ms) VALUES (?, ?, ?, ?)"));
        if (!query)
            return tl::unexpected<Error>(query.error());
        query->addBindValue(name);
        query->addBindValue(toString(role));
        query->addBindValue(*hash);
        query->addBindValue(static_cast<qlonglong>(m_clock()));
        return execute(*query);
    });
    if (!added && added.error().code == ErrorCode::Conflict)
        return fail(ErrorCode::Conflict, "a user with the name " + name.toStdString() + " exists already");
    return added;
}

Result<void> Users::setPassword(const QString& name, const QByteArray& password)
{
    const auto hash = hashPassword(password);
    if (!hash)
        return tl::unexpected<Error>(hash.error());
    return m_database.write([&](QSqlDatabase& database) -> Result<void> {
        auto update = prepare(database, QStringLiteral("UPDATE users SET password = ? WHERE name = ?"));
        if (!update)
            return tl::unexpected<Error>(update.error());
        update->addBindValue(*hash);
        update->addBindValue(name);
        if (auto done = execute(*update); !done)
            return done;
        if (update->numRowsAffected() != 1)
            return fail(ErrorCode::NotFound, "there is no user with the name " + name.toStdString());
        auto sessions = prepare(
            database, QStringLiteral("DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE name = ?)"));
        if (!sessions)
            return tl::unexpected<Error>(sessions.error());
        sessions->addBindValue(name);
        return execute(*sessions);
    });
}

Result<std::vector<User>> Users::list()
{
    auto database = m_database.reader();
    if (!database)
        return tl::unexpected<Error>(database.error());
    auto query = prepare(*database, QStringLiteral("SELECT id, name, role, created_ms FROM users ORDER BY name"));
    if (!query)
        return tl::unexpected<Error>(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected<Error>(done.error());
    std::vector<User> users;
    while (query->next())
        users.push_back(readUser(*query));
    if (auto read = allRead(*query); !read)
        return tl::unexpected<Error>(read.error());
    return users;
}

Result<std::optional<User>> Users::check(const QString& name, const QByteArray& password)
{
    auto database = m_database.reader();
    if (!database)
        return tl::unexpected<Error>(database.error());
    auto query =
        prepare(*database, QStringLiteral("SELECT id, name, role, created_ms, password FROM users WHERE name = ?"));
    if (!query)
        return tl::unexpected<Error>(query.error());
    query->addBindValue(name);
    if (auto done = execute(*query); !done)
        return tl::unexpected<Error>(done.error());
    std::optional<User> user;
    QString stored = m_unknownHash;
    const auto found = nextRow(*query);
    if (!found)
        return tl::unexpected<Error>(found.error());
    if (*found) {
        user = readUser(*query);
        stored = query->value(4).toString();
    }
    query->finish(); // no read transaction while the password is hashed
    const auto isRight = checkPassword(password, stored);
    if (!isRight)
        return tl::unexpected<Error>(isRight.error());
    return *isRight ? user : std::nullopt;
}

} // namespace sextant::server
