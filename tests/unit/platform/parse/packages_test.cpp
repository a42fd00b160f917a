// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/dpkg_status.h"
#include "platform/parse/package_table.h"
#include "platform/parse/windows_programs.h"

#include <QTest>

using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

/// Of a machine with Debian 12, shortened.
constexpr std::string_view kStatus = "Package: adduser\nStatus: install ok installed\nInstalled-Size: 686\n"
                                     "Maintainer: Debian Adduser Developers <adduser@packages.debian.org>\n"
                                     "Architecture: all\nVersion: 3.134\nConffiles:\n"
                                     " /etc/adduser.conf cc3493ecd2d09837ffdcc3e25fdfff18\n"
                                     "Description: add and remove users\n Version: 9 is not a field here\n\n"
                                     "Package: vim\nStatus: deinstall ok config-files\nVersion: 2:9.0\n\n\n"
                                     "Package: libc6\nStatus: hold ok installed\nArchitecture: amd64\n"
                                     "Version: 2.36-9+deb12u10\nInstalled-Size: many\n\n"
                                     "Package: man-db\nStatus: install ok triggers-pending\nVersion: 2.11.2-2";

} // namespace

class PackagesTest : public QObject {
    Q_OBJECT

private slots:
    void dpkgTellsWhatIsInstalled()
    {
        const auto packages = parse::parseDpkgStatus(kStatus);
        QCOMPARE(packages.size(), std::size_t(3));
        QCOMPARE(packages[0], (Package{"adduser", "3.134", "all",
                                  "Debian Adduser Developers <adduser@packages.debian.org>", "dpkg", "", {}, 702'464}));
        QCOMPARE(packages[1], (Package{"libc6", "2.36-9+deb12u10", "amd64", "", "dpkg", "", {}, {}}));
        QCOMPARE(packages[2].name, std::string("man-db")); // the last line has no end
    }

    void aStanzaThatIsCutIsLeftOut()
    {
        for (std::size_t size = 0; size < kStatus.size(); ++size) {
            for (const Package& package : parse::parseDpkgStatus(kStatus.substr(0, size)))
                QVERIFY(!package.version.empty());
        }
        QVERIFY(parse::parseDpkgStatus("Package: x\nStatus: install ok installed\n").empty());
        QVERIFY(parse::parseDpkgStatus("Version: 1\nStatus: install ok installed\n").empty());
        QCOMPARE(parse::parseDpkgStatus("Package: x\nStatus: install ok installed\nVersion: 1\n"
                                        "Installed-Size: 18446744073709551615")
                     .at(0)
                     .bytes,
            std::nullopt); // more bytes than there are numbers
    }

    /// Printed by rpm 4.18 (Debian 12) of rpms made for it.
    void whatRpmReallyPrints()
    {
        QCOMPARE(parse::parsePackageTable("tiny-vim\t2:8.2.2637-20.el9\tnoarch\t(none)\t1795350156\t0\n"
                                          "tiny-lock\t1.0-1.el9\tnoarch\tSextant Test\t1795350156\t0\n",
                     "rpm"),
            (std::vector<Package>{
                {"tiny-vim", "2:8.2.2637-20.el9", "noarch", "", "rpm", "", std::chrono::sys_seconds(1795350156s), 0},
                {"tiny-lock", "1.0-1.el9", "noarch", "Sextant Test", "rpm", "", std::chrono::sys_seconds(1795350156s),
                    0}}));
    }

    void aTableOfRpmOrPkg()
    {
        const auto packages =
            parse::parsePackageTable("bash\t5.2.26-3.fc40\tx86_64\tFedora Project\t1713890000\t8166000\n"
                                     "basesystem\t11-20.fc40\tnoarch\t(none)\t0\t0\n"
                                     "short\t1\n\t1\tx\tx\t1\t1\nlong\t1\tx\tx\t1\t1\t1\n"
                                     "odd\t1\t(none)\tx\tsoon\t-1\n"
                                     "far\t1\tx\tx\t253402300800\t1",
                "rpm");
        QCOMPARE(packages.size(), std::size_t(4));
        QCOMPARE(packages[0], (Package{"bash", "5.2.26-3.fc40", "x86_64", "Fedora Project", "rpm", "",
                                  std::chrono::sys_seconds(1'713'890'000s), 8'166'000}));
        QCOMPARE(packages[1], (Package{"basesystem", "11-20.fc40", "noarch", "", "rpm", "", {}, 0}));
        QCOMPARE(packages[2], (Package{"odd", "1", "", "x", "rpm", "", {}, {}}));
        QVERIFY(!packages[3].installed);
    }

    void aProgramOfWindows()
    {
        parse::UninstallEntry entry;
        entry.displayName = " 7-Zip 23.01 (x64) ";
        entry.displayVersion = "23.01";
        entry.publisher = "Igor Pavlov";
        entry.installDate = "20240229";
        entry.estimatedKilobytes = 5'604;
        const auto program = parse::programOf(entry);
        QVERIFY(program);
        QCOMPARE(*program, (Package{"7-Zip 23.01 (x64)", "23.01", "", "Igor Pavlov", "registry", "",
                               std::chrono::sys_days(std::chrono::year(2024) / 2 / 29), 5'738'496}));
        for (const char* date : {"20230229", "29.02.2024", "", "2024022", "00000000", "2024-2-2"}) {
            entry.installDate = date;
            QVERIFY2(!parse::programOf(entry)->installed, date);
        }
    }

    void partsAndUpdatesAreNoPrograms()
    {
        parse::UninstallEntry program;
        program.displayName = "Program";
        QVERIFY(parse::programOf(program));
        auto part = program;
        part.systemComponent = 1;
        auto update = program;
        update.parentKey = "OperatingSystem";
        auto fix = program;
        fix.releaseType = "Hotfix";
        for (const auto& entry : {part, update, fix, parse::UninstallEntry()})
            QVERIFY(!parse::programOf(entry));
    }
};

QTEST_APPLESS_MAIN(PackagesTest)
#include "packages_test.moc"
