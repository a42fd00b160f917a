// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/bsd_mounts.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using parse::MountLayout;

namespace {

constexpr std::uint32_t kLocal = 0x1000;
constexpr std::uint32_t kReadOnly = 0x1;
constexpr std::uint32_t kDontBrowse = 0x0010'0000;

RawStructure mount(const MountLayout& layout, std::string_view type, std::string_view device, std::string_view place,
    std::uint32_t flags)
{
    RawStructure raw(layout.size);
    raw.put<std::uint32_t>(layout.flags, flags).text(layout.type, type).text(layout.device, device);
    return raw.text(layout.mountPoint, place);
}

} // namespace

class BsdMountsTest : public QObject {
    Q_OBJECT

private slots:
    void aFreeBsdMachineWithZfs()
    {
        const MountLayout& layout = parse::kFreeBsdMount;
        RawStructure table = mount(layout, "zfs", "zroot/var/log", "/var/log", kLocal);
        table.append(mount(layout, "zfs", "zroot/ROOT/default", "/", kLocal))
            .append(mount(layout, "devfs", "devfs", "/dev", kLocal))
            .append(mount(layout, "tmpfs", "tmpfs", "/tmp", kLocal))
            .append(mount(layout, "tmpfs", "tmpfs", "/var/run", kLocal))
            .append(mount(layout, "nfs", "server:/export", "/mnt", 0))
            .append(mount(layout, "nullfs", "/usr/ports", "/jails/a/usr/ports", kLocal))
            .append(mount(layout, "cd9660", "/dev/cd0", "/cdrom", kLocal | kReadOnly));
        const auto mounts = parse::parseMounts(table.bytes(), layout);
        QVERIFY(mounts.has_value());
        QCOMPARE(mounts->size(), 6U);
        const auto is = [&mounts](std::size_t index, std::string_view place, FileSystemKind kind) {
            return (*mounts)[index].mountPoint == place && (*mounts)[index].kind == kind;
        };
        QVERIFY(is(0, "/", FileSystemKind::Disk));
        QVERIFY(is(1, "/cdrom", FileSystemKind::Image));
        QVERIFY(is(2, "/mnt", FileSystemKind::Network));
        QVERIFY(is(3, "/tmp", FileSystemKind::Memory));
        QVERIFY(is(4, "/var/log", FileSystemKind::Disk));
        QVERIFY(is(5, "/var/run", FileSystemKind::Memory));
        QVERIFY(mounts->front().device == "zroot/ROOT/default" && mounts->front().type == "zfs");
        QVERIFY(!mounts->front().readOnly && (*mounts)[1].readOnly);
        QVERIFY(!mounts->front().space);
    }

    void aMac()
    {
        const MountLayout& layout = parse::kDarwinMount;
        RawStructure table = mount(layout, "apfs", "/dev/disk3s1s1", "/", kLocal | kReadOnly);
        table.append(mount(layout, "devfs", "devfs", "/dev", kLocal | kDontBrowse))
            .append(mount(layout, "apfs", "/dev/disk3s6", "/System/Volumes/VM", kLocal | kDontBrowse))
            .append(mount(layout, "smbfs", "//me@nas/share", "/Volumes/share", 0))
            .append(mount(layout, "autofs", "map auto_home", "/System/Volumes/Data/home", 0));
        const auto mounts = parse::parseMounts(table.bytes(), layout);
        QVERIFY(mounts.has_value());
        QCOMPARE(mounts->size(), 2U);
        QVERIFY(mounts->front().mountPoint == "/" && mounts->front().readOnly);
        QVERIFY(mounts->front().kind == FileSystemKind::Disk);
        QVERIFY(mounts->back().device == "//me@nas/share" && mounts->back().remote());
    }

    void aDeviceThatIsMountedTwiceCountsOnce()
    {
        const MountLayout& layout = parse::kFreeBsdMount;
        RawStructure table = mount(layout, "ufs", "/dev/ada0p2", "/backup/copy", kLocal);
        table.append(mount(layout, "ufs", "/dev/ada0p2", "/data", kLocal));
        const auto mounts = parse::parseMounts(table.bytes(), layout);
        QVERIFY(mounts.has_value());
        QCOMPARE(mounts->size(), 1U);
        QVERIFY(mounts->front().mountPoint == "/data");
    }

    void aNameThatFillsItsFieldEndsThere()
    {
        const MountLayout& layout = parse::kDarwinMount;
        const RawStructure table = mount(layout, "apfs", "/dev/disk1", std::string(1024, 'x'), kLocal);
        const auto mounts = parse::parseMounts(table.bytes(), layout);
        QVERIFY(mounts.has_value());
        QCOMPARE(mounts->front().mountPoint.size(), 1024U);
    }

    void aTableCutShortIsMalformed()
    {
        const RawStructure table = mount(parse::kFreeBsdMount, "ufs", "/dev/ada0p2", "/", kLocal);
        QVERIFY(parse::parseMounts(table.cutBy(1), parse::kFreeBsdMount).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseMounts({}, parse::kFreeBsdMount).value().empty());
    }
};

QTEST_APPLESS_MAIN(BsdMountsTest)
#include "bsd_mounts_test.moc"
