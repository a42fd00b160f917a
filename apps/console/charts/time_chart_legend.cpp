// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/time_chart_legend.h"

#include "console/theme/figures.h"
#include "console/theme/theme.h"

#include <QCoreApplication>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace sextant::console {
namespace {

constexpr double kHeader = 16, kSwatch = 8, kWideEnoughForRates = 350;

QString translate(const char* text)
{
    return QCoreApplication::translate("Legend", text);
}

} // namespace

std::size_t TimeChartLegend::shownRows() const
{
    return m_unfolded || m_rows.size() <= kFolded + 1 ? m_rows.size() : std::size_t{kFolded};
}

QString TimeChartLegend::foldText() const
{
    if (m_rows.size() <= kFolded + 1)
        return m_footnote;
    if (m_unfolded)
        return translate(QT_TRANSLATE_NOOP("Legend", "show fewer"));
    return QCoreApplication::translate("Legend", "%n more", nullptr, int(m_rows.size()) - kFolded);
}

int TimeChartLegend::height() const
{
    const int foot = foldText().isEmpty() ? 0 : kRowHeight;
    return int(kHeader) + int(shownRows()) * kRowHeight + foot;
}

void TimeChartLegend::paint(QPainter& painter, const QRectF& rect, Measure measure, const QString& nowTitle) const
{
    const Palette& palette = m_theme.palette();
    const Figures body(m_theme.font(12));
    const Figures strong(m_theme.font(12, QFont::DemiBold));
    const Figures label(m_theme.font(metrics_px::kLabel));
    const bool bytes = measure == Measure::Bytes || measure == Measure::BytesPerSecond;
    // "55.8 MiB/s" four times needs more room than a narrow chart has; then the least value, mostly 0, gives way.
    const bool leaveOutLeast = measure == Measure::BytesPerSecond && rect.width() < kWideEnoughForRates;
    const double column =
        std::clamp(rect.width() / (leaveOutLeast ? 4.2 : (bytes ? 5.2 : 6.4)), 40.0, bytes ? 74.0 : 62.0);
    std::vector<QString> titles{nowTitle, translate(QT_TRANSLATE_NOOP("Legend", "min")),
        translate(QT_TRANSLATE_NOOP("Legend", "max")), translate(QT_TRANSLATE_NOOP("Legend", "mean"))};
    if (leaveOutLeast)
        titles.erase(titles.begin() + 1);
    const auto cell = [&](std::size_t index, double top, double height) {
        return QRectF(rect.right() - column * static_cast<double>(titles.size() - index), top, column, height);
    };
    painter.setPen(palette.quiet);
    for (std::size_t index = 0; index < titles.size(); ++index)
        label.draw(painter, cell(index, rect.top(), kHeader), Qt::AlignRight, titles[index]);
    double top = rect.top() + kHeader;
    for (std::size_t index = 0; index < shownRows(); ++index, top += kRowHeight) {
        const LegendRow& row = m_rows[index];
        painter.setOpacity(row.dimmed ? 0.4 : 1);
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(row.colour);
        painter.drawRoundedRect(QRectF(rect.left(), top + (kRowHeight - kSwatch) / 2.0, kSwatch, kSwatch), 2, 2);
        painter.restore();
        painter.setPen(palette.text);
        const double nameLeft = rect.left() + kSwatch + 6;
        const double nameWidth = cell(0, 0, 0).left() - nameLeft;
        painter.setFont(body.font());
        painter.drawText(QRectF(nameLeft, top, nameWidth, kRowHeight),
            Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
            QFontMetricsF(body.font()).elidedText(row.name, Qt::ElideMiddle, nameWidth));
        std::vector<std::optional<double>> values(4);
        if (row.extremes.found)
            values = {row.atCursor, row.extremes.minimum, row.extremes.maximum, row.extremes.mean};
        if (leaveOutLeast)
            values.erase(values.begin() + 1);
        for (std::size_t value = 0; value < values.size(); ++value) {
            const Quantity shown = values[value] ? formatMeasure(measure, *values[value]) : Quantity{absentMark(), {}};
            drawQuantity(painter, cell(value, top, kRowHeight), Qt::AlignRight, shown, value == 0 ? strong : body,
                label, value == 0 ? palette.text : palette.quiet, palette.quiet);
        }
    }
    painter.setOpacity(1);
    if (const QString fold = foldText(); !fold.isEmpty()) {
        painter.setPen(m_rows.size() > kFolded + 1 ? palette.accent : palette.quiet);
        label.draw(painter, QRectF(rect.left() + kSwatch + 6, top, rect.width(), kRowHeight), Qt::AlignLeft, fold);
    }
}

const LegendRow* TimeChartLegend::rowAt(const QRectF& rect, QPointF point) const
{
    const double offset = point.y() - rect.top() - kHeader;
    if (!rect.contains(point) || offset < 0)
        return nullptr;
    const auto index = static_cast<std::size_t>(offset / kRowHeight);
    return index < shownRows() ? &m_rows[index] : nullptr;
}

bool TimeChartLegend::isFoldAt(const QRectF& rect, QPointF point) const
{
    const double top = rect.top() + kHeader + static_cast<double>(shownRows() * kRowHeight);
    return m_rows.size() > kFolded + 1 && rect.contains(point) && point.y() >= top;
}

} // namespace sextant::console
