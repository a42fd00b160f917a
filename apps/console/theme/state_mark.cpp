// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/theme/state_mark.h"

#include "console/theme/palette.h"

#include <QPainter>

namespace sextant::console {

void paintStateMark(QPainter& painter, QPointF centre, double diameter, HostState state, const Palette& palette)
{
    const double stroke = diameter < 11 ? 1.5 : diameter / 7;
    const double radius = diameter / 2 - stroke / 2;
    const QRectF ring(centre.x() - radius, centre.y() - radius, radius * 2, radius * 2);
    const QColor colour = palette.state(state);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colour, stroke, Qt::SolidLine, Qt::RoundCap));
    painter.setBrush(state == HostState::Ok ? QBrush(colour) : QBrush(Qt::NoBrush));
    painter.drawEllipse(ring);
    if (state == HostState::Late) {
        painter.setBrush(colour);
        painter.setPen(Qt::NoPen);
        painter.drawPie(ring, 90 * 16, 180 * 16);
    } else if (state == HostState::Down) {
        const double reach = radius * 0.42;
        painter.drawLine(centre + QPointF(-reach, -reach), centre + QPointF(reach, reach));
        painter.drawLine(centre + QPointF(-reach, reach), centre + QPointF(reach, -reach));
    }
    painter.restore();
}

} // namespace sextant::console
