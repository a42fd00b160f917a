// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/charts/time_chart.h"
#include "console/models/host_series.h"

#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

/// What the host page draws: which chart is made of which family, and how a family's instances become lines with names
/// and fixed colours. Pure functions over loaded data.
namespace sextant::console {

struct Palette;

/// A chart ready to be drawn.
struct ChartContent {
    QString title;
    QString detail; ///< behind the unit: "of 8 cores"
    std::optional<double> maximum;
    std::optional<double> leastMaximum; ///< see TimeChart::setLeastMaximum
    QString footnote;
    std::vector<ChartSeries> series;
};

/// What is known about the host besides its series.
struct HostFacts {
    std::optional<int> cores;
    std::optional<double> memoryTotalBytes;
};

/// One place on the page.
struct ChartSpec {
    QString id;
    QString family;
    QString title;
    TimeChart::Kind kind;
    Measure measure;
    /// Not on every machine: without data it takes no room.
    bool optional;
    ChartContent (*build)(const FamilySeries&, const HostFacts&, const Palette&);
};

/// The charts of the host page in order.
[[nodiscard]] const std::vector<ChartSpec>& hostChartSpecs();

/// The families and columns that they need.
[[nodiscard]] std::vector<HostSeries::Wanted> hostChartFamilies();

} // namespace sextant::console
