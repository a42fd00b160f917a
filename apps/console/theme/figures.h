// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QFontMetricsF>
#include <QRectF>
#include <QString>

class QColor;
class QPainter;

namespace sextant::console {

struct Quantity;

/// Paints numbers so that digits stand under digits. Many interface fonts (Inter, Cantarell) have digits of differing
/// widths unless an OpenType feature is switched on, which Qt 6.4 cannot do; here each digit gets a cell as wide as the
/// widest one. Where the font's digits are equally wide already, this is plain text. Cheap to keep, costly to make:
/// one per font and painter. Not thread-safe.
class Figures {
public:
    explicit Figures(const QFont& font);

    [[nodiscard]] const QFont& font() const { return m_font; }
    [[nodiscard]] double width(const QString& text) const;
    [[nodiscard]] double height() const { return m_metrics.height(); }
    /// Paints with the painter's pen; sets its font. `alignment`: left, right or centre, and vertically centred.
    void draw(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text) const;

private:
    QFont m_font;
    QFontMetricsF m_metrics;
    double m_digitWidth = 0;
    bool m_tabular = true;
};

/// A figure with its unit in a quieter colour and smaller size beside it, the pair aligned in the rect on one base
/// line. Gives the width that the pair takes.
double drawQuantity(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const Quantity& quantity,
    const Figures& figures, const Figures& units, const QColor& text, const QColor& quiet);

} // namespace sextant::console
