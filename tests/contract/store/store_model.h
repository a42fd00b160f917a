// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/frame.h"
#include "server/hosts/host_id.h"
#include "server/query/series.h"
#include "server/storage/store.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sextant::testing {

/// What every store is compared with: each sample in a map, and nothing known of batches, hours, blocks and tiers.
/// Deliberately slow and plain. The functions that compare give the first difference, or nothing.
class StoreModel {
public:
    struct Sample {
        std::uint32_t intervalMs = 0;
        std::vector<metrics::Value> cells; ///< of every column of the family
    };
    using Labels = std::vector<std::string>;
    using Samples = std::map<std::int64_t, Sample>; ///< by time
    using Family = std::map<Labels, Samples>;

    /// Takes the rows that are not there yet; gives how many.
    std::size_t add(server::HostId host, const metrics::Frame& frame);

    [[nodiscard]] const Family& family(server::HostId host, const metrics::Family& family) const;

    [[nodiscard]] std::string difference(const server::SeriesAnswer& answer) const;
    /// Samples of the range, read raw.
    [[nodiscard]] std::string rawDifference(const server::Store& store, server::HostId host,
        const metrics::Family& family, std::int64_t fromMs, std::int64_t toMs) const;
    /// Buckets of a tier that begin in the range: every statistic of every column, no bucket missing or too many.
    [[nodiscard]] std::string tierDifference(const server::Store& store, server::HostId host,
        const metrics::Family& family, server::Tier tier, std::int64_t fromMs, std::int64_t toMs) const;

private:
    std::map<std::pair<std::int64_t, const metrics::Family*>, Family> m_families;
};

} // namespace sextant::testing
