// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/hosts/host_state.h"

#include <span>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

// The table `host_state`: how each host is now, written in the transaction that stores the samples it comes from; and
// with it the ledger of gaps (server/hosts/gap_ledger.h).

[[nodiscard]] Result<void> writeHostStates(QSqlDatabase& database, std::span<const StoredHostState> states);
[[nodiscard]] Result<std::vector<StoredHostState>> readHostStates(QSqlDatabase& database);

} // namespace sextant::server
