// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/exposition_parser.h"

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::server {

using MetricDescription = metrics::ExposedMetadata;

/// What programs said last of their metrics, by name, without the types "unknown" and those that are none. In memory,
/// for programs say it again and again. Bounded: names past kMaxNames are not learnt. Owned by the sink; any thread may
/// call.
class MetricDescriptions {
public:
    static constexpr std::size_t kMaxNames = 10'000;
    static constexpr std::size_t kMaxHelpBytes = 1'024; ///< longer ones are left out
    static constexpr std::size_t kMaxUnitBytes = 64;

    /// Takes over what they say, and keeps what they say nothing about; what is no name, type or text is left out.
    void learn(std::vector<MetricDescription> said);
    /// Of a metric, or of a counter whose description has a name without `_total`.
    [[nodiscard]] std::optional<MetricDescription> find(std::string_view name) const;
    /// In order of their names.
    [[nodiscard]] std::vector<MetricDescription> all() const;

private:
    mutable std::mutex m_mutex;
    std::map<std::string, MetricDescription, std::less<>> m_known;
};

/// The name of the histogram or summary that a series of that name is a part of: without `_bucket`, `_sum`, `_count`.
[[nodiscard]] std::string_view withoutPart(std::string_view name);

} // namespace sextant::server
