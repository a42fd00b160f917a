// SPDX-License-Identifier: GPL-3.0-or-later
// A desktop portal of the test's own on a session bus of its own: the program runs itself again under dbus-run-session.
#include "console/theme/system_theme.h"
#include "unit/console/theme/said.h"

#include <QDBusConnection>
#include <QDBusVariant>
#include <QProcess>
#include <QTest>

using namespace sextant::console;

namespace {

const QString kSpace = QStringLiteral("org.freedesktop.appearance");

} // namespace

class Portal : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")
public:
    uint scheme = 0;

public slots:
    QDBusVariant Read(const QString& space, const QString&)
    {
        return QDBusVariant(QVariant::fromValue(QDBusVariant(space == kSpace ? scheme : 0)));
    }

signals:
    void SettingChanged(const QString& space, const QString& key, const QDBusVariant& value);
};

class SystemThemeTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_bus.registerService(QStringLiteral("org.freedesktop.portal.Desktop")));
        QVERIFY(m_bus.registerObject(QStringLiteral("/org/freedesktop/portal/desktop"), &m_portal,
            QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals));
    }

    void saysTheChoiceAndEachOther()
    {
        m_portal.scheme = 1;
        SystemTheme theme;
        QSignalSpy spy(&theme, &SystemTheme::darkWanted);
        theme.start();
        QTRY_COMPARE(said(spy), QVariantList{true});
        emit m_portal.SettingChanged(kSpace, QStringLiteral("accent-color"), QDBusVariant(1U));
        emit m_portal.SettingChanged(kSpace, QStringLiteral("color-scheme"), QDBusVariant(2U));
        QTRY_COMPARE(said(spy), (QVariantList{true, false}));
    }

private:
    QDBusConnection m_bus = QDBusConnection::connectToBus(QDBusConnection::SessionBus, QStringLiteral("portal"));
    Portal m_portal;
};

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    if (!qEnvironmentVariableIsSet("SEXTANT_TEST_BUS")) {
        qputenv("SEXTANT_TEST_BUS", "1");
        return QProcess::execute(
            QStringLiteral("dbus-run-session"), QStringList{QStringLiteral("--")} + application.arguments());
    }
    SystemThemeTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "system_theme_test.moc"
