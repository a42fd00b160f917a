// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/models/fleet_model.h"

#include <QWidget>

namespace sextant::console {

class Theme;

/// The whole fleet as small squares in the natural order of names: the deeper the blue, the busier the CPU; late and
/// down in their state's colour and shape. Shows where trouble sits without reading; a click opens the host. Squares
/// shrink until all fit. GUI thread; model and theme outlive it.
class FleetMap : public QWidget {
    Q_OBJECT

public:
    FleetMap(const Theme& theme, const FleetModel& fleet, QWidget* parent = nullptr);

    [[nodiscard]] QSize sizeHint() const override { return {420, 64}; }

signals:
    void hostChosen(sextant::console::HostId id);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    struct Grid {
        int columns = 1, rows = 1;
        double pitch = 0;
        double left = 0;
    };
    [[nodiscard]] int captionHeight() const;
    [[nodiscard]] Grid grid() const;
    [[nodiscard]] int rowAt(QPointF point) const;
    void sortRows();

    const Theme& m_theme;
    const FleetModel& m_fleet;
    std::vector<int> m_order;
};

} // namespace sextant::console
