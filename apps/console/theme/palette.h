// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/format/host_state.h"

#include <QColor>

#include <array>

namespace sextant::console {

/// Every colour of the console in one theme. Names say the role; nothing else in the code names a colour. Text roles
/// keep 4.5:1 on background and surface, marks and lines that carry meaning 3:1 (a unit test holds them to it).
struct Palette {
    QColor background, surface, raised, line, text, quiet, accent;
    QColor selection; ///< behind the row that is chosen
    QColor track;     ///< the empty part of a bar
    QColor ok, late, down;
    QColor okText, lateText, downText; ///< the same hues, dark (or light) enough for words
    QColor shade;                      ///< over a gap in the data
    QColor onAccent;                   ///< words on an accent-coloured button
    std::array<QColor, 8> series;

    [[nodiscard]] QColor state(HostState state) const;
    [[nodiscard]] QColor stateText(HostState state) const;
};

/// Series colours by what they mean: the same thing has the same colour on every chart and page.
enum class SeriesRole {
    Receive = 0,
    Transmit = 1,
    Read = 0,
    Write = 1,
    User = 0,
    System = 1,
    Iowait = 5,
    Steal = 6,
    Nice = 4,
    Irq = 3,
    Softirq = 2,
    Guest = 7,
    MemoryUsed = 0,
    MemoryCached = 4,
    SwapUsed = 5
};

[[nodiscard]] const Palette& lightPalette();
[[nodiscard]] const Palette& darkPalette();

/// Contrast ratio of WCAG 2.1, 1 to 21. Opaque colours.
[[nodiscard]] double contrast(const QColor& first, const QColor& second);

/// `over` laid on `under` with its alpha.
[[nodiscard]] QColor blend(const QColor& under, const QColor& over, double alpha);

} // namespace sextant::console
