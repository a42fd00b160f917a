// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/value.h"
#include "server/storage/store.h"

#include <cstdint>
#include <functional>
#include <span>

namespace sextant::server {

/// One stored row. Valid during the visit only.
struct ScannedRow {
    std::int64_t instance = 0;
    std::int64_t timeMs = 0;
    std::uint32_t intervalMs = 0;
    std::span<const metrics::Value> cells; ///< in the order of SeriesScan::columns
};

/// Store::scan(), row by row in order of time, until the visitor says no: for readers to whom simple matters more than
/// fast.
[[nodiscard]] Result<void> scanRows(
    const Store& store, const SeriesScan& what, const std::function<bool(const ScannedRow&)>& visitor);

} // namespace sextant::server
