// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace sextant::console {

/// Asks the desktop whether it wants dark programs, and listens for a change: on Windows the registry, elsewhere the
/// XDG desktop portal. Where neither tells, nothing is said and the caller's first guess stays. GUI thread.
class SystemTheme : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;
    void start();

signals:
    void darkWanted(bool dark);
};

} // namespace sextant::console
