// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/aliases.h"
#include "promql/labels.h"
#include "server/query/series_selection.h"

#include <optional>
#include <span>
#include <string>

namespace sextant::server {

// The labels of a series, name and all, as queries see them; sorted, without empty ones.

/// Of a column of the catalogue (or an alias) for an instance of its family. Nothing: the alias is not for it.
[[nodiscard]] std::optional<promql::Labels> catalogueLabels(
    const QueryHost& host, const metrics::NamedSeries& named, std::span<const std::string> instance);

/// Of a metric of an application, an instance of the family `custom`: its own, and `instance` and `job` where it has
/// none. `job="sextant"` is what the server itself says of a host, so beside it another `instance` than that of the
/// host is `exported_instance`: nobody writes into the series of a host that is not theirs.
[[nodiscard]] promql::Labels applicationLabels(const QueryHost& host, std::span<const std::string> instance);

} // namespace sextant::server
