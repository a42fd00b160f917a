// SPDX-License-Identifier: GPL-3.0-or-later
// Readers while the files under them change: counters go on, CPUs and devices come and go, files vanish.

#include "platform/cpu.h"
#include "platform/diskio.h"
#include "platform/linux/kernel_file.h"
#include "platform/memory.h"
#include "platform/network.h"
#include "platform/processes.h"
#include "platform/self.h"
#include "platform/system.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

/// A small machine in a temporary folder. Files are written in place, as the kernel's are: an open one sees the new
/// text.
class Machine {
public:
    void write(const QString& path, const QByteArray& text) const
    {
        const QString whole = m_folder.filePath(path);
        QVERIFY(QDir().mkpath(QFileInfo(whole).path()));
        QFile file(whole);
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        QCOMPARE(file.write(text), qint64(text.size()));
    }
    void remove(const QString& path) const
    {
        const QString whole = m_folder.filePath(path);
        QVERIFY(QFileInfo(whole).isDir() ? QDir(whole).removeRecursively() : QFile::remove(whole));
    }
    [[nodiscard]] std::string path(const QString& path) const { return m_folder.filePath(path).toStdString(); }
    [[nodiscard]] Roots roots() const { return {path(u"proc"_qs), path(u"sys"_qs), path(u"root"_qs)}; }

private:
    QTemporaryDir m_folder;
};

const QByteArray kNetTitles = "Inter-| Receive | Transmit\n face |bytes packets|bytes\n";

QByteArray interface(const QByteArray& name)
{
    return name + ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";
}

} // namespace

class ChangingFilesTest : public QObject {
    Q_OBJECT
private slots:
    void aFileIsReadAnewEachTime()
    {
        const Machine machine;
        machine.write(u"f"_qs, "one");
        KernelFile file(machine.path(u"f"_qs));
        QVERIFY(file.read().value() == "one");
        machine.write(u"f"_qs, QByteArray(100'000, 'x'));
        QCOMPARE(file.read().value().size(), 100'000U);
        machine.write(u"f"_qs, "3");
        QVERIFY(file.read().value() == "3");
    }

    void aFileThatVanishedAndCameBackIsFound()
    {
        const Machine machine;
        KernelFile file(machine.path(u"f"_qs));
        QCOMPARE(file.read().error().code, ErrorCode::NotFound);
        machine.write(u"f"_qs, "one");
        QVERIFY(file.read().value() == "one");
        machine.write(u"f"_qs, ""); // what is left of it is empty
        machine.remove(u"f"_qs);
        QCOMPARE(file.read().error().code, ErrorCode::NotFound);
        machine.write(u"f"_qs, "two");
        QVERIFY(file.read().value() == "two");
    }

    void aFolderIsNoFile()
    {
        const Machine machine;
        machine.write(u"folder/f"_qs, "x");
        QCOMPARE(KernelFile(machine.path(u"folder"_qs)).read().error().code, ErrorCode::Io);
    }

    void cpusComeAndGoAndCountersFall()
    {
        const Machine machine;
        machine.write(u"proc/loadavg"_qs, "0.00 0.00 0.00 1/2 3\n");
        machine.write(u"proc/stat"_qs, "cpu 3000 0 0 200000 50\ncpu0 1000 0 0 100000 50\ncpu1 2000 0 0 100000 0\n");
        CpuReader reader(machine.roots());
        const auto first = reader.read();
        QVERIFY(first);
        QCOMPARE(first->total.idle, CpuTimes::Time(2000s));

        // CPU 1 is taken out; idle and iowait of CPU 0 go back a little, as real kernels show.
        machine.write(u"proc/stat"_qs, "cpu 1500 0 0 99990 40\ncpu0 1500 0 0 99990 40\n");
        const auto second = reader.read();
        QVERIFY(second);
        QCOMPARE(second->logicalCount(), 1U);
        QCOMPARE(second->cores[0].times.idle, CpuTimes::Time(1000s));
        QCOMPARE(second->cores[0].times.iowait.value(), CpuTimes::Time(500ms));
        QCOMPARE(second->total.user, CpuTimes::Time(35s)); // 30 and the 5 that CPU 0 worked
        QCOMPARE(second->total.idle, CpuTimes::Time(2000s));
        QCOMPARE(cpuUsage(*first, *second)->usage, 100.0);

        // It is put back with counters that began again.
        machine.write(u"proc/stat"_qs, "cpu 1500 0 0 100600 40\ncpu0 1500 0 0 100500 40\ncpu1 0 0 0 100 0\n");
        const auto third = reader.read();
        QVERIFY(third);
        QCOMPARE(third->logicalCount(), 2U);
        QCOMPARE(third->total.idle, CpuTimes::Time(2005s));
        QCOMPARE(cpuUsage(*second, *third)->usage, 0.0);
    }

    void aMissingLoadIsAWarningNotAZero()
    {
        const Machine machine;
        machine.write(u"proc/stat"_qs, "cpu 1 2 3 4\n");
        const auto reading = CpuReader(machine.roots()).read();
        QVERIFY(reading);
        QVERIFY(!reading->load);
        QCOMPARE(reading->warnings.size(), 1U);
        QVERIFY(QString::fromStdString(reading->warnings[0]).contains(u"loadavg"_qs));
    }

    void brokenFilesAreErrors()
    {
        const Machine machine;
        machine.write(u"proc/stat"_qs, "garbage\n");
        machine.write(u"proc/meminfo"_qs, "MemTotal: 12");
        QCOMPARE(CpuReader(machine.roots()).read().error().code, ErrorCode::Malformed);
        QCOMPARE(MemoryReader(machine.roots()).read().error().code, ErrorCode::Malformed);
    }

    void interfacesComeAndGo()
    {
        const Machine machine;
        machine.write(u"proc/1/net/dev"_qs, kNetTitles + interface("a") + interface("b"));
        machine.write(u"sys/class/net/a/flags"_qs, "0x1003\n");
        machine.write(u"sys/class/net/a/device"_qs, "");
        machine.write(u"sys/class/net/a/operstate"_qs, "up\n");
        machine.write(u"sys/class/net/a/speed"_qs, "1000\n");
        NetworkReader reader(machine.roots());
        auto reading = reader.read();
        QVERIFY(reading);
        QCOMPARE(reading->interfaces[0].speedBytesPerSecond.value(), std::uint64_t(125'000'000));
        QVERIFY(!reading->interfaces[1].up && !reading->interfaces[1].isVirtual); // its folder vanished

        machine.write(u"sys/class/net/a/operstate"_qs, "down\n"); // the cable is pulled
        reading = reader.read();
        QCOMPARE(reading->interfaces[0].up, std::optional(false));
        QVERIFY(!reading->interfaces[0].speedBytesPerSecond);

        machine.write(u"sys/class/net/a/operstate"_qs, "up\n"); // and put into a faster switch
        machine.write(u"sys/class/net/a/speed"_qs, "2500\n");
        reading = reader.read();
        QCOMPARE(reading->interfaces[0].speedBytesPerSecond.value(), std::uint64_t(312'500'000));

        // The interface goes, and another one of the same name comes.
        machine.write(u"proc/1/net/dev"_qs, kNetTitles);
        QVERIFY(reader.read()->interfaces.empty());
        machine.remove(u"sys/class/net/a/device"_qs);
        machine.write(u"proc/1/net/dev"_qs, kNetTitles + interface("a"));
        QCOMPARE(reader.read()->interfaces[0].isVirtual, std::optional(true));
    }

    void devicesComeAndGo()
    {
        const Machine machine;
        machine.write(u"sys/class/block/dm-0/dm/name"_qs, "vg-a\n");
        machine.write(u"proc/diskstats"_qs, "253 0 dm-0 1 2 3 4 5 6 7 8 9 10 11\n");
        DiskIoReader reader(machine.roots());
        QCOMPARE(reader.read()->devices[0].name, std::string("vg-a"));
        machine.write(u"sys/class/block/dm-0/dm/name"_qs, "vg-b\n");
        for (int i = 0; i < 30; ++i)
            QCOMPARE(reader.read()->devices.size(), 1U);
        QCOMPARE(reader.read()->devices[0].name, std::string("vg-b")); // the new name is seen in time
        machine.write(u"proc/diskstats"_qs, "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\nrubbish\n");
        const auto reading = reader.read();
        QCOMPARE(reading->devices[0].name, std::string("sda"));
        QCOMPARE(reading->warnings.size(), 1U);
    }

    void processesThatVanishAreLeftOut()
    {
        const Machine machine;
        machine.write(u"proc/stat"_qs, "cpu 1 2 3 4\nctxt 5\nbtime 6\nprocesses 7\nintr 8\n");
        machine.write(u"proc/1/stat"_qs, "1 (init) S 0 1 1 0 -1 0 1 0 0 0 3 4 0 0 20 0 2 0 9 1000 5 0\n");
        machine.write(u"proc/2/cmdline"_qs, "x");                  // its stat is gone
        machine.write(u"proc/3/stat"_qs, "");                      // it ended while it was read
        machine.write(u"proc/4/stat"_qs, "4 (half) S 1 1 1 0 -1"); // cut short
        machine.write(u"proc/self/stat"_qs, "1 (init) S 0 1 1 0 -1 0 1 0 0 0 3 4 0 0 20 0 2 0 9 1000 5 0\n");
        const auto system = SystemReader(machine.roots()).read();
        QVERIFY(system);
        QCOMPARE(system->processes->processes, std::uint64_t(1));
        QCOMPARE(system->processes->threads, std::uint64_t(2));
        QCOMPARE(system->contextSwitches.value(), std::uint64_t(5));
        QVERIFY(!system->uptime && !system->openFiles);
        QCOMPARE(system->warnings.size(), 2U); // uptime and file-nr
        const auto processes = ProcessesReader(machine.roots()).read();
        QVERIFY(processes);
        QCOMPARE(processes->processes.size(), 1U);
        QVERIFY(!processes->processes[0].uid); // no status file
        QVERIFY(processes->warnings.empty());
    }

    void sessionsCountWhereThereIsNoUtmp()
    {
        const Machine machine;
        machine.write(u"proc/uptime"_qs, "5.00 6.00\n");
        machine.write(u"root/run/systemd/sessions/1"_qs, "UID=1000\nSTATE=active\nCLASS=user\n");
        machine.write(u"root/run/systemd/sessions/2"_qs, "UID=1000\nSTATE=closing\nCLASS=user\n");
        machine.write(u"root/run/systemd/sessions/3"_qs, "UID=0\nSTATE=active\nCLASS=manager\n");
        machine.write(u"root/run/systemd/sessions/1.ref"_qs, "CLASS=user\n");
        QCOMPARE(SystemReader(machine.roots()).read()->users.value(), std::uint64_t(1));
    }

    void thisProcessKnowsItself()
    {
        SelfReader reader;
        const auto before = reader.read();
        QVERIFY(before);
        QVERIFY(before->cpuTime > 0s && before->threads >= 1);
        QVERIFY(before->residentBytes > 1'000'000);
        QVERIFY(before->anonymousBytes.value() > 100'000 && *before->anonymousBytes < before->residentBytes);
        QVERIFY(std::chrono::abs(std::chrono::system_clock::now() - before->started) < 1h);

        std::vector<char> memory(50'000'000, 'x');
        std::vector<std::unique_ptr<QFile>> files;
        for (int i = 0; i < 20; ++i) {
            files.push_back(std::make_unique<QFile>(u"/dev/null"_qs));
            QVERIFY(files.back()->open(QIODevice::ReadOnly));
        }
        const auto after = reader.read();
        QVERIFY(after);
        QCOMPARE(after->openFiles, before->openFiles + 20);
        QVERIFY(*after->anonymousBytes >= *before->anonymousBytes + 45'000'000);
        QVERIFY(after->cpuTime >= before->cpuTime);
        QCOMPARE(after->started, before->started);
        QVERIFY(memory[49'999'999] == 'x');
    }
};

QTEST_GUILESS_MAIN(ChangingFilesTest)
#include "changing_files_test.moc"
