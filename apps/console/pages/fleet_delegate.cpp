// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/fleet_delegate.h"

#include "console/models/fleet_proxy.h"
#include "console/theme/figures.h"
#include "console/theme/state_mark.h"
#include "console/theme/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace sextant::console {
namespace {

constexpr double kPadding = 8;
constexpr double kBarWidth = 54;
constexpr double kBarHeight = 5;
constexpr double kFigureWidth = 42;
/// From here on a bar warns, and from there it alarms.
constexpr double kHigh = 80, kFull = 90;

/// A spark line of less than this range is drawn as if it had it: noise around 2 % must not look like a storm.
constexpr float kLeastTrendRange = 10;

QColor barColour(double percent, const Palette& palette)
{
    if (percent >= kFull)
        return palette.down;
    return percent >= kHigh ? palette.late : palette.series[0];
}

} // namespace

FleetDelegate::FleetDelegate(const Theme& theme, const FleetProxy& proxy, QObject* parent)
    : QStyledItemDelegate(parent), m_theme(theme), m_proxy(proxy)
{
    renewFonts();
    connect(&theme, &Theme::changed, this, &FleetDelegate::renewFonts);
}

FleetDelegate::~FleetDelegate() = default;

void FleetDelegate::renewFonts()
{
    m_body = m_theme.font(metrics_px::kBody);
    m_strong = m_theme.font(metrics_px::kBody, QFont::DemiBold);
    m_label = m_theme.font(metrics_px::kLabel);
    m_figures = std::make_unique<Figures>(m_body);
    m_units = std::make_unique<Figures>(m_label);
}

QSize FleetDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const
{
    return {0, metrics_px::kDenseRow};
}

void FleetDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Palette& palette = m_theme.palette();
    const QRectF rect = option.rect;
    if (option.state & QStyle::State_Selected)
        painter->fillRect(rect, palette.selection);
    else if (index.row() == m_hoveredRow)
        painter->fillRect(rect, blend(palette.surface, palette.quiet, 0.07));
    painter->fillRect(
        QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), blend(palette.surface, palette.line, 0.75));

    const QRectF cell = rect.adjusted(kPadding, 0, -kPadding, -1);
    const int sourceRow = m_proxy.mapToSource(index).row();
    const HostRow& host = m_proxy.fleet().host(sourceRow);
    // What a silent host last said is history, not its present.
    const bool stale = host.state == HostState::Down;
    switch (index.column()) {
    case FleetModel::State:
        paintStateMark(*painter, cell.center(), 11, host.state, palette);
        break;
    case FleetModel::Name:
        paintText(*painter, cell, host.name, m_strong, palette.text);
        break;
    case FleetModel::System:
        paintText(*painter, cell, shortSystemName(host.os), m_body, palette.quiet);
        break;
    case FleetModel::Cpu:
        paintBar(*painter, cell, host.cpuPercent, stale);
        break;
    case FleetModel::CpuTrend:
        paintTrend(*painter, cell, host.cpuTrend);
        break;
    case FleetModel::Memory:
        paintBar(*painter, cell, host.memoryPercent, stale);
        break;
    case FleetModel::Disk:
        paintDisk(*painter, cell, host, stale);
        break;
    case FleetModel::Receive:
        paintQuantity(*painter, cell, host.receiveBytesPerSecond, Measure::BytesPerSecond, stale);
        break;
    case FleetModel::Transmit:
        paintQuantity(*painter, cell, host.transmitBytesPerSecond, Measure::BytesPerSecond, stale);
        break;
    case FleetModel::Load:
        paintQuantity(*painter, cell, host.load1, Measure::Plain, stale);
        break;
    case FleetModel::Uptime:
        paintUptime(*painter, cell, host, sourceRow);
        break;
    case FleetModel::Agent:
        paintText(*painter, cell, host.agentVersion, m_body, palette.quiet);
        break;
    default:
        break;
    }
}

void FleetDelegate::paintText(
    QPainter& painter, const QRectF& cell, const QString& text, const QFont& font, const QColor& colour) const
{
    painter.setFont(font);
    painter.setPen(colour);
    const QString shown = QFontMetricsF(font).elidedText(text, Qt::ElideMiddle, cell.width());
    painter.drawText(cell, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, shown);
}

void FleetDelegate::paintAbsent(QPainter& painter, const QRectF& cell, Qt::Alignment alignment) const
{
    painter.setPen(m_theme.palette().quiet);
    m_figures->draw(painter, cell, alignment, absentMark());
}

void FleetDelegate::paintBar(QPainter& painter, const QRectF& cell, std::optional<double> percent, bool stale) const
{
    if (!percent || stale) {
        paintAbsent(painter, cell, Qt::AlignLeft);
        return;
    }
    const Palette& palette = m_theme.palette();
    const double width = std::min(kBarWidth, std::max(0.0, cell.width() - kFigureWidth));
    const QRectF track(cell.left(), std::round(cell.center().y() - kBarHeight / 2) + 0.0, width, kBarHeight);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(palette.track);
    painter.drawRoundedRect(track, kBarHeight / 2, kBarHeight / 2);
    QPainterPath clip;
    clip.addRoundedRect(track, kBarHeight / 2, kBarHeight / 2);
    painter.setClipPath(clip, Qt::IntersectClip);
    const double filled = std::max(1.5, track.width() * std::clamp(*percent, 0.0, 100.0) / 100);
    painter.fillRect(QRectF(track.left(), track.top(), filled, track.height()), barColour(*percent, palette));
    painter.restore();
    const QRectF figure(track.right(), cell.top(), kFigureWidth, cell.height());
    drawQuantity(painter, figure, Qt::AlignRight, formatPercent(std::round(*percent)), *m_figures, *m_units,
        palette.text, palette.quiet);
}

void FleetDelegate::paintDisk(QPainter& painter, const QRectF& cell, const HostRow& host, bool stale) const
{
    if (!host.disk || stale) {
        paintAbsent(painter, cell, Qt::AlignLeft);
        return;
    }
    paintBar(painter, cell, host.disk->usedPercent, false);
    const QRectF mount = cell.adjusted(kBarWidth + kFigureWidth + kPadding, 0, 0, 0);
    if (mount.width() < 16)
        return;
    painter.setFont(m_label);
    painter.setPen(m_theme.palette().quiet);
    painter.drawText(mount, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
        QFontMetricsF(m_label).elidedText(host.disk->mount, Qt::ElideMiddle, mount.width()));
}

void FleetDelegate::paintTrend(QPainter& painter, const QRectF& cell, const Trend& trend) const
{
    constexpr std::size_t kMinutes = 60;
    const QRectF box = cell.adjusted(0, 5, 0, -5);
    float highest = kLeastTrendRange;
    for (const float value : trend.values) {
        if (!std::isnan(value))
            highest = std::max(highest, value);
    }
    const Palette& palette = m_theme.palette();
    const double step = box.width() / static_cast<double>(kMinutes - 1);
    const std::size_t count = std::min(trend.values.size(), kMinutes);
    const std::size_t first = trend.values.size() - count;
    const double start = box.right() - step * static_cast<double>(count > 0 ? count - 1 : 0);
    QPolygonF run;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const auto flush = [&] {
        if (run.size() > 1) {
            QPolygonF area = run;
            area << QPointF(run.constLast().x(), box.bottom()) << QPointF(run.constFirst().x(), box.bottom());
            QColor fill = palette.series[0];
            fill.setAlphaF(0.14F);
            painter.setPen(Qt::NoPen);
            painter.setBrush(fill);
            painter.drawPolygon(area);
            painter.setPen(QPen(palette.series[0], 1.2));
            painter.setBrush(Qt::NoBrush);
            painter.drawPolyline(run);
        } else if (run.size() == 1) {
            painter.setPen(QPen(palette.series[0], 2, Qt::SolidLine, Qt::RoundCap));
            painter.drawPoint(run.constFirst());
        }
        run.clear();
    };
    for (std::size_t index = 0; index < count; ++index) {
        const float value = trend.values[first + index];
        if (std::isnan(value)) {
            flush();
            continue;
        }
        run << QPointF(
            start + step * static_cast<double>(index), box.bottom() - box.height() * double(value / highest));
    }
    flush();
    painter.restore();
}

void FleetDelegate::paintQuantity(
    QPainter& painter, const QRectF& cell, const std::optional<double>& value, Measure measure, bool stale) const
{
    if (!value || stale) {
        paintAbsent(painter, cell, Qt::AlignRight);
        return;
    }
    const Palette& palette = m_theme.palette();
    // Units stand under each other; the figure ends where they begin.
    const Quantity quantity = formatMeasure(measure, *value);
    const double unitWidth = measure == Measure::BytesPerSecond ? m_units->width(QStringLiteral("MiB/s")) : 0;
    if (unitWidth <= 0) {
        drawQuantity(painter, cell, Qt::AlignRight, quantity, *m_figures, *m_units, palette.text, palette.quiet);
        return;
    }
    const QRectF figure = cell.adjusted(0, 0, -unitWidth - 3, 0);
    painter.setPen(palette.text);
    m_figures->draw(painter, figure, Qt::AlignRight, quantity.figure);
    painter.setPen(palette.quiet);
    m_units->draw(
        painter, QRectF(figure.right() + 3, cell.top() + 0.7, unitWidth, cell.height()), Qt::AlignLeft, quantity.unit);
}

void FleetDelegate::paintUptime(QPainter& painter, const QRectF& cell, const HostRow& host, int sourceRow) const
{
    const Palette& palette = m_theme.palette();
    if (const auto silent = m_proxy.fleet().silentMs(sourceRow)) {
        const QString text =
            FleetModel::tr("silent %1").arg(formatShortDuration(std::chrono::milliseconds(*silent)).text());
        painter.setPen(palette.stateText(host.state));
        m_figures->draw(painter, cell, Qt::AlignRight, text);
        return;
    }
    if (!host.uptimeSeconds) {
        paintAbsent(painter, cell, Qt::AlignRight);
        return;
    }
    const Quantity up = formatShortDuration(std::chrono::milliseconds(qint64(*host.uptimeSeconds * 1000)));
    drawQuantity(painter, cell, Qt::AlignRight, up, *m_figures, *m_units, palette.text, palette.quiet);
}

} // namespace sextant::console
