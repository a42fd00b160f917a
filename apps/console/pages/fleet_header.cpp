// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/fleet_header.h"

#include "console/theme/theme.h"

#include <QPainter>

namespace sextant::console {

FleetHeader::FleetHeader(const Theme& theme, QWidget* parent) : QHeaderView(Qt::Horizontal, parent), m_theme(theme)
{
    setSectionsClickable(true);
    setHighlightSections(false);
    setSectionResizeMode(QHeaderView::Fixed);
    setSortIndicatorShown(true);
    setMinimumSectionSize(24);
    setAttribute(Qt::WA_Hover);
    connect(&theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void FleetHeader::paintSection(QPainter* painter, const QRect& rect, int section) const
{
    const Palette& palette = m_theme.palette();
    painter->save();
    painter->fillRect(rect, palette.surface);
    painter->fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), palette.line);
    const bool sorted = sortIndicatorSection() == section;
    QString text = model()->headerData(section, orientation(), Qt::DisplayRole).toString();
    if (sorted)
        text += sortIndicatorOrder() == Qt::AscendingOrder ? QStringLiteral(" ↑") : QStringLiteral(" ↓");
    const int alignment = model()->headerData(section, orientation(), Qt::TextAlignmentRole).toInt();
    painter->setFont(m_theme.font(metrics_px::kLabel, sorted ? QFont::DemiBold : QFont::Normal));
    painter->setPen(sorted ? palette.text : palette.quiet);
    painter->drawText(rect.adjusted(8, 0, -8, 0), alignment, text.trimmed());
    painter->restore();
}

} // namespace sextant::console
