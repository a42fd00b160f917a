// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/spool/journal.h"

#include <QTest>

using namespace sextant;
using namespace sextant::agent;
using metrics::GapCause;
using metrics::GapReport;

namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kYear = 365 * 24 * kHour;
constexpr std::int64_t kNow = 1'800'000'000'000;

metrics::BatchId idOf(int number)
{
    return metrics::BatchId::make(number, {});
}

RunFacts run(const std::string& boot, platform::Clocks clocks, const std::string& version = "1.0")
{
    return {"run", boot, version, clocks};
}

bool none(const metrics::BatchId&)
{
    return false;
}

/// A run on boot A that was last alive at kNow, a day after the boot; its journal as text.
std::string firstRun(const std::string& ended)
{
    Journal journal;
    journal.begin(run("A", {kNow - kHour, 23 * kHour, 23 * kHour}));
    journal.load("", none);
    for (int i = 0; i < 3; ++i)
        Q_UNUSED(journal.nextSequence());
    const platform::Clocks last{kNow, 24 * kHour, 24 * kHour};
    if (ended.empty())
        journal.beat(last);
    else
        journal.end(ended, last);
    return journal.text();
}

std::vector<GapReport> gapsAfter(const std::string& text, const RunFacts& facts)
{
    Journal journal;
    journal.begin(facts);
    journal.load(text, none);
    return journal.assign(idOf(1));
}

} // namespace

class JournalTest : public QObject {
    Q_OBJECT
private slots:
    void theCountGoesOnWithoutAHole()
    {
        Journal journal;
        journal.begin(run("A", {kNow, kHour, kHour}));
        QCOMPARE(journal.nextSequence(), std::uint64_t(0)); // not known yet: does not count
        journal.load(firstRun(""), none);
        QCOMPARE(journal.nextSequence(), std::uint64_t(4));
        QCOMPARE(journal.nextSequence(), std::uint64_t(5));
    }

    void anotherBootIsHostOffAndThenAgentStopped()
    {
        const auto gaps = gapsAfter(firstRun(""), run("B", {kNow + 2 * kHour, 60'000, 60'000}));
        QCOMPARE(gaps.size(), std::size_t(2));
        QVERIFY(gaps[0] == (GapReport{GapCause::HostOff, kNow, kNow + 2 * kHour - 60'000,
                               "another boot; the agent before it: was killed or crashed"}));
        QCOMPARE(gaps[1].cause, GapCause::AgentStopped);
        QCOMPARE(gaps[1].fromMs, kNow + 2 * kHour - 60'000);
        QCOMPARE(gaps[1].toMs, kNow + 2 * kHour);
    }

    void theSameBootIsAgentStoppedWithHowItEnded_data()
    {
        QTest::addColumn<QByteArray>("ended");
        QTest::addColumn<QByteArray>("version");
        QTest::addColumn<QByteArray>("detail");
        QTest::newRow("in order") << QByteArray("stopped by SIGTERM") << QByteArray("1.0")
                                  << QByteArray("stopped by SIGTERM");
        QTest::newRow("killed") << QByteArray() << QByteArray("1.0") << QByteArray("was killed or crashed");
        QTest::newRow("upgrade") << QByteArray("stopped by SIGTERM") << QByteArray("1.1")
                                 << QByteArray("upgrade from 1.0 to 1.1, stopped by SIGTERM");
    }
    void theSameBootIsAgentStoppedWithHowItEnded()
    {
        QFETCH(QByteArray, ended);
        QFETCH(QByteArray, version);
        QFETCH(QByteArray, detail);
        const auto gaps = gapsAfter(firstRun(ended.toStdString()),
            run("A", {kNow + 5'000, 24 * kHour + 5'000, 24 * kHour}, version.toStdString()));
        QCOMPARE(gaps.size(), std::size_t(1));
        QVERIFY(gaps[0] == (GapReport{GapCause::AgentStopped, kNow, kNow + 5'000, detail.toStdString()}));
    }

    void whatAKillTookFromMemoryBelongsToTheStop()
    {
        Journal journal;
        journal.begin(run("A", {kNow - kHour, 23 * kHour, 23 * kHour}));
        journal.load("", none);
        journal.beat({kNow, 24 * kHour, 24 * kHour});
        journal.setUnkept(kNow - 30'000);
        const auto killed = gapsAfter(journal.text(), run("A", {kNow + 5'000, 24 * kHour + 5'000, 24 * kHour}));
        QCOMPARE(killed.size(), std::size_t(1));
        QVERIFY(killed[0] == (GapReport{GapCause::AgentStopped, kNow - 30'000, kNow + 5'000, "was killed or crashed"}));
        const auto off = gapsAfter(journal.text(), run("B", {kNow + 2 * kHour, 60'000, 60'000}));
        QCOMPARE(off[0].cause, GapCause::HostOff);
        QCOMPARE(off[0].fromMs, kNow - 30'000);
        journal.setUnkept(std::nullopt);
        const auto kept = gapsAfter(journal.text(), run("A", {kNow + 5'000, 24 * kHour + 5'000, 24 * kHour}));
        QCOMPARE(kept[0].fromMs, kNow);
    }

    void aClockThatWasSetWhileTheAgentWasAwayIsTold()
    {
        const auto gaps = gapsAfter(firstRun(""), run("A", {kNow + kYear, 24 * kHour + 5'000, 24 * kHour}));
        QCOMPARE(gaps.size(), std::size_t(2));
        QVERIFY(gaps[0] == (GapReport{GapCause::ClockJump, kNow + 5'000, kNow + kYear,
                               "the clock was set " + std::to_string((kYear - 5'000) / 1'000) + " s forward"}));
        // The stop and the jump leave nothing between them: whichever clock was right, its hole is explained.
        QCOMPARE(gaps[1].cause, GapCause::AgentStopped);
        QCOMPARE(gaps[1].fromMs, kNow);
        QCOMPARE(gaps[1].toMs, kNow + 5'000);
        const auto back = gapsAfter(firstRun(""), run("A", {kNow - kYear, 24 * kHour + 5'000, 24 * kHour}));
        QCOMPARE(back.size(), std::size_t(2));
        QCOMPARE(back[0].toMs, kNow + 5'000);
        QCOMPARE(back[1].fromMs, kNow - kYear - 5'000);
        QCOMPARE(back[1].toMs, back[0].fromMs);
    }

    void clocksThatAreSet_data()
    {
        QTest::addColumn<qint64>("by");
        for (const std::int64_t by : {kHour, -kHour, kYear, -kYear})
            QTest::addRow("%lld ms", static_cast<long long>(by)) << qint64(by);
    }
    void clocksThatAreSet()
    {
        QFETCH(qint64, by);
        Journal journal;
        journal.begin(run("A", {kNow, kHour, kHour}));
        journal.load("", none);
        journal.beat({kNow + 10'001, kHour + 10'000, kHour + 10'000}); // a millisecond off is nothing
        journal.beat({kNow + 20'000 + by, kHour + 20'000, kHour + 20'000});
        journal.beat({kNow + 30'000 + by, kHour + 30'000, kHour + 30'000});
        const auto gaps = journal.assign(idOf(1));
        QCOMPARE(gaps.size(), std::size_t(1));
        QCOMPARE(gaps[0].cause, GapCause::ClockJump);
        QVERIFY(std::abs(gaps[0].toMs - gaps[0].fromMs - std::abs(by)) <= 1);
        QCOMPARE(gaps[0].detail.ends_with(by > 0 ? " forward" : " back"), true);
    }

    void aSleepIsSuspendedAndNoJump()
    {
        Journal journal;
        journal.begin(run("A", {kNow, kHour, kHour}));
        journal.load("", none);
        journal.beat({kNow + kHour, 2 * kHour, kHour + 3'000});
        const auto gaps = journal.assign(idOf(1));
        QCOMPARE(gaps.size(), std::size_t(1));
        QVERIFY(gaps[0] == (GapReport{GapCause::Suspended, kNow, kNow + kHour, "the machine slept 3597 s"}));
    }

    void reportsRideUntilTheyAreAcknowledged()
    {
        Journal journal;
        journal.begin(run("A", {kNow, kHour, kHour}));
        journal.load("", none);
        journal.add(GapCause::NetworkOut, 1, 2, "x");
        QCOMPARE(journal.assign(idOf(1)).size(), std::size_t(1));
        QCOMPARE(journal.assign(idOf(2)).size(), std::size_t(0));
        journal.lost(idOf(1));
        QCOMPARE(journal.assign(idOf(3)).size(), std::size_t(1));

        // Over a restart: the carrier is still there, or it is not.
        Journal kept;
        kept.begin(run("A", {kNow, kHour, kHour}));
        kept.load(journal.text(), [](const metrics::BatchId& id) { return id == idOf(3); });
        QVERIFY(kept.assign(idOf(4)).empty());
        Journal died;
        died.begin(run("A", {kNow, kHour, kHour}));
        died.load(journal.text(), none);
        QCOMPARE(died.assign(idOf(4)).size(), std::size_t(1));

        QVERIFY(!journal.delivered(idOf(1)));
        QVERIFY(journal.delivered(idOf(3)));
        QVERIFY(journal.assign(idOf(5)).empty());
    }

    void anOutageOutlivesARunAndACollectorsDoesNot()
    {
        Journal journal;
        journal.begin(run("A", {kNow, kHour, kHour}));
        journal.load("", none);
        journal.open(Journal::kDelivery, GapCause::NetworkOut, kNow - 500, "no route");
        journal.open("collector:disk", GapCause::CollectorError, kNow - 400, "disk: it burns");
        Journal after;
        after.begin(run("A", {kNow + 1'000, kHour + 1'000, kHour + 1'000}));
        after.load(journal.text(), none);
        after.close(Journal::kDelivery, kNow + 2'000, 0);
        const auto gaps = after.assign(idOf(1));
        QCOMPARE(gaps.size(), std::size_t(3));
        QVERIFY(gaps[0] == (GapReport{GapCause::CollectorError, kNow - 400, kNow, "disk: it burns"}));
        QCOMPARE(gaps[1].cause, GapCause::AgentStopped);
        QVERIFY(gaps[2] == (GapReport{GapCause::NetworkOut, kNow - 500, kNow + 2'000, "no route"}));
    }

    void aShortOutageIsNoReport()
    {
        Journal journal;
        journal.open(Journal::kDelivery, GapCause::ServerAway, 100, "HTTP 503");
        journal.close(Journal::kDelivery, 900, 1'000);
        QVERIFY(!journal.openReport(Journal::kDelivery));
        QVERIFY(journal.assign(idOf(1)).empty());
    }

    void droppedBatchesAreOneReportThatGrows()
    {
        Journal journal;
        for (int i = 10; i < 50; ++i)
            journal.addOverflow(i * 1'000, i * 1'000 + 1'000);
        const auto gaps = journal.assign(idOf(1));
        QCOMPARE(gaps.size(), std::size_t(1));
        QCOMPARE(gaps[0].cause, GapCause::SpoolOverflow);
        QCOMPARE(gaps[0].fromMs, std::int64_t(10'000));
        QCOMPARE(gaps[0].toMs, std::int64_t(50'000));
    }

    void itIsBounded()
    {
        Journal journal;
        for (int i = 0; i < 5'000; ++i)
            journal.add(GapCause::ClockJump, i, i + 1, "x");
        std::size_t gaps = 0;
        std::int64_t latest = 0;
        for (int i = 0; i < 10; ++i) {
            const auto some = journal.assign(idOf(i));
            QVERIFY(some.size() <= Journal::kMaxGapsPerBatch);
            gaps += some.size();
            for (const GapReport& gap : some)
                latest = std::max(latest, gap.toMs);
        }
        QCOMPARE(gaps, Journal::kMaxGaps);
        QCOMPARE(latest, std::int64_t(5'000));
    }

    void detailsFitTheWire()
    {
        Journal journal;
        journal.add(GapCause::NetworkOut, 1, 2, "a\nb");
        journal.add(GapCause::NetworkOut, 1, 2, std::string(511, 'x') + "\xf0\x9f\x98\x80");
        const auto gaps = journal.assign(idOf(1));
        QCOMPARE(gaps[0].detail, std::string("a b"));
        QCOMPARE(gaps[1].detail, std::string(511, 'x'));
    }

    void damagedTextIsAFirstRun()
    {
        for (const char* text : {"", "{", "[]", "{\"gaps\": 7}", "nonsense"}) {
            Journal journal;
            journal.begin(run("A", {kNow, kHour, kHour}));
            journal.load(text, none);
            QCOMPARE(journal.nextSequence(), std::uint64_t(1));
        }
    }
};

QTEST_GUILESS_MAIN(JournalTest)
#include "journal_test.moc"
