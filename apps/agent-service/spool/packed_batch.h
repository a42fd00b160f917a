// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"

#include <cstdint>
#include <string>

namespace sextant::agent {

/// A batch ready to be sent: encoded and compressed, once. The stretch of time is for the gap report that is made when
/// it has to be dropped: Unix milliseconds, `toMs` not included.
struct PackedBatch {
    metrics::BatchId id;
    std::string body;
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;
};

/// What was given up because there was no room for it.
struct DroppedBatch {
    metrics::BatchId id;
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;
};

} // namespace sextant::agent
