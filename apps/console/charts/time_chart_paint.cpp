// SPDX-License-Identifier: GPL-3.0-or-later
// The painting half of TimeChart: what goes into its cached picture, and what goes over it.
#include "console/charts/crosshair.h"
#include "console/charts/reduce.h"
#include "console/charts/time_chart.h"
#include "console/charts/time_window.h"
#include "console/theme/figures.h"
#include "console/theme/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace sextant::console {
namespace {

constexpr double kMargin = 12, kTitle = 20;
constexpr double kTickSpacing = 64;

} // namespace

void TimeChart::paintFrame(QPainter& painter) const
{
    const Palette& palette = m_theme.palette();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hasFocus() ? palette.accent : palette.line, 1));
    painter.setBrush(palette.surface);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), metrics_px::kCorner, metrics_px::kCorner);
    painter.restore();
}

void TimeChart::paintTitle(QPainter& painter) const
{
    const Palette& palette = m_theme.palette();
    const QFont strong = m_theme.font(metrics_px::kBody, QFont::DemiBold);
    const QFont label = m_theme.font(metrics_px::kLabel);
    const QRectF row(kMargin, kMargin - 2, width() - 2 * kMargin, kTitle);
    const QString title = QFontMetricsF(strong).elidedText(m_title, Qt::ElideRight, row.width());
    painter.setFont(strong);
    painter.setPen(palette.text);
    painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter, title);
    QString detail = m_scale.unit;
    if (!m_detail.isEmpty())
        detail = detail.isEmpty() ? m_detail : detail + QLatin1Char(' ') + m_detail;
    const QRectF rest = row.adjusted(QFontMetricsF(strong).horizontalAdvance(title) + 8, 1, 0, 1);
    painter.setFont(label);
    painter.setPen(palette.quiet);
    painter.drawText(
        rest, Qt::AlignLeft | Qt::AlignVCenter, QFontMetricsF(label).elidedText(detail, Qt::ElideRight, rest.width()));
}

void TimeChart::paintGrid(QPainter& painter) const
{
    const Palette& palette = m_theme.palette();
    const QRectF plot = plotRect();
    const Figures label(m_theme.font(metrics_px::kLabel));
    for (std::size_t index = 0; index < m_scale.ticks.size(); ++index) {
        const double y = std::round(plot.bottom() - plot.height() * m_scale.ticks[index] / m_scale.maximum);
        painter.fillRect(QRectF(plot.left(), y, plot.width(), 1), palette.line);
        painter.setPen(palette.quiet);
        label.draw(
            painter, QRectF(kMargin, y - 8, plot.left() - kMargin - 8, 16), Qt::AlignRight, m_scale.labels[index]);
    }
    const TimeSpan span = m_window.span();
    const QString now = tr("now");
    const double nowWidth = m_window.isLive() ? label.width(now) : 0;
    painter.setPen(palette.quiet);
    for (const TimeTick& tick : timeTicks(span, std::max(2, int(plot.width() / kTickSpacing)))) {
        const double half = label.width(tick.label) / 2;
        const double x = xOf(tick.time);
        if (x - half < plot.left() - 12 || x + half > plot.right() - (nowWidth > 0 ? nowWidth + 8 : -2))
            continue;
        label.draw(painter, QRectF(x - half, plot.bottom() + 4, half * 2, 16), Qt::AlignLeft, tick.label);
    }
    if (m_window.isLive())
        label.draw(painter, QRectF(plot.right() - nowWidth, plot.bottom() + 4, nowWidth, 16), Qt::AlignLeft, now);
}

void TimeChart::paintGaps(QPainter& painter) const
{
    const ChartSeries* longest = longestSeries();
    const QRectF plot = plotRect();
    if (!longest || !extremesIn(longest->buckets, m_window.span()).found) {
        painter.setFont(m_theme.font(metrics_px::kBody));
        painter.setPen(m_theme.palette().quiet);
        painter.drawText(plot, Qt::AlignCenter, m_message.isEmpty() ? tr("Nothing came in this range") : m_message);
        return;
    }
    QColor shade = m_theme.palette().shade;
    shade.setAlphaF(0.12F);
    const std::int64_t begin = longest->buckets.front().time;
    for (const TimeSpan& gap : gapsIn(longest->buckets, m_window.span(), m_gapMs)) {
        // Before the very first value there was nothing to miss.
        if (gap.from < begin)
            continue;
        const double left = std::max(plot.left(), xOf(gap.from));
        painter.fillRect(QRectF(left, plot.top(), std::min(plot.right(), xOf(gap.to)) - left, plot.height()), shade);
    }
}

void TimeChart::paintSkeleton(QPainter& painter) const
{
    const Palette& palette = m_theme.palette();
    const QRectF plot = plotRect();
    if (!m_message.isEmpty()) {
        painter.setFont(m_theme.font(metrics_px::kBody));
        painter.setPen(palette.quiet);
        painter.drawText(plot.adjusted(8, 0, -8, 0), Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath wave;
    for (int step = 0; step <= 48; ++step) {
        const double share = step / 48.0;
        const QPointF point(
            plot.left() + plot.width() * share, plot.bottom() - plot.height() * (0.30 + 0.08 * std::sin(share * 9)));
        step == 0 ? wave.moveTo(point) : wave.lineTo(point);
    }
    painter.setPen(QPen(palette.track, 3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(wave);
    painter.setPen(Qt::NoPen);
    painter.setBrush(palette.track);
    const QRectF legend = legendRect();
    painter.drawRoundedRect(QRectF(legend.left(), plot.bottom() + 26, 90, 8), 4, 4);
    painter.drawRoundedRect(QRectF(legend.right() - 150, plot.bottom() + 26, 150, 8), 4, 4);
    painter.restore();
}

void TimeChart::paintCursor(QPainter& painter) const
{
    const Palette& palette = m_theme.palette();
    const QRectF plot = plotRect();
    if (m_dragFrom && m_dragTo) {
        QColor band = palette.accent;
        band.setAlphaF(0.14F);
        const QRectF chosen(
            std::min(*m_dragFrom, *m_dragTo), plot.top(), std::abs(*m_dragTo - *m_dragFrom), plot.height());
        painter.fillRect(chosen, band);
        painter.fillRect(QRectF(chosen.left(), chosen.top(), 1, chosen.height()), palette.accent);
        painter.fillRect(QRectF(chosen.right(), chosen.top(), 1, chosen.height()), palette.accent);
    }
    const auto cursor = m_window.cursor();
    if (!cursor || m_waiting)
        return;
    const double x = std::round(xOf(*cursor));
    if (x < plot.left() || x > plot.right())
        return;
    painter.fillRect(QRectF(x, plot.top(), 1, plot.height()), palette.quiet);
    if (m_hovered)
        paintPanel(painter, x, *cursor);
}

void TimeChart::paintPanel(QPainter& painter, double x, std::int64_t time) const
{
    std::vector<CrosshairValue> values;
    for (const ChartSeries& each : m_series) {
        if (!isShown(each))
            continue;
        if (const Bucket* bucket = nearest(each.buckets, time, m_gapMs / 2))
            values.push_back({each.name, each.colour, each.peak ? bucket->maximum : bucket->average});
    }
    QString note;
    const ChartSeries* longest = longestSeries();
    if (values.empty() && longest) {
        // Before the very first value there was nothing to miss.
        const bool before = longest->buckets.empty() || time < longest->buckets.front().time;
        note = before ? tr("before the first value") : tr("no data");
        for (const TimeSpan& gap : gapsIn(longest->buckets, m_window.span(), m_gapMs)) {
            if (!before && time >= gap.from && time < gap.to)
                note = tr("nothing came for %1").arg(formatDuration(std::chrono::milliseconds(gap.length())));
        }
    }
    paintCrosshairPanel(painter, m_theme, QRectF(rect()).adjusted(4, plotRect().top() - 4, -4, 0), x,
        formatExact(QDateTime::fromMSecsSinceEpoch(time)), std::move(values), m_measure, note);
}

} // namespace sextant::console
