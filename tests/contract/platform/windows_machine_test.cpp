// SPDX-License-Identifier: GPL-3.0-or-later
// What libs/platform promises on Windows, on the machine or in the Wine that the test runs in: what is there appears,
// ranges hold, counters do not fall over a second of work, and what is not told is absent.
#include "platform/clocks.h"
#include "platform/cpu.h"
#include "platform/diskio.h"
#include "platform/disks.h"
#include "platform/hardware.h"
#include "platform/host.h"
#include "platform/memory.h"
#include "platform/network.h"
#include "platform/packages.h"
#include "platform/pressure.h"
#include "platform/processes.h"
#include "platform/self.h"
#include "platform/services.h"
#include "platform/system.h"
#include "platform/updates.h"
#include "platform/wifi.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QElapsedTimer>
#include <QHostAddress>
#include <QSettings>
#include <QSysInfo>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QThread>

#include <algorithm>
#include <set>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

void work()
{
    QElapsedTimer timer;
    timer.start();
    volatile double sink = 0;
    while (timer.elapsed() < 1000)
        sink = sink + 1;
}

bool isBetween(double value, double low, double high)
{
    return value >= low && value <= high;
}

const NetworkInterface* loopbackOf(const NetworkReading& reading)
{
    const auto found = std::ranges::find(reading.interfaces, std::optional(true), &NetworkInterface::loopback);
    return found == reading.interfaces.end() ? nullptr : &*found;
}

} // namespace

class WindowsMachineTest : public QObject {
    Q_OBJECT

private slots:
    void cpuTimesGoForwardAndAddUp()
    {
        CpuReader reader(Roots{});
        const auto before = reader.read();
        QVERIFY2(before, qPrintable(QString::fromStdString(before ? "" : before.error().message)));
        QVERIFY(before->warnings.empty() && !before->load);
        QCOMPARE(before->logicalCount(), static_cast<std::size_t>(QThread::idealThreadCount()));
        const auto selfBefore = SelfReader().read();
        QElapsedTimer timer;
        timer.start();
        work();
        const auto after = reader.read();
        const double elapsed = static_cast<double>(timer.elapsed()) / 1000;
        QVERIFY(after->total.user >= before->total.user && after->total.idle >= before->total.idle);
        const auto passed = [](const CpuTimes& times) {
            return std::chrono::duration<double>(times.user + times.system + times.idle + *times.irq + *times.softirq);
        };
        // All modes together are the time that passed on each CPU: idling is not counted twice.
        const double perCpu = (passed(after->total) - passed(before->total)).count() / double(after->logicalCount());
        QVERIFY2(isBetween(perCpu, elapsed * 0.5, elapsed * 1.5), qPrintable(QString::number(perCpu)));
        const auto shares = cpuUsage(*before, *after);
        QVERIFY(shares.has_value());
        QVERIFY(isBetween(shares->usage, 0, 100) && isBetween(shares->idle, 0, 100));
        QVERIFY(std::abs(shares->usage + shares->idle - 100) < 0.01);
        QVERIFY(after->load && isBetween(after->load->load1, 0, 10'000));
        const auto selfAfter = SelfReader().read();
        QVERIFY(selfAfter->cpuTime > selfBefore->cpuTime);
    }

    void memoryHoldsWhatIsAvailable()
    {
        const auto memory = MemoryReader(Roots{}).read();
        QVERIFY(memory.has_value());
        QVERIFY2(memory->warnings.empty(), memory->warnings.empty() ? "" : memory->warnings.front().c_str());
        QVERIFY(memory->total > 64'000'000 && memory->available > 0 && memory->available <= memory->total);
        QVERIFY(!memory->free || *memory->free <= memory->total);
        QVERIFY(!memory->swapTotal || *memory->swapUsed() <= *memory->swapTotal);
        QVERIFY(memory->committed.value_or(0) > 0 && *memory->committed <= memory->commitLimit.value_or(0));
        const double share = memory->committedPercent().value_or(-1);
        QVERIFY(share > 0 && share <= 100);
        QVERIFY(!memory->buffers && !memory->shared && !memory->oomKills);
    }

    void theSystemDriveIsAmongTheDisks()
    {
        const auto disks = DisksReader(Roots{}).read();
        QVERIFY(disks.has_value());
        const std::string drive = qgetenv("SystemDrive").toStdString();
        const auto found = std::ranges::find(disks->fileSystems, drive, &FileSystem::mountPoint);
        QVERIFY(found != disks->fileSystems.end());
        QVERIFY(found->responding && found->space && !found->remote() && !found->readOnly);
        QVERIFY(!found->type.empty() && found->device.starts_with("\\\\?\\Volume{"));
        QVERIFY(found->space->used > 0 && found->space->used + found->space->available <= found->space->total);
        QVERIFY(!found->space->inodes);
        std::set<std::string> points;
        for (const FileSystem& fileSystem : disks->fileSystems)
            QVERIFY(points.insert(fileSystem.mountPoint).second);
    }

    void aVolumeThatHangsIsLeftAlone()
    {
        DisksOptions options;
        options.deadline = 100ms;
        options.probe = [](const std::string&) -> Result<FileSystemSpace> {
            QThread::msleep(2000);
            return FileSystemSpace{};
        };
        DisksReader reader(Roots{}, options);
        QElapsedTimer timer;
        timer.start();
        const auto disks = reader.read();
        QVERIFY(timer.elapsed() < 1500);
        QVERIFY(disks && !disks->fileSystems.empty() && !disks->fileSystems.front().responding);
        QVERIFY(reader.stuckThreads() > 0);
    }

    void disksWorkIsReadOrNotAvailable()
    {
        DiskIoReader reader(Roots{});
        const auto before = reader.read();
        if (!before) {
            QVERIFY(before.error().code == ErrorCode::NotAvailable);
            QSKIP("this system tells nothing of what its disks do (Wine)");
        }
        const auto after = reader.read();
        QVERIFY(after && !after->devices.empty());
        for (const BlockDevice& device : after->devices) {
            const auto old = std::ranges::find(before->devices, device.name, &BlockDevice::name);
            QVERIFY(
                old == before->devices.end() || (device.readBytes >= old->readBytes && device.writes >= old->writes &&
                                                    device.busyTime >= old->busyTime));
        }
    }

    void theLoopbackCountsWhatIsSent()
    {
        NetworkReader reader(Roots{});
        const auto before = reader.read();
        QVERIFY(before && loopbackOf(*before) != nullptr);
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        QTcpSocket client;
        client.connectToHost(QHostAddress::LocalHost, server.serverPort());
        QVERIFY(client.waitForConnected());
        client.write(QByteArray(100'000, 'x'));
        QVERIFY(client.waitForBytesWritten());
        const auto after = reader.read();
        QVERIFY(after && loopbackOf(*after) != nullptr);
        QVERIFY(loopbackOf(*after)->up == true && loopbackOf(*after)->isVirtual == false);
        QVERIFY(loopbackOf(*after)->receivePackets >= loopbackOf(*before)->receivePackets);
        std::set<std::string> names;
        for (const NetworkInterface& interface : after->interfaces)
            QVERIFY(names.insert(interface.name).second);
    }

    void thisProcessIsInTheList()
    {
        const auto reading = ProcessesReader(Roots{}).read();
        QVERIFY(reading.has_value());
        const auto own = std::ranges::find(
            reading->processes, static_cast<std::int64_t>(QCoreApplication::applicationPid()), &Process::pid);
        QVERIFY(own != reading->processes.end());
        QVERIFY(own->name.starts_with("platform_windows_machine_test"));
        QVERIFY(own->account && own->account->find('\\') != std::string::npos);
        QVERIFY(!own->uid && own->residentBytes > 1'000'000 && own->threads >= 1);
        QVERIFY(own->started && *own->started <= std::chrono::system_clock::now() + 2s);
        QVERIFY(std::ranges::find(reading->processes, 0, &Process::pid) == reading->processes.end());
        QVERIFY(std::ranges::is_sorted(reading->processes, {}, &Process::pid));
    }

    void theSystemAndItsClocks()
    {
        SystemReader reader(Roots{});
        const auto counted = reader.read();
        QVERIFY(counted && counted->warnings.empty() && counted->processes);
        QVERIFY(counted->processes->processes > 1 && counted->processes->threads >= counted->processes->processes);
        QVERIFY(!counted->processes->zombie && !counted->forks && !counted->openFilesLimit);
        QVERIFY(!reader.read(ProcessCounting::LeaveOut)->processes);
        QVERIFY(*counted->uptime > 1s && *counted->bootTime <= std::chrono::system_clock::now());

        const Clocks before = readClocks();
        QTest::qSleep(100);
        const Clocks after = readClocks();
        QVERIFY(isBetween(double(after.elapsedMs - before.elapsedMs), 50, 5'000));
        QVERIFY(isBetween(double(after.awakeMs - before.awakeMs), 50, 5'000));
        QVERIFY(std::abs(after.wallMs - QDateTime::currentMSecsSinceEpoch()) < 5'000);
        QCOMPARE(readBootId(Roots{}).value_or("a"), readBootId(Roots{}).value_or("b"));
    }

    void whoTheMachineIs()
    {
        const auto facts = readHostFacts(Roots{});
        QVERIFY(facts && facts->warnings.empty());
        QCOMPARE(QString::fromStdString(facts->hostname).toLower(), QSysInfo::machineHostName().toLower());
        QCOMPARE(facts->osFamily, std::string("windows"));
        QCOMPARE(facts->architecture, std::string("x86_64"));
        QVERIFY(facts->osVersion.starts_with("10.0.") && facts->kernel.starts_with(facts->osVersion));
        QCOMPARE(facts->machineId.value_or(""), QSysInfo::machineUniqueId().toStdString());
        QCOMPARE(facts->bootId.value_or(""), readBootId(Roots{}).value_or("none"));
    }

    void thereIsNoPressure() { QVERIFY(PressureReader(Roots{}).read().error().code == ErrorCode::NotAvailable); }

    void wirelessLinksAreConnected()
    {
        WifiReader reader(Roots{});
        for (int i = 0; i < 2; ++i) { // the library stays loaded
            const auto reading = reader.read();
            QVERIFY2(reading || reading.error().code == ErrorCode::NotAvailable,
                qPrintable(QString::fromStdString(reading ? "" : reading.error().message)));
            for (const WifiLink& link : reading ? reading->links : std::vector<WifiLink>())
                QVERIFY(!link.interfaceName.empty() && link.signalDbm.value_or(-1) < 0);
        }
    }

    void servicesAreThoseOfTheManager()
    {
        const auto reading = ServicesReader(Roots{}).read();
        QVERIFY2(reading, qPrintable(QString::fromStdString(reading ? "" : reading.error().message)));
        QCOMPARE(reading->manager, std::string("scm"));
        QVERIFY(std::ranges::is_sorted(reading->services, {}, &Service::name));
        const auto log = std::ranges::find_if(reading->services, [](const Service& service) {
            return QString::fromStdString(service.name).compare(QLatin1String("eventlog"), Qt::CaseInsensitive) == 0;
        });
        QVERIFY(log != reading->services.end());
        QCOMPARE(log->start, ServiceStart::Automatic);
        QVERIFY(!log->displayName.empty() && !log->account.empty());
        QVERIFY2(log->program.ends_with(".exe"), log->program.c_str());
        QCOMPARE(log->state == ServiceState::Running, log->pid.has_value());
    }

    void programsOfBothViewsAndOfAccountsAreThere()
    {
        const QString folder = QStringLiteral("\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\SextantTest");
        const auto write = [&folder](const char* root, QSettings::Format view, const char* name) {
            QSettings key(QString::fromLatin1(root) + folder, view);
            key.setValue(QStringLiteral("DisplayName"), QString::fromLatin1(name));
            key.setValue(QStringLiteral("DisplayVersion"), QStringLiteral("1.2"));
            key.setValue(QStringLiteral("EstimatedSize"), 3);
        };
        write("HKEY_LOCAL_MACHINE", QSettings::Registry64Format, "Sextant test 64");
        write("HKEY_LOCAL_MACHINE", QSettings::Registry32Format, "Sextant test 32");
        write("HKEY_CURRENT_USER", QSettings::Registry64Format, "Sextant test of an account");
        QSettings part(
            QStringLiteral("HKEY_LOCAL_MACHINE") + folder + QStringLiteral("Part"), QSettings::Registry64Format);
        part.setValue(QStringLiteral("DisplayName"), QStringLiteral("Sextant test part"));
        part.setValue(QStringLiteral("SystemComponent"), 1);
        part.sync();
        const auto reading = readPackages(Roots{});
        for (const char* root : {"HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER"}) {
            for (const auto view : {QSettings::Registry64Format, QSettings::Registry32Format})
                QSettings(QString::fromLatin1(root) + folder, view).clear();
        }
        part.clear();
        QVERIFY(reading && reading->warnings.empty());
        QStringList found;
        for (const Package& package : reading->packages) {
            if (!package.name.starts_with("Sextant test"))
                continue;
            found << QString::fromStdString(package.name + '|' + package.architecture);
            QCOMPARE(package.bytes, std::optional<std::uint64_t>(3'072));
            QCOMPARE(package.account.empty(), package.name != "Sextant test of an account");
        }
        QCOMPARE(found, (QStringList{QStringLiteral("Sextant test 32|x86"), QStringLiteral("Sextant test 64|x86_64"),
                            QStringLiteral("Sextant test of an account|")}));
    }

    void hardwareHasAProcessor()
    {
        const auto hardware = readHardware(Roots{});
        QVERIFY(hardware);
        QVERIFY(!hardware->processors.empty());
        QVERIFY(hardware->processors[0].threads.value_or(0) > 0);
        for (const Disk& disk : hardware->disks) // Wine 8 has one
            QVERIFY2(disk.name.starts_with("PhysicalDrive"), disk.name.c_str());
    }

    void withoutAWorkerNobodyKnowsOfUpdates()
    {
        const auto reading = UpdatesReader(Roots{}).read();
        QVERIFY(reading);
        QVERIFY(!reading->pending && reading->warnings.empty());
        QCOMPARE(reading->rebootRequired, std::optional(!reading->rebootReasons.empty()));
    }
};

QTEST_GUILESS_MAIN(WindowsMachineTest)
#include "windows_machine_test.moc"
