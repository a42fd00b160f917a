// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/theme/system_theme.h"
#include "unit/console/theme/said.h"

#include <QSettings>
#include <QTest>

using namespace sextant::console;

namespace {

const QString kKey =
    QStringLiteral("HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Themes\\Personalize");
const QString kValue = QStringLiteral("AppsUseLightTheme");

void choose(bool light)
{
    QSettings settings(kKey, QSettings::NativeFormat);
    settings.setValue(kValue, light ? 1 : 0);
    settings.sync();
}

} // namespace

class SystemThemeTest : public QObject {
    Q_OBJECT
private slots:
    void cleanup() { QSettings(kKey, QSettings::NativeFormat).remove(kValue); }

    void saysTheChoiceAndEachOther()
    {
        choose(false);
        SystemTheme theme;
        QSignalSpy spy(&theme, &SystemTheme::darkWanted);
        theme.start();
        QCOMPARE(said(spy), QVariantList{true});
        choose(true);
        QTRY_COMPARE(said(spy), (QVariantList{true, false}));
        choose(false);
        QTRY_COMPARE(said(spy), (QVariantList{true, false, true}));
    }

    void saysNothingOfOtherChanges()
    {
        choose(true);
        SystemTheme theme;
        QSignalSpy spy(&theme, &SystemTheme::darkWanted);
        theme.start();
        QSettings settings(kKey, QSettings::NativeFormat);
        settings.setValue(QStringLiteral("ColorPrevalence"), 1);
        settings.sync();
        choose(false);
        QTRY_COMPARE(said(spy), (QVariantList{false, true}));
    }

    void saysNothingWhereWindowsDoesNot()
    {
        choose(true); // makes the key
        cleanup();
        SystemTheme theme;
        QSignalSpy spy(&theme, &SystemTheme::darkWanted);
        theme.start();
        QCOMPARE(said(spy), QVariantList());
        choose(false);
        QTRY_COMPARE(said(spy), QVariantList{true});
    }
};

QTEST_GUILESS_MAIN(SystemThemeTest)
#include "system_theme_test.moc"
