// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/catalogue.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sextant::metrics {

/// A series' label that always has this value; without a name it is none.
struct FixedLabel {
    std::string_view name;
    std::string_view value;
};

/// A label key of a family and the name that it has here.
struct LabelRename {
    std::string_view key;
    std::string_view name;
};

/// What else a series tells of its host in labels.
enum class HostLabels : std::uint8_t {
    None,
    Uname, ///< nodename, sysname, release, machine
    Info,  ///< system, version of the agent, and its tags
};

/// A Prometheus name and what of the catalogue it stands for. Its value is `factor` × (the sum of `columns` − `less`) +
/// `offset`, absent where one of them is; columns that the host's system does not have count for nothing. A name has as
/// many of these as it has fixed label values. A plain value; its family lives for ever.
struct NamedSeries {
    static constexpr std::size_t kColumns = 3;

    std::string_view name;
    OsMask os = 0; ///< hosts of these systems answer to it
    const Family* family = nullptr;
    std::array<const Column*, kColumns> columns{}; ///< null after the last
    const Column* less = nullptr;
    double factor = 1;
    double offset = 0;
    std::array<LabelRename, kColumns> labels{}; ///< those that the series has; others of the family are left out
    FixedLabel fixed{};
    FixedLabel only{}; ///< a key of the family: of instances with that value, none else
    HostLabels ofTheHost = HostLabels::None;

    /// Whether it is a counter, or a sum of counters.
    [[nodiscard]] Kind kind() const { return factor == 0 ? Kind::Gauge : columns.front()->kind; }
    [[nodiscard]] std::string_view help() const
    {
        return ofTheHost == HostLabels::None ? columns.front()->help : "What is known of the host, in labels.";
    }
};

/// Every column but that of `custom` under its own name, prometheusName(), with all labels of its family; sorted by
/// name.
[[nodiscard]] std::span<const NamedSeries> catalogueSeries();

/// The one table of aliases: names of node_exporter and windows_exporter, for which boards and rules were written that
/// are to go on; and sextant_host_info, to group by what hosts are. Sorted by name.
[[nodiscard]] std::span<const NamedSeries> aliases();

/// Those of a sorted list that have that name; empty when there is none.
[[nodiscard]] std::span<const NamedSeries> findNamed(std::span<const NamedSeries> list, std::string_view name);

} // namespace sextant::metrics
