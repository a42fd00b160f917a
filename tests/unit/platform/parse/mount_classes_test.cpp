// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/mount_classes.h"
#include "recorded_host.h"

#include <QTest>

using namespace sextant::platform;
using namespace sextant::platform::parse;

namespace {

const FileSystemTypes kTypes =
    parseFileSystemTypes("nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tfuse\n\tfuseblk\n\text4\n"
                         "\tbtrfs\n\tnewdiskfs\nnodev\toverlay\nnodev\tnewnetfs\n");

Mount mount(unsigned major, std::string type, std::string source, std::string mountPoint = "/mnt/x")
{
    Mount result;
    result.major = major;
    result.minor = 9;
    result.root = "/";
    result.mountPoint = std::move(mountPoint);
    result.options = result.superOptions = "rw";
    result.type = std::move(type);
    result.source = std::move(source);
    return result;
}

FileSystemKind kindOf(unsigned major, std::string type, std::string source, std::string mountPoint = "/mnt/x")
{
    return classifyMount(mount(major, std::move(type), std::move(source), std::move(mountPoint)), kTypes);
}

std::vector<std::string> mountPoints(const std::string& host)
{
    const auto table = parseMountInfo(recordedFile(host, "proc/1/mountinfo"));
    const auto types = parseFileSystemTypes(recordedFile(host, "proc/filesystems"));
    std::vector<std::string> points;
    for (const ClassifiedMount& chosen : distinctMounts(table.value().mounts, types))
        points.push_back(chosen.mount->mountPoint);
    return points;
}

} // namespace

class MountClassesTest : public QObject {
    Q_OBJECT
private slots:
    void aDeviceNumberMeansADisk()
    {
        QCOMPARE(kindOf(8, "ext4", "/dev/sda1"), FileSystemKind::Disk);
        QCOMPARE(kindOf(8, "neverheardof", "something"), FileSystemKind::Disk);
        QCOMPARE(kindOf(8, "fuseblk", "/dev/sdd1"), FileSystemKind::Disk);
    }

    void aTypeThatNeedsADeviceIsADisk()
    {
        QCOMPARE(kindOf(0, "btrfs", "/dev/sde"), FileSystemKind::Disk);
        QCOMPARE(kindOf(0, "newdiskfs", "whatever"), FileSystemKind::Disk);
        QCOMPARE(kindOf(0, "zfs", "tank/data"), FileSystemKind::Disk);
        QCOMPARE(kindOf(0, "ubifs", "ubi0:rootfs"), FileSystemKind::Disk);
    }

    void aSourceThatNamesAServerIsRemote()
    {
        QCOMPARE(kindOf(0, "newnetfs", "server:/export"), FileSystemKind::Network);
        QCOMPARE(kindOf(0, "newnetfs", "[2001:db8::1]:/export"), FileSystemKind::Network);
        QCOMPARE(kindOf(0, "newnetfs", "//server/share"), FileSystemKind::Network);
        QCOMPARE(kindOf(0, "ceph", "mon1:6789,mon2:6789:/"), FileSystemKind::Network);
        QCOMPARE(kindOf(0, "9p", "hostshare"), FileSystemKind::Network);
    }

    void fuseIsJudgedByWhatIsBehindIt()
    {
        QCOMPARE(kindOf(0, "fuse.sshfs", "me@server:/srv"), FileSystemKind::Network);
        QCOMPARE(kindOf(0, "fuse.newthing", "server:/srv"), FileSystemKind::Network);
        QCOMPARE(kindOf(0, "fuse.rclone", "drive:"), FileSystemKind::Network);
        QCOMPARE(kindOf(0, "fuse.mergerfs", "/a:/b"), FileSystemKind::Disk);
        QCOMPARE(kindOf(0, "fuse.ext4", "/dev/sdb1"), FileSystemKind::Disk);
        QCOMPARE(kindOf(0, "fuse.gvfsd-fuse", "gvfsd-fuse"), FileSystemKind::Pseudo);
        QCOMPARE(kindOf(0, "fuse.portal", "portal"), FileSystemKind::Pseudo);
    }

    void windowsIntoTheKernelAreNoDisks()
    {
        for (const char* type : {"proc", "sysfs", "cgroup2", "devtmpfs", "autofs", "nsfs", "bpf", "neverheardof"})
            QCOMPARE(kindOf(0, type, type), FileSystemKind::Pseudo);
        QCOMPARE(kindOf(0, "autofs", "server:/export"), FileSystemKind::Pseudo);
        QCOMPARE(kindOf(0, "tmpfs", "tmpfs"), FileSystemKind::Memory);
        QCOMPARE(kindOf(7, "squashfs", "/dev/loop1"), FileSystemKind::Image);
    }

    void anOverlayIsADiskOnlyAsRoot()
    {
        QCOMPARE(kindOf(0, "overlay", "overlay", "/"), FileSystemKind::Disk);
        QCOMPARE(kindOf(0, "overlay", "overlay", "/var/lib/x/merged"), FileSystemKind::Pseudo);
    }

    void eachFileSystemIsThereOnce()
    {
        QCOMPARE(
            mountPoints("made-big-server"), (std::vector<std::string>{"/", "/boot", "/boot/efi", "/dev/shm", "/home",
                                                "/media/cd", "/mnt/archive", "/mnt/office", "/mnt/ssh", "/mnt/usb",
                                                "/pool", "/snap/core/1", "/srv/data set", "/tank", "/tank/vm\\old"}));
        QCOMPARE(mountPoints("made-old-kernel"), (std::vector<std::string>{"/", "/sys/fs/cgroup"}));
    }

    void theRootOfTheMachineWinsOverTheWholeFileSystem()
    {
        std::vector<Mount> mounts{mount(0, "btrfs", "/dev/sda2", "/"), mount(0, "btrfs", "/dev/sda2", "/top")};
        mounts[0].root = "/@";
        QCOMPARE(distinctMounts(mounts, kTypes).at(0).mount->mountPoint, std::string("/"));
        mounts[0].mountPoint = "/a";
        QCOMPARE(distinctMounts(mounts, kTypes).at(0).mount->mountPoint, std::string("/top"));
    }

    void aHiddenMountIsLeftOut()
    {
        std::vector<Mount> mounts{mount(8, "ext4", "/dev/sda1", "/data"), mount(9, "ext4", "/dev/md0", "/data")};
        const auto chosen = distinctMounts(mounts, kTypes);
        QCOMPARE(chosen.size(), 1U);
        QCOMPARE(chosen[0].mount->source, std::string("/dev/md0"));
    }

    void withoutTheKernelsListTheRestOfTheEvidenceDecides()
    {
        QCOMPARE(classifyMount(mount(0, "btrfs", "/dev/sda2"), {}), FileSystemKind::Disk);
        QCOMPARE(classifyMount(mount(0, "newdiskfs", "/dev/sda2"), {}), FileSystemKind::Disk);
        QCOMPARE(classifyMount(mount(0, "proc", "proc"), {}), FileSystemKind::Pseudo);
    }
};

QTEST_GUILESS_MAIN(MountClassesTest)
#include "mount_classes_test.moc"
