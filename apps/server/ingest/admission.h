// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/codec.h"
#include "metrics/result.h"
#include "server/hosts/ticks.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sextant::server {

/// Which frames ingest takes.
struct AdmissionLimits {
    std::int64_t aheadMs = 10 * 60'000; ///< a frame may be this far ahead of the server's clock
    std::int64_t keptMs = 0;            ///< raw samples are kept this long, older frames are refused; 0: for ever
    std::map<std::string, std::int64_t, std::less<>> familiesKeptMs{}; ///< those of families that are kept otherwise
};

/// A batch that was looked through: what of it is stored, how much that is, and what is left out. Its frames stand in
/// two groups: those that tell how the host is now, then those that were delivered late.
struct Admitted {
    metrics::Batch batch;
    std::vector<std::size_t> places; ///< of each frame: its place in the batch as it was sent
    std::size_t current = 0;         ///< frames [0, current) are current, the rest replayed
    metrics::Refusals refusals;
    WrongClock wrongClock; ///< where the host's clock is further from the server's than a frame may be ahead
    std::size_t rows = 0;
    std::size_t values = 0; ///< absent cells not counted
    std::size_t bytes = 0;  ///< memory
};

/// Why a time cannot be, or is not kept any more; nothing: it is fine. aheadMs, keptMs: as in AdmissionLimits.
[[nodiscard]] std::optional<metrics::RefusalReason> faultOfTime(
    std::int64_t timeMs, std::int64_t nowMs, std::int64_t aheadMs, std::int64_t keptMs);

/// Whether a frame that was sent at `sentMs` is a replay: older than two of its intervals. It fills history; it says
/// nothing about now.
[[nodiscard]] bool isReplay(const metrics::Frame& frame, std::int64_t sentMs);

/// Whether the store may take later what it did not take now.
[[nodiscard]] bool mayGoBetterLater(const Error& error);

/// Takes out the frames whose time cannot be or is not kept any more, and tells replays from what is current. `sentMs`
/// is when the agent sent the batch, by the clock that its frames go by too, so that a clock that is wrong does not
/// make all of them look old; the server's own time where the agent does not say.
[[nodiscard]] Admitted admit(
    metrics::DecodedBatch batch, std::int64_t nowMs, const AdmissionLimits& limits, std::int64_t sentMs);

} // namespace sextant::server
