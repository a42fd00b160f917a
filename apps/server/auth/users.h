// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/clock.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sextant::server {

class Database;

/// What a person may do; each role may do what the ones before it may.
enum class Role : std::uint8_t { Viewer, Operator, Admin };

[[nodiscard]] QString toString(Role role);
[[nodiscard]] std::optional<Role> parseRole(const QString& name);

struct User {
    std::int64_t id = 0;
    QString name;
    Role role = Role::Viewer;
    std::int64_t createdMs = 0;
};

/// The people who may log in, in the table `users`. Reads its table each time, so that what the command line changes
/// holds at once. Thread-safe. Functions that hash a password take a quarter of a second; those that write block until
/// the commit.
class Users {
public:
    Users(Database& database, Clock clock);

    /// Invalid for a name that is not 1 to 64 letters, digits, '.', '_', '-' or '@', or a password out of its limits;
    /// Conflict when the name is taken.
    [[nodiscard]] Result<void> add(const QString& name, Role role, const QByteArray& password);
    /// Also ends the user's sessions. NotFound when there is no such user.
    [[nodiscard]] Result<void> setPassword(const QString& name, const QByteArray& password);
    [[nodiscard]] Result<std::vector<User>> list();

    /// The user with that name and password, or nothing when either is wrong; both take the same work.
    [[nodiscard]] Result<std::optional<User>> check(const QString& name, const QByteArray& password);

private:
    Database& m_database;
    Clock m_clock;
    const QString m_unknownHash; ///< checked for names that do not exist
};

} // namespace sextant::server
