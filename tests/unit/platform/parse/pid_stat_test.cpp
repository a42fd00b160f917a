// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/pid_stat.h"
#include "recorded_host.h"

#include <QTest>

using namespace sextant::platform;
using namespace sextant::platform::parse;

class PidStatTest : public QObject {
    Q_OBJECT
private slots:
    void everyFieldFindsItsPlace()
    {
        const std::string text = recordedFile("made-big-server", "proc/1500/stat");
        const auto stat = parsePidStat(text);
        QVERIFY(stat);
        QCOMPARE(stat->pid, std::int64_t(1500));
        QVERIFY(stat->name == "postgres");
        QCOMPARE(stat->state, 'D');
        QCOMPARE(stat->parent, std::int64_t(1));
        QCOMPARE(stat->userTicks, std::uint64_t(123456));
        QCOMPARE(stat->systemTicks, std::uint64_t(6544));
        QCOMPARE(stat->threads, std::uint64_t(1));
        QCOMPARE(stat->startTicks, std::uint64_t(9000));
        QCOMPARE(stat->residentPages, std::uint64_t(65536));
    }

    void aNameMayLookLikeTheRestOfTheLine()
    {
        const std::string text = recordedFile("made-big-server", "proc/1501/stat");
        const auto stat = parsePidStat(text);
        QVERIFY(stat);
        QVERIFY(stat->name == "evil) R 1 (x");
        QCOMPARE(stat->state, 'S');
        QCOMPARE(stat->threads, std::uint64_t(3));
        PidState state;
        QVERIFY(parsePidState(text, state));
        QCOMPARE(state.state, 'S');
        QCOMPARE(state.threads, std::uint64_t(3));
    }

    void aNameMayHoldALineFeed()
    {
        const std::string text = recordedFile("made-big-server", "proc/1502/stat");
        const auto stat = parsePidStat(text);
        QVERIFY(stat);
        QVERIFY(stat->name == "new\nline name");
        PidState state;
        QVERIFY(parsePidState(text, state));
        QCOMPARE(state.state, 'R');
        QCOMPARE(state.threads, std::uint64_t(7));
    }

    void cutShortAnywhereItIsNoProcess()
    {
        const std::string text = recordedFile("made-big-server", "proc/1501/stat");
        const std::size_t whole = text.find(" 256 "); // the resident pages
        QVERIFY(whole != std::string::npos);
        for (std::size_t size = 0; size <= whole; ++size)
            QVERIFY(!parsePidStat(std::string_view(text).substr(0, size)));
        QVERIFY(!parsePidStat(")("));
        QVERIFY(!parsePidStat("1 (x) SS 1"));
        PidState state;
        QVERIFY(!parsePidState("", state));
        QVERIFY(!parsePidState("1 (x) S 1 2 3", state));
    }

    void stateLetters()
    {
        QCOMPARE(processState('R'), ProcessState::Running);
        QCOMPARE(processState('S'), ProcessState::Sleeping);
        QCOMPARE(processState('D'), ProcessState::Blocked);
        QCOMPARE(processState('T'), ProcessState::Stopped);
        QCOMPARE(processState('t'), ProcessState::Stopped);
        QCOMPARE(processState('Z'), ProcessState::Zombie);
        QCOMPARE(processState('I'), ProcessState::Idle);
        QCOMPARE(processState('?'), ProcessState::Unknown);
    }

    void theEffectiveUserIsTheSecondNumber()
    {
        QCOMPARE(parsePidUid("Name:\tx\nUid:\t1000\t26\t1\t2\n").value(), 26U);
        QVERIFY(!parsePidUid("Uid:\t1000\n"));
        QVERIFY(!parsePidUid("Uid:\t0\t99999999999\n"));
        QVERIFY(!parsePidUid(""));
    }

    void argumentsAreJoinedByBlanks()
    {
        QCOMPARE(joinCommandLine(std::string_view("/bin/sh\0-c\0a b\0", 15)), std::string("/bin/sh -c a b"));
        QCOMPARE(joinCommandLine(std::string_view("title\0\0\0\0", 9)), std::string("title"));
        QCOMPARE(joinCommandLine(""), std::string());
    }
};

QTEST_GUILESS_MAIN(PidStatTest)
#include "pid_stat_test.moc"
