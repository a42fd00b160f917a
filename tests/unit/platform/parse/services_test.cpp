// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/systemd_units.h"
#include "platform/parse/windows_services.h"

#include <QTest>

using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

/// Of a Debian 12 (systemd 252), shortened; the last two are made.
constexpr std::string_view kUnits =
    "Restart=always\nRestartUSec=0\nMainPID=17\nResult=success\nNRestarts=0\nExecMainStatus=0\n"
    "ExecStart={ path=/lib/systemd/systemd-journald ; argv[]=/lib/systemd/systemd-journald ; ignore_errors=no ; "
    "start_time=[Sun 2026-11-22 09:29:08 UTC] ; stop_time=[n/a] ; pid=17 ; code=(null) ; status=0/0 }\nUser=\n"
    "Id=systemd-journald.service\nTriggeredBy=systemd-journald-dev-log.socket systemd-journald.socket\n"
    "Description=Journal Service\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=static\n\n"
    "Restart=no\nRestartUSec=100ms\nMainPID=0\nResult=success\nNRestarts=0\nExecMainStatus=0\nUser=\n"
    "ExecStart={ path=/lib/systemd/systemd-sysctl ; argv[]=/lib/systemd/systemd-sysctl --password=secret ; status=0 }\n"
    "Id=systemd-sysctl.service\nTriggeredBy=\nDescription=Apply Kernel Variables\nLoadState=loaded\n"
    "ActiveState=active\nSubState=exited\nUnitFileState=static\n\n"
    "Id=plymouth-start.service\nDescription=plymouth-start.service\nLoadState=not-found\nActiveState=inactive\n\n"
    "Id=nginx.service\nDescription=A high performance web server\nLoadState=loaded\nActiveState=failed\n"
    "SubState=failed\nResult=exit-code\nExecMainStatus=203\nMainPID=0\nNRestarts=5\nUser=www-data\n"
    "UnitFileState=enabled\nRestart=on-failure\nRestartUSec=1min 30s\n\n"
    "Id=apt-daily.service\nLoadState=masked\nActiveState=inactive\nSubState=dead\nUnitFileState=";

} // namespace

class ServicesTest : public QObject {
    Q_OBJECT

private slots:
    void unitsOfSystemd()
    {
        const std::vector<Service> units = parse::parseUnits(kUnits);
        QCOMPARE(units.size(), std::size_t(4)); // one does not exist
        Service journald;
        journald.name = "systemd-journald.service";
        journald.description = "Journal Service";
        journald.state = ServiceState::Running;
        journald.stateWords = "active (running)";
        journald.start = ServiceStart::Manual;
        journald.startWord = "static";
        journald.triggered = true;
        journald.pid = 17;
        journald.restarts = 0;
        journald.program = "/lib/systemd/systemd-journald";
        journald.recovery = {{RecoveryStep::Action::Restart, 0ms}};
        QCOMPARE(units[0], journald);
        QCOMPARE(units[1].state, ServiceState::Finished);
        QCOMPARE(units[1].program, std::string("/lib/systemd/systemd-sysctl")); // and never its arguments
        QCOMPARE(units[1].triggered, std::optional(false));
        QVERIFY(!units[1].pid && !units[1].exitCode && units[1].recovery->empty());
        QCOMPARE(units[2].state, ServiceState::Failed);
        QCOMPARE(units[2].stateWords, std::string("failed (exit-code)"));
        QCOMPARE(units[2].exitCode, std::optional<std::int64_t>(203));
        QCOMPARE(units[2].restarts, std::optional<std::uint64_t>(5));
        QCOMPARE(units[2].start, ServiceStart::Automatic);
        QCOMPARE(units[2].account, std::string("www-data"));
        QCOMPARE(*units[2].recovery, (std::vector<RecoveryStep>{{RecoveryStep::Action::Restart, 90s}}));
        QCOMPARE(units[3].start, ServiceStart::Disabled);
        QCOMPARE(units[3].state, ServiceState::Stopped);
        QVERIFY(!units[3].restarts && !units[3].recovery && !units[3].triggered);
    }

    void whatWasCutIsStillWhole()
    {
        for (std::size_t size = 0; size <= kUnits.size(); ++size) {
            for (const Service& unit : parse::parseUnits(kUnits.substr(0, size)))
                QVERIFY(!unit.name.empty());
        }
        QVERIFY(parse::parseUnits("\n\n\nnothing\n=\n").empty());
    }

    void unitFilesOfWhatIsNotLoaded()
    {
        const auto services = parse::parseUnitFiles("apt-daily.service                      static          -\n"
                                                    "autovt@.service                        alias           -\n"
                                                    "getty@.service                         enabled         enabled\n"
                                                    "dbus-org.freedesktop.hostname1.service alias -\n"
                                                    "nginx.service enabled enabled\nrsync.service disabled enabled\n"
                                                    "x11-common.service masked\nbroken.service\nssh.socket enabled\n"
                                                    "old.service generated -\n",
            parse::parseUnits(kUnits));
        QCOMPARE(services.size(), std::size_t(3));
        QCOMPARE(services[0].name, std::string("rsync.service"));
        QCOMPARE(services[0].start, ServiceStart::Manual);
        QCOMPARE(services[0].state, ServiceState::Stopped);
        QCOMPARE(services[1].start, ServiceStart::Disabled);
        QCOMPARE(services[2].start, ServiceStart::Unknown);
        QCOMPARE(services[2].startWord, std::string("generated"));
    }

    void spans()
    {
        QCOMPARE(parse::parseTimeSpan("100ms"), std::optional(100ms));
        QCOMPARE(parse::parseTimeSpan("1min 30s"), std::optional<std::chrono::milliseconds>(90s));
        QCOMPARE(parse::parseTimeSpan("2.500s"), std::optional(2'500ms));
        QCOMPARE(parse::parseTimeSpan("1d 2h"), std::optional<std::chrono::milliseconds>(26h));
        QCOMPARE(parse::parseTimeSpan("0"), std::optional(0ms));
        QCOMPARE(parse::parseTimeSpan("11month"), std::optional<std::chrono::milliseconds>(28'927'800s));
        QCOMPARE(parse::parseTimeSpan("364d"), std::optional<std::chrono::milliseconds>(364 * 24h));
        for (const char* text : {"", "infinity", "5", "s", "-1s", "5 s", "2y", "9999999999999999999w", "365d 1s"})
            QVERIFY2(!parse::parseTimeSpan(text), text);
    }

    void aServiceOfWindows()
    {
        parse::ServiceRecord record;
        record.name = "wuauserv";
        record.displayName = "Windows Update";
        record.state = 4;
        record.startType = 3;
        record.triggers = 2;
        record.pid = 1'234;
        record.account = "LocalSystem";
        record.imagePath = "C:\\Windows\\system32\\svchost.exe -k netsvcs -p";
        record.recovery = {{{1, 60'000}, {2, 0}, {3, 5}, {0, 0}, {9, 1}}, 86'400};
        const Service service = parse::serviceOf(record);
        QCOMPARE(service.displayName, std::string("Windows Update"));
        QCOMPARE(service.state, ServiceState::Running);
        QCOMPARE(service.start, ServiceStart::Manual);
        QCOMPARE(service.triggered, std::optional(true));
        QCOMPARE(service.pid, std::optional<std::int64_t>(1'234));
        QCOMPARE(service.program, std::string("C:\\Windows\\system32\\svchost.exe"));
        using Action = RecoveryStep::Action;
        QCOMPARE(*service.recovery, (std::vector<RecoveryStep>{{Action::Restart, 60s}, {Action::Reboot, 0ms},
                                        {Action::Command, 5ms}, {Action::Nothing, 0ms}, {Action::Nothing, 1ms}}));
        QCOMPARE(service.recoveryResetsAfter, std::optional<std::chrono::seconds>(24h));
        record.recovery->resetSeconds = 0xffffffff;
        QVERIFY(!parse::serviceOf(record).recoveryResetsAfter);
        record.recovery.reset(); // as Wine, which does not tell
        QVERIFY(!parse::serviceOf(record).recovery);
    }

    void howItStartsAndHowItEnded()
    {
        parse::ServiceRecord record;
        record.name = record.displayName = "x";
        record.state = 1;
        record.startType = 2;
        record.exitCode = 1'077; // not started since the machine was
        QCOMPARE(parse::serviceOf(record).state, ServiceState::Stopped);
        QCOMPARE(parse::serviceOf(record).start, ServiceStart::Automatic);
        QVERIFY(parse::serviceOf(record).displayName.empty() && !parse::serviceOf(record).triggered);
        record.delayed = true;
        QCOMPARE(parse::serviceOf(record).start, ServiceStart::Delayed);
        record.exitCode = 1'066;
        record.specificExitCode = 7;
        QCOMPARE(parse::serviceOf(record).state, ServiceState::Failed);
        QCOMPARE(parse::serviceOf(record).exitCode, std::optional<std::int64_t>(7));
        record.state = 4; // an old code of one that runs
        QCOMPARE(parse::serviceOf(record).state, ServiceState::Running);
        QVERIFY(!parse::serviceOf(record).exitCode);
        for (const std::uint32_t number : {0U, 8U, 4'000'000'000U}) {
            record.state = number;
            QCOMPARE(parse::serviceOf(record).state, ServiceState::Unknown);
        }
        record.startType.reset();
        QCOMPARE(parse::serviceOf(record).start, ServiceStart::Unknown);
    }

    void theProgramOfACommandLine()
    {
        const auto program = [](std::string_view line) { return std::string(parse::programOfCommandLine(line)); };
        QCOMPARE(program("\"C:\\Program Files\\A B\\s.exe\" --token=x"), std::string("C:\\Program Files\\A B\\s.exe"));
        QCOMPARE(program("C:\\Program Files\\A.exe.d\\S.EXE run"), std::string("C:\\Program Files\\A.exe.d\\S.EXE"));
        QCOMPARE(program(" C:\\a\\b.sys "), std::string("C:\\a\\b.sys"));
        QCOMPARE(program("tool --password=x"), std::string("tool"));
        QCOMPARE(program("\"no end"), std::string("no end"));
        QCOMPARE(program(""), std::string());
    }
};

QTEST_APPLESS_MAIN(ServicesTest)
#include "services_test.moc"
