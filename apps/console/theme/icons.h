// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QRectF>

class QPainter;
class QColor;

namespace sextant::console {

/// The console's own line icons, drawn on a grid of 16 with a stroke of 1.5, sharp at every scale and in any colour.
enum class Icon { Fleet, Settings, Search, Server, Back, Fold, Unfold, Warning, Plus, Copy, Lock };

void paintIcon(QPainter& painter, Icon icon, const QRectF& rect, const QColor& colour);

/// An icon in one colour at 16 px, for buttons; sharp at pixel ratios up to 3.
[[nodiscard]] QIcon makeIcon(Icon icon, const QColor& colour);

/// The program's own icon, a sextant's arc, for windows and task bars.
[[nodiscard]] QIcon applicationIcon();

} // namespace sextant::console
