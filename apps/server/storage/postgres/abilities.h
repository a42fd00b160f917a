// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace sextant::server {

/// What a PostgreSQL promises. It may still refuse (SQLSTATE 0A000): then it has it not.
struct PostgresAbilities {
    bool hypertables = false; ///< the extension timescaledb is there
    bool compression = false; ///< in its TSL edition: columnar compression and background policies
};

/// `license`: what the setting timescaledb.license says; empty where there is none.
[[nodiscard]] inline PostgresAbilities abilitiesOf(bool hasTimescale, const QString& license)
{
    return {hasTimescale, hasTimescale && license == QLatin1String("timescale")};
}

} // namespace sextant::server
