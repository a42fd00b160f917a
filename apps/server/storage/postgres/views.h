// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/catalogue.h"
#include "metrics/result.h"

#include <QString>

class QSqlDatabase;

namespace sextant::server {

// Views for people who use SQL (docs/sql.md): per family one of its name, over its wide table, with the host's name,
// a column per label, and numbers in the units that people read.

/// The statements that make the view of a family, or bring it up to date, and say what its columns mean. A newer
/// catalogue adds columns at the end, so that views and grants of people stay good.
[[nodiscard]] QString viewOf(const metrics::Family& family);

/// Makes the views of all families.
[[nodiscard]] Result<void> prepareViews(QSqlDatabase& database);

} // namespace sextant::server
