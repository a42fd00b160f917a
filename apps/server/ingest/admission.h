// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/codec.h"
#include "server/hosts/host_state.h"

#include <cstddef>
#include <cstdint>

namespace sextant::server {

/// Which frames ingest takes.
struct AdmissionLimits {
    std::int64_t aheadMs = 10 * 60'000; ///< a frame may be this far ahead of the server's clock
    std::int64_t keptMs = 0;            ///< raw samples are kept this long, older frames are refused; 0: for ever
};

/// A batch that was looked through: what of it is stored, how much that is, and what is left out. Its frames stand in
/// two groups: those that tell how the host is now, then those that were delivered late.
struct Admitted {
    metrics::Batch batch;
    std::size_t current = 0; ///< frames [0, current) are current, the rest replayed
    metrics::Refusals refusals;
    std::size_t rows = 0;
    std::size_t values = 0; ///< absent cells not counted
    std::size_t bytes = 0;  ///< memory
};

/// Whether a frame that arrives at `nowMs` is a replay: older than two of its intervals. It fills history; it says
/// nothing about now.
[[nodiscard]] bool isReplay(const metrics::Frame& frame, std::int64_t nowMs);

/// Takes out the frames whose time cannot be or is not kept any more.
[[nodiscard]] Admitted admit(metrics::DecodedBatch batch, std::int64_t nowMs, const AdmissionLimits& limits);

} // namespace sextant::server
