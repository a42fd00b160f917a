// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QString>

#include <cstdint>

namespace sextant::server {

class Database;

/// Ends a credential that is a row of `table` with the columns id and revoked_ms; one that was revoked before stays as
/// it was. NotFound: there is no such `what`; and the errors of the database. Blocks for the write.
[[nodiscard]] Result<void> revokeRow(
    Database& database, const QString& table, std::int64_t id, std::int64_t nowMs, const char* what);

} // namespace sextant::server
