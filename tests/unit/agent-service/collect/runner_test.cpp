// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/runner.h"

#include <QTest>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace sextant;
using namespace sextant::agent;
using namespace std::chrono_literals;

namespace {

/// Holds collectors up until the test opens it.
class Gate {
public:
    void open()
    {
        const std::scoped_lock lock(m_mutex);
        m_open = true;
        m_changed.notify_all();
    }
    void pass()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_open; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_open = false;
};

class FakeCollector : public Collector {
public:
    using Work = std::function<Result<Collected>(const Tick&)>;
    explicit FakeCollector(std::string name, Work work) : m_name(std::move(name)), m_work(std::move(work)) {}
    [[nodiscard]] std::string_view name() const override { return m_name; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override
    {
        ++runs;
        return m_work(tick);
    }
    std::atomic<int> runs = 0;

private:
    std::string m_name;
    Work m_work;
};

std::shared_ptr<FakeCollector> quick(const char* name)
{
    return std::make_shared<FakeCollector>(name, [](const Tick& tick) -> Result<Collected> {
        metrics::Frame frame(metrics::family("memory"), tick.timeMs, tick.intervalMs);
        frame.addRow();
        return Collected{{std::move(frame)}, {}};
    });
}

std::shared_ptr<FakeCollector> stuckAt(const std::shared_ptr<Gate>& gate)
{
    return std::make_shared<FakeCollector>("stuck", [gate](const Tick&) -> Result<Collected> {
        gate->pass();
        return Collected{};
    });
}

struct World {
    std::vector<Outcome> outcomes;
    Runner runner;
    World(std::vector<std::shared_ptr<Collector>> collectors, std::chrono::milliseconds deadline)
        : runner(std::move(collectors), deadline, [this](Outcome outcome) { outcomes.push_back(std::move(outcome)); })
    {
    }
    [[nodiscard]] const Outcome* of(std::size_t collector) const
    {
        const auto found = std::ranges::find(outcomes, collector, &Outcome::collector);
        return found == outcomes.end() ? nullptr : &*found;
    }
};

} // namespace

class RunnerTest : public QObject {
    Q_OBJECT
private slots:
    void runsEveryCollectorOncePerTick()
    {
        World world({quick("a"), quick("b"), quick("c")}, 5s);
        world.runner.run({1'000, 10'000, {}});
        QTRY_COMPARE(world.runner.pending(), std::size_t(0));
        QCOMPARE(world.outcomes.size(), std::size_t(3));
        for (std::size_t i = 0; i < 3; ++i) {
            QVERIFY(world.of(i));
            QCOMPARE(world.of(i)->end, Outcome::End::Done);
            QCOMPARE(world.of(i)->tickMs, 1'000);
            QCOMPARE(world.of(i)->collected.frames.at(0).timeMs(), 1'000);
        }
        world.runner.run({2'000, 10'000, {}});
        QTRY_COMPARE(world.outcomes.size(), std::size_t(6));
    }

    void aFailureIsToldAndDisturbsNobody()
    {
        const auto failing = std::make_shared<FakeCollector>(
            "failing", [](const Tick&) -> Result<Collected> { return fail(ErrorCode::Io, "the disk is gone"); });
        const auto absent = std::make_shared<FakeCollector>("absent",
            [](const Tick&) -> Result<Collected> { return fail(ErrorCode::NotAvailable, "no such thing here"); });
        World world({failing, absent, quick("b")}, 5s);
        world.runner.run({1'000, 10'000, {}});
        QTRY_COMPARE(world.outcomes.size(), std::size_t(3));
        QCOMPARE(world.of(0)->end, Outcome::End::Failed);
        QCOMPARE(world.of(0)->error, std::string("the disk is gone"));
        QCOMPARE(world.of(1)->end, Outcome::End::Done);
        QCOMPARE(world.of(1)->collected.frames.size(), std::size_t(0));
        QCOMPARE(world.of(2)->end, Outcome::End::Done);
    }

    void aStuckCollectorDelaysNobodyAndIsSkippedUntilItReturns()
    {
        const auto gate = std::make_shared<Gate>();
        const auto stuck = stuckAt(gate);
        World world({stuck, quick("b"), quick("c")}, 400ms);
        world.runner.run({1'000, 1'000, {}});
        // The others are there although the stuck one, which came first, has not even passed its deadline.
        QTRY_VERIFY(world.of(1) && world.of(2));
        QVERIFY(!world.of(0));
        QTRY_VERIFY(world.of(0));
        QCOMPARE(world.of(0)->end, Outcome::End::TimedOut);
        QVERIFY(world.of(0)->duration >= 400ms);
        QCOMPARE(world.runner.pending(), std::size_t(0));

        world.outcomes.clear();
        world.runner.run({2'000, 1'000, {}});
        QTRY_COMPARE(world.outcomes.size(), std::size_t(3));
        QCOMPARE(world.of(0)->end, Outcome::End::Stuck);
        QCOMPARE(world.of(1)->end, Outcome::End::Done);
        QCOMPARE(stuck->runs.load(), 1);

        gate->open();
        world.outcomes.clear();
        QTest::qWait(50);
        QVERIFY(world.outcomes.empty()); // its late result is thrown away
        world.runner.run({3'000, 1'000, {}});
        QTRY_COMPARE(world.outcomes.size(), std::size_t(3));
        QCOMPARE(world.of(0)->end, Outcome::End::Done);
        QCOMPARE(world.of(0)->tickMs, 3'000);
        QCOMPARE(stuck->runs.load(), 2);
    }

    void severalStuckCollectorsLeaveTheLastOneFree()
    {
        const auto gate = std::make_shared<Gate>();
        World world({stuckAt(gate), stuckAt(gate), stuckAt(gate), quick("d")}, 2s);
        world.runner.run({1'000, 10'000, {}});
        QTRY_VERIFY(world.of(3));
        QCOMPARE(world.runner.pending(), std::size_t(3));
        gate->open();
        QTRY_COMPARE(world.runner.pending(), std::size_t(0));
        QCOMPARE(world.of(1)->end, Outcome::End::Done);
    }

    void aSlowCollectorThatKeepsItsDeadlineCounts()
    {
        const auto slow = std::make_shared<FakeCollector>("slow", [](const Tick&) -> Result<Collected> {
            std::this_thread::sleep_for(250ms);
            return Collected{};
        });
        World world({slow, quick("b")}, 5s);
        for (int tick = 1; tick <= 3; ++tick) {
            world.outcomes.clear();
            world.runner.run({tick * 1'000, 1'000, {}});
            QTRY_COMPARE(world.outcomes.size(), std::size_t(2));
            QCOMPARE(world.of(0)->end, Outcome::End::Done);
            QVERIFY(world.of(0)->duration >= 250ms);
            QCOMPARE(world.outcomes.front().collector, std::size_t(1));
        }
    }

    void canBeGivenUpWhileACollectorIsStuck()
    {
        const auto gate = std::make_shared<Gate>();
        const auto stuck = stuckAt(gate);
        {
            World world({stuck, quick("b")}, 5s);
            world.runner.run({1'000, 10'000, {}});
            QTRY_VERIFY(world.of(1));
        }
        gate->open();
        QTRY_COMPARE(stuck.use_count(), 1L); // its thread has ended and holds nothing any more
    }

    void canBeGivenUpWithoutARun()
    {
        const World world({quick("a")}, 5s);
        QCOMPARE(world.runner.pending(), std::size_t(0));
    }
};

QTEST_GUILESS_MAIN(RunnerTest)
#include "runner_test.moc"
