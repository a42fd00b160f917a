// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/theme/check_style.h"

#include "console/theme/palette.h"

#include <QPainter>
#include <QStyleFactory>
#include <QStyleOption>

namespace sextant::console {

CheckStyle::CheckStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

void CheckStyle::drawPrimitive(
    PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const
{
    if (element != PE_IndicatorCheckBox && element != PE_IndicatorMenuCheckMark) {
        QProxyStyle::drawPrimitive(element, option, painter, widget);
        return;
    }
    const QPalette& colours = option->palette;
    const bool checked = option->state.testFlag(State_On);
    const bool box = element == PE_IndicatorCheckBox;
    if (!box && !checked)
        return;
    const double side = std::min(option->rect.width(), option->rect.height());
    QRectF frame(0, 0, side, side);
    frame.moveCenter(QRectF(option->rect).center());
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (box) {
        const QColor edge = checked
                                ? colours.color(QPalette::Highlight)
                                : blend(colours.color(QPalette::Mid), colours.color(QPalette::PlaceholderText), 0.7);
        painter->setPen(QPen(edge, 1));
        painter->setBrush(colours.color(checked ? QPalette::Highlight : QPalette::Base));
        painter->drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), 3.5, 3.5);
    }
    if (checked) {
        const auto at = [&frame](double x, double y) {
            return QPointF(frame.left() + frame.width() * x, frame.top() + frame.height() * y);
        };
        const QColor ink = colours.color(box ? QPalette::HighlightedText : QPalette::Text);
        painter->setPen(QPen(ink, side / 8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->setBrush(Qt::NoBrush);
        painter->drawPolyline(QPolygonF{at(0.25, 0.53), at(0.43, 0.70), at(0.76, 0.33)});
    }
    painter->restore();
}

int CheckStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const
{
    if (metric == PM_IndicatorWidth || metric == PM_IndicatorHeight)
        return 16;
    return QProxyStyle::pixelMetric(metric, option, widget);
}

} // namespace sextant::console
