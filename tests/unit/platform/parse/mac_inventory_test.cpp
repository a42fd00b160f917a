// SPDX-License-Identifier: GPL-3.0-or-later
// What macOS' programs print of jobs, packages and updates: written by hand after their manuals, not recorded.
#include "platform/parse/launchd_jobs.h"
#include "platform/parse/mac_packages.h"
#include "platform/parse/updates.h"

#include <QTest>

#include <algorithm>

using namespace sextant;
using namespace sextant::platform;

namespace {

constexpr std::string_view kJobs = "PID\tStatus\tLabel\n"
                                   "412\t0\tcom.apple.logd\n"
                                   "501\t-9\tio.sextant.agent\n"
                                   "-\t0\tcom.apple.periodic-daily\n"
                                   "-\t78\tcom.example.broken\n"
                                   "-\t-11\tcom.example.with blanks\n"
                                   "-\t-9\tcom.example.idle\n"
                                   "-\t-15\tcom.example.asked\n"
                                   "?\t?\tcom.example.odd\n"
                                   "-\t0\n"
                                   "-\t0\t\n";

constexpr std::string_view kPlist =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
    "<plist version=\"1.0\">\n"
    "<dict>\n"
    "<key>CFBundleDocumentTypes</key>\n"
    "<array>\n"
    "<dict>\n"
    "<key>CFBundleShortVersionString</key>\n"
    "<string>of a document</string>\n"
    "</dict>\n"
    "<dict/>\n"
    "</array>\n"
    "<key>CFBundleName</key>\n"
    "<string>Salt &amp; &lt;Pepper&gt;</string>\n"
    "<key>LSRequiresNativeExecution</key>\n"
    "<true/>\n"
    "<key>CFBundleShortVersionString</key>\n"
    "<string>16.4</string>\n"
    "<key>CFBundleVersion</key>\n"
    "<string>18615.1</string>\n"
    "</dict>\n"
    "</plist>\n";

const Service* find(const std::vector<Service>& services, const std::string& name)
{
    const auto found = std::ranges::find(services, name, &Service::name);
    return found == services.end() ? nullptr : &*found;
}

} // namespace

class MacInventoryTest : public QObject {
    Q_OBJECT

private slots:
    void jobsOfLaunchd()
    {
        const auto jobs = parse::parseLaunchdJobs(kJobs);
        QVERIFY(jobs && jobs->size() == 8);
        Service running;
        running.name = "com.apple.logd";
        running.state = ServiceState::Running;
        running.pid = 412;
        QCOMPARE(jobs->front(), running);
        const Service* agent = find(*jobs, "io.sextant.agent"); // it was killed, and runs again
        QVERIFY(agent->state == ServiceState::Running && agent->pid == std::int64_t{501} && !agent->exitCode);
        QCOMPARE(find(*jobs, "com.apple.periodic-daily")->state, ServiceState::Stopped);
        const Service* broken = find(*jobs, "com.example.broken");
        QCOMPARE(broken->state, ServiceState::Failed);
        QCOMPARE(broken->exitCode, std::optional<std::int64_t>(78));
        const Service* killed = find(*jobs, "com.example.with blanks");
        QCOMPARE(killed->stateWords, std::string("signal 11"));
        QVERIFY(killed->state == ServiceState::Failed && !killed->pid);
        for (const char* name : {"com.example.idle", "com.example.asked"}) { // ended to save memory, or by somebody
            const Service* ended = find(*jobs, name);
            QVERIFY(ended->state == ServiceState::Stopped && !ended->exitCode);
        }
        QCOMPARE(find(*jobs, "com.example.idle")->stateWords, std::string("signal 9"));
        QCOMPARE(find(*jobs, "com.example.odd")->state, ServiceState::Unknown);
    }

    void disabledJobs()
    {
        auto jobs = *parse::parseLaunchdJobs(kJobs);
        parse::applyDisabledJobs("\tdisabled services = {\n\t\t\"com.apple.ftpd\" => disabled\n"
                                 "\t\t\"com.openssh.sshd\" => enabled\n\t\t\"com.example.broken\" => true\n"
                                 "\t\t\"com.example.older\" => false\n\t\t\"\" => disabled\n\t}\n",
            jobs);
        QCOMPARE(jobs.size(), std::size_t(9));
        QCOMPARE(find(jobs, "com.example.broken")->start, ServiceStart::Disabled);
        QCOMPARE(find(jobs, "com.apple.ftpd")->state, ServiceState::Stopped);
        QCOMPARE(find(jobs, "com.apple.ftpd")->startWord, std::string("disabled"));
        QCOMPARE(find(jobs, "com.apple.logd")->start, ServiceStart::Unknown);
        QVERIFY(find(jobs, "com.openssh.sshd") == nullptr); // enabled, and not loaded now
    }

    void aListInAnotherFormIsNoEmptyList()
    {
        QCOMPARE(parse::parseLaunchdJobs("").error().code, ErrorCode::Malformed);
        QCOMPARE(parse::parseLaunchdJobs("412\t0\tcom.apple.logd\n").error().code, ErrorCode::Malformed);
        QVERIFY(parse::parseLaunchdJobs("PID\tStatus\tLabel")->empty());
    }

    void jobsHaveALimit()
    {
        std::string text = "PID\tStatus\tLabel\n";
        std::string disabled;
        for (std::size_t i = 0; i <= parse::kMaxLaunchdJobs; ++i) {
            text += "-\t0\tjob" + std::to_string(i) + '\n';
            disabled += "\"other" + std::to_string(i) + "\" => disabled\n";
        }
        auto jobs = *parse::parseLaunchdJobs(text);
        QCOMPARE(jobs.size(), parse::kMaxLaunchdJobs);
        parse::applyDisabledJobs(disabled, jobs);
        QCOMPARE(jobs.size(), parse::kMaxLaunchdJobs);
        std::vector<Service> none;
        parse::applyDisabledJobs(disabled, none);
        QCOMPARE(none.size(), parse::kMaxLaunchdJobs);
    }

    void receipts()
    {
        const auto packages = parse::parseReceipts(
            "package-id: com.apple.pkg.CLTools_Executables\nversion: 14.3.1.0.1.1683849156\nvolume: /\nlocation: /\n"
            "install-time: 1684500000\ngroups: com.apple.FindSystemFiles.pkg-group\n"
            "package-id: com.example.noversion\nvolume: /\n"
            "package-id: org.example.tool\nversion: 2.0\ninstall-time: soon\n");
        QCOMPARE(packages.size(), std::size_t(2));
        QCOMPARE(packages[0].name, std::string("com.apple.pkg.CLTools_Executables"));
        QCOMPARE(packages[0].version, std::string("14.3.1.0.1.1683849156"));
        QCOMPARE(packages[0].manager, std::string("pkgutil"));
        QCOMPARE(packages[0].installed->time_since_epoch().count(), 1'684'500'000);
        QCOMPARE(packages[1].name, std::string("org.example.tool"));
        QVERIFY(!packages[1].installed);
        QVERIFY(parse::parseReceipts("").empty());
    }

    void propertyLists()
    {
        QCOMPARE(parse::plistText(kPlist, "CFBundleShortVersionString"), std::string("16.4")); // not of the document
        QCOMPARE(parse::plistText(kPlist, "CFBundleName"), std::string("Salt & <Pepper>"));
        QCOMPARE(parse::plistText(kPlist, "LSRequiresNativeExecution"), std::string()); // no text
        QCOMPARE(parse::plistText(kPlist, "Nothing"), std::string());
        for (std::size_t size = 0; size < kPlist.size(); ++size)
            QVERIFY(parse::plistText(kPlist.substr(0, size), "CFBundleVersion").size() <= 7);
        QCOMPARE(parse::plistText("bplist00\xd1\x01", "CFBundleName"), std::string());
    }

    void applications()
    {
        const Package safari = parse::applicationOf("Safari.app", kPlist);
        QCOMPARE(safari.name + '|' + safari.version + '|' + safari.manager, std::string("Safari|16.4|applications"));
        const Package older =
            parse::applicationOf("Old.app", "<dict><key>CFBundleVersion</key><string>3</string></dict>");
        QCOMPARE(older.version, std::string("3"));
        const Package silent = parse::applicationOf("Silent.app", "");
        QVERIFY(silent.name == "Silent" && silent.version.empty());
    }

    void updates()
    {
        const auto updates = parse::parseSoftwareUpdates(
            "Software Update Tool\n\nFinding available software\n"
            "Software Update found the following new or updated software:\n"
            "* Label: macOS Ventura 13.4-22F66\n"
            "\tTitle: macOS Ventura 13.4, Version: 13.4, Size: 1234567KiB, Recommended: YES, Action: restart, \n"
            "* Label: Command Line Tools for Xcode-14.3\n"
            "\tTitle: Command Line Tools for Xcode, Version: 14.3, Size: 711888KiB, Recommended: YES, \n"
            "* Label: macOS Rapid Security Response 13.4.1 (a)-22F770820d\n"
            "\tTitle: macOS Rapid Security Response, Version: 13.4.1 (a), Size: 5KiB, Recommended: YES, \n"
            "* Label: Untitled-1\n");
        QVERIFY(updates && updates->size() == 4);
        QCOMPARE((*updates)[0].name, std::string("Command Line Tools for Xcode"));
        QCOMPARE((*updates)[0].version, std::string("14.3"));
        QVERIFY(!(*updates)[0].security); // nobody tells
        QCOMPARE((*updates)[1].name, std::string("Untitled-1"));
        QVERIFY((*updates)[1].version.empty());
        QCOMPARE((*updates)[2].security, std::optional(true));
        QCOMPARE((*updates)[2].version, std::string("13.4.1 (a)"));
        QCOMPARE((*updates)[3].name, std::string("macOS Ventura 13.4"));
    }

    void noUpdatesAreSaidToBeNone()
    {
        QVERIFY(parse::parseSoftwareUpdates("Software Update Tool\n\n\nNo new software available.\n")->empty());
        QCOMPARE(parse::parseSoftwareUpdates("Software Update Tool\n\n").error().code, ErrorCode::Malformed);
        QCOMPARE(parse::parseSoftwareUpdates("").error().code, ErrorCode::Malformed);
        QCOMPARE(parse::parseSoftwareUpdates("\tTitle: Safari, Version: 1, \n").error().code, ErrorCode::Malformed);
    }
};

QTEST_APPLESS_MAIN(MacInventoryTest)
#include "mac_inventory_test.moc"
