// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/families.h"
#include "server/hosts/gap_ledger.h"
#include "server/hosts/gaps.h"
#include "server/ingest/admission.h"
#include "server/storage/database.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <random>

using namespace sextant;
using namespace sextant::server;
using metrics::GapCause;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;
constexpr std::uint32_t kInterval = 10'000;
constexpr HostId kHost{7};

metrics::Batch batchAt(std::int64_t timeMs, std::uint64_t sequence = 0, std::vector<metrics::GapReport> gaps = {})
{
    metrics::Batch batch;
    batch.sequence = sequence;
    batch.gaps = std::move(gaps);
    metrics::Frame frame(metrics::family("cpu"), timeMs, kInterval);
    frame.addRow();
    batch.frames.push_back(std::move(frame));
    return batch;
}

GapLedger::Books booksOf(std::vector<Range> time, std::vector<metrics::GapReport> reports = {})
{
    return {std::move(time), {}, {}, std::move(reports)};
}

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kYear = 365 * 24 * kHour;

} // namespace

class GapLedgerTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
        QVERIFY(opened.has_value());
        m_database = std::move(*opened);
    }
    void cleanup()
    {
        m_database.reset();
        m_folder.reset();
    }

    void rangesMergeAsASetOfMomentsDoes()
    {
        std::mt19937 random(42);
        for (int round = 0; round < 200; ++round) {
            RangeSet set;
            std::vector<bool> moments(100, false);
            for (int i = 0; i < 30; ++i) {
                const std::int64_t from = static_cast<std::int64_t>(random() % 90);
                const std::int64_t to = from + 1 + static_cast<std::int64_t>(random() % 9);
                RangeSet::Change change;
                const RangeSet before = set;
                const bool changed = set.add({from, to}, 0, change);
                QCOMPARE(changed, !(set == before));
                std::fill(moments.begin() + from, moments.begin() + to, true);
            }
            std::vector<Range> expected;
            for (std::int64_t at = 0; at < 100; ++at) {
                if (!moments[static_cast<std::size_t>(at)])
                    continue;
                if (!expected.empty() && expected.back().to == at)
                    ++expected.back().to;
                else
                    expected.push_back({at, at + 1});
            }
            QVERIFY(set.ranges() == expected);
        }
    }

    void theSetIsBounded()
    {
        RangeSet set;
        RangeSet::Change change;
        for (std::int64_t i = 0; i < 5'000; ++i)
            QVERIFY(set.add({i * 10, i * 10 + 1}, 0, change));
        QCOMPARE(set.ranges().size(), RangeSet::kMost);
        QCOMPARE(set.ranges().back().from, std::int64_t{49'990});
        QCOMPARE(change.removed.size(), std::size_t{1});
    }

    void whatWasKeptIsReadAgain()
    {
        GapLedger ledger(*m_database);
        QVERIFY(store(ledger, {batchAt(kNow, 1), batchAt(kNow + 10'000, 2), batchAt(kNow + 21'000, 3)}));
        QVERIFY(store(ledger, {batchAt(kNow + 100'000, 6)}));
        auto books = ledger.read(kHost, 0, kNow * 2);
        QVERIFY(books.has_value());
        QVERIFY((books->time == std::vector<Range>{{kNow - 10'000, kNow + 21'000}, {kNow + 90'000, kNow + 100'000}}));
        QVERIFY((books->sequences == std::vector<Range>{{1, 4}, {6, 7}}));
        QCOMPARE(lostBatches(*books), std::int64_t{2});

        // After a restart the ledger goes on where it was: what fills the hole leaves one range.
        GapLedger again(*m_database);
        QVERIFY(again.load().has_value());
        std::vector<metrics::Batch> late;
        for (std::int64_t time = kNow + 31'000; time <= kNow + 90'000; time += 10'000)
            late.push_back(batchAt(time, 0));
        late.push_back(batchAt(kNow + 90'000, 4));
        late.push_back(batchAt(kNow + 90'000, 5));
        QVERIFY(store(again, late));
        books = again.read(kHost, 0, kNow * 2);
        QVERIFY((books->time == std::vector<Range>{{kNow - 10'000, kNow + 100'000}}));
        QVERIFY((books->sequences == std::vector<Range>{{1, 7}}));
        QCOMPARE(lostBatches(*books), std::int64_t{0});
    }

    void aGroupThatFailedLeavesNothing()
    {
        GapLedger ledger(*m_database);
        GapLedger::Group group;
        ledger.stage(group, kHost, batchAt(kNow, 1), kNow);
        QCOMPARE(group.take(kHost).ranges.size(), std::size_t{2});
        QVERIFY(store(ledger, {batchAt(kNow + 60'000, 2)}));
        const auto books = ledger.read(kHost, 0, kNow * 2);
        QVERIFY((books->time == std::vector<Range>{{kNow + 50'000, kNow + 60'000}}));
    }

    void aGroupWritesTwoRowsOfAHost()
    {
        GapLedger ledger(*m_database);
        GapLedger::Group group;
        for (int i = 0; i < 50; ++i)
            ledger.stage(group, kHost, batchAt(kNow + i * 10'000, static_cast<std::uint64_t>(i) + 1), kNow + 600'000);
        QCOMPARE(group.take(kHost).ranges.size(), std::size_t{2});
    }

    void reportsAreKeptOnceAndOnlyWhenPossible()
    {
        GapLedger ledger(*m_database);
        const metrics::GapReport good{GapCause::HostOff, kNow - 60'000, kNow, "booted"};
        QVERIFY(store(ledger,
            {batchAt(kNow, 1, {good, {GapCause::HostOff, kNow, kNow - 1, "backwards"}}), batchAt(kNow, 2, {good}),
                batchAt(kNow, 3, {{GapCause::HostOff, kNow + 1'200'001, kNow + kYear, "tomorrow"}})}));
        auto books = ledger.read(kHost, 0, kNow * 2);
        QVERIFY(books->reports == std::vector<metrics::GapReport>{good});
        // What is still to come of a report has not been missed: only the part until now is kept.
        const metrics::GapReport set{GapCause::ClockJump, kNow, kNow + kYear, "the clock was set"};
        QVERIFY(store(ledger, {batchAt(kNow, 4, {set})}));
        books = ledger.read(kHost, 0, kNow * 2);
        QCOMPARE(books->reports.size(), std::size_t{2});
        QCOMPARE(books->reports[1].fromMs, kNow);
        QCOMPARE(books->reports[1].toMs, kNow + 600'000);
        QVERIFY(ledger.read(HostId{8}, 0, kNow * 2)->reports.empty());
    }

    void theServerKnowsWhenItDidNotRun()
    {
        GapLedger first(*m_database);
        for (std::int64_t time = 0; time <= 60'000; time += 10'000)
            QVERIFY(first.beat(kNow + time).has_value());
        GapLedger second(*m_database);
        QVERIFY(second.beat(kNow + 300'000).has_value());
        QVERIFY(second.beat(kNow + 310'000).has_value());
        QVERIFY(second.beat(kNow + 400'000).has_value()); // its database was away
        auto books = second.read(kHost, 0, kNow * 2);
        QCOMPARE(books->serverUp.size(), std::size_t{3});
        QVERIFY((books->serverUp[0] == Range{kNow, kNow + 60'000}));
        books->time = {{kNow - 100'000, kNow + 60'000}, {kNow + 300'000, kNow + 500'000}};
        const auto gaps = explainGaps(*books, {0, kNow * 2}, kNow + 500'000, kInterval);
        QVERIFY((
            gaps == std::vector<Gap>{
                        {{kNow + 60'000, kNow + 300'000}, GapCause::ServerAway, "the server did not run", {}, false},
                        {{kNow + 310'000, kNow + 400'000}, GapCause::ServerAway, "the server did not run", {}, true}}));
    }

    void expiryForgetsWhatIsOld()
    {
        GapLedger ledger(*m_database);
        QVERIFY(store(ledger, {batchAt(kNow, 1, {{GapCause::HostOff, kNow - 60'000, kNow, {}}})}));
        QVERIFY(ledger.expire(kNow).has_value()); // and the host is not enrolled
        const auto books = ledger.read(kHost, 0, kNow * 2);
        QVERIFY(books->time.empty() && books->sequences.empty() && books->reports.empty());
    }

    void everyMissingMomentIsAccountedFor()
    {
        const std::int64_t t = kNow;
        const auto books = booksOf({{t, t + 100'000}, {t + 400'000, t + 500'000}},
            {{GapCause::NetworkOut, t + 95'000, t + 300'000, "no route"},
                {GapCause::HostOff, t + 108'000, t + 200'000, "booted"}});
        const auto gaps = explainGaps(books, {0, t * 2}, t + 600'000, kInterval);
        const std::vector<Gap> expected{{{t + 100'000, t + 108'000}, GapCause::NetworkOut, "no route", {}, false},
            {{t + 108'000, t + 200'000}, GapCause::HostOff, "booted", {}, false},
            {{t + 200'000, t + 300'000}, GapCause::NetworkOut, "no route", {}, false},
            {{t + 300'000, t + 400'000}, std::nullopt, {}, {}, false},
            {{t + 500'000, t + 600'000}, std::nullopt, {}, {}, false}}; // silent until now
        QVERIFY(gaps == expected);
        QCOMPARE(causeName(gaps[3].cause), std::string_view("unknown"));
        // Within the range alone.
        const auto part = explainGaps(books, {t + 150'000, t + 250'000}, t + 600'000, kInterval);
        QCOMPARE(part.size(), std::size_t{2});
        QCOMPARE(part.front().range.from, t + 150'000);
        QCOMPARE(part.back().range.to, t + 250'000);
    }

    void aShortRestBelongsToItsNeighbour()
    {
        const std::int64_t t = kNow;
        const auto books = booksOf({{t, t + 100'000}, {t + 400'000, t + 500'000}},
            {{GapCause::AgentStopped, t + 104'000, t + 391'000, "SIGTERM"}});
        const auto gaps = explainGaps(books, {0, t * 2}, t + 500'000, kInterval);
        QVERIFY((gaps == std::vector<Gap>{{{t + 100'000, t + 400'000}, GapCause::AgentStopped, "SIGTERM", {}, false}}));
    }

    void whatWasFilledIsLateNotMissing()
    {
        const std::int64_t t = kNow;
        const auto books = booksOf({{t, t + 500'000}}, {{GapCause::NetworkOut, t + 100'000, t + 200'000, {}},
                                                           {GapCause::SpoolOverflow, t + 300'000, t + 310'000, {}}});
        const auto gaps = explainGaps(books, {0, t * 2}, t + 510'000, kInterval);
        QVERIFY((gaps == std::vector<Gap>{{{t + 100'000, t + 200'000}, GapCause::NetworkOut, {}, {}, true}}));
    }

    void aCollectorErrorNamesItsFamily()
    {
        const std::int64_t t = kNow;
        const auto books = booksOf(
            {{t, t + 500'000}}, {{GapCause::CollectorError, t + 100'000, t + 200'000, "diskio: permission denied"}});
        const auto gaps = explainGaps(books, {0, t * 2}, t + 500'000, kInterval);
        QVERIFY((gaps == std::vector<Gap>{{{t + 100'000, t + 200'000}, GapCause::CollectorError, "permission denied",
                             "diskio", false}}));
    }

    void aWrongClockExplainsItsHole_data()
    {
        QTest::addColumn<qint64>("by");
        QTest::addColumn<bool>("spooled"); // what was made meanwhile comes when the clock is right again
        QTest::addColumn<bool>("atOnce");  // not only when it is right again
        QTest::newRow("+1 h") << qint64{kHour} << false << true;
        QTest::newRow("+1 y") << qint64{kYear} << false << true;
        QTest::newRow("-1 h") << qint64{-kHour} << false << false;
        QTest::newRow("-1 y") << qint64{-kYear} << false << true;
        QTest::newRow("+1 h, spooled") << qint64{kHour} << true << false;
        QTest::newRow("+1 y, spooled") << qint64{kYear} << true << false;
    }
    /// A host's clock is wrong for 20 minutes, then the host is silent for five minutes without a word.
    void aWrongClockExplainsItsHole()
    {
        QFETCH(qint64, by);
        QFETCH(bool, spooled);
        QFETCH(bool, atOnce);
        constexpr std::int64_t kWrong = kNow + 200'000;
        constexpr std::int64_t kRight = kWrong + 1'200'000;
        constexpr std::int64_t kSilent = kRight + 200'000;
        constexpr std::int64_t kBack = kSilent + 300'000;
        GapLedger ledger(*m_database);
        struct Sent {
            metrics::DecodedBatch batch;
            std::int64_t timeMs = 0;
        };
        std::vector<Sent> kept;
        const auto wallAt = [&](std::int64_t time) { return time >= kWrong && time < kRight ? time + by : time; };
        const auto deliver = [&](metrics::DecodedBatch batch, std::int64_t nowMs) {
            const AdmissionLimits limits{.keptMs = 30 * 24 * kHour};
            const std::int64_t delay = 20 + nowMs % 300;
            const Admitted admitted = admit(std::move(batch), nowMs + delay, limits, wallAt(nowMs));
            return storeAt(ledger, admitted.batch, nowMs + delay, admitted.wrongClock);
        };
        const auto setAt = [&](std::int64_t time) {
            const std::int64_t other = time + by;
            return metrics::GapReport{GapCause::ClockJump, std::min(time, other), std::max(time, other), {}};
        };
        for (std::int64_t time = kNow; time < kBack + 200'000; time += 10'000) {
            if (time >= kSilent && time < kBack)
                continue;
            metrics::DecodedBatch batch;
            batch.batch = batchAt(wallAt(time));
            if (time == kWrong || time == kRight)
                batch.batch.gaps.push_back(setAt(time));
            if (spooled && time >= kWrong && time < kRight) {
                kept.push_back({std::move(batch), time});
                continue;
            }
            for (Sent& one : std::exchange(kept, {}))
                QVERIFY(deliver(std::move(one.batch), time));
            QVERIFY(deliver(std::move(batch), time));
            if (atOnce && time < kRight)
                QVERIFY(unknown(ledger, {kNow, time}, time).empty());
        }
        const std::int64_t end = kBack + 200'000;
        QVERIFY((unknown(ledger, {kNow, end}, end) == std::vector<Range>{{kSilent - 10'000, kBack - 10'000}}));
        const auto books = ledger.read(kHost, 0, kNow * 2);
        QVERIFY(books->refused.size() <= 1); // one row, however long it was wrong

        GapLedger again(*m_database);
        QVERIFY(again.load().has_value());
        QVERIFY(store(again, {batchAt(end)}));
        QVERIFY(again.read(kHost, 0, kNow * 2)->refused == books->refused);
    }

    void reportsByAClockThatIsAheadArePutRight()
    {
        // The agent was killed and came back while its clock was an hour ahead.
        GapLedger ledger(*m_database);
        QVERIFY(storeAt(ledger,
            batchAt(kNow - 60'000, 1, {{GapCause::AgentStopped, kNow + kHour - 50'000, kNow + kHour, "killed"}}), kNow,
            {kHour, {}}));
        const auto books = ledger.read(kHost, 0, kNow * 2);
        QVERIFY((books->reports ==
                 std::vector<metrics::GapReport>{{GapCause::AgentStopped, kNow - 50'000, kNow, "killed"}}));
    }

    void aHostThatNeverSentHasNoGaps()
    {
        QVERIFY(explainGaps(booksOf({}), {0, kNow}, kNow, kInterval).empty());
        QVERIFY(explainGaps(booksOf({{kNow - 10'000, kNow}}), {0, kNow * 2}, kNow + 25'000, kInterval).empty());
    }

private:
    static std::vector<Range> unknown(const GapLedger& ledger, Range asked, std::int64_t nowMs)
    {
        const auto books = ledger.read(kHost, asked.from, asked.to);
        std::vector<Range> ranges;
        if (!books)
            return {asked};
        for (const Gap& gap : explainGaps(*books, asked, nowMs, kInterval)) {
            if (!gap.cause)
                ranges.push_back(gap.range);
        }
        return ranges;
    }
    bool store(GapLedger& ledger, const std::vector<metrics::Batch>& batches)
    {
        GapLedger::Group group;
        for (const metrics::Batch& batch : batches)
            ledger.stage(group, kHost, batch, kNow + 600'000);
        return write(ledger, std::move(group));
    }
    bool storeAt(GapLedger& ledger, const metrics::Batch& batch, std::int64_t nowMs, const WrongClock& wrong)
    {
        GapLedger::Group group;
        ledger.stage(group, kHost, batch, nowMs, wrong);
        return write(ledger, std::move(group));
    }
    bool write(GapLedger& ledger, GapLedger::Group&& group)
    {
        const StoredHostState stored{kHost, {}, group.take(kHost)};
        const auto written =
            m_database->write([&](QSqlDatabase& database) { return writeLedger(database, std::span(&stored, 1)); });
        if (written)
            ledger.keep(std::move(group));
        return written.has_value();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
};

QTEST_GUILESS_MAIN(GapLedgerTest)
#include "gap_ledger_test.moc"
