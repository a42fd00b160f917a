// SPDX-License-Identifier: GPL-3.0-or-later
// What libs/platform promises, on the machine that the test runs on: what is declared appears, ranges hold, and
// counters do not fall over a second of work.

#include "platform/cpu.h"
#include "platform/diskio.h"
#include "platform/disks.h"
#include "platform/host.h"
#include "platform/memory.h"
#include "platform/network.h"
#include "platform/pressure.h"
#include "platform/processes.h"
#include "platform/self.h"
#include "platform/system.h"

#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QHostAddress>
#include <QProcess>
#include <QSysInfo>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryFile>
#include <QTest>

#include <unistd.h>

#include <numeric>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

/// A second of work: code, the kernel, forks, memory and a file.
void work()
{
    QElapsedTimer timer;
    timer.start();
    QTemporaryFile file;
    QVERIFY(file.open());
    volatile double sink = 0;
    while (timer.elapsed() < 1000) {
        for (int i = 0; i < 10'000; ++i)
            sink = sink + double(i) * sink;
        file.seek(0);
        file.write(QByteArray(4096, 'x'));
        file.flush();
    }
    QCOMPARE(QProcess::execute(u"true"_qs, {}), 0);
}

void verifyNoFall(const CpuTimes& before, const CpuTimes& after)
{
    QVERIFY(after.user >= before.user && after.system >= before.system && after.idle >= before.idle);
    for (const auto mode : {&CpuTimes::nice, &CpuTimes::iowait, &CpuTimes::irq, &CpuTimes::softirq, &CpuTimes::steal,
             &CpuTimes::guest, &CpuTimes::guestNice}) {
        QVERIFY((after.*mode).has_value());
        QVERIFY(*(after.*mode) >= *(before.*mode));
    }
}

void verifyShare(double percent)
{
    QVERIFY2(percent >= 0 && percent <= 100, qPrintable(QString::number(percent)));
}

} // namespace

class LiveMachineTest : public QObject {
    Q_OBJECT
private slots:
    void cpuTimesGoForwardAndAddUp()
    {
        CpuReader reader((Roots()));
        const auto before = reader.read();
        const auto begin = std::chrono::steady_clock::now();
        work();
        const auto after = reader.read();
        const auto passed = std::chrono::steady_clock::now() - begin;
        QVERIFY(before && after);
        QVERIFY(after->warnings.empty());
        QCOMPARE(after->logicalCount(), std::size_t(sysconf(_SC_NPROCESSORS_ONLN)));
        verifyNoFall(before->total, after->total);
        for (std::size_t i = 0; i < after->cores.size(); ++i)
            verifyNoFall(before->cores[i].times, after->cores[i].times);
        const auto shares = cpuUsage(*before, *after);
        QVERIFY(shares);
        verifyShare(shares->usage);
        QVERIFY(shares->usage > 0);
        QVERIFY(std::abs(shares->usage + shares->idle + *shares->iowait - 100) < 0.001);
        // All modes of all CPUs add up to the time that passed: nothing is counted twice.
        CpuTimes::Time sum{};
        for (const CpuReading* reading : {&*before, &*after}) {
            const int sign = reading == &*after ? 1 : -1;
            for (const CoreTimes& core : reading->cores) {
                const CpuTimes& t = core.times;
                sum += sign * (t.user + t.system + t.idle + *t.nice + *t.iowait + *t.irq + *t.softirq + *t.steal +
                                  *t.guest + *t.guestNice);
            }
        }
        const double perCpu = std::chrono::duration<double>(sum).count() / double(after->cores.size());
        const double wall = std::chrono::duration<double>(passed).count();
        QVERIFY2(std::abs(perCpu - wall) < 0.25 * wall, qPrintable(QStringLiteral("%1 of %2 s").arg(perCpu).arg(wall)));
        QVERIFY(after->load->load1 >= 0 && after->load->load15 >= 0);
    }

    void memoryIsWithinItsBounds()
    {
        MemoryReader reader((Roots()));
        const auto before = reader.read();
        const std::vector<char> touched(20'000'000, 'x');
        const auto after = reader.read();
        QVERIFY(before && after);
        QVERIFY(touched.back() == 'x');
        QVERIFY(after->total > 64'000'000);
        QVERIFY(after->free <= after->total && after->available <= after->total);
        verifyShare(after->usedPercent());
        QVERIFY(after->committed && after->commitLimit);
        QVERIFY(after->committedPercent().has_value() == after->refusesPastCommitLimit);
        QVERIFY(after->cached && after->buffers && after->shared && after->slabReclaimable && after->swapTotal &&
                after->swapFree);
        QVERIFY(*after->pageFaults >= *before->pageFaults + 1000); // 20 MB in pages of 4 to 16 KB, or large ones
        QVERIFY(*after->majorPageFaults >= *before->majorPageFaults);
    }

    void fileSystemsHaveTheRoot()
    {
        DisksReader reader((Roots()));
        const auto reading = reader.read();
        QVERIFY(reading);
        QCOMPARE(reading->fileSystems.front().mountPoint, std::string("/"));
        for (const FileSystem& fileSystem : reading->fileSystems) {
            QVERIFY(fileSystem.kind == FileSystemKind::Disk || fileSystem.kind == FileSystemKind::Network);
            QVERIFY(fileSystem.type != "proc" && fileSystem.type != "sysfs" && fileSystem.type != "tmpfs");
            if (!fileSystem.space)
                continue;
            QVERIFY(fileSystem.space->used + fileSystem.space->available <= fileSystem.space->total);
            verifyShare(fileSystem.space->usedPercent().value_or(0));
            verifyShare(fileSystem.space->inodesUsedPercent().value_or(0));
        }
        QCOMPARE(reader.stuckThreads(), 0U);
    }

    void diskCountersGoForward()
    {
        DiskIoReader reader((Roots()));
        const auto before = reader.read();
        const auto begin = std::chrono::steady_clock::now();
        work();
        const auto after = reader.read();
        const auto passed = std::chrono::steady_clock::now() - begin;
        QVERIFY(before && after);
        for (const BlockDevice& device : after->devices) {
            const auto earlier = std::ranges::find(before->devices, device.kernelName, &BlockDevice::kernelName);
            if (earlier == before->devices.end())
                continue;
            QVERIFY(device.readBytes >= earlier->readBytes && device.writeBytes >= earlier->writeBytes);
            QVERIFY(device.reads >= earlier->reads && device.writes >= earlier->writes);
            QVERIFY(device.readTime && device.writeTime && device.busyTime && device.weightedTime);
            QVERIFY(*device.busyTime >= *earlier->busyTime);
            verifyShare(busyPercent(*earlier, device, passed).value());
        }
    }

    void loopbackCountsWhatIsSentThroughIt()
    {
        NetworkReader reader((Roots()));
        const auto loopback = [](const NetworkReading& reading) {
            return *std::ranges::find(reading.interfaces, std::optional(true), &NetworkInterface::loopback);
        };
        const auto before = reader.read();
        QVERIFY(before);
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        QTcpSocket client;
        client.connectToHost(QHostAddress::LocalHost, server.serverPort());
        QVERIFY(client.waitForConnected() && server.waitForNewConnection(5000));
        client.write(QByteArray(1'000'000, 'x'));
        QTcpSocket* const peer = server.nextPendingConnection();
        qint64 received = 0;
        while (received < 1'000'000 && (client.waitForBytesWritten(10) || peer->waitForReadyRead(5000)))
            received += peer->readAll().size();
        QTRY_VERIFY((received += peer->readAll().size()) >= 1'000'000);
        const auto after = reader.read();
        QVERIFY(after);
        QVERIFY(loopback(*after).receiveBytes >= loopback(*before).receiveBytes + 1'000'000);
        QVERIFY(loopback(*after).transmitBytes >= loopback(*before).transmitBytes + 1'000'000);
        QVERIFY(loopback(*after).receivePackets > loopback(*before).receivePackets);
        QCOMPARE(loopback(*after).isVirtual, std::optional(false));
        QCOMPARE(loopback(*after).up, std::optional(true));
        QVERIFY(loopback(*after).mtuBytes.value() >= 1500);
    }

    void pressureIsThereOrSaidToBeAbsent()
    {
        const auto reading = PressureReader(Roots()).read();
        if (!QFile::exists(u"/proc/pressure/cpu"_qs)) {
            QCOMPARE(reading.error().code, ErrorCode::NotAvailable);
            return;
        }
        QVERIFY(reading);
        QVERIFY(reading->resources.size() >= 3);
        for (const Pressure& pressure : reading->resources) {
            for (const auto& stall : {pressure.some, pressure.full}) {
                if (!stall)
                    continue;
                verifyShare(stall->avg10);
                verifyShare(stall->avg60);
                verifyShare(stall->avg300);
                QVERIFY(stall->total >= 0us);
            }
        }
    }

    void systemCountersGoForward()
    {
        SystemReader reader((Roots()));
        const auto before = reader.read();
        work();
        const auto after = reader.read();
        QVERIFY(before && after);
        QVERIFY(after->warnings.empty());
        QVERIFY(*after->uptime >= *before->uptime + 900ms);
        QVERIFY(*after->contextSwitches > *before->contextSwitches);
        QVERIFY(*after->interrupts > *before->interrupts);
        QVERIFY(*after->forks > *before->forks); // true(1)
        QVERIFY(*after->openFiles > 0);
        const auto started = std::chrono::system_clock::now() - *after->uptime;
        QVERIFY(std::chrono::abs(started - *after->bootTime) < 60s);
        const ProcessCounts& counts = *after->processes;
        QVERIFY(counts.running >= 1); // this one
        QVERIFY(counts.threads >= counts.processes);
        QCOMPARE(counts.running + counts.sleeping + *counts.blocked + *counts.stopped + *counts.zombie + *counts.idle,
            counts.processes);
    }

    void thisProcessIsInTheTable()
    {
        const auto reading = ProcessesReader(Roots()).read();
        QVERIFY(reading);
        const auto own = std::ranges::find(reading->processes, std::int64_t(::getpid()), &Process::pid);
        QVERIFY(own != reading->processes.end());
        QCOMPARE(own->parent, std::int64_t(::getppid()));
        QCOMPARE(own->uid.value(), ::geteuid());
        QCOMPARE(own->state, ProcessState::Running);
        QVERIFY(QString::fromStdString(own->commandLine).contains(QFileInfo(qApp->applicationFilePath()).fileName()));
        QVERIFY(std::chrono::abs(std::chrono::system_clock::now() - *own->started) < 120s);
        const auto self = SelfReader().read();
        QVERIFY(self);
        QVERIFY(std::chrono::abs(self->started - *own->started) < 5s);
        QVERIFY(self->residentBytes >= own->residentBytes / 2 && self->residentBytes <= own->residentBytes * 2);
    }

    void theHostSaysWhoItIs()
    {
        const auto host = readHostFacts(Roots());
        QVERIFY(host);
        QCOMPARE(QString::fromStdString(host->hostname), QSysInfo::machineHostName());
        QCOMPARE(QString::fromStdString(host->kernel), QSysInfo::kernelVersion());
        QCOMPARE(QString::fromStdString(host->osName), QSysInfo::prettyProductName());
        if (host->machineId)
            QCOMPARE(QByteArray::fromStdString(*host->machineId), QSysInfo::machineUniqueId());
        QCOMPARE(QByteArray::fromStdString(host->bootId.value()), QSysInfo::bootUniqueId());
        QVERIFY(!host->architecture.empty());
    }
};

QTEST_GUILESS_MAIN(LiveMachineTest)
#include "live_machine_test.moc"
