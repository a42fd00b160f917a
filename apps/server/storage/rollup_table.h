// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/block.h"
#include "metrics/catalogue.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/block_table.h"
#include "server/storage/store.h"

#include <cstdint>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

// The tiers in the table `blocks` (storage/block_table.h).

/// Whether the rows of an hour are all that it had, or what damage left of them.
enum class HourRows { All, Part };

/// What put() (storage/block_table.h) is to be called with, before anything else changes those blocks, so that the
/// buckets of an hour come into both tiers in place of those that were there; without a tier whose block is gone
/// (goneBefore()). `hour`: all rows of that hour as metrics::sortRows() leaves them, none of another hour; `before`:
/// the newest rows of each instance before it. The same rows again give the same buckets: needed again for the hour
/// after one that late rows came for, when its counters grow from those. On a reader's connection.
///
/// Mostly an hour becomes a part of its own behind its block; at times, which differ from host to host, and at a
/// block's last hour, everything is packed into one again. Where rows of the hour are missing, buckets that are there
/// stay: they were made of more. Errors: those of the database; Invalid for rows of another hour.
[[nodiscard]] Result<std::vector<EncodedBlock>> encodeRollups(QSqlDatabase& database, HostId host,
    const metrics::Family& family, std::int64_t hourMs, const metrics::Block& hour, const metrics::Block& before,
    HourRows hourRows = HourRows::All);

/// Visits what is stored of a tier: Store::scanTier().
[[nodiscard]] Result<void> scanRollup(QSqlDatabase& database, const TierScan& what, const BlockVisitor& visitor);

/// The blocks of a range: Store::coverage() without its hot hours.
[[nodiscard]] Result<Coverage> blockCoverage(
    QSqlDatabase& database, HostId host, const metrics::Family& family, std::int64_t fromMs, std::int64_t toMs);

} // namespace sextant::server
