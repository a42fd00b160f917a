// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/charts/bucket.h"

#include <QColor>
#include <QList>
#include <QPointF>
#include <QRectF>

#include <memory>
#include <vector>

class QPainter;

namespace sextant::console {

struct PlotLine {
    QList<QPointF> points;
    QColor colour;
    double width = 1.5;
};

struct PlotArea {
    QList<QPointF> upper;
    QList<QPointF> lower; ///< empty: down to zero
    QColor fill;
};

/// The only place that knows Qt Charts: lines inside a rectangle, without axes, legend or animation, over areas filled
/// column by column. The Qt series are kept and reused; each gets its points by one replace() per frame. The scene is
/// painted only when asked, into the caller's cache. GUI thread.
class SeriesPlot {
public:
    SeriesPlot();
    ~SeriesPlot();

    /// What is shown from the next paint on. Points: x in Unix ms, rising; y in the unit of the axis from 0 to
    /// `maximum`. `pixels`: the width that it will be painted in; a line with more points is drawn thin.
    void show(TimeSpan window, double maximum, const std::vector<PlotArea>& areas, const std::vector<PlotLine>& lines,
        int pixels);
    void paint(QPainter& painter, const QRectF& target);

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace sextant::console
