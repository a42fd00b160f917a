// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/charts/reduce.h"
#include "console/format/format.h"

#include <QColor>
#include <QPointF>
#include <QRectF>
#include <QString>

#include <optional>
#include <vector>

class QPainter;

namespace sextant::console {

class Theme;

/// One line of a legend: what the series is called and what it did in the window.
struct LegendRow {
    QString key;
    QString name;
    QColor colour;
    Extremes extremes;
    std::optional<double> atCursor;
    bool dimmed = false;
};

/// The table below a chart: name, now (or the value under the crosshair), min, max, mean. Shows kFolded rows, all of
/// them when unfolded. Paints into its owner's rectangle and says which row a point hits; keeps no widget of its own.
class TimeChartLegend {
public:
    static constexpr int kFolded = 4;
    static constexpr int kRowHeight = 18;

    explicit TimeChartLegend(const Theme& theme) : m_theme(theme) {}

    void setRows(std::vector<LegendRow> rows) { m_rows = std::move(rows); }
    [[nodiscard]] std::vector<LegendRow>& rows() { return m_rows; }
    /// A line below the rows, e.g. "56 more cores, in grey".
    void setFootnote(const QString& text) { m_footnote = text; }
    void setUnfolded(bool unfolded) { m_unfolded = unfolded; }
    [[nodiscard]] bool isUnfolded() const { return m_unfolded; }

    [[nodiscard]] int height() const;
    void paint(QPainter& painter, const QRectF& rect, Measure measure, const QString& nowTitle) const;

    /// The row under a point of the same rectangle.
    [[nodiscard]] const LegendRow* rowAt(const QRectF& rect, QPointF point) const;
    /// Whether the point is on "3 more" or "fewer".
    [[nodiscard]] bool isFoldAt(const QRectF& rect, QPointF point) const;

private:
    [[nodiscard]] std::size_t shownRows() const;
    [[nodiscard]] QString foldText() const;

    const Theme& m_theme;
    std::vector<LegendRow> m_rows;
    QString m_footnote;
    bool m_unfolded = false;
};

} // namespace sextant::console
