// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProxyStyle>

namespace sextant::console {

/// Draws check boxes: a frame, and when checked a tick on the accent colour. A style sheet could only do that with a
/// picture per theme and screen. Colours are those of the palette (Theme sets it).
class CheckStyle : public QProxyStyle {
public:
    CheckStyle();

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
        const QWidget* widget = nullptr) const override;
    int pixelMetric(
        PixelMetric metric, const QStyleOption* option = nullptr, const QWidget* widget = nullptr) const override;
};

} // namespace sextant::console
