// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace sextant::console {

struct Palette;

/// What the standard widgets look like. Widgets are told apart by their dynamic property "role": "primary", "quiet",
/// "danger" for buttons; "page", "section", "label", "quiet", "error", "code" for labels; "card", "frame" for boxes.
[[nodiscard]] QString styleSheet(const Palette& palette);

} // namespace sextant::console
