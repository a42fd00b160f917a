// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QString>

namespace sextant::server {

/// Whether this is the URL of a PostgreSQL database as we take it: postgresql://USER@HOST[:PORT]/DATABASE[?sslmode=…&…]
/// (what follows the question mark goes to libpq). Invalid with one sentence when not, or when it has a password:
/// settings, process lists and logs are no place for one. The sentence does not repeat it.
[[nodiscard]] Result<void> checkPostgresUrl(const QString& url);

/// The text with dots where an URL has a password; for messages.
[[nodiscard]] QString withoutPassword(QString text);

} // namespace sextant::server
