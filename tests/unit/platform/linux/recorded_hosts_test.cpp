// SPDX-License-Identifier: GPL-3.0-or-later
// Every reader on every recorded machine: the numbers were read off the files.

#include "platform/cpu.h"
#include "platform/diskio.h"
#include "platform/host.h"
#include "platform/memory.h"
#include "platform/network.h"
#include "platform/pressure.h"
#include "platform/processes.h"
#include "platform/system.h"
#include "recorded_host.h"

#include <QTest>

#include <unistd.h>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

const BlockDevice* find(const DiskIoReading& reading, const std::string& kernelName)
{
    const auto place = std::ranges::find(reading.devices, kernelName, &BlockDevice::kernelName);
    return place == reading.devices.end() ? nullptr : &*place;
}

const NetworkInterface* find(const NetworkReading& reading, const std::string& name)
{
    const auto place = std::ranges::find(reading.interfaces, name, &NetworkInterface::name);
    return place == reading.interfaces.end() ? nullptr : &*place;
}

const Pressure* find(const PressureReading& reading, const std::string& resource)
{
    const auto place = std::ranges::find(reading.resources, resource, &Pressure::resource);
    return place == reading.resources.end() ? nullptr : &*place;
}

std::chrono::seconds unixTime(std::chrono::system_clock::time_point time)
{
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
}

} // namespace

class RecordedHostsTest : public QObject {
    Q_OBJECT
private slots:
    void recordedVm()
    {
        const Roots roots = recordedHost("recorded-vm");
        const auto cpu = CpuReader(roots).read();
        QVERIFY(cpu);
        QCOMPARE(cpu->logicalCount(), 2U);
        QCOMPARE(cpu->total.user, CpuTimes::Time(715070ms));
        QCOMPARE(cpu->total.idle, CpuTimes::Time(5916090ms));
        QCOMPARE(cpu->total.iowait.value(), CpuTimes::Time(24710ms));
        QCOMPARE(cpu->cores[1].times.steal.value(), CpuTimes::Time(700ms));
        QCOMPARE(cpu->load->load1, 1.87);
        QCOMPARE(cpu->load->load15, 0.58);
        QVERIFY(cpu->warnings.empty());

        const auto memory = MemoryReader(roots).read();
        QVERIFY(memory);
        QCOMPARE(memory->used(), std::uint64_t(24684092 - 23632692) * 1024);
        QCOMPARE(memory->pageFaults.value(), std::uint64_t(42378228));
        QCOMPARE(memory->majorPageFaults.value(), std::uint64_t(5581));
        QCOMPARE(memory->oomKills.value(), std::uint64_t(0));
        QVERIFY(!memory->swapUsedPercent()); // it has none

        const auto diskIo = DiskIoReader(roots).read();
        QVERIFY(diskIo);
        QCOMPARE(diskIo->devices.size(), 1U); // neither loop nor zram did anything
        QCOMPARE(diskIo->devices[0].name, std::string("vda"));
        QCOMPARE(diskIo->devices[0].readBytes, std::uint64_t(3722933248));

        const auto network = NetworkReader(roots).read();
        QVERIFY(network);
        QCOMPARE(network->interfaces.size(), 4U);
        QCOMPARE(find(*network, "eth0")->receiveBytes, std::uint64_t(878483247));
        QCOMPARE(find(*network, "eth0")->isVirtual, std::optional(false));
        QCOMPARE(find(*network, "eth0")->up, std::optional(true));
        QCOMPARE(find(*network, "lo")->loopback, std::optional(true));
        QCOMPARE(find(*network, "lo")->up, std::optional(true));
        QCOMPARE(find(*network, "ifb0")->isVirtual, std::optional(true));

        const auto system = SystemReader(roots).read();
        QVERIFY(system);
        QCOMPARE(system->uptime.value(), std::chrono::nanoseconds(3435820ms));
        QCOMPARE(unixTime(system->bootTime.value()), 1795254258s);
        QCOMPARE(system->interrupts.value(), std::uint64_t(1317476));
        QCOMPARE(system->contextSwitches.value(), std::uint64_t(2474010));
        QCOMPARE(system->forks.value(), std::uint64_t(37680));
        QCOMPARE(system->openFiles.value(), std::uint64_t(1538));
        QCOMPARE(system->openFilesLimit.value(), std::uint64_t(2466177));
        QCOMPARE(system->processes->processes, std::uint64_t(12));

        const auto host = readHostFacts(roots);
        QVERIFY(host);
        QCOMPARE(host->osId, std::string("debian"));
        QCOMPARE(host->osVersion, std::string("12"));
        QCOMPARE(host->kernel, std::string("6.18.44"));
        QCOMPARE(host->architecture, std::string("x86_64"));
        QCOMPARE(host->virtualisation, std::optional<std::string>("vm"));
        QCOMPARE(host->container, std::optional<std::string>("docker"));
    }

    void bigServerCpuAndMemory()
    {
        const Roots roots = recordedHost("made-big-server");
        const auto cpu = CpuReader(roots).read();
        QVERIFY(cpu);
        QCOMPARE(cpu->logicalCount(), 128U);
        QCOMPARE(cpu->total.nice.value(), CpuTimes::Time(145s)); // 14528 ticks less 28 of guests
        QCOMPARE(cpu->total.guest.value(), CpuTimes::Time(200s));
        QCOMPARE(cpu->total.idle, CpuTimes::Time(11519918720ms));
        QCOMPARE(cpu->load->load15, 120.99);

        const auto memory = MemoryReader(roots).read();
        QVERIFY(memory);
        QCOMPARE(memory->total, std::uint64_t(1056358492) * 1024);
        QCOMPARE(memory->used(), std::uint64_t(156358492) * 1024);
        QCOMPARE(memory->cached.value(), std::uint64_t(550000000) * 1024);
        QCOMPARE(memory->swapUsed().value(), std::uint64_t(777212) * 1024);
        QCOMPARE(memory->oomKills.value(), std::uint64_t(3));
    }

    void bigServerDisks()
    {
        const auto reading = DiskIoReader(recordedHost("made-big-server")).read();
        QVERIFY(reading);
        QCOMPARE(reading->devices.size(), 24U + 1 + 2 + 1 + 4); // not loop0, not ram0
        QCOMPARE(find(*reading, "sdx")->kind, BlockDeviceKind::Disk);
        QCOMPARE(find(*reading, "sdx")->reads, std::uint64_t(1023));
        QCOMPARE(find(*reading, "sda1")->kind, BlockDeviceKind::Partition);
        QCOMPARE(find(*reading, "nvme0n1")->kind, BlockDeviceKind::Disk);
        QCOMPARE(find(*reading, "nvme0n1")->readBytes, std::uint64_t(63209875968)); // 123456789 sectors
        QCOMPARE(find(*reading, "nvme0n1")->inFlight.value(), std::uint64_t(4));
        QCOMPARE(find(*reading, "nvme0n1p1")->kind, BlockDeviceKind::Partition);
        QCOMPARE(find(*reading, "md127")->kind, BlockDeviceKind::Layered);
        QCOMPARE(find(*reading, "md127")->name, std::string("md127"));
        QCOMPARE(find(*reading, "dm-2")->kind, BlockDeviceKind::Layered);
        QCOMPARE(find(*reading, "dm-2")->name, std::string("data-pg--wal"));
        QVERIFY(!find(*reading, "loop0") && !find(*reading, "ram0"));
    }

    void bigServerNetwork()
    {
        const auto reading = NetworkReader(recordedHost("made-big-server")).read();
        QVERIFY(reading);
        QCOMPARE(reading->interfaces.size(), 8U);
        for (const char* name : {"bond0", "bond0.100", "br0", "vnet0"})
            QVERIFY2(find(*reading, name)->isVirtual == true, name);
        for (const char* name : {"lo", "eno1", "eno2", "eno3"})
            QVERIFY2(find(*reading, name)->isVirtual == false, name);
        const NetworkInterface* const nic = find(*reading, "eno1");
        QCOMPARE(nic->receiveBytes, std::uint64_t(900000000000));
        QCOMPARE(nic->transmitErrors, std::uint64_t(3));
        QCOMPARE(nic->transmitDrops, std::uint64_t(4));
        QCOMPARE(nic->speedBytesPerSecond.value(), std::uint64_t(3125000000)); // 25 Gbit/s
        QCOMPARE(nic->up, std::optional(true));
        QCOMPARE(nic->loopback, std::optional(false));
        QCOMPARE(find(*reading, "eno3")->up, std::optional(false));
        QVERIFY(!find(*reading, "eno3")->speedBytesPerSecond);
        QCOMPARE(find(*reading, "bond0")->mtuBytes.value(), std::uint64_t(9000));
        QCOMPARE(find(*reading, "lo")->loopback, std::optional(true));
        QCOMPARE(find(*reading, "vnet0")->transmitDrops, std::uint64_t(7));
    }

    void bigServerPressure()
    {
        const auto reading = PressureReader(recordedHost("made-big-server")).read();
        QVERIFY(reading);
        QCOMPARE(reading->resources.size(), 3U);
        QCOMPARE(find(*reading, "cpu")->some->avg10, 12.5);
        QCOMPARE(find(*reading, "cpu")->some->total, 987654321012us);
        QCOMPARE(find(*reading, "io")->full->avg300, 3.75);
        QCOMPARE(find(*reading, "io")->full->total, 123456789us);
        QVERIFY(!find(*reading, "irq"));
        QVERIFY(reading->warnings.empty());
    }

    void bigServerSystem()
    {
        const auto system = SystemReader(recordedHost("made-big-server")).read();
        QVERIFY(system);
        QCOMPARE(system->uptime.value(), std::chrono::nanoseconds(9120500250ms));
        QCOMPARE(system->users.value(), std::uint64_t(3));
        QCOMPARE(system->openFiles.value(), std::uint64_t(52992));
        QVERIFY(!system->openFilesLimit); // the kernel's way to say none
        const ProcessCounts& counts = system->processes.value();
        QCOMPARE(counts.processes, std::uint64_t(8));
        QCOMPARE(counts.sleeping, std::uint64_t(3)); // systemd, kthreadd, evil
        QCOMPARE(counts.running, std::uint64_t(1));
        QCOMPARE(counts.blocked.value(), std::uint64_t(1));
        QCOMPARE(counts.stopped.value(), std::uint64_t(1));
        QCOMPARE(counts.zombie.value(), std::uint64_t(1));
        QCOMPARE(counts.idle.value(), std::uint64_t(1));
        QCOMPARE(counts.threads, std::uint64_t(1 + 1 + 1 + 1 + 3 + 7 + 1 + 1));
    }

    void bigServerProcesses()
    {
        const auto reading = ProcessesReader(recordedHost("made-big-server")).read();
        QVERIFY(reading);
        QCOMPARE(reading->processes.size(), 8U);
        const Process& first = reading->processes[0];
        QCOMPARE(first.pid, std::int64_t(1));
        QCOMPARE(first.name, std::string("systemd"));
        QCOMPARE(first.commandLine, std::string("/usr/lib/systemd/systemd --switched-root"));
        const Process& postgres = reading->processes[3];
        QCOMPARE(postgres.pid, std::int64_t(1500));
        QCOMPARE(postgres.state, ProcessState::Blocked);
        QCOMPARE(postgres.uid.value(), 26U);
        QCOMPARE(postgres.cpuTime, std::chrono::nanoseconds(1300s)); // 123456 + 6544 ticks
        QCOMPARE(postgres.residentBytes, std::uint64_t(65536) * std::uint64_t(sysconf(_SC_PAGESIZE)));
        QCOMPARE(postgres.commandLine, std::string("postgres: writer process"));
        QCOMPARE(unixTime(postgres.started.value()), 1700000090s);
        QCOMPARE(reading->processes[4].name, std::string("evil) R 1 (x"));
        QCOMPARE(reading->processes[4].uid.value(), 1000U);
        QCOMPARE(reading->processes[4].commandLine, std::string("/tmp/evil a b"));
        QCOMPARE(reading->processes[5].name, std::string("new\nline name"));
        QCOMPARE(reading->processes[7].state, ProcessState::Zombie);
        QCOMPARE(reading->processes[7].commandLine, std::string());
    }

    void bigServerHost()
    {
        const auto host = readHostFacts(recordedHost("made-big-server"));
        QVERIFY(host);
        QCOMPARE(host->hostname, std::string("db1"));
        QCOMPARE(host->osName, std::string("Red Hat Enterprise Linux 9.4 (Plow)"));
        QCOMPARE(host->machineId.value(), std::string("0123456789abcdef0123456789abcdef"));
        QCOMPARE(host->bootId.value(), std::string("00000000-0000-4000-8000-000000000001"));
        QVERIFY(!host->virtualisation && !host->container);
    }

    void armBoard()
    {
        const Roots roots = recordedHost("made-arm-board");
        QCOMPARE(CpuReader(roots).read()->cores[3].times.nice.value(), CpuTimes::Time(40ms));
        const auto pressure = PressureReader(roots).read();
        QVERIFY(!pressure);
        QCOMPARE(pressure.error().code, ErrorCode::NotAvailable);

        const auto diskIo = DiskIoReader(roots).read();
        QVERIFY(diskIo);
        QCOMPARE(diskIo->devices.size(), 6U); // loop0 and zram0 worked, zram1 did not
        QCOMPARE(find(*diskIo, "mmcblk0")->kind, BlockDeviceKind::Disk);
        QCOMPARE(find(*diskIo, "mmcblk0p2")->kind, BlockDeviceKind::Partition);
        QCOMPARE(find(*diskIo, "mmcblk0boot0")->kind, BlockDeviceKind::Disk);
        QCOMPARE(find(*diskIo, "zram0")->kind, BlockDeviceKind::Memory);
        QCOMPARE(find(*diskIo, "loop0")->kind, BlockDeviceKind::Loop);

        const auto network = NetworkReader(roots).read();
        QVERIFY(network);
        QCOMPARE(find(*network, "eth0")->up, std::optional(false));
        QCOMPARE(find(*network, "wlan0")->up, std::optional(true));
        QCOMPARE(find(*network, "wlan0")->isVirtual, std::optional(false));
        QVERIFY(!find(*network, "wlan0")->speedBytesPerSecond);

        QCOMPARE(MemoryReader(roots).read()->swapUsedPercent().value(), 0.0);
        const auto system = SystemReader(roots).read();
        QVERIFY(system);
        QVERIFY(!system->users);
        QVERIFY(system->warnings.empty());
        QCOMPARE(readHostFacts(roots)->architecture, std::string("aarch64"));
    }

    void oldKernel()
    {
        const Roots roots = recordedHost("made-old-kernel");
        const auto cpu = CpuReader(roots).read();
        QVERIFY(cpu);
        QCOMPARE(cpu->logicalCount(), 2U);
        QCOMPARE(cpu->cores[1].core, 2U);
        QCOMPARE(cpu->total.steal.value(), CpuTimes::Time(2500ms));
        QVERIFY(!MemoryReader(roots).read()->oomKills);

        const auto diskIo = DiskIoReader(roots).read();
        QVERIFY(diskIo);
        QCOMPARE(find(*diskIo, "xvda1")->reads, std::uint64_t(4294967290));
        QCOMPARE(find(*diskIo, "xvda1")->readBytes, std::uint64_t(2199023255040)); // 4294967295 sectors
        QCOMPARE(find(*diskIo, "xvda1")->kind, BlockDeviceKind::Partition);

        const auto network = NetworkReader(roots).read();
        QVERIFY(network);
        const NetworkInterface* const eth0 = find(*network, "eth0");
        QCOMPARE(eth0->receiveBytes, std::uint64_t(4294967295));
        QCOMPARE(eth0->receiveErrors, std::uint64_t(5));
        QCOMPARE(eth0->receiveDrops, std::uint64_t(6));
        QCOMPARE(eth0->transmitBytes, std::uint64_t(123456789));
        QCOMPARE(eth0->up, std::optional(true)); // unknown, but with a carrier
        QVERIFY(!eth0->speedBytesPerSecond);     // 65535: not known
        QCOMPARE(find(*network, "lo")->receiveBytes, std::uint64_t(1000000));
        QCOMPARE(readHostFacts(roots)->virtualisation, std::optional<std::string>("xen"));
    }

    void container()
    {
        const Roots roots = recordedHost("made-container");
        const auto diskIo = DiskIoReader(roots).read();
        QVERIFY(diskIo);
        QCOMPARE(diskIo->warnings.size(), 1U); // no sysfs for disks: told apart by name
        QCOMPARE(find(*diskIo, "nvme0n1")->kind, BlockDeviceKind::Disk);
        QCOMPARE(find(*diskIo, "nvme0n1p1")->kind, BlockDeviceKind::Partition);
        const auto network = NetworkReader(roots).read();
        QVERIFY(network);
        QCOMPARE(find(*network, "eth0")->isVirtual, std::optional(true));
        QCOMPARE(find(*network, "eth0")->speedBytesPerSecond.value(), std::uint64_t(1250000000));
        const auto pressure = PressureReader(roots).read();
        QVERIFY(pressure);
        QCOMPARE(pressure->resources.size(), 4U);
        QVERIFY(!find(*pressure, "irq")->some);
        QCOMPARE(find(*pressure, "irq")->full->total, 123456us);
        QCOMPARE(SystemReader(roots).read()->processes->threads, std::uint64_t(11));
        const auto host = readHostFacts(roots);
        QVERIFY(host);
        QCOMPARE(host->hostname, std::string("web-0"));
        QCOMPARE(host->container, std::optional<std::string>("docker"));
        const auto memory = MemoryReader(roots).read();
        QVERIFY(memory);
        QCOMPARE(memory->warnings.size(), 1U); // no vmstat
        QVERIFY(!memory->pageFaults);
    }

    void aMachineThatIsNotThereGivesErrorsNotZeros()
    {
        const Roots nowhere = recordedHost("no-such-host");
        QCOMPARE(CpuReader(nowhere).read().error().code, ErrorCode::NotFound);
        QCOMPARE(MemoryReader(nowhere).read().error().code, ErrorCode::NotFound);
        QCOMPARE(DiskIoReader(nowhere).read().error().code, ErrorCode::NotFound);
        QCOMPARE(NetworkReader(nowhere).read().error().code, ErrorCode::NotFound);
        QCOMPARE(PressureReader(nowhere).read().error().code, ErrorCode::NotAvailable);
        QVERIFY(!SystemReader(nowhere).read());
        QCOMPARE(ProcessesReader(nowhere).read().error().code, ErrorCode::NotFound);
        QCOMPARE(readHostFacts(nowhere).error().code, ErrorCode::NotFound);
    }
};

QTEST_GUILESS_MAIN(RecordedHostsTest)
#include "recorded_hosts_test.moc"
