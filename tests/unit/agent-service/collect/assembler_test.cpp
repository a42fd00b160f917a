// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/assembler.h"

#include <QTest>

using namespace sextant;
using namespace sextant::agent;
using metrics::column;
using namespace std::chrono_literals;

namespace {

metrics::Frame memoryFrame(std::int64_t timeMs)
{
    metrics::Frame frame(metrics::family("memory"), timeMs, 10'000);
    frame.addRow();
    return frame;
}

} // namespace

class AssemblerTest : public QObject {
    Q_OBJECT
private slots:
    void tellsHowEachCollectorDid()
    {
        std::vector<std::string> lines;
        logging::Log log(logging::Level::Info, logging::Format::Logfmt,
            [&](logging::Level, std::string_view line) { lines.emplace_back(line); });
        Assembler assembler({"memory", "disk", "system"}, 10'000, log);
        QVERIFY(assembler.empty());
        assembler.add({0, 1'000, Outcome::End::Done, 1'500us, {{memoryFrame(1'000)}, {"oom kills are missing"}}, {}});
        assembler.add({1, 1'000, Outcome::End::TimedOut, 5s, {}, "passed its deadline"});
        assembler.add({2, 1'000, Outcome::End::Failed, 10us, {}, "no such file"});
        const auto frames = assembler.take();
        QVERIFY(assembler.empty());
        QCOMPARE(frames.size(), std::size_t(2));
        const metrics::Frame& own = frames.at(0);
        QCOMPARE(own.family().name, std::string_view("agent_collector"));
        QCOMPARE(own.timeMs(), 1'000);
        QCOMPARE(own.intervalMs(), 10'000u);
        QCOMPARE(own.rowCount(), std::size_t(3));
        QCOMPARE(own.labels(0)[0], std::string("memory"));
        QCOMPARE(own.number(0, column("agent_collector", "duration_seconds")), std::optional(0.0015));
        QCOMPARE(own.number(0, column("agent_collector", "success")), std::optional(1.0));
        QCOMPARE(own.number(1, column("agent_collector", "success")), std::optional(0.0));
        QCOMPARE(own.number(1, column("agent_collector", "timeouts_total")), std::optional(1.0));
        QCOMPARE(own.number(1, column("agent_collector", "failures_total")), std::optional(0.0));
        QCOMPARE(own.number(2, column("agent_collector", "failures_total")), std::optional(1.0));
        QCOMPARE(own.number(2, column("agent_collector", "runs_total")), std::optional(1.0));
        QCOMPARE(frames.at(1).family().name, std::string_view("memory"));
        QCOMPARE(lines.size(), std::size_t(3));
        QVERIFY(lines[0].find("oom kills are missing") != std::string::npos);
        QVERIFY(lines[1].find("collector=disk") != std::string::npos);
        QVERIFY(lines[2].find("no such file") != std::string::npos);
    }

    void aStuckCollectorHasNoDurationAndNoRun()
    {
        logging::Log log(logging::Level::Info, logging::Format::Logfmt, [](logging::Level, std::string_view) {});
        Assembler assembler({"disk"}, 10'000, log);
        assembler.add({0, 1'000, Outcome::End::TimedOut, 5s, {}, "late"});
        assembler.add({0, 2'000, Outcome::End::Stuck, {}, {}, "still late"});
        const auto frames = assembler.take();
        QCOMPARE(frames.size(), std::size_t(2)); // a frame per tick
        const metrics::Frame& second = frames.at(1);
        QCOMPARE(second.timeMs(), 2'000);
        QVERIFY(second.at(0, column("agent_collector", "duration_seconds")).isAbsent());
        QCOMPARE(second.number(0, column("agent_collector", "runs_total")), std::optional(1.0));
        QCOMPARE(second.number(0, column("agent_collector", "success")), std::optional(0.0));
    }

    void framesWithoutRowsAreLeftOut()
    {
        logging::Log log(logging::Level::Info, logging::Format::Logfmt, [](logging::Level, std::string_view) {});
        Assembler assembler({"memory"}, 10'000, log);
        Outcome outcome{0, 1'000, Outcome::End::Done, 1us, {}, {}};
        outcome.collected.frames.emplace_back(metrics::family("disk"), 1'000, 10'000);
        assembler.add(std::move(outcome));
        QCOMPARE(assembler.take().size(), std::size_t(1));
    }
};

QTEST_GUILESS_MAIN(AssemblerTest)
#include "assembler_test.moc"
