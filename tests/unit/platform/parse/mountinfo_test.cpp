// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/mountinfo.h"
#include "recorded_host.h"

#include <QTest>

using namespace sextant::platform;
using namespace sextant::platform::parse;

class MountInfoTest : public QObject {
    Q_OBJECT
private slots:
    void everyFieldIsRead()
    {
        const auto table =
            parseMountInfo("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n");
        QVERIFY(table);
        const Mount& mount = table->mounts.at(0);
        QCOMPARE(mount.id, 36U);
        QCOMPARE(mount.parent, 35U);
        QCOMPARE(mount.major, 98U);
        QCOMPARE(mount.minor, 0U);
        QCOMPARE(mount.root, std::string("/mnt1"));
        QCOMPARE(mount.mountPoint, std::string("/mnt2"));
        QCOMPARE(mount.options, std::string("rw,noatime"));
        QCOMPARE(mount.type, std::string("ext3"));
        QCOMPARE(mount.source, std::string("/dev/root"));
        QCOMPARE(mount.superOptions, std::string("rw,errors=continue"));
        QVERIFY(!mount.readOnly());
    }

    void octalEscapesAreUndone()
    {
        QCOMPARE(withoutOctalEscapes("a\\040b\\011c\\134d\\012"), std::string("a b\tc\\d\n"));
        QCOMPARE(withoutOctalEscapes("\\04"), std::string("\\04"));
        QCOMPARE(withoutOctalEscapes("\\999\\400"), std::string("\\999\\400"));
        QCOMPARE(withoutOctalEscapes("\\303\\244"), std::string("\xc3\xa4"));
    }

    void anEmptySourceIsNoShift()
    {
        const auto table =
            parseMountInfo("36 35 0:5 / /a rw -  tmpfs  rw,size=1\n36 35 0:5 / /b rw - tmpfs  rw,size=1\n");
        QVERIFY(table);
        QCOMPARE(table->mounts.back().source, std::string());
        QCOMPARE(table->mounts.back().superOptions, std::string("rw,size=1"));
    }

    void readOnlyByMountOrByFileSystem()
    {
        const auto table =
            parseMountInfo("1 1 8:1 / /a ro - ext4 /dev/sda1 rw\n2 1 8:2 / /b rw,relatime - ext4 /dev/sda2 ro\n"
                           "3 1 8:3 / /c rw - ext4 /dev/sda3 rw,errors=remount-ro\n");
        QVERIFY(table);
        QVERIFY(table->mounts[0].readOnly());
        QVERIFY(table->mounts[1].readOnly());
        QVERIFY(!table->mounts[2].readOnly());
    }

    void brokenLinesAreCounted()
    {
        const auto table = parseMountInfo("22 27 0:21 / /proc rw - proc proc rw\n23 27 0:22 / /sys rw,relatime - sys");
        QVERIFY(table);
        QCOMPARE(table->mounts.size(), 1U);
        QCOMPARE(table->broken, 1U);
        for (const char* bad : {"", "\n", "1 2 3\n", "1 2 3:4 / /a rw ext4 /dev/a rw\n",
                 "x 2 3:4 / /a rw - ext4 /dev/a rw\n", "1 2 34 / /a rw - ext4 /dev/a rw\n",
                 "1 2 3:99999999999 / /a rw - ext4 /dev/a rw\n", "1 2 3:4 / a rw - ext4 /dev/a rw\n"})
            QVERIFY2(!parseMountInfo(bad), bad);
    }

    void typesAreToldByTheirNeedOfADevice()
    {
        const FileSystemTypes types = parseFileSystemTypes("nodev\tsysfs\n\text4\nnodev\n\nnodev\tnfs4\n");
        QCOMPARE(types.withoutDevice, (std::vector<std::string>{"sysfs", "nfs4"}));
        QVERIFY(std::ranges::find(types.onDevice, "ext4") != types.onDevice.end());
    }
};

QTEST_GUILESS_MAIN(MountInfoTest)
#include "mountinfo_test.moc"
