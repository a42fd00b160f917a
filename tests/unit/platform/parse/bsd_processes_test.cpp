// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/bsd_processes.h"
#include "platform/parse/process_counts.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

/// struct kinfo_proc of FreeBSD: 1088 bytes, which it says of itself.
RawStructure freeBsd(int pid, int state, std::int64_t flags = 0, std::int64_t threadFlags = 0x8)
{
    RawStructure raw(1088);
    raw.put<std::int32_t>(0, 1088).put<std::int32_t>(72, pid).put<std::int32_t>(76, 1).put<std::uint32_t>(168, 1001);
    raw.put<std::uint64_t>(264, 250).put<std::uint64_t>(328, 90'000'001);
    raw.put<std::int64_t>(336, 1'700'000'000).put<std::int64_t>(344, 250'000);
    raw.put<std::int64_t>(368, flags).put<std::int8_t>(388, static_cast<std::int8_t>(state)).text(447, "sshd");
    return raw.put<std::int32_t>(596, 3).put<std::int64_t>(1080, threadFlags);
}

/// struct kinfo_proc of macOS.
RawStructure darwin(int pid, int state)
{
    RawStructure raw(648);
    raw.put<std::int64_t>(0, 1'700'000'000).put<std::int32_t>(8, 250'000);
    raw.put<std::int8_t>(36, static_cast<std::int8_t>(state)).put<std::int32_t>(40, pid).text(243, "launchd");
    return raw.put<std::uint32_t>(420, 501).put<std::int32_t>(560, 1);
}

constexpr auto kStarted = std::chrono::system_clock::time_point(1'700'000'000s + 250ms);

} // namespace

class BsdProcessesTest : public QObject {
    Q_OBJECT

private slots:
    void everyFactOfAFreeBsdProcess()
    {
        const auto processes = parse::parseFreeBsdProcesses(freeBsd(4711, 3).bytes(), 4096);
        QVERIFY(processes.has_value());
        QCOMPARE(processes->size(), 1U);
        const Process& process = processes->front();
        QCOMPARE(process.pid, 4711);
        QCOMPARE(process.parent, 1);
        QVERIFY(process.name == "sshd" && process.state == ProcessState::Sleeping);
        QCOMPARE(process.uid.value_or(0), 1001U);
        QCOMPARE(process.threads, 3U);
        QCOMPARE(process.residentBytes, 250U * 4096U);
        QVERIFY(process.cpuTime == 90s + 1us);
        QVERIFY(process.started == kStarted);
    }

    void statesOfFreeBsd()
    {
        RawStructure table = freeBsd(1, 2);
        table.append(freeBsd(2, 3)).append(freeBsd(3, 3, 0, 0)).append(freeBsd(4, 3, 0x4, 0)).append(freeBsd(5, 4));
        table.append(freeBsd(6, 5)).append(freeBsd(7, 6)).append(freeBsd(8, 7)).append(freeBsd(9, 1));
        const auto processes = parse::parseFreeBsdProcesses(table.bytes(), 4096);
        QVERIFY(processes.has_value());
        const ProcessCounts counts = parse::countProcesses(*processes);
        QCOMPARE(counts.processes, 9U);
        QCOMPARE(counts.running, 1U);
        QCOMPARE(counts.sleeping, 1U);
        QCOMPARE(counts.blocked.value_or(0), 2U); // one that no signal wakes, one on a lock
        QCOMPARE(counts.idle.value_or(0), 2U);    // a kernel process asleep, one that waits for an interrupt
        QCOMPARE(counts.stopped.value_or(0), 1U);
        QCOMPARE(counts.zombie.value_or(0), 1U);
        QCOMPARE(counts.threads, 27U);
        QVERIFY(processes->back().state == ProcessState::Unknown); // being made by fork
    }

    void theIdleProcessIsNone()
    {
        constexpr std::int64_t kKernel = 0x4, kIdleThread = 0x20, kSleeps = 0x8;
        RawStructure table = freeBsd(11, 2, kKernel, kIdleThread).text(447, "idle");
        table.append(freeBsd(12, 6, kKernel, 0)).append(freeBsd(700, 2, 0, kIdleThread | kSleeps));
        const auto processes = parse::parseFreeBsdProcesses(table.bytes(), 4096);
        QVERIFY(processes.has_value());
        QCOMPARE(processes->size(), 2U);
        QCOMPARE(processes->front().pid, 12);
        QCOMPARE(processes->back().pid, 700); // what is not the kernel's cannot be it
        QCOMPARE(parse::countProcesses(*processes).running, 1U);
    }

    void aTableOfAnotherReleaseIsMalformed()
    {
        RawStructure other = freeBsd(1, 2);
        other.put<std::int32_t>(0, 1096);
        QVERIFY(parse::parseFreeBsdProcesses(other.bytes(), 4096).error().code == ErrorCode::Malformed);
        const RawStructure two = freeBsd(1, 2).append(freeBsd(2, 2));
        QVERIFY(parse::parseFreeBsdProcesses(two.cutBy(1), 4096).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseDarwinProcesses(darwin(1, 2).cutBy(1)).error().code == ErrorCode::Malformed);
    }

    void whatTheKernelMadeBeforeItHadAClockHasNoStart()
    {
        const auto processes = parse::parseFreeBsdProcesses(freeBsd(0, 3).put<std::int64_t>(336, 0).bytes(), 4096);
        QVERIFY(processes.has_value() && !processes->front().started);
    }

    void aMacsProcessAndWhatItUses()
    {
        auto processes = parse::parseDarwinProcesses(darwin(88, 2).bytes());
        QVERIFY(processes.has_value());
        Process& process = processes->front();
        QCOMPARE(process.pid, 88);
        QCOMPARE(process.parent, 1);
        QVERIFY(process.name == "launchd" && process.state == ProcessState::Unknown);
        QCOMPARE(process.uid.value_or(0), 501U);
        QVERIFY(process.started == kStarted);

        RawStructure task(96);
        task.put<std::uint64_t>(8, 123'456'789).put<std::uint64_t>(16, 24'000'000).put<std::uint64_t>(24, 12'000'001);
        task.put<std::int32_t>(84, 7).put<std::int32_t>(88, 1);
        QVERIFY(parse::applyTaskInfo(task.bytes(), {125, 3}, process).has_value());
        QCOMPARE(process.residentBytes, 123'456'789U);
        QCOMPARE(process.threads, 7U);
        QVERIFY(process.cpuTime == 1s + 500ms + 41ns); // 24 MHz: 125/3 ns each
        QVERIFY(process.state == ProcessState::Running);
        QVERIFY(parse::applyTaskInfo(task.cutBy(1), {125, 3}, process).error().code == ErrorCode::Malformed);
        QVERIFY(parse::applyTaskInfo(task.bytes(), {1, 0}, process).error().code == ErrorCode::Malformed);
    }

    void aMacsProcessSleepsWhenNoneOfItsThreadsRuns()
    {
        RawStructure table = darwin(1, 2).append(darwin(2, 4)).append(darwin(3, 5));
        auto processes = parse::parseDarwinProcesses(table.bytes());
        QVERIFY(processes.has_value());
        for (Process& process : *processes)
            QVERIFY(parse::applyTaskInfo(RawStructure(96).bytes(), {1, 1}, process).has_value());
        QVERIFY((*processes)[0].state == ProcessState::Sleeping);
        QVERIFY((*processes)[1].state == ProcessState::Stopped);
        QVERIFY((*processes)[2].state == ProcessState::Zombie);
    }

    void argumentsEndBeforeTheEnvironment()
    {
        RawStructure raw(64);
        raw.put<std::int32_t>(0, 3).text(4, std::string_view("/bin/ls\0\0\0\0ls\0-l\0/tmp\0HOME=/root\0", 33));
        QVERIFY(parse::parseProcessArguments(raw.bytes()) == "ls -l /tmp");
        QVERIFY(parse::parseProcessArguments(raw.bytes().first(20)) == "ls -l");
        QVERIFY(parse::parseProcessArguments(raw.bytes().first(9)).empty());
        QVERIFY(parse::parseProcessArguments({}).empty());
        QVERIFY(parse::parseProcessArguments(raw.put<std::int32_t>(0, -1).bytes()).empty());
    }
};

QTEST_APPLESS_MAIN(BsdProcessesTest)
#include "bsd_processes_test.moc"
