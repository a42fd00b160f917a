// SPDX-License-Identifier: GPL-3.0-or-later
// What goes to a target: the series of frames, the rules about them, and how they are packed.
#include "metrics/families.h"
#include "metrics/stale.h"
#include "server/forward/forwarder.h"
#include "server/forward/outgoing_series.h"
#include "server/forward/series_filter.h"

#include <QTest>

#include <snappy.h>

#include <bit>

using namespace sextant;
using namespace sextant::server;
using metrics::column;
using metrics::family;
using metrics::Labels;
using metrics::RemoteSeries;

namespace {

const QueryHost kHost{HostId{7}, "web01", metrics::kLinux, {}};

SeriesRule rule(std::initializer_list<std::pair<const char*, const char*>> conditions)
{
    SeriesRule made;
    for (const auto& [label, expression] : conditions)
        made.push_back(*promql::Matcher::make(label, promql::MatchOp::Regex, expression));
    return made;
}

std::vector<RemoteSeries> unpacked(const std::string& body)
{
    std::string message;
    if (!snappy::Uncompress(body.data(), body.size(), &message))
        return {};
    const auto request = metrics::decodeRemoteWrite(message, 1'000'000);
    return request ? request->series : std::vector<RemoteSeries>();
}

RemoteSeries numbered(int number, std::size_t samples)
{
    RemoteSeries series{{{"__name__", "m"}, {"n", std::to_string(number)}}, {}};
    for (std::size_t i = 0; i < samples; ++i)
        series.samples.push_back({static_cast<std::int64_t>(i), 1.5});
    return series;
}

} // namespace

class OutgoingSeriesTest : public QObject {
    Q_OBJECT

private slots:
    void framesBecomeTheSeriesThatQueriesSee()
    {
        std::vector<metrics::Frame> frames;
        for (const std::int64_t timeMs : {2'000, 1'000}) { // not in order
            metrics::Frame cores(family("cpu_core"), timeMs, 1'000);
            cores.set(
                cores.addRow({"0"}), column("cpu_core", "user_seconds_total"), 0.001 * static_cast<double>(timeMs));
            cores.addRow({"1"}); // says nothing
            frames.push_back(cores);
        }
        metrics::Frame custom(family("custom"), 3'000, 0);
        custom.set(custom.addRow({"shop_orders", R"(item="a",job="shop")"}), column("custom", "value"), 0.1);
        custom.setCell(custom.addRow({"shop_gone", ""}), 0, metrics::staleMarker());
        custom.set(custom.addRow({"no name", ""}), column("custom", "value"), 1.0);
        frames.push_back(custom);
        const auto series = outgoingSeries(kHost, frames);
        QCOMPARE(series.size(), std::size_t{3});
        QCOMPARE(series[0].labels, (Labels{{"__name__", "system_cpu_core_user_seconds_total"}, {"core", "0"},
                                       {"instance", "web01"}, {"job", "sextant"}}));
        QCOMPARE(series[0].samples.size(), std::size_t{2});
        QCOMPARE(series[0].samples[0].timeMs, std::int64_t{1'000});
        QCOMPARE(series[0].samples[0].value, 1.0);
        QCOMPARE(series[0].samples[1].value, 2.0);
        QCOMPARE(series[1].labels,
            (Labels{{"__name__", "shop_orders"}, {"instance", "web01"}, {"item", "a"}, {"job", "shop"}}));
        QCOMPARE(series[1].samples[0].value, 0.1);
        QCOMPARE(std::bit_cast<std::uint64_t>(series[2].samples[0].value), metrics::kStaleBits);
    }

    void columnsOfOtherSystemsDoNotGo()
    {
        metrics::Frame cpu(family("cpu"), 1'000, 1'000);
        const auto row = cpu.addRow();
        cpu.set(row, column("cpu", "iowait_percent"), 1.0); // of Linux
        cpu.set(row, column("cpu", "load1"), 2.0);
        QCOMPARE(outgoingSeries(kHost, {&cpu, 1}).size(), std::size_t{2});
        QCOMPARE(outgoingSeries({HostId{7}, "w", metrics::kWindows, {}}, {&cpu, 1}).size(), std::size_t{1});
    }

    void rulesChooseSeries_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("job");
        QTest::addColumn<bool>("goes");
        QTest::newRow("allowed by name") << "system_cpu"
                                         << "x" << true;
        QTest::newRow("the whole name counts") << "my_system_cpu"
                                               << "x" << false;
        QTest::newRow("both conditions") << "shop_orders"
                                         << "shop" << true;
        QTest::newRow("one condition of two") << "shop_orders"
                                              << "other" << false;
        QTest::newRow("denied") << "system_debug_x"
                                << "x" << false;
        QTest::newRow("denied by a label") << "system_cpu"
                                           << "test7" << false;
        QTest::newRow("nothing fits") << "go_gc"
                                      << "x" << false;
    }
    void rulesChooseSeries()
    {
        QFETCH(QString, name);
        QFETCH(QString, job);
        QFETCH(bool, goes);
        RemoteWriteTarget target;
        const Labels labels{{"__name__", name.toStdString()}, {"job", job.toStdString()}};
        QVERIFY(isForwarded(target, labels)); // without rules all goes
        target.allow = {rule({{"__name__", "system_.*"}}), rule({{"__name__", "shop_.*"}, {"job", "shop"}})};
        target.deny = {rule({{"__name__", "system_debug_.*"}}), rule({{"job", "test\\d"}})};
        QCOMPARE(isForwarded(target, labels), goes);
        target.allow.clear();
        QCOMPARE(isForwarded(target, labels), !name.contains(QLatin1String("debug")) && job != QLatin1String("test7"));
    }

    void externalLabelsFillIn()
    {
        RemoteWriteTarget target;
        target.externalLabels = {{"a", "1"}, {"job", "out"}, {"z", "2"}};
        QCOMPARE(withExternalLabels(target, {{"__name__", "m"}, {"job", "own"}}),
            (Labels{{"__name__", "m"}, {"a", "1"}, {"job", "own"}, {"z", "2"}}));
        target.deny = {rule({{"z", "2"}})}; // the rules see them
        std::vector<QueuedBody> bodies;
        appendBodies(bodies, target, std::vector{numbered(1, 1)}, 5);
        QVERIFY(bodies.empty());
    }

    void bodiesAreBounded()
    {
        const RemoteWriteTarget target;
        std::vector<QueuedBody> bodies;
        appendBodies(bodies, target, std::vector{numbered(1, 4'999), numbered(2, 1), numbered(3, 5'001)}, 5);
        QCOMPARE(bodies.size(), std::size_t{3});
        QCOMPARE(bodies[0].samples, std::int64_t{5'000});
        QCOMPARE(bodies[1].samples, std::int64_t{5'000});
        QCOMPARE(bodies[2].samples, std::int64_t{1});
        QCOMPARE(bodies[0].takenMs, std::int64_t{5});
        const auto first = unpacked(bodies[0].body);
        QCOMPARE(first.size(), std::size_t{2});
        QCOMPARE(first[0].samples.size(), std::size_t{4'999});
        QCOMPARE(unpacked(bodies[2].body)[0].samples[0].timeMs, std::int64_t{5'000}); // in order over bodies
        const auto joined = metrics::joinRemoteWrites(std::vector{bodies[0].body, bodies[2].body});
        QVERIFY(joined.has_value());
        QCOMPARE(unpacked(*joined).size(), std::size_t{3});
        QVERIFY(!metrics::joinRemoteWrites(std::vector<std::string>{"no snappy"}).has_value());
    }

    void longLabelsMakeSmallerBodies()
    {
        std::vector<RemoteSeries> series(600, numbered(1, 1));
        for (RemoteSeries& one : series)
            one.labels[1].value = std::string(4'000, 'x');
        std::vector<QueuedBody> bodies;
        appendBodies(bodies, RemoteWriteTarget{}, series, 5);
        QCOMPARE(bodies.size(), std::size_t{3});
    }
};

QTEST_APPLESS_MAIN(OutgoingSeriesTest)
#include "outgoing_series_test.moc"
