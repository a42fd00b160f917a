// SPDX-License-Identifier: GPL-3.0-or-later
// The XDG desktop portal's org.freedesktop.appearance, color-scheme: 1 dark, 2 light, 0 no wish.
#include "console/theme/system_theme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>

namespace sextant::console {
namespace {

const QString kService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString kSpace = QStringLiteral("org.freedesktop.appearance");
const QString kKey = QStringLiteral("color-scheme");

bool isDark(const QVariant& value)
{
    // Read() wraps the value in a variant once more than ReadOne() of newer portals.
    const QVariant inner = value.canConvert<QDBusVariant>() ? value.value<QDBusVariant>().variant() : value;
    return inner.toUInt() == 1;
}

/// QtDBus brings a signal of the bus only to a slot that is named. The whole message, because a Qt 6.4 that has not met
/// the type QDBusVariant yet does not connect to a slot that wants one (QTBUG-108822).
class ColorScheme : public QObject {
    Q_OBJECT
public:
    explicit ColorScheme(SystemTheme* theme) : QObject(theme), m_theme(theme) {}

public slots:
    void settingChanged(const QDBusMessage& message) // namespace, key, value
    {
        const QVariantList said = message.arguments();
        if (said.size() == 3 && said[0] == kSpace && said[1] == kKey)
            emit m_theme->darkWanted(isDark(said[2]));
    }

private:
    SystemTheme* m_theme;
};

} // namespace

void SystemTheme::start()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kService, kPath, kInterface, QStringLiteral("SettingChanged"), new ColorScheme(this),
        SLOT(settingChanged(QDBusMessage)));
    QDBusMessage call = QDBusMessage::createMethodCall(kService, kPath, kInterface, QStringLiteral("Read"));
    call << kSpace << kKey;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher* finished) {
        finished->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply = *finished;
        if (!reply.isError())
            emit darkWanted(isDark(reply.value().variant()));
    });
}

} // namespace sextant::console

#include "system_theme.moc"
