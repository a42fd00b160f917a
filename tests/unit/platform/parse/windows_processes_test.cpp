// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/process_counts.h"
#include "platform/parse/windows_processes.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kBase = 0x1'0000;
constexpr std::size_t kEntry = 256; // SYSTEM_PROCESS_INFORMATION
constexpr std::size_t kThread = 80; // SYSTEM_THREAD_INFORMATION

/// An entry with its threads in these states, and behind them room for its name. `at`: where it will stand.
RawStructure entry(
    std::size_t at, std::uint64_t pid, std::u16string_view name, const std::vector<std::uint32_t>& states)
{
    const std::size_t nameAt = kEntry + states.size() * kThread;
    const std::size_t size = (nameAt + name.size() * 2 + 7) / 8 * 8;
    RawStructure bytes(size);
    bytes.put(0, static_cast<std::uint32_t>(size)).put(4, static_cast<std::uint32_t>(states.size())).put(80, pid);
    bytes.put(56, static_cast<std::uint16_t>(name.size() * 2)).put<std::uint64_t>(64, kBase + at + nameAt);
    for (std::size_t i = 0; i < states.size(); ++i)
        bytes.put(kEntry + i * kThread + 68, states[i]);
    for (std::size_t i = 0; i < name.size(); ++i)
        bytes.put(nameAt + i * 2, name[i]);
    return bytes;
}

RawStructure list()
{
    RawStructure bytes = entry(0, 0, u"", {2, 2}); // the idle process
    const auto add = [&bytes](std::uint64_t pid, std::u16string_view name, const std::vector<std::uint32_t>& states) {
        const std::size_t at = bytes.bytes().size();
        bytes.append(entry(at, pid, name, states));
        return at;
    };
    add(4, u"System", {5, 5, 1});
    const std::size_t at = add(1234, u"\u00fcber.exe", {5});
    bytes.put<std::int64_t>(at + 32, 134'397'844'218'085'730).put<std::int64_t>(at + 40, 20'000'000);
    bytes.put<std::int64_t>(at + 48, 5'000'000).put<std::uint64_t>(at + 88, 4).put<std::uint64_t>(at + 144, 65'536);
    add(1300, u"ended.exe", {});
    const std::size_t last = add(1301, u"busy.exe", {0, 7, 3, 2});
    return bytes.put<std::uint32_t>(last, 0);
}

} // namespace

class WindowsProcessesTest : public QObject {
    Q_OBJECT

private slots:
    void everyFact()
    {
        const RawStructure bytes = list();
        const auto snapshot = parse::parseProcessSnapshot(bytes.bytes(), kBase);
        QVERIFY(snapshot.has_value());
        QCOMPARE(snapshot->processes.size(), 4U); // not the idle process
        const Process& process = snapshot->processes[1];
        QCOMPARE(process.pid, 1234);
        QCOMPARE(process.parent, 4);
        QCOMPARE(process.name, std::string("\xc3\xbc"
                                           "ber.exe"));
        QCOMPARE(process.threads, 1U);
        QCOMPARE(process.residentBytes, 65'536U);
        QVERIFY(process.cpuTime == 2500ms);
        QVERIFY(process.started.has_value());
        QVERIFY(!snapshot->processes[0].started && !process.uid && !process.account);
    }

    void statesByWhatTheThreadsDo()
    {
        const RawStructure bytes = list();
        const auto snapshot = parse::parseProcessSnapshot(bytes.bytes(), kBase);
        QVERIFY(snapshot->processes[0].state == ProcessState::Running); // one is ready
        QVERIFY(snapshot->processes[1].state == ProcessState::Sleeping);
        QVERIFY(snapshot->processes[2].state == ProcessState::Unknown);
        QVERIFY(snapshot->processes[3].state == ProcessState::Running);
        QCOMPARE(snapshot->waitingForCpu, 3U); // ready, deferred ready and standby; the idle process does not count
        const ProcessCounts counts = parse::countProcesses(snapshot->processes);
        QCOMPARE(counts.processes, 4U);
        QCOMPARE(counts.running, 2U);
        QCOMPARE(counts.sleeping, 1U);
        QCOMPARE(counts.threads, 8U);
    }

    void noCutListIsBelieved()
    {
        const RawStructure bytes = list();
        std::size_t accepted = 0;
        for (std::size_t cut = 1; cut <= bytes.bytes().size(); ++cut)
            accepted += parse::parseProcessSnapshot(bytes.cutBy(cut), kBase) ? 1U : 0U;
        QVERIFY2(accepted <= 24, qPrintable(QString::number(accepted))); // the last name may be cut: it is then empty
    }

    void aWrongEntryIsRefused()
    {
        for (const auto& [offset, value] : {std::pair(0U, 8U), {0U, 0x7fffffffU}, {4U, 0x7fffffffU}, {4U, 1000U}}) {
            RawStructure bytes = list();
            bytes.put<std::uint32_t>(offset, value);
            QVERIFY(parse::parseProcessSnapshot(bytes.bytes(), kBase).error().code == ErrorCode::Malformed);
        }
    }
};

QTEST_APPLESS_MAIN(WindowsProcessesTest)
#include "windows_processes_test.moc"
