// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/aliases.h"
#include "metrics/result.h"
#include "promql/budget.h"
#include "promql/labels.h"
#include "promql/matcher.h"
#include "server/hosts/host_registry.h"
#include "server/storage/store.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sextant::server {

class Overview;

/// The value of `job` of every series that does not bring its own.
inline constexpr std::string_view kJob = "sextant";

/// A host as PromQL sees it. The overview must outlive it.
struct QueryHost {
    HostId id;
    std::string instance; ///< the value of its label `instance`: the name, for a second host of that name "name#id"
    metrics::OsMask os = metrics::kAnyOs;
    HostDescription description;        ///< what node_uname_info and sextant_host_info tell of it
    const Overview* overview = nullptr; ///< knows its tags; null: it has none
};

/// `hosts`: sorted by name, then id (HostRegistry::list()). `overview`: see QueryHost. Pure.
[[nodiscard]] std::vector<QueryHost> queryHosts(std::span<const HostFacts> hosts, const Overview* overview = nullptr);

/// One series that is asked for and where its samples are.
struct SelectedSeries {
    promql::Labels labels;
    const metrics::NamedSeries* named = nullptr; ///< null: of the family `custom`
    std::int64_t instance = 0;
};

/// The asked series that one family of one host gives, at least one.
struct SelectedFamily {
    const QueryHost* host = nullptr;
    const metrics::Family* family = nullptr;
    std::vector<SelectedSeries> series;
};

/// Finds the series whose labels fulfil all matchers: columns of the catalogue under their own names, under aliases
/// (where the matchers ask for a name), and metrics of applications under theirs, which get `instance` and `job` where
/// they have none. A series of an instance that never had a sample of its column is among them. The hosts outlive the
/// answer. Any thread; blocks for the time of the read. Errors: those of the store and of the budget.
[[nodiscard]] Result<std::vector<SelectedFamily>> selectSeries(const Store& store, std::span<const QueryHost> hosts,
    std::span<const promql::Matcher> matchers, promql::Budget& budget);

} // namespace sextant::server
