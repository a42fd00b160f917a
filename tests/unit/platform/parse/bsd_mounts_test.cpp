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

/// 100 blocks of 4 KiB, 9 of them free, 1 for others than root; 50 files of which 8 are free.
RawStructure space(const MountLayout& layout)
{
    RawStructure raw(layout.size);
    raw.put<std::uint32_t>(layout.blockSize, 4096).put<std::uint64_t>(layout.blocks, 100);
    raw.put<std::uint64_t>(layout.freeBlocks, 9).put<std::int64_t>(layout.availableBlocks, 1);
    return raw.put<std::uint64_t>(layout.files, 50).put<std::int64_t>(layout.freeFiles, 8);
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

    void spaceInBlocks_data()
    {
        QTest::addColumn<bool>("darwin");
        QTest::newRow("FreeBSD") << false;
        QTest::newRow("macOS") << true;
    }

    void spaceInBlocks()
    {
        QFETCH(bool, darwin);
        const MountLayout& layout = darwin ? parse::kDarwinMount : parse::kFreeBsdMount;
        RawStructure raw = space(layout);
        const auto found = parse::parseSpace(raw.bytes(), layout);
        QVERIFY(found.has_value());
        QCOMPARE(found->total, 409'600U);
        QCOMPARE(found->used, 91U * 4096U);
        QCOMPARE(found->available, 4'096U);
        QCOMPARE(found->inodes.value_or(0), 50U);
        QCOMPARE(found->inodesUsed.value_or(0), 42U);

        raw.put<std::uint64_t>(layout.files, 0); // it has no fixed number of them
        QVERIFY(!parse::parseSpace(raw.bytes(), layout)->inodes && !parse::parseSpace(raw.bytes(), layout)->inodesUsed);
        QVERIFY(parse::parseSpace(raw.cutBy(1), layout).error().code == ErrorCode::Malformed);
        raw.put<std::uint64_t>(layout.blocks, UINT64_MAX / 4096 + 1);
        QVERIFY(parse::parseSpace(raw.bytes(), layout).error().code == ErrorCode::Malformed);
        raw.put<std::uint64_t>(layout.blocks, UINT64_MAX / 4096);
        QVERIFY(parse::parseSpace(raw.bytes(), layout).has_value());
        raw.put<std::uint64_t>(layout.blocks, 0);
        QVERIFY(parse::parseSpace(raw.bytes(), layout).error().code == ErrorCode::NotAvailable);
    }

    void whatRootTookIsNotAvailable()
    {
        const MountLayout& layout = parse::kFreeBsdMount;
        RawStructure raw = space(layout);
        raw.put<std::int64_t>(layout.availableBlocks, -7).put<std::int64_t>(layout.freeFiles, -1);
        const auto over = parse::parseSpace(raw.bytes(), layout);
        QVERIFY(over.has_value());
        QCOMPARE(over->available, 0U);
        QCOMPARE(over->inodesUsed.value_or(0), 50U);
        raw.put<std::uint64_t>(layout.freeBlocks, 101).put<std::int64_t>(layout.availableBlocks, 101);
        const auto nonsense = parse::parseSpace(raw.bytes(), layout);
        QVERIFY(nonsense.has_value() && nonsense->used == 0 && nonsense->available == nonsense->total);
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
