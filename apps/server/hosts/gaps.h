// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "server/hosts/gap_ledger.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::server {

/// A stretch of time without samples of a host, or whose samples came late.
struct Gap {
    Range range;
    std::optional<metrics::GapCause> cause; ///< nothing: not explained
    std::string detail;                     ///< one line for people; may be empty
    std::string family;                     ///< of a collector error; else empty
    bool late = false;                      ///< the samples came later: nothing is missing

    friend bool operator==(const Gap&, const Gap&) = default;
};

/// "host_off", …; "unknown" for what nobody explained.
[[nodiscard]] std::string_view causeName(std::optional<metrics::GapCause> cause);

/// Accounts for the time of `asked` from a host's first sample up to `nowMs`: every hole of more than half an interval
/// in what came, split by what its agent reported and by when the server did not run; then what came late, and
/// collector errors. Sorted by beginning. What no report covers stays unexplained: nothing is guessed. A rest of up to
/// one interval beside an explained piece belongs to it: reports do not begin and end on ticks.
[[nodiscard]] std::vector<Gap> explainGaps(
    const GapLedger::Books& books, Range asked, std::int64_t nowMs, std::uint32_t intervalMs);

/// How many batches never came: the holes in the numbers.
[[nodiscard]] std::int64_t lostBatches(const GapLedger::Books& books);

} // namespace sextant::server
