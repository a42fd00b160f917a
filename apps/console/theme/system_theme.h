// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QDBusVariant;

namespace sextant::console {

/// Asks the desktop whether it wants dark programs, and listens for a change: the XDG desktop portal's
/// org.freedesktop.appearance color-scheme (1 dark, 2 light, 0 no wish). Without a portal nothing is said and the
/// caller's first guess stays. GUI thread.
class SystemTheme : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;
    void start();

signals:
    void darkWanted(bool dark);

private slots:
    void settingChanged(const QString& space, const QString& key, const QDBusVariant& value);

private:
    void take(const QVariant& value);
};

} // namespace sextant::console
