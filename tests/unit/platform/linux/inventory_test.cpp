// SPDX-License-Identifier: GPL-3.0-or-later
// Hardware and packages of machines made in a folder.
#include "parse/raw_structure.h"
#include "platform/hardware.h"
#include "platform/packages.h"
#include "platform/updates.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace std::string_view_literals;

class InventoryTest : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    QString path(const char* name) const { return m_folder->filePath(QString::fromLatin1(name)); }
    Roots roots() const
    {
        const std::string folder = m_folder->path().toStdString();
        return {folder + "/proc", folder + "/sys", folder};
    }
    void write(const char* name, const QByteArray& text)
    {
        QVERIFY(QDir().mkpath(QFileInfo(path(name)).path()));
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text), text.size());
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void anEmptyMachineHasNothing()
    {
        QCOMPARE(readHardware(roots()).error().code, ErrorCode::NotAvailable);
        QCOMPARE(readPackages(roots()).error().code, ErrorCode::NotAvailable);
    }

    void theTableOfTheFirmware()
    {
        RawStructure table(9);
        table.put<std::uint8_t>(1, 9).put<std::uint8_t>(4, 1).append(RawStructure(8).text(0, "SeaBIOS"));
        table.append(RawStructure(1));
        const auto bytes = table.bytes();
        write("sys/firmware/dmi/tables/DMI",
            QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())));
        write("sys/class/dmi/id/bios_vendor", "not asked\n");
        const auto hardware = readHardware(roots());
        QVERIFY(hardware);
        QCOMPARE(hardware->firmware.vendor, std::string("SeaBIOS"));
        QVERIFY(hardware->warnings.empty());
    }

    void withoutItWhatEverybodyMayRead()
    {
        write("sys/class/dmi/id/sys_vendor", "Dell Inc.\n");
        write("sys/class/dmi/id/product_name", "PowerEdge R650\n");
        write("sys/class/dmi/id/board_version", "Not Specified\n");
        write("sys/class/dmi/id/chassis_type", "23\n");
        write("sys/class/dmi/id/bios_date", "04/01/2024\n");
        write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Xeon\n");
        const auto hardware = readHardware(roots());
        QVERIFY(hardware);
        QCOMPARE(hardware->system, (HardwareLabel{"Dell Inc.", "PowerEdge R650", "", "", ""}));
        QCOMPARE(hardware->board, HardwareLabel{});
        QCOMPARE(hardware->chassisType, std::string("rack mount"));
        QCOMPARE(hardware->firmware.date, std::string("04/01/2024"));
        QCOMPARE(hardware->processors.at(0).model, std::string("Xeon"));
    }

    void aBoardWithADeviceTree()
    {
        write("proc/device-tree/model", QByteArray("Raspberry Pi 4 Model B Rev 1.4\0", 31));
        QCOMPARE(readHardware(roots())->system.product, std::string("Raspberry Pi 4 Model B Rev 1.4"));
    }

    void disksAndNetworkCards()
    {
        write("sys/block/nvme0n1/size", "1000\n");
        write("sys/block/nvme0n1/queue/rotational", "0\n");
        write("sys/block/nvme0n1/device/model", "Samsung SSD 990 PRO 1TB                 \n");
        write("sys/block/nvme0n1/device/serial", "S6Z1NX0W\n");
        write("sys/block/sda/size", "2000\n");
        write("sys/block/sda/dev", "8:0\n");
        write("sys/block/sda/queue/rotational", "1\n");
        write("sys/block/sda/device/model", "ST8000\n");
        write("run/udev/data/b8:0", "S:disk/by-id/x\nE:ID_SERIAL=ST8000_WKD1\nE:ID_SERIAL_SHORT=WKD1\n");
        write("sys/block/dm-0/size", "2000\n");
        write("sys/block/sr0/size", "0\n");
        write("sys/block/sr0/device/model", "no disk in it\n");
        write("sys/class/net/eth0/address", "52:54:00:12:34:56\n");
        write("sys/class/net/eth0/ifindex", "2\n");
        write("sys/class/net/eth0/device/vendor", "0x8086\n");
        QVERIFY(
            QFile::link(QStringLiteral("../../../../bus/pci/drivers/igb"), path("sys/class/net/eth0/device/driver")));
        write("run/udev/data/n2", "E:ID_MODEL_FROM_DATABASE=I350 Gigabit Network Connection\n");
        write("sys/class/net/lo/address", "00:00:00:00:00:00\n");
        const auto hardware = readHardware(roots());
        QVERIFY(hardware);
        QCOMPARE(hardware->disks, (std::vector<Disk>{{"nvme0n1", "Samsung SSD 990 PRO 1TB", "S6Z1NX0W", 512'000, false},
                                      {"sda", "ST8000", "WKD1", 1'024'000, true}}));
        QCOMPARE(hardware->networkCards,
            (std::vector<NetworkCard>{{"eth0", "I350 Gigabit Network Connection", "igb", "52:54:00:12:34:56"}}));
    }

    void packagesOfDpkgWithTheirTimes()
    {
        write("var/lib/dpkg/status",
            "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
            "Package: adduser\nStatus: install ok installed\nArchitecture: all\nVersion: 3\n\n"
            "Package: zlib1g\nStatus: install ok installed\nArchitecture: i386\nVersion: 1\n");
        write("var/lib/dpkg/info/zlib1g:i386.list", "");
        write("var/lib/dpkg/info/adduser.list", "");
        QFile list(path("var/lib/dpkg/info/adduser.list"));
        QVERIFY(list.open(QIODevice::ReadWrite));
        QVERIFY(list.setFileTime(QDateTime::fromSecsSinceEpoch(1'700'000'000), QFileDevice::FileModificationTime));
        const auto reading = readPackages(roots());
        QVERIFY(reading);
        QCOMPARE(reading->packages.size(), std::size_t(3));
        QCOMPARE(reading->packages[0].name, std::string("adduser"));
        QCOMPARE(reading->packages[0].installed->time_since_epoch().count(), 1'700'000'000L);
        QCOMPARE(reading->packages[1].architecture, std::string("amd64"));
        QVERIFY(!reading->packages[1].installed && reading->packages[2].installed);
        QVERIFY(reading->warnings.empty());
    }

    void updatesSayWhatIsKnownAndNoMore()
    {
        UpdatesReader reader(roots());
        QCOMPARE(reader.read().error().code, ErrorCode::NotAvailable);
        write("var/lib/dpkg/status", "");
        write("usr/bin/apt-get", "not run: it is another system's");
        const auto fresh = reader.read();
        QVERIFY(fresh);
        QCOMPARE(fresh->manager, std::string("apt"));
        QVERIFY(!fresh->pending && !fresh->rebootRequired && !fresh->listsChanged);
        QVERIFY2(fresh->warnings.at(0).find("has not fetched") != std::string::npos, fresh->warnings[0].c_str());
        write("var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_InRelease", "");
        write("etc/kernel/postinst.d/unattended-upgrades", "");
        const auto known = reader.read();
        QVERIFY(known->listsChanged);
        QVERIFY(!known->pending);
        QVERIFY2(known->warnings.at(0).find("its own system only") != std::string::npos, known->warnings[0].c_str());
        QCOMPARE(known->rebootRequired, std::optional(false)); // there is what would say so
        write("run/reboot-required", "*** System restart required ***\n");
        write("run/reboot-required.pkgs", "linux-base\nlibc6\nlinux-base\n\n");
        const auto waiting = reader.read();
        QCOMPARE(waiting->rebootRequired, std::optional(true));
        QCOMPARE(waiting->rebootReasons, (std::vector<std::string>{"linux-base", "libc6"}));
    }

    void rpmOfAnotherSystemIsNotAsked()
    {
        write("var/lib/rpm/rpmdb.sqlite", "");
        const auto refused = readPackages(roots());
        QVERIFY(!refused);
        QVERIFY2(
            refused.error().message.find("its own system only") != std::string::npos, refused.error().message.c_str());
        write("var/lib/dpkg/status", "Package: rpm\nStatus: install ok installed\nVersion: 1\n");
        const auto partial = readPackages(roots());
        QCOMPARE(partial->packages.size(), std::size_t(1));
        QCOMPARE(partial->warnings.size(), std::size_t(1));
    }
};

QTEST_APPLESS_MAIN(InventoryTest)
#include "inventory_test.moc"
