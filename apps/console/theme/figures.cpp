// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/theme/figures.h"

#include "console/format/format.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace sextant::console {

Figures::Figures(const QFont& font) : m_font(font), m_metrics(font)
{
    double narrowest = 1e9;
    for (char digit = '0'; digit <= '9'; ++digit) {
        const double advance = m_metrics.horizontalAdvance(QLatin1Char(digit));
        m_digitWidth = std::max(m_digitWidth, advance);
        narrowest = std::min(narrowest, advance);
    }
    m_tabular = m_digitWidth - narrowest < 0.01;
}

double Figures::width(const QString& text) const
{
    if (m_tabular)
        return m_metrics.horizontalAdvance(text);
    double width = 0;
    for (const QChar character : text)
        width += character.isDigit() ? m_digitWidth : m_metrics.horizontalAdvance(character);
    return width;
}

void Figures::draw(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text) const
{
    painter.setFont(m_font);
    const double total = width(text);
    double x = rect.left();
    if (alignment & Qt::AlignRight)
        x = rect.right() - total;
    else if (alignment & Qt::AlignHCenter)
        x = rect.center().x() - total / 2;
    const double baseline = std::round(rect.center().y() + (m_metrics.capHeight()) / 2);
    if (m_tabular) {
        painter.drawText(QPointF(x, baseline), text);
        return;
    }
    QString run;
    double runStart = x;
    const auto flush = [&] {
        if (!run.isEmpty())
            painter.drawText(QPointF(runStart, baseline), run);
        run.clear();
    };
    for (const QChar character : text) {
        const double advance = m_metrics.horizontalAdvance(character);
        if (character.isDigit()) {
            flush();
            painter.drawText(QPointF(x + (m_digitWidth - advance) / 2, baseline), character);
            x += m_digitWidth;
            runStart = x;
        } else {
            run += character;
            x += advance;
        }
    }
    flush();
}

double drawQuantity(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const Quantity& quantity,
    const Figures& figures, const Figures& units, const QColor& text, const QColor& quiet)
{
    const double gap = quantity.unit.isEmpty() ? 0 : std::max(2.0, figures.font().pixelSize() * 0.2);
    const double unitWidth = quantity.unit.isEmpty() ? 0 : units.width(quantity.unit);
    const double figureWidth = figures.width(quantity.figure);
    const double total = figureWidth + gap + unitWidth;
    const double left = alignment & Qt::AlignRight ? rect.right() - total : rect.left();
    painter.setPen(text);
    figures.draw(painter, {left, rect.top(), figureWidth, rect.height()}, Qt::AlignLeft, quantity.figure);
    if (!quantity.unit.isEmpty()) {
        // Both stand on the figure's base line, which lies half a capital's height below the middle.
        const double drop = (QFontMetricsF(figures.font()).capHeight() - QFontMetricsF(units.font()).capHeight()) / 2;
        painter.setPen(quiet);
        units.draw(painter, {left + figureWidth + gap, rect.top() + drop, unitWidth, rect.height()}, Qt::AlignLeft,
            quantity.unit);
    }
    return total;
}

} // namespace sextant::console
