// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_volumes.h"

#include <QTest>

using namespace sextant::platform;

class WindowsVolumesTest : public QObject {
    Q_OBJECT

private slots:
    void aVolumeIsShownOnce()
    {
        QCOMPARE(parse::mountPointOf({"C:\\mnt\\data\\", "E:\\", "D:\\"}).value_or(""), std::string("D:"));
        QCOMPARE(parse::mountPointOf({"C:\\mnt\\data\\"}).value_or(""), std::string("C:\\mnt\\data"));
        QVERIFY(!parse::mountPointOf({}) && !parse::mountPointOf({"\\"}));
    }

    void sharesBehindLetters()
    {
        QCOMPARE(parse::shareOf(R"(\Device\LanmanRedirector\;Z:0000000000012345\server\share\sub)").value_or(""),
            std::string(R"(\\server\share\sub)"));
        QCOMPARE(parse::shareOf(R"(\Device\Mup\;LanmanRedirector\;Z:0000000000012345\server\share)").value_or(""),
            std::string(R"(\\server\share)"));
        QVERIFY(!parse::shareOf(R"(\Device\HarddiskVolume3)") && !parse::shareOf(R"(\??\C:\folder)"));
        QVERIFY(!parse::shareOf(R"(\Device\Mup\;Z:)") && !parse::shareOf("\\;Z:\\") && !parse::shareOf(""));
    }

    void physicalDrives()
    {
        QCOMPARE(parse::physicalDriveNumber("PhysicalDrive17").value_or(0), 17U);
        for (const char* name :
            {"PhysicalDrive", "PhysicalDriveX", "PhysicalDrive-1", "PhysicalDrive99999", "Harddisk0"})
            QVERIFY(!parse::physicalDriveNumber(name));
    }
};

QTEST_APPLESS_MAIN(WindowsVolumesTest)
#include "windows_volumes_test.moc"
