// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/api/compat_query.h"
#include "server/api/route.h"
#include "server/hosts/host_id.h"
#include "server/hosts/host_registry.h"

#include <QJsonObject>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::server {

/// The UUID by which Spectra's agents and pages know a host: `00000000-0000-4000-8000-` and its number.
[[nodiscard]] std::string spectraId(HostId host);

/// The host whose UUID or number stands first in the path; nothing when there is none (any more).
[[nodiscard]] std::optional<HostId> spectraHost(const Services& services, const Call& call);
[[nodiscard]] http::Response noSuchAgent();

/// A host as Spectra's pages list it.
struct SpectraAgent {
    HostFacts facts;
    std::string instance;                       ///< as queries see it
    QString name;                               ///< by which its agent calls it
    std::map<std::string_view, double> numbers; ///< the newest, by their fields; what was not heard of is not there
};

/// The hosts with an agent of ours and those that Spectra's agents wrote for in 30 days, or the one, by name. Without
/// their numbers.
[[nodiscard]] tl::expected<std::vector<SpectraAgent>, PrometheusFailure> spectraAgents(
    const Services& services, std::optional<HostId> only, const http::Responder& responder);

/// Fills in the numbers that have those names; all that there are for none. One query for each, over those agents; what
/// the fleet page knows of our own agents' hosts is not read again.
[[nodiscard]] tl::expected<void, PrometheusFailure> fillNumbers(const Services& services,
    std::span<SpectraAgent> agents, std::span<const std::string_view> names, const http::Responder& responder);
/// Whether there is a number of that name.
[[nodiscard]] bool isSpectraNumber(std::string_view name);

/// A row of the overview; null for what is not known.
[[nodiscard]] QJsonObject spectraRow(const SpectraAgent& agent);

/// What a chart is asked for.
struct SpectraRange {
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0; ///< not in the future
};
/// Of `range`, or `start` and `end`. Errors: Invalid.
[[nodiscard]] Result<SpectraRange> spectraRange(const Call& call, std::int64_t nowMs);

/// The query with the bucket in place of each `$`, and for each `~` the same for rates, which need two samples.
[[nodiscard]] std::string spectraQuery(std::string_view pattern, const Buckets& buckets);

} // namespace sextant::server
