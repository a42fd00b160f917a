// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/format/host_state.h"

#include <QPointF>

class QPainter;

namespace sextant::console {

struct Palette;

/// The mark of a host's state: a shape as well as a colour, so that it reads in grey and to colour-blind eyes. Filled
/// dot: ok; half dot: late; ring with a cross: down; empty ring: unknown.
void paintStateMark(QPainter& painter, QPointF centre, double diameter, HostState state, const Palette& palette);

} // namespace sextant::console
