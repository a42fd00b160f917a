// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/updates.h"

#include <QTest>

using namespace sextant::platform;

class UpdatesTest : public QObject {
    Q_OBJECT

private slots:
    void aptsPlan()
    {
        // Of a Debian 12; the packages without a version that they replace come new.
        constexpr std::string_view kPlan =
            "Reading package lists...\nThe following packages will be upgraded:\n  openssl vim\n"
            "Inst vim [2:9.0.1378-2+deb12u2] (2:9.0.1378-2+deb12u3 Debian:12.15/oldstable [amd64]) []\n"
            "Inst linux-image-6.1.0-40-amd64 (6.1.153-1 Debian-Security:12/oldstable-security [amd64])\n"
            "Inst python3-jwt [2.6.0-1] (2.6.0-1+deb12u1 Debian:12.15/oldstable, Debian-Security:12/oldstable-security "
            "[all])\n"
            "Inst openssl [3.0.2-0ubuntu1.15] (3.0.2-0ubuntu1.18 Ubuntu:22.04/jammy-security [amd64])\n"
            "Inst own [1] (2 [amd64])\nRemv gone [1]\n"
            "Conf vim (2:9.0.1378-2+deb12u3 Debian:12.15/oldstable [amd64])\n";
        const auto updates = parse::parseAptSimulation(kPlan);
        QCOMPARE(
            updates, (std::vector<PendingUpdate>{
                         {"openssl", "3.0.2-0ubuntu1.15", "3.0.2-0ubuntu1.18", "Ubuntu:22.04/jammy-security", true},
                         {"own", "1", "2", "", false},
                         {"python3-jwt", "2.6.0-1", "2.6.0-1+deb12u1",
                             "Debian:12.15/oldstable, Debian-Security:12/oldstable-security", true},
                         {"vim", "2:9.0.1378-2+deb12u2", "2:9.0.1378-2+deb12u3", "Debian:12.15/oldstable", false}}));
        for (std::size_t size = 0; size <= kPlan.size(); ++size) {
            for (const PendingUpdate& update : parse::parseAptSimulation(kPlan.substr(0, size)))
                QVERIFY(!update.name.empty() && !update.version.empty());
        }
        QVERIFY(parse::parseAptSimulation("Inst\nInst x\nInst x [\nInst x [1] (\nInst x [1] ()\n").empty());
    }

    void dnfsTable()
    {
        const std::string security = "kernel\t5.14.0-503.el9\tx86_64\tbaseos\n";
        const std::string all =
            "vim-minimal\t2:8.2.2637-21.el9\tx86_64\tbaseos\n\n" + security + "odd line\nx\t\tx\tx\n";
        QCOMPARE(parse::parseDnfUpgrades(all, &security),
            (std::vector<PendingUpdate>{{"kernel", "", "5.14.0-503.el9", "baseos", true},
                {"vim-minimal", "", "2:8.2.2637-21.el9", "baseos", false}}));
        QVERIFY(!parse::parseDnfUpgrades(all, nullptr)[0].security);
        QVERIFY(parse::parseDnfUpgrades("", &security).empty());
    }

    /// Printed by dnf 4.14 (Debian 12) over a repository of rpms made for it, with advisories (updateinfo.xml) for
    /// security (tiny-lock) and for a bug (tiny-vim), and a second repository that was never fetched.
    void whatDnfReallyPrints()
    {
        const std::string all = "tiny-lock\t1.2-2.el9\tnoarch\ttest\n\ntiny-vim\t2:8.2.2637-21.el9\tnoarch\ttest\n\n";
        const std::string security = "tiny-lock\t1.2-2.el9\tnoarch\ttest\n\n";
        const std::string errors = "Unable to detect release version (use '--releasever' to specify release version)\n"
                                   "Error: Cache-only enabled but no cache for 'other'\nIgnoring repositories: other\n";
        QCOMPARE(parse::parseDnfUpgrades(all, &security),
            (std::vector<PendingUpdate>{
                {"tiny-lock", "", "1.2-2.el9", "test", true}, {"tiny-vim", "", "2:8.2.2637-21.el9", "test", false}}));
        QCOMPARE(parse::parseDnfWithoutCache(errors), (std::vector<std::string>{"other"}));
        QVERIFY(
            parse::parseDnfWithoutCache("Last metadata expiration check: 0:00:01 ago on Sun Nov 22 2026.\n").empty());
        QCOMPARE(parse::parseDnfWithoutCache("Cache-only enabled but no cache for repository \"epel\"\n"
                                             "Cache-only enabled but no cache for bare \n"
                                             "Cache-only enabled but no cache for ''\n"
                                             "Cache-only enabled but no cache for '"),
            (std::vector<std::string>{"epel", "bare"}));
    }

    /// Printed by dnf 4.14 with its plugins 4.3, after rpms named so were installed, and before.
    void whatWantsARestart()
    {
        QCOMPARE(parse::parseNeedsRestarting("Core libraries or services have been updated since boot-up:\n"
                                             "  * glibc\n  * kernel\n\nReboot is required to fully utilize these "
                                             "updates.\nMore information: https://access.redhat.com/solutions/27943\n"),
            (std::vector<std::string>{"glibc", "kernel"}));
        QVERIFY(parse::parseNeedsRestarting(
            "No core libraries or services have been updated since boot-up.\nReboot should not be necessary.\n")
                    .empty());
    }

    void pkgsTable()
    {
        const std::string holes = "curl-8.5.0\n";
        const std::string text = "curl-8.5.0                         <   needs updating (remote has 8.11.1_1)\n"
                                 "own-tool-1.0                       ?   orphaned: misc/own-tool\n"
                                 "py311-pip-23.3.2                   <   needs updating (remote has 24.0)\n"
                                 "zsh-5.9_2                          >   succeeds remote (remote has 5.9_1)\n";
        QCOMPARE(
            parse::parsePkgVersions(text, &holes), (std::vector<PendingUpdate>{{"curl", "8.5.0", "8.11.1_1", "", true},
                                                       {"py311-pip", "23.3.2", "24.0", "", false}}));
        QVERIFY(!parse::parsePkgVersions(text, nullptr)[0].security);
        QCOMPARE(parse::parsePkgVersions("nodash < x (remote has 1", nullptr),
            (std::vector<PendingUpdate>{{"nodash", "", "1", "", {}}}));
    }

    void aKernelThatWaitsForARestart()
    {
        QCOMPARE(parse::parseInstalledKernel("14.1-RELEASE-p6\n", "14.1-RELEASE-p5"),
            (std::optional(std::vector<std::string>{"kernel 14.1-RELEASE-p6"})));
        QCOMPARE(parse::parseInstalledKernel("14.1-RELEASE-p5\n", "14.1-RELEASE-p5"),
            (std::optional(std::vector<std::string>{})));
        for (const char* nothing : {"", "\n", "14.1-RELEASE\nand more\n"})
            QVERIFY(!parse::parseInstalledKernel(nothing, "14.1-RELEASE-p5"));
    }

    void whatWindowsUpdateFound()
    {
        const WorkerRows rows{
            {"2024-01 Cumulative Update for Windows 11", "5034123", "", "0FA1201D-4330-4FA8-8AE9-B877473B6441,x"},
            {"Intel - net - 12.19", "", "", "ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0"}, {std::nullopt, "1", "", ""}, {},
            {"Security Intelligence Update", "2267602,1", std::nullopt, "e0789628-ce08-4437-be74-2495b842f43b"},
            {"Tool", std::nullopt, "Critical"}};
        QCOMPARE(parse::parseWindowsUpdates(rows),
            (std::vector<PendingUpdate>{{"2024-01 Cumulative Update for Windows 11", "", "", "KB5034123", true},
                {"Intel - net - 12.19", "", "", "", false},
                {"Security Intelligence Update", "", "", "KB2267602, KB1", true}, {"Tool", "", "", "", true}}));
    }
};

QTEST_APPLESS_MAIN(UpdatesTest)
#include "updates_test.moc"
