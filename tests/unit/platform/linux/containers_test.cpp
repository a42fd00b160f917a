// SPDX-License-Identifier: GPL-3.0-or-later
// The readers on trees like those that the kernel and the engines make, and with an engine that answers, or does not,
// at a real socket.
#include "made_engine.h"
#include "platform/container_list.h"
#include "platform/containers.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <filesystem>
#include <fstream>
#include <map>

using namespace sextant;
using namespace sextant::platform;
namespace fs = std::filesystem;

namespace {

std::string idOf(int number)
{
    std::string id = std::to_string(100'000 + number);
    id.resize(64, 'a');
    return id;
}

/// A machine's /proc, /sys and / in a folder.
class Machine {
public:
    Machine() : m_folder(m_temporary.path().toStdString())
    {
        write("proc/1/net/dev", netDev(1'000'000, 1'000'000));
        fs::create_directories(m_folder / "root/run/podman");
    }
    void write(const std::string& file, const std::string& text) const
    {
        fs::create_directories((m_folder / file).parent_path());
        std::ofstream(m_folder / file) << text;
    }
    static std::string interface(const std::string& name, int received, int sent)
    {
        return name + ": " + std::to_string(received) + " 1 0 0 0 0 0 0 " + std::to_string(sent) + " 1 0 0 0 0 0 0\n";
    }
    static std::string netDev(int received, int sent)
    {
        return "Inter-|   Receive                                                |  Transmit\n"
               " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo "
               "colls "
               "carrier compressed\n" +
               interface("    lo", 77, 77) + interface("  eth0", received, sent) + interface("  eth1", 1, 2);
    }
    /// A group of version 2 with a process.
    void addUnified(const std::string& path, int process) const
    {
        write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
        const std::string group = "sys/fs/cgroup" + path + '/';
        write(group + "cpu.stat", "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\nnr_periods 10\n"
                                  "nr_throttled 2\nthrottled_usec 750000\n");
        write(group + "cpu.max", "150000 100000\n");
        write(group + "memory.current", "104857600\n");
        write(group + "memory.stat", "anon 60000000\nfile 40000000\ninactive_anon 5\nactive_file 9\n"
                                     "inactive_file 4857600\n");
        write(group + "memory.max", "536870912\n");
        write(group + "memory.swap.current", "4096\n");
        write(group + "memory.events", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\n");
        write(group + "io.stat", "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n");
        write(group + "pids.current", "7\n");
        write(group + "pids.max", "max\n");
        write(group + "cgroup.procs", std::to_string(process) + "\n" + std::to_string(process + 1) + "\n");
    }
    void addProcess(int process, int received, int sent) const
    {
        write("proc/" + std::to_string(process) + "/net/dev", netDev(received, sent));
    }
    [[nodiscard]] Roots roots() const { return {m_folder / "proc", m_folder / "sys", m_folder / "root", {}}; }
    [[nodiscard]] std::string socket() const { return m_folder / "root/run/docker.sock"; }
    [[nodiscard]] std::string podmanSocket() const { return m_folder / "root/run/podman/podman.sock"; }
    [[nodiscard]] fs::path folder() const { return m_folder; }

private:
    QTemporaryDir m_temporary;
    fs::path m_folder;
};

constexpr const char* kAll = "/containers/json?all=1";
constexpr const char* kRunning = "/containers/json?filters=%7B%22status%22%3A%5B%22running%22%2C%22paused%22%5D%7D";

std::string docker(int number)
{
    return "/system.slice/docker-" + idOf(number) + ".scope";
}

std::string podman(int number)
{
    return "/machine.slice/libpod-" + idOf(number) + ".scope";
}

/// An engine's list of containers with names that end in their numbers.
std::string listOf(const std::map<int, std::string>& states)
{
    std::string list;
    for (const auto& [number, state] : states)
        list += (list.empty() ? "" : ",") + ("{\"Id\":\"" + idOf(number) + "\",\"Names\":[\"/c") +
                std::to_string(number) + "\"],\"State\":\"" + state + "\"}";
    return '[' + list + ']';
}

} // namespace

class ContainersReaderTest : public QObject {
    Q_OBJECT
private slots:
    void version2()
    {
        const Machine machine;
        machine.addUnified(docker(1), 500);
        machine.addProcess(500, 1'000, 200);
        machine.write("sys/fs/cgroup/system.slice/ssh.service/cpu.stat", "usage_usec 1\n");
        const auto reading = ContainersReader(machine.roots()).read();
        QVERIFY(reading && reading->warnings.empty());
        QCOMPARE(reading->containers.size(), std::size_t(1));
        const Container& container = reading->containers[0];
        QCOMPARE(container.id, idOf(1));
        QCOMPARE(container.name, idOf(1).substr(0, 12));
        QCOMPARE(container.runtime, std::string("docker"));
        QCOMPARE(container.cpuTime, std::optional<std::chrono::nanoseconds>(std::chrono::milliseconds(2'500)));
        QCOMPARE(container.throttled, std::optional<std::chrono::nanoseconds>(std::chrono::milliseconds(750)));
        QCOMPARE(container.cpuLimit, std::optional(1.5));
        QCOMPARE(container.memoryUsed, std::optional<std::uint64_t>(100'000'000));
        QCOMPARE(container.memoryLimit, std::optional<std::uint64_t>(536'870'912));
        QCOMPARE(container.memoryCache, std::optional<std::uint64_t>(40'000'000));
        QCOMPARE(container.memoryAnonymous, std::optional<std::uint64_t>(60'000'000));
        QCOMPARE(container.swapUsed, std::optional<std::uint64_t>(4'096));
        QCOMPARE(container.oomKills, std::optional<std::uint64_t>(2));
        QCOMPARE(container.readBytes, std::optional<std::uint64_t>(4'096));
        QCOMPARE(container.writeBytes, std::optional<std::uint64_t>(8'192));
        QCOMPARE(container.pids, std::optional<std::uint64_t>(7));
        QVERIFY(!container.pidsLimit && !container.healthy);
        QCOMPARE(container.receiveBytes, std::optional<std::uint64_t>(1'001));
        QCOMPARE(container.transmitBytes, std::optional<std::uint64_t>(202));
    }

    void version1()
    {
        const Machine machine;
        const std::string id = idOf(2);
        const auto write = [&](const std::string& controller, const std::string& file, const std::string& text) {
            machine.write("sys/fs/cgroup/" + controller + "/docker/" + id + '/' + file, text);
        };
        machine.write("sys/fs/cgroup/unified/cgroup.procs", "1\n"); // hybrid
        write("cpuacct", "cpuacct.usage", "1500000000\n");
        write("cpu", "cpu.stat", "nr_periods 5\nnr_throttled 1\nthrottled_time 250000000\n");
        write("cpu", "cpu.cfs_quota_us", "50000\n");
        write("cpu", "cpu.cfs_period_us", "100000\n");
        write("memory", "memory.usage_in_bytes", "30000000\n");
        write("memory", "memory.limit_in_bytes", "9223372036854771712\n");
        write("memory", "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
        write("memory", "memory.stat",
            "cache 1\nrss 1\ninactive_file 1\ntotal_cache 12000000\ntotal_rss 15000000\n"
            "total_swap 5\ntotal_inactive_file 10000000\n");
        write("memory", "cgroup.procs", "0\n600\n");
        write("blkio", "blkio.throttle.io_service_bytes", "8:0 Read 7\n8:0 Write 8\nTotal 15\n");
        write("pids", "pids.current", "3\n");
        write("pids", "pids.max", "100\n");
        machine.addProcess(600, 10, 20);
        const auto reading = ContainersReader(machine.roots()).read();
        QVERIFY(reading && reading->containers.size() == 1);
        const Container& container = reading->containers[0];
        QCOMPARE(container.cpuTime, std::optional<std::chrono::nanoseconds>(std::chrono::milliseconds(1'500)));
        QCOMPARE(container.throttled, std::optional<std::chrono::nanoseconds>(std::chrono::milliseconds(250)));
        QCOMPARE(container.cpuLimit, std::optional(0.5));
        QCOMPARE(container.memoryUsed, std::optional<std::uint64_t>(20'000'000));
        QVERIFY(!container.memoryLimit);
        QCOMPARE(container.memoryCache, std::optional<std::uint64_t>(12'000'000));
        QCOMPARE(container.memoryAnonymous, std::optional<std::uint64_t>(15'000'000));
        QCOMPARE(container.swapUsed, std::optional<std::uint64_t>(5));
        QCOMPARE(container.oomKills, std::optional<std::uint64_t>(1));
        QCOMPARE(container.readBytes, std::optional<std::uint64_t>(7));
        QCOMPARE(container.writeBytes, std::optional<std::uint64_t>(8));
        QCOMPARE(container.pids, std::optional<std::uint64_t>(3));
        QCOMPARE(container.pidsLimit, std::optional<std::uint64_t>(100));
        QCOMPARE(container.receiveBytes, std::optional<std::uint64_t>(11));
    }

    void aFileThatDoesNotFitGivesNothing()
    {
        const Machine machine;
        machine.addUnified(docker(1), 500);
        std::string devices;
        while (devices.size() <= 16'384)
            devices += "8:" + std::to_string(devices.size()) + " rbytes=4096 wbytes=8192 rios=1 wios=2\n";
        machine.write("sys/fs/cgroup" + docker(1) + "/io.stat", devices);
        const auto reading = ContainersReader(machine.roots()).read();
        QVERIFY(reading && reading->containers.size() == 1);
        QVERIFY(!reading->containers[0].readBytes && !reading->containers[0].writeBytes);
        QVERIFY(reading->containers[0].cpuTime && reading->containers[0].pids);
    }

    void withoutContainers()
    {
        const Machine machine;
        QCOMPARE(ContainersReader(machine.roots()).read().error().code, ErrorCode::NotAvailable);
        QCOMPARE(ContainerListReader(machine.roots()).read().error().code, ErrorCode::NotAvailable);
        machine.write("sys/fs/cgroup/cgroup.controllers", "cpu\n");
        machine.write("sys/fs/cgroup/system.slice/ssh.service/cpu.stat", "usage_usec 1\n");
        QCOMPARE(ContainersReader(machine.roots()).read().error().code, ErrorCode::NotAvailable);
    }

    void theHostsNetworkIsNotTheContainers()
    {
        const Machine machine;
        machine.addUnified(docker(1), 500);
        fs::create_directories(machine.folder() / "proc/500");
        fs::create_symlink(machine.folder() / "proc/1/net", machine.folder() / "proc/500/net");
        machine.addUnified(docker(2), 501); // whose process nobody sees
        machine.addUnified(docker(3), 502); // another file, but the same namespace
        machine.addProcess(502, 1, 1);
        for (const char* process : {"1", "502"}) {
            fs::create_directories(machine.folder() / "proc" / process / "ns");
            fs::create_symlink("net:[4026531840]", machine.folder() / "proc" / process / "ns/net");
        }
        const auto reading = ContainersReader(machine.roots()).read();
        QVERIFY(reading && reading->containers.size() == 3);
        for (const Container& container : reading->containers)
            QVERIFY(!container.receiveBytes && !container.transmitBytes && container.cpuTime);
    }

    void whatIsInsideBelongsToTheOuterOne()
    {
        const Machine machine;
        const std::string outer = "/lxc.payload.web";
        machine.addUnified(outer, 0); // its processes are further below
        machine.write("sys/fs/cgroup" + outer + "/cgroup.procs", "");
        machine.addUnified(outer + docker(1), 701);
        machine.addProcess(701, 5'000, 5'000);
        machine.addUnified(outer + "/supervisor", 702);
        machine.write("sys/fs/cgroup" + outer + "/init.scope/cgroup.procs", "700\n");
        // What goes over the others belongs to the containers within, and goes over eth0 and eth1, too.
        machine.write("proc/700/net/dev", Machine::netDev(30, 40) + Machine::interface("veth1a2b3c4", 900, 900) +
                                              Machine::interface("docker0", 900, 900) +
                                              Machine::interface("podman0", 900, 900) +
                                              Machine::interface("br-1a2b3c4d5e6f", 900, 900));
        machine.addProcess(702, 9'999, 9'999);
        machine.addUnified("/lxc.payload.left-behind", 1);
        machine.write("sys/fs/cgroup/lxc.payload.left-behind/pids.current", "0\n");
        const auto reading = ContainersReader(machine.roots()).read();
        QVERIFY(reading && reading->containers.size() == 1);
        QCOMPARE(reading->containers[0].name, std::string("web"));
        QCOMPARE(reading->containers[0].runtime, std::string("lxc"));
        QCOMPARE(reading->containers[0].receiveBytes, std::optional<std::uint64_t>(31));
    }

    void kubernetes()
    {
        const Machine machine;
        const std::string pod = "/kubepods.slice/kubepods-pod1.slice/";
        machine.addUnified(pod + "cri-containerd-" + idOf(1) + ".scope", 800);
        machine.addUnified(pod + "cri-containerd-" + idOf(2) + ".scope", 801);
        machine.addUnified(pod + "cri-containerd-" + idOf(3) + ".scope", 802);
        machine.write("proc/801/comm", "pause\n");
        machine.write("proc/802/comm", "nginx\n");
        machine.write("root/var/log/containers/web-1_shop_nginx-" + idOf(1) + ".log", "");
        const auto reading = ContainersReader(machine.roots()).read();
        QVERIFY(reading && reading->containers.size() == 2);
        QCOMPARE(reading->containers[0].name, std::string("shop/web-1/nginx"));
        QCOMPARE(reading->containers[0].runtime, std::string("containerd"));
        QCOMPARE(reading->containers[1].name, idOf(3).substr(0, 12));
    }

    void twoOfOneNameDoNotClash()
    {
        const Machine machine;
        machine.addUnified("/lxc/web", 1);
        machine.addUnified("/lxc.payload.web", 2);
        machine.addUnified("/lxc.payload.db", 3);
        // Somebody calls a group of his like a container of the machine's.
        machine.addUnified(docker(1), 4);
        machine.addUnified("/user.slice/user-7.slice/docker-" + idOf(1) + ".scope", 5);
        const auto reading = ContainersReader(machine.roots()).read();
        QVERIFY(reading.has_value());
        QStringList names;
        for (const Container& container : reading->containers)
            names << QString::fromStdString(container.name);
        QCOMPARE(names.join(u' '),
            QStringLiteral("db web@/lxc.payload.web web@/lxc/web ") + QString::fromStdString(idOf(1).substr(0, 12)));
    }

    void theEngineTellsNames()
    {
        const Machine machine;
        machine.addUnified(docker(1), 500);
        machine.addUnified("/my-parent/" + idOf(2), 501);
        MadeEngine engine(machine.socket());
        engine.answer(kRunning, "[{\"Id\":\"" + idOf(1) +
                                    "\",\"Names\":[\"/web\"],\"Status\":\"Up 1 hour (unhealthy)\"},{\"Id\":\"" +
                                    idOf(2) + "\",\"Names\":[\"/db\"]}]");
        ContainersReader reader(machine.roots());
        auto reading = reader.read();
        QVERIFY(reading && reading->warnings.empty());
        if (reading->containers.empty()) { // the answer took more than a moment
            QThread::msleep(500);
            reading = reader.read();
        }
        QVERIFY(reading && reading->containers.size() == 2);
        QCOMPARE(reading->containers[0].name, std::string("db"));
        QCOMPARE(reading->containers[0].runtime, std::string("docker"));
        QCOMPARE(reading->containers[1].name, std::string("web"));
        QCOMPARE(reading->containers[1].healthy, std::optional(false));
        QCOMPARE(engine.asked(), QString::fromLatin1(kRunning));
    }

    void aFrozenEngineHoldsUpNobody()
    {
        const Machine machine;
        machine.addUnified(docker(1), 500);
        machine.addUnified("/lxc/web", 501);
        const MadeEngine engine(machine.socket(), MadeEngine::Frozen);
        ContainersReader reader(machine.roots());
        QElapsedTimer timer;
        timer.start();
        const auto reading = reader.read();
        QVERIFY2(timer.elapsed() < 1'000, QByteArray::number(timer.elapsed()).constData());
        QVERIFY(reading && reading->containers.size() == 1); // the other may still get its name
        QCOMPARE(reading->containers[0].name, std::string("web"));
        const ContainerEngine asked{"docker", machine.socket()};
        const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
        QCOMPARE(askEngine(asked, "/containers/json", soon).error().code, ErrorCode::TimedOut);
    }

    void enginesThatCannotBeAsked()
    {
        const Machine machine;
        const auto ask = [](const std::string& socket) {
            return askEngine(
                {"docker", socket}, "/containers/json", std::chrono::steady_clock::now() + std::chrono::seconds(5));
        };
        QCOMPARE(ask(machine.socket()).error().code, ErrorCode::NotFound);
        QCOMPARE(ask("/" + std::string(200, 'x')).error().code, ErrorCode::NotFound);
        machine.write("root/run/docker.sock", "no socket");
        QCOMPARE(ask(machine.socket()).error().code, ErrorCode::Unreachable);
        machine.addUnified(docker(1), 500);
        ContainersReader reader(machine.roots());
        const auto reading = reader.read();
        QVERIFY(reading && reading->containers.size() == 1 && reading->warnings.size() == 1);
        QCOMPARE(reading->containers[0].name, idOf(1).substr(0, 12));
        QVERIFY(QByteArray::fromStdString(reading->warnings[0]).contains("shown by their ids"));
        QVERIFY(reader.read()->warnings.empty()); // said once
    }

    void answersAreBounded()
    {
        const Machine machine;
        MadeEngine engine(machine.socket());
        engine.answer("/good", "[" + std::string(kMaxEngineAnswer - 1'000, ' ') + "]");
        engine.answer("/long", "[" + std::string(kMaxEngineAnswer, ' ') + "]");
        const auto ask = [&](const std::string& path) {
            return askEngine(
                {"docker", machine.socket()}, path, std::chrono::steady_clock::now() + std::chrono::seconds(30));
        };
        QVERIFY(ask("/good").has_value());
        QCOMPARE(ask("/long").error().code, ErrorCode::TooLarge);
        QCOMPARE(ask("/other").error().code, ErrorCode::NotFound);
    }

    void thereIsALimit()
    {
        const Machine machine;
        machine.write("sys/fs/cgroup/cgroup.controllers", "cpu\n");
        for (int i = 0; i < static_cast<int>(kMaxContainers); ++i)
            machine.write("sys/fs/cgroup" + docker(i) + "/cpu.stat", "usage_usec 1\n");
        ContainersReader reader(machine.roots());
        auto reading = reader.read();
        QVERIFY(reading && reading->warnings.empty());
        QCOMPARE(reading->containers.size(), kMaxContainers);
        machine.write("sys/fs/cgroup" + docker(99'999) + "/cpu.stat", "usage_usec 1\n");
        reading = reader.read();
        QCOMPARE(reading->containers.size(), kMaxContainers);
        QCOMPARE(reading->warnings, std::vector<std::string>{"more than 2000 containers run: the others are left out"});
        QVERIFY(reader.read()->warnings.empty()); // said once
    }

    void podmanIsNotStartedForNothing()
    {
        const Machine machine;
        machine.addUnified(podman(1), 500);
        MadeEngine engine(machine.podmanSocket());
        engine.answer(kAll, listOf({{1, "running"}}));
        engine.answer("/containers/" + idOf(1) + "/json", "{\"RestartCount\":1}");
        auto now = std::chrono::steady_clock::now();
        ContainerListReader reader(machine.roots(), [&now] { return now; });
        const auto read = [&] { // whether it was asked
            engine.forgetAsked();
            const auto reading = reader.read();
            now += std::chrono::minutes(1);
            QStringList states;
            for (const ListedContainer& one : reading ? reading->containers : std::vector<ListedContainer>())
                states << QString::fromStdString(one.name + ' ' + one.state);
            return states.join(u',') +
                   (engine.asked().contains(QLatin1String(kAll)) ? QString() : QStringLiteral(" (not asked)"));
        };
        QCOMPARE(read(), QStringLiteral("c1 running"));
        QCOMPARE(read(), QStringLiteral("c1 running")); // it had only begun
        for (int minute = 2; minute < 11; ++minute)
            QCOMPARE(read(), QStringLiteral("c1 running (not asked)"));
        QCOMPARE(read(), QStringLiteral("c1 running"));                               // ten minutes later
        QVERIFY(engine.asked().contains(QStringLiteral("/json?all=1 /containers/"))); // and after it, too
        QCOMPARE(read(), QStringLiteral("c1 running (not asked)"));
        // Another begins, and ends: twice each.
        machine.addUnified(podman(2), 501);
        engine.answer(kAll, listOf({{1, "running"}, {2, "created"}}));
        QCOMPARE(read(), QStringLiteral("c1 running,c2 created"));
        engine.answer(kAll, listOf({{1, "running"}, {2, "running"}}));
        QCOMPARE(read(), QStringLiteral("c1 running,c2 running"));
        QCOMPARE(read(), QStringLiteral("c1 running,c2 running (not asked)"));
        fs::remove_all(machine.folder() / ("sys/fs/cgroup" + podman(2)));
        engine.answer(kAll, listOf({{1, "running"}, {2, "exited"}}));
        QCOMPARE(read(), QStringLiteral("c1 running,c2 exited"));
        QCOMPARE(read(), QStringLiteral("c1 running,c2 exited"));
        QCOMPARE(read(), QStringLiteral("c1 running,c2 exited (not asked)"));
        // Its service runs for somebody else: to ask it costs little.
        engine.answer(kAll, listOf({{1, "running"}}));
        machine.write("sys/fs/cgroup/system.slice/podman.service/cgroup.procs", "77\n");
        QCOMPARE(read(), QStringLiteral("c1 running"));
        fs::remove_all(machine.folder() / "sys/fs/cgroup/system.slice/podman.service");
        QCOMPARE(read(), QStringLiteral("c1 running (not asked)"));
        // Where it has none it is left alone.
        fs::remove_all(machine.folder() / ("sys/fs/cgroup" + podman(1)));
        engine.answer(kAll, "[]");
        QCOMPARE(read(), QString());
        QCOMPARE(read(), QString());
        now += std::chrono::hours(24);
        QCOMPARE(read(), QStringLiteral(" (not asked)"));
    }

    void aFailureOfPodmanIsNotRemembered()
    {
        const Machine machine;
        machine.addUnified(podman(1), 500);
        ContainerListReader reader(machine.roots());
        QCOMPARE(reader.read()->containers[0].name, idOf(1).substr(0, 12));
        MadeEngine engine(machine.podmanSocket());
        engine.answer(kAll, listOf({{1, "running"}}));
        for (int reading = 0; reading < 3; ++reading)
            QCOMPARE(reader.read()->containers[0].name, std::string("c1"));
        engine.forgetAsked();
        QCOMPARE(reader.read()->containers[0].name, std::string("c1"));
        QCOMPARE(engine.asked(), QString());
    }

    void aUsersContainersAreNotAskedAfter()
    {
        const Machine machine;
        machine.addUnified("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + idOf(1) + ".scope", 9);
        MadeEngine engine(machine.podmanSocket());
        engine.answer(kRunning, "[]");
        engine.answer(kAll, "[]");
        ContainersReader reader(machine.roots());
        const auto reading = reader.read();
        QVERIFY(reading && reading->containers.size() == 1); // nobody is waited for
        QCOMPARE(reading->containers[0].name, idOf(1).substr(0, 12));
        QCOMPARE(reading->containers[0].runtime, std::string("podman"));
        ContainerListReader list(machine.roots());
        QCOMPARE(list.read()->containers.size(), std::size_t(1));
        QCOMPARE(list.read()->containers.size(), std::size_t(1));
        QCOMPARE(engine.asked(), QString::fromLatin1(kAll)); // once: it might have some that do not run
    }

    void podmanBehindDockersSocketIsPodman()
    {
        const Machine machine;
        machine.addUnified(podman(1), 500);
        fs::create_symlink("podman/podman.sock", machine.socket()); // as the package podman-docker has it
        MadeEngine engine(machine.podmanSocket());
        engine.answer(kAll, listOf({{1, "running"}}));
        engine.answer("/containers/" + idOf(1) + "/json", "{}");
        ContainerListReader reader(machine.roots());
        const auto reading = reader.read();
        QVERIFY(reading && reading->containers.size() == 1);
        QCOMPARE(reading->containers[0].runtime, std::string("podman"));
        QCOMPARE(engine.asked().count(QLatin1String(kAll)), 1);
    }

    void theList()
    {
        const Machine machine;
        machine.addUnified(docker(1), 500);
        machine.addUnified("/lxc/web", 501);
        MadeEngine engine(machine.socket());
        engine.answer("/containers/json?all=1",
            "[{\"Id\":\"" + idOf(1) +
                "\",\"Names\":[\"/web\"],\"Image\":\"nginx:1\",\"State\":\"running\",\"Created\":60},{\"Id\":\"" +
                idOf(2) + "\",\"State\":\"exited\"}]");
        engine.answer("/containers/" + idOf(1) + "/json",
            R"({"RestartCount":3,"State":{"Status":"running","StartedAt":"1970-01-01T00:02:00Z","Health":{"Status":"starting"}}})");
        ContainerListReader reader(machine.roots());
        auto reading = reader.read();
        QVERIFY(reading && reading->warnings.empty() && reading->containers.size() == 3);
        const ListedContainer& unnamed = reading->containers[0];
        QCOMPARE(unnamed.name, idOf(2).substr(0, 12));
        QCOMPARE(unnamed.state, std::string("exited"));
        QVERIFY(!unnamed.started && !unnamed.restarts);
        const ListedContainer& web = reading->containers[1];
        QCOMPARE(web.name + '|' + web.id + '|' + web.runtime + '|' + web.image + '|' + web.state + '|' + web.health,
            "web|" + idOf(1).substr(0, 12) + "|docker|nginx:1|running|starting");
        QCOMPARE(web.restarts, std::optional<std::uint64_t>(3));
        QCOMPARE(web.created->time_since_epoch().count(), 60);
        QCOMPARE(web.started->time_since_epoch().count(), 120);
        const ListedContainer& lxc = reading->containers[2];
        QCOMPARE(lxc.name + '|' + lxc.id + '|' + lxc.runtime + '|' + lxc.state, std::string("web||lxc|running"));
        engine.forgetAsked();
        reading = reader.read(); // what goes on as it was is not asked after again; what nobody knows is
        QCOMPARE(reading->containers[1].restarts, std::optional<std::uint64_t>(3));
        QCOMPARE(engine.asked(),
            QStringLiteral("/containers/json?all=1 /containers/%1/json").arg(QString::fromStdString(idOf(2))));
        engine.answer(
            "/containers/json?all=1", "[{\"Id\":\"" + idOf(1) + "\",\"Names\":[\"/web\"],\"State\":\"paused\"}]");
        engine.forgetAsked();
        reading = reader.read();
        QCOMPARE(reading->containers[0].state, std::string("paused"));
        QCOMPARE(engine.asked(),
            QStringLiteral("/containers/json?all=1 /containers/%1/json").arg(QString::fromStdString(idOf(1))));
    }
};

QTEST_GUILESS_MAIN(ContainersReaderTest)
#include "containers_test.moc"
