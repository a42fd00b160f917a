// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/format/format.h"

#include <QColor>
#include <QRectF>
#include <QString>

#include <vector>

class QPainter;

namespace sextant::console {

class Theme;

/// One value under the crosshair.
struct CrosshairValue {
    QString name;
    QColor colour;
    double value = 0;
};

/// The panel beside the crosshair: the moment, then the values, greatest first, at most twelve and a count of the rest.
/// `note` stands instead of values (a gap and how long it is). Stays inside `bounds`.
void paintCrosshairPanel(QPainter& painter, const Theme& theme, const QRectF& bounds, double x, const QString& moment,
    std::vector<CrosshairValue> values, Measure measure, const QString& note);

} // namespace sextant::console
