// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <random>
#include <vector>

namespace sextant::test {

/// The PostgreSQL server that scripts/timescale started for this test (SEXTANT_POSTGRES_URL, _DATA and _BIN), to be
/// stopped, killed and started as machines and admins do. Used by one thread; every wait has a limit.
class PostgresCluster {
public:
    /// Whether the test was started through scripts/timescale.
    [[nodiscard]] static bool isThere();

    PostgresCluster();

    [[nodiscard]] QString url() const { return m_url; }
    [[nodiscard]] quint16 port() const;
    /// The URL of the same database behind another port (a proxy's), without TLS.
    [[nodiscard]] QString urlAt(quint16 port) const;

    /// Starts it, also after a kill, and waits until it takes connections.
    [[nodiscard]] bool start();
    /// `pg_ctl stop -m immediate`: as when the power fails, but for what the disk has.
    [[nodiscard]] bool stopAtOnce();
    /// SIGKILL of the first process; the others end when they notice.
    [[nodiscard]] bool killPostmaster();
    /// SIGKILL of one process that serves a client: the server then ends all others and recovers by itself. False when
    /// there is none.
    [[nodiscard]] bool killBackend(std::mt19937& random);

private:
    [[nodiscard]] bool control(const QStringList& arguments) const;
    [[nodiscard]] qint64 postmaster() const;
    [[nodiscard]] std::vector<qint64> backends() const;

    QString m_url;
    QString m_data;
    QString m_programs;
};

} // namespace sextant::test
