// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/fleet_map.h"

#include "console/theme/theme.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sextant::console {
namespace {

constexpr double kLargest = 15, kSmallest = 3;
constexpr int kCaption = 15;
constexpr std::size_t kCaptioned = 500;

} // namespace

FleetMap::FleetMap(const Theme& theme, const FleetModel& fleet, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_fleet(fleet)
{
    setMouseTracking(true);
    setCursor(Qt::PointingHandCursor);
    setAccessibleName(tr("Every host by CPU"));
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
    connect(&fleet, &QAbstractItemModel::dataChanged, this, qOverload<>(&QWidget::update));
    connect(&fleet, &FleetModel::statesChanged, this, [this] {
        sortRows();
        update();
    });
    sortRows();
}

void FleetMap::sortRows()
{
    m_order.resize(static_cast<std::size_t>(m_fleet.rowCount()));
    std::iota(m_order.begin(), m_order.end(), 0);
    std::ranges::sort(m_order, {}, [this](int row) { return m_fleet.nameRank(row); });
}

int FleetMap::captionHeight() const
{
    // Where many hosts need the room, the tool tips must do.
    return m_order.size() <= kCaptioned ? kCaption : 0;
}

FleetMap::Grid FleetMap::grid() const
{
    Grid result;
    const int count = std::max(1, static_cast<int>(m_order.size()));
    for (double pitch = kLargest; pitch >= kSmallest; pitch -= 1) {
        result.pitch = pitch;
        result.rows = std::max(1, int((height() - captionHeight()) / pitch));
        result.columns = (count + result.rows - 1) / result.rows;
        if (result.columns * pitch <= width())
            break;
    }
    result.left = std::max(0.0, width() - result.columns * result.pitch);
    return result;
}

int FleetMap::rowAt(QPointF point) const
{
    const Grid places = grid();
    const int column = int(std::floor((point.x() - places.left) / places.pitch));
    const int line = int(std::floor(point.y() / places.pitch));
    const int index = column * places.rows + line;
    const bool inside = column >= 0 && column < places.columns && line >= 0 && line < places.rows;
    return inside && index < static_cast<int>(m_order.size()) ? m_order[static_cast<std::size_t>(index)] : -1;
}

void FleetMap::paintEvent(QPaintEvent*)
{
    const Palette& palette = m_theme.palette();
    const Grid places = grid();
    const double gap = places.pitch > 8 ? 2 : 1;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing, places.pitch > 6);
    painter.setPen(Qt::NoPen);
    const double corner = places.pitch > 8 ? 2 : 0;
    for (std::size_t index = 0; index < m_order.size(); ++index) {
        const HostRow& host = m_fleet.host(m_order[index]);
        const int column = int(index) / places.rows;
        const int line = int(index) % places.rows;
        const QRectF square(
            places.left + column * places.pitch, line * places.pitch, places.pitch - gap, places.pitch - gap);
        const double share = std::clamp(host.cpuPercent.value_or(0) / 100, 0.0, 1.0);
        const bool trouble = host.state == HostState::Down || host.state == HostState::Late;
        painter.setBrush(
            trouble ? palette.state(host.state) : blend(palette.track, palette.series[0], 0.12 + 0.88 * share));
        painter.drawRoundedRect(square, corner, corner);
        // Down is crossed out, so that it shows in grey as well.
        if (host.state == HostState::Down && places.pitch > 8) {
            painter.setPen(QPen(palette.surface, 1.3));
            painter.drawLine(square.topLeft() + QPointF(4, 4), square.bottomRight() - QPointF(4, 4));
            painter.drawLine(square.topRight() + QPointF(-4, 4), square.bottomLeft() + QPointF(4, -4));
            painter.setPen(Qt::NoPen);
        }
    }
    if (captionHeight() == 0)
        return;
    painter.setFont(m_theme.font(metrics_px::kLabel));
    painter.setPen(palette.quiet);
    painter.drawText(QRect(0, height() - 20, width(), 16), Qt::AlignRight | Qt::AlignVCenter, tr("every host by CPU"));
}

void FleetMap::mouseMoveEvent(QMouseEvent* event)
{
    const int row = rowAt(event->position());
    setToolTip(row < 0 ? QString()
                       : tr("%1: %2, CPU %3")
                             .arg(m_fleet.host(row).name, stateWord(m_fleet.host(row).state),
                                 m_fleet.index(row, FleetModel::Cpu).data().toString()));
}

void FleetMap::mousePressEvent(QMouseEvent* event)
{
    if (const int row = rowAt(event->position()); row >= 0 && event->button() == Qt::LeftButton)
        emit hostChosen(m_fleet.host(row).id);
}

} // namespace sextant::console
