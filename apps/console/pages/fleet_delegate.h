// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/format/format.h"
#include "console/models/fleet_model.h"

#include <QStyledItemDelegate>

#include <memory>

namespace sextant::console {

class Figures;
class FleetProxy;
class Theme;

/// Paints the fleet table's cells: state mark, name, bars with figures, the spark line of the last hour, right-aligned
/// quantities with quiet units. The model behind the view is a FleetProxy. Lives as long as the view; theme and proxy
/// outlive it. GUI thread.
class FleetDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    FleetDelegate(const Theme& theme, const FleetProxy& proxy, QObject* parent = nullptr);
    ~FleetDelegate() override;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

    void setHoveredRow(int row) { m_hoveredRow = row; }

private:
    void renewFonts();
    void paintText(
        QPainter& painter, const QRectF& cell, const QString& text, const QFont& font, const QColor& colour) const;
    void paintBar(QPainter& painter, const QRectF& cell, std::optional<double> percent, bool stale) const;
    void paintDisk(QPainter& painter, const QRectF& cell, const HostRow& host, bool stale) const;
    void paintTrend(QPainter& painter, const QRectF& cell, const Trend& trend) const;
    void paintQuantity(
        QPainter& painter, const QRectF& cell, const std::optional<double>& value, Measure measure, bool stale) const;
    void paintUptime(QPainter& painter, const QRectF& cell, const HostRow& host, int sourceRow) const;
    void paintAbsent(QPainter& painter, const QRectF& cell, Qt::Alignment alignment) const;

    const Theme& m_theme;
    const FleetProxy& m_proxy;
    std::unique_ptr<Figures> m_figures, m_units;
    QFont m_body, m_strong, m_label;
    int m_hoveredRow = -1;
};

} // namespace sextant::console
