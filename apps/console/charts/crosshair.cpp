// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/crosshair.h"

#include "console/theme/figures.h"
#include "console/theme/theme.h"

#include <QCoreApplication>
#include <QPainter>

#include <algorithm>

namespace sextant::console {
namespace {

constexpr std::size_t kMostValues = 12;
constexpr double kRow = 17, kPadding = 8, kSwatch = 8, kOffset = 10;

} // namespace

void paintCrosshairPanel(QPainter& painter, const Theme& theme, const QRectF& bounds, double x, const QString& moment,
    std::vector<CrosshairValue> values, Measure measure, const QString& note)
{
    std::ranges::stable_sort(values, std::ranges::greater{}, &CrosshairValue::value);
    const std::size_t hidden = values.size() > kMostValues ? values.size() - kMostValues : 0;
    values.resize(values.size() - hidden);
    const Palette& palette = theme.palette();
    const Figures body(theme.font(12));
    const Figures strong(theme.font(12, QFont::DemiBold));
    const Figures label(theme.font(metrics_px::kLabel));
    QString foot = note;
    if (hidden > 0)
        foot = QCoreApplication::translate("Crosshair", "and %n more", nullptr, int(hidden));

    double names = 0;
    double figures = 0;
    for (const CrosshairValue& value : values) {
        names = std::max(names, body.width(value.name));
        figures = std::max(figures, strong.width(formatMeasure(measure, value.value).text()));
    }
    double width = kSwatch + 6 + names + 16 + figures;
    width = std::max({width, label.width(moment), label.width(foot)}) + 2 * kPadding;
    width = std::min(width, bounds.width());
    const double rows = static_cast<double>(values.size()) + 1 + (foot.isEmpty() ? 0 : 1);
    const double height = rows * kRow + 2 * kPadding - 4;
    double left = x + kOffset;
    if (left + width > bounds.right())
        left = std::max(bounds.left(), x - kOffset - width);
    const QRectF panel(left, bounds.top() + 2, width, height);

    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette.line, 1));
    painter.setBrush(palette.raised);
    painter.drawRoundedRect(panel.adjusted(0.5, 0.5, -0.5, -0.5), metrics_px::kCorner, metrics_px::kCorner);
    QRectF row(panel.left() + kPadding, panel.top() + kPadding - 2, panel.width() - 2 * kPadding, kRow);
    painter.setPen(palette.quiet);
    label.draw(painter, row, Qt::AlignLeft, moment);
    for (const CrosshairValue& value : values) {
        row.translate(0, kRow);
        painter.setPen(Qt::NoPen);
        painter.setBrush(value.colour);
        painter.drawRoundedRect(QRectF(row.left(), row.center().y() - kSwatch / 2, kSwatch, kSwatch), 2, 2);
        painter.setPen(palette.text);
        const QRectF name = row.adjusted(kSwatch + 6, 0, -figures - 8, 0);
        body.draw(painter, name, Qt::AlignLeft,
            QFontMetricsF(body.font()).elidedText(value.name, Qt::ElideMiddle, name.width() + 8));
        drawQuantity(painter, row, Qt::AlignRight, formatMeasure(measure, value.value), strong, label, palette.text,
            palette.quiet);
    }
    if (!foot.isEmpty()) {
        row.translate(0, kRow);
        painter.setPen(palette.quiet);
        label.draw(painter, row, Qt::AlignLeft, foot);
    }
    painter.restore();
}

} // namespace sextant::console
