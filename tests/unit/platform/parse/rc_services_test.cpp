// SPDX-License-Identifier: GPL-3.0-or-later
// FreeBSD's services, with the words of rc.subr(8) and service(8) as FreeBSD 14 has them: written by hand, not
// recorded.
#include "platform/parse/rc_services.h"

#include <QTest>

#include <algorithm>

using namespace sextant;
using namespace sextant::platform;

namespace {

/// A FreeBSD with scripts that answer as they are told.
class FakeFreeBsd : public parse::RcQuestions {
public:
    std::string enabled = "/etc/rc.d/hostname\n/etc/rc.d/sshd\n/etc/rc.d/pf\n/usr/local/etc/rc.d/nginx\n";
    std::map<std::string, CommandOutput> outputs{
        {"hostname",
            {1, "",
                "/etc/rc.d/hostname: unknown directive 'onestatus'.\nUsage: /etc/rc.d/hostname [fast|force|one]\n"}},
        {"sshd", {0, "sshd is running as pid 1021.\n", ""}},
        {"pf", {0, "Status: Enabled for 0 days 03:11:42           Debug: Urgent\n", ""}},
        {"nginx", {1, "nginx is not running.\n", ""}},
    };
    std::vector<std::int64_t> changed{1};
    std::map<std::int64_t, std::int64_t> processes{{1021, 500}};
    std::vector<std::string> asked;
    bool isStuck = false;

    Result<CommandOutput> run(const std::vector<std::string>& command) override
    {
        const std::string script = command.front().substr(command.front().rfind('/') + 1);
        asked.push_back(script);
        if (script == "service")
            return enabled.empty() ? CommandOutput{2, "", "no such thing"} : CommandOutput{0, enabled, ""};
        if (isStuck)
            return fail(ErrorCode::TimedOut, script + " did not end in time");
        return outputs.at(script);
    }
    std::vector<std::int64_t> settings() override { return changed; }
    std::optional<std::int64_t> startOf(std::int64_t pid) override
    {
        const auto found = processes.find(pid);
        return found == processes.end() ? std::nullopt : std::optional(found->second);
    }
    std::string programOf(std::int64_t pid) override { return pid == 1021 ? "/usr/sbin/sshd" : ""; }

    std::vector<std::string> questions() { return std::exchange(asked, {}); }
};

const Service& of(const ServicesReading& reading, const std::string& name)
{
    return *std::ranges::find(reading.services, name, &Service::name);
}

} // namespace

class RcServicesTest : public QObject {
    Q_OBJECT

private slots:
    void everyFact()
    {
        FakeFreeBsd system;
        parse::RcServices services;
        const auto reading = services.read(system);
        QVERIFY(reading && reading->warnings.empty());
        QCOMPARE(reading->manager, std::string("rc"));
        QCOMPARE(reading->services.size(), std::size_t(4));
        QCOMPARE(reading->services[0].name, std::string("hostname")); // by name
        Service sshd;
        sshd.name = "sshd";
        sshd.state = ServiceState::Running;
        sshd.start = ServiceStart::Automatic;
        sshd.startWord = "enabled";
        sshd.pid = 1021;
        sshd.program = "/usr/sbin/sshd";
        QCOMPARE(of(*reading, "sshd"), sshd);
        QCOMPARE(of(*reading, "nginx").state, ServiceState::Stopped);
        QCOMPARE(of(*reading, "pf").state, ServiceState::Running); // by its exit code
        QVERIFY(!of(*reading, "pf").pid);
        QCOMPARE(of(*reading, "hostname").state, ServiceState::Unknown);
    }

    void onlyWhatMayHaveChangedIsAskedAgain()
    {
        FakeFreeBsd system;
        parse::RcServices services;
        QVERIFY(services.read(system));
        QCOMPARE(system.questions(), (std::vector<std::string>{"service", "hostname", "sshd", "pf", "nginx"}));
        QVERIFY(services.read(system));
        QCOMPARE(system.questions(), (std::vector<std::string>{"pf", "nginx"}));
        system.processes[1021] = 900; // its number is another program's now
        system.outputs["sshd"] = {0, "sshd is running as pid 2048.\n", ""};
        const auto again = services.read(system);
        QCOMPARE(system.questions(), (std::vector<std::string>{"sshd", "pf", "nginx"}));
        QCOMPARE(of(*again, "sshd").pid, std::optional<std::int64_t>(2048));
        QVERIFY(of(*again, "sshd").program.empty());
        system.changed = {2};
        system.enabled = "/etc/rc.d/sshd\n";
        QCOMPARE(services.read(system)->services.size(), std::size_t(1));
        QCOMPARE(system.questions(), (std::vector<std::string>{"service", "sshd"}));
    }

    void whatDoesNotAnswerIsNotWaitedForForEver()
    {
        FakeFreeBsd system;
        parse::RcServices services;
        QVERIFY(services.read(system));
        system.questions();
        system.isStuck = true;
        system.processes.clear();
        system.changed = {2};
        system.enabled = "/a/one\n/a/two\n/a/three\n/a/four\n/a/five\n";
        const auto reading = services.read(system);
        QVERIFY(reading);
        QCOMPARE(system.questions(), (std::vector<std::string>{"service", "one", "two", "three"}));
        QCOMPARE(reading->warnings.size(), std::size_t(parse::RcServices::kMaxStuck));
        QCOMPARE(reading->services.size(), std::size_t(5));
        for (const Service& service : reading->services)
            QVERIFY(service.state == ServiceState::Unknown && !service.pid);
    }

    void withoutAListThereIsNothing()
    {
        FakeFreeBsd system;
        system.enabled.clear();
        parse::RcServices services;
        QCOMPARE(services.read(system).error().code, ErrorCode::Io);
        QCOMPARE(services.read(system).error().code, ErrorCode::Io); // and it is asked for again
        system.enabled = "/etc/rc.d/sshd\n";
        QCOMPARE(services.read(system)->services.size(), std::size_t(1));
    }

    void words()
    {
        const auto stateOf = [](CommandOutput output) { return parse::parseRcStatus(output)->state; };
        QCOMPARE(
            parse::parseRcStatus({0, "nginx is running as pid 7 8 9.\n", ""})->pid, std::optional<std::int64_t>(7));
        QCOMPARE(parse::parseRcStatus({0, "x is running as pid \n", ""})->pid, std::optional<std::int64_t>());
        QCOMPARE(stateOf({0, "x is running as pid 99999999999999999999.\n", ""}), ServiceState::Running);
        QCOMPARE(stateOf({0, "x is not running.\n", ""}), ServiceState::Stopped);
        QCOMPARE(stateOf({3, "pg_ctl: no server running\n", ""}), ServiceState::Stopped);
        QVERIFY(!parse::parseRcStatus({1, "", "/etc/rc.d/x: unknown directive 'onestatus'.\n"}));
    }

    void listsHaveALimit()
    {
        QVERIFY(parse::parseEnabledScripts("").empty());
        QCOMPARE(parse::parseEnabledScripts("no path\n/etc/rc.d/\n  /etc/rc.d/ntpd \n\n/etc/rc.d/x"),
            (std::vector<std::string>{"/etc/rc.d/ntpd", "/etc/rc.d/x"}));
        std::string many;
        for (std::size_t i = 0; i <= parse::kMaxRcScripts; ++i)
            many += "/etc/rc.d/s" + std::to_string(i) + '\n';
        QCOMPARE(parse::parseEnabledScripts(many).size(), parse::kMaxRcScripts);
    }
};

QTEST_APPLESS_MAIN(RcServicesTest)
#include "rc_services_test.moc"
