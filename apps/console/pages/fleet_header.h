// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHeaderView>

namespace sextant::console {

class Theme;

/// The fleet table's header: small quiet titles over their cells, the sorted one darker with an arrow beside it. GUI
/// thread.
class FleetHeader : public QHeaderView {
    Q_OBJECT

public:
    FleetHeader(const Theme& theme, QWidget* parent = nullptr);

    [[nodiscard]] QSize sizeHint() const override { return {QHeaderView::sizeHint().width(), 30}; }

protected:
    void paintSection(QPainter* painter, const QRect& rect, int section) const override;

private:
    const Theme& m_theme;
};

} // namespace sextant::console
