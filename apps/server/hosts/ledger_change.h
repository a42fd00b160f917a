// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"

#include <cstdint>
#include <vector>

namespace sextant::server {

/// What the ranges of the table `delivered` count.
enum class Delivered : std::uint8_t {
    Time = 0,     ///< that samples cover
    Sequence = 1, ///< numbers of batches
    Refused = 2,  ///< time, by the server's clock, whose samples were refused because the host's clock was wrong
};

/// One row of `delivered` to write, or to delete.
struct RangeRow {
    Delivered kind = Delivered::Time;
    std::int64_t start = 0;
    std::int64_t end = 0;
    bool remove = false;
};

/// What a group of batches changes in the ledger of one host; written with their samples.
struct LedgerChange {
    std::vector<RangeRow> ranges; ///< to apply in this order
    std::vector<metrics::GapReport> reports;
};

} // namespace sextant::server
