// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSignalSpy>

namespace sextant::console {

/// The arguments of all signals that came, in their order.
inline QVariantList said(const QSignalSpy& spy)
{
    QVariantList all;
    for (const QVariantList& arguments : spy)
        all += arguments;
    return all;
}

} // namespace sextant::console
