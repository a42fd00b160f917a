// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/theme/icons.h"

#include <QPainter>
#include <QPainterPath>
#include <QPixmap>

#include <cmath>

namespace sextant::console {
namespace {

constexpr double kGrid = 16;

void paintGear(QPainter& painter)
{
    painter.drawEllipse(QPointF(8, 8), 2.4, 2.4);
    for (int tooth = 0; tooth < 8; ++tooth) {
        const double angle = tooth * 3.14159265358979 / 4;
        const QPointF direction(std::cos(angle), std::sin(angle));
        painter.drawLine(QPointF(8, 8) + direction * 4.9, QPointF(8, 8) + direction * 6.6);
    }
    painter.drawEllipse(QPointF(8, 8), 4.8, 4.8);
}

void paintRows(QPainter& painter)
{
    for (const double top : {2.25, 6.5, 10.75}) {
        painter.drawRoundedRect(QRectF(2, top, 12, 3), 1, 1);
        painter.drawPoint(QPointF(4.4, top + 1.5));
    }
}

void paintServer(QPainter& painter)
{
    painter.drawRoundedRect(QRectF(2.25, 2.75, 11.5, 4.5), 1.2, 1.2);
    painter.drawRoundedRect(QRectF(2.25, 8.75, 11.5, 4.5), 1.2, 1.2);
    painter.drawPoint(QPointF(5, 5));
    painter.drawPoint(QPointF(5, 11));
}

void paintPath(QPainter& painter, std::initializer_list<QPointF> points)
{
    painter.drawPolyline(QPolygonF(QList<QPointF>(points)));
}

void paintOnGrid(QPainter& painter, Icon icon)
{
    switch (icon) {
    case Icon::Fleet:
        paintRows(painter);
        break;
    case Icon::Settings:
        paintGear(painter);
        break;
    case Icon::Search:
        painter.drawEllipse(QPointF(7, 7), 4.5, 4.5);
        painter.drawLine(QPointF(10.4, 10.4), QPointF(13.75, 13.75));
        break;
    case Icon::Server:
        paintServer(painter);
        break;
    case Icon::Back:
        paintPath(painter, {{9.75, 3.5}, {5.25, 8}, {9.75, 12.5}});
        break;
    case Icon::Fold:
        paintPath(painter, {{8, 4}, {4, 8}, {8, 12}});
        paintPath(painter, {{12.5, 4}, {8.5, 8}, {12.5, 12}});
        break;
    case Icon::Unfold:
        paintPath(painter, {{3.5, 4}, {7.5, 8}, {3.5, 12}});
        paintPath(painter, {{8, 4}, {12, 8}, {8, 12}});
        break;
    case Icon::Warning:
        painter.drawPolygon(QPolygonF(QList<QPointF>{{8, 2.25}, {14.25, 13.25}, {1.75, 13.25}}));
        painter.drawLine(QPointF(8, 6.25), QPointF(8, 9.25));
        painter.drawPoint(QPointF(8, 11.2));
        break;
    case Icon::Plus:
        painter.drawLine(QPointF(8, 3.25), QPointF(8, 12.75));
        painter.drawLine(QPointF(3.25, 8), QPointF(12.75, 8));
        break;
    case Icon::Copy:
        painter.drawRoundedRect(QRectF(5.5, 5.5, 8, 8), 1.5, 1.5);
        paintPath(painter, {{3, 10.5}, {2.5, 10}, {2.5, 3.5}, {3.5, 2.5}, {10, 2.5}, {10.5, 3}});
        break;
    case Icon::Lock:
        painter.drawRoundedRect(QRectF(3.25, 7.25, 9.5, 6.5), 1.5, 1.5);
        painter.drawArc(QRectF(5.25, 2.5, 5.5, 8), 0, 180 * 16);
        break;
    }
}

void paintApplicationIcon(QPainter& painter)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0x2F6FEB));
    painter.drawRoundedRect(QRectF(0, 0, 64, 64), 14, 14);
    QPen pen(Qt::white, 4.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawArc(QRectF(10, -4, 44, 56), 220 * 16, 100 * 16);
    painter.drawLine(QPointF(32, 14), QPointF(16.5, 45));
    painter.drawLine(QPointF(32, 14), QPointF(47.5, 45));
    painter.drawLine(QPointF(32, 14), QPointF(36.5, 50));
    painter.setBrush(Qt::white);
    painter.drawEllipse(QPointF(32, 14), 2.5, 2.5);
}

} // namespace

void paintIcon(QPainter& painter, Icon icon, const QRectF& rect, const QColor& colour)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(rect.topLeft());
    painter.scale(rect.width() / kGrid, rect.height() / kGrid);
    painter.setPen(QPen(colour, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    paintOnGrid(painter, icon);
    painter.restore();
}

QIcon makeIcon(Icon icon, const QColor& colour)
{
    QIcon result;
    for (const int scale : {1, 2, 3}) {
        QPixmap pixmap(16 * scale, 16 * scale);
        pixmap.setDevicePixelRatio(scale);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paintIcon(painter, icon, QRectF(0, 0, 16, 16), colour);
        result.addPixmap(pixmap);
    }
    return result;
}

QIcon applicationIcon()
{
    QIcon result;
    for (const int size : {16, 32, 64, 128, 256}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.scale(size / 64.0, size / 64.0);
        paintApplicationIcon(painter);
        painter.end();
        result.addPixmap(pixmap);
    }
    return result;
}

} // namespace sextant::console
