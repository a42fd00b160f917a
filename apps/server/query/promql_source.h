// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/series_source.h"
#include "server/query/series_selection.h"
#include "server/storage/store.h"

#include <vector>

namespace sextant::server {

/// The store as PromQL reads it: see series_selection.h for which series there are and stored_samples.h for how their
/// samples are read. Where two hosts give the same labels (two Prometheus servers that watch the same things), their
/// samples are one series; of two at the same time that of the first host counts. Made for one query.
class PromqlSource final : public promql::SeriesSource {
public:
    PromqlSource(const Store& store, std::vector<QueryHost> hosts) : m_store(store), m_hosts(std::move(hosts)) {}

    [[nodiscard]] Result<std::vector<promql::Series>> select(std::span<const promql::Matcher> matchers,
        const promql::SelectHints& hints, promql::Budget& budget) const override;

    /// The labels of the series that fulfil all matchers, of families that hold anything of that time, sorted. Cheaper
    /// than select(): samples are not read, so a series that has none in the range may be among them.
    [[nodiscard]] Result<std::vector<promql::Labels>> labels(std::span<const promql::Matcher> matchers,
        std::int64_t fromMs, std::int64_t toMs, promql::Budget& budget) const;

private:
    const Store& m_store;
    std::vector<QueryHost> m_hosts;
};

} // namespace sextant::server
