// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSqlDatabase>
#include <QString>
#include <QVariant>

namespace sextant::testing {

/// An empty database of its own on the PostgreSQL server that scripts/timescale started (SEXTANT_POSTGRES_URL). Gone
/// when it goes, with whoever is connected.
class PostgresDatabase {
public:
    enum class Kind {
        Plain,    ///< without TimescaleDB, which cannot be had there
        Timescale ///< with it
    };

    explicit PostgresDatabase(Kind kind = Kind::Plain);
    /// A copy of another one to which nobody is connected.
    explicit PostgresDatabase(const PostgresDatabase* original);
    ~PostgresDatabase();
    PostgresDatabase(const PostgresDatabase&) = delete;
    PostgresDatabase& operator=(const PostgresDatabase&) = delete;

    [[nodiscard]] QString url() const;

    /// Ends every connection to it, as a failing network or a restart does. Those who connect again may.
    void disconnectAll() const;
    /// Lets nobody connect, or everybody again.
    void allowConnections(bool allow) const;

    /// Runs a statement in it, as people do; gives the first value of the answer. Aborts the test program on an error.
    QVariant run(const QString& sql) const;

    /// Runs a statement as an admin would, in another database of the server. Aborts the test program on an error.
    static void runAsAdmin(const QString& sql);

private:
    QString m_name;
};

} // namespace sextant::testing
