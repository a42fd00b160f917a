// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/reduce.h"
#include "console/charts/stack.h"

#include <QTest>

#include <algorithm>

using namespace sextant::console;

namespace {

std::vector<Bucket> even(int count, std::int64_t stepMs, double value)
{
    std::vector<Bucket> buckets;
    for (int index = 0; index < count; ++index)
        buckets.push_back({index * stepMs, value, value, value, 1});
    return buckets;
}

double greatest(const std::vector<QList<QPointF>>& runs)
{
    double highest = -1;
    for (const auto& run : runs) {
        for (const QPointF& point : run)
            highest = std::max(highest, point.y());
    }
    return highest;
}

} // namespace

class ReduceTest : public QObject {
    Q_OBJECT

private slots:
    void theUsualStepIsThatOfMostBuckets()
    {
        std::vector<Bucket> buckets = even(10, 60'000, 1);
        QCOMPARE(usualStepMs(buckets), std::int64_t{60'000});
        buckets.erase(buckets.begin() + 3, buckets.begin() + 7); // a real gap stays one
        QCOMPARE(usualStepMs(buckets), std::int64_t{60'000});
        QCOMPARE(usualStepMs(even(2, 60'000, 1)), std::int64_t{0});
    }

    void aPeakOfOneBucketSurvivesEveryZoom()
    {
        std::vector<Bucket> buckets = even(100'000, 1'000, 10);
        buckets[54'321].maximum = 99;
        buckets[12'345].minimum = 1;
        for (const int pixels : {3, 50, 333, 2'000}) {
            const auto runs = reduceToColumns(buckets, {0, 100'000'000}, pixels, 5'000);
            QCOMPARE(runs.size(), std::size_t(1));
            QVERIFY(runs.front().size() <= 2 * (pixels + 2));
            QCOMPARE(greatest(runs), 99.0);
            QVERIFY(std::ranges::any_of(runs.front(), [](const QPointF& point) { return point.y() == 1.0; }));
            QVERIFY(std::ranges::is_sorted(runs.front(), {}, &QPointF::x));
        }
    }

    void aGapCutsTheLine()
    {
        std::vector<Bucket> buckets = even(10, 1'000, 5);
        for (std::size_t index = 5; index < 10; ++index)
            buckets[index].time += 60'000;
        QCOMPARE(reduceToColumns(buckets, {0, 100'000}, 100, 3'000).size(), std::size_t(2));
        const auto gaps = gapsIn(buckets, {0, 100'000}, 3'000);
        QCOMPARE(gaps.size(), std::size_t(2));
        QCOMPARE(gaps[0], (TimeSpan{4'000, 65'000}));
        QCOMPARE(gaps[1], (TimeSpan{69'000, 100'000}));
    }

    void nothingIsOneGap()
    {
        QVERIFY(reduceToColumns({}, {0, 1'000}, 10, 100).empty());
        QCOMPARE(gapsIn({}, {0, 1'000}, 100), (std::vector<TimeSpan>{{0, 1'000}}));
        QVERIFY(!extremesIn({}, {0, 1'000}).found);
        QVERIFY(reduceToColumns(even(3, 10, 1), {0, 0}, 10, 100).empty());
    }

    void theLineRunsToTheEdge()
    {
        const auto runs = reduceToColumns(even(10, 1'000, 5), {3'500, 6'500}, 100, 3'000);
        QCOMPARE(runs.front().constFirst().x(), 3'000.0);
        QCOMPARE(runs.front().constLast().x(), 7'000.0);
    }

    void nearestBucketIsWithinReach()
    {
        const std::vector<Bucket> buckets = even(3, 1'000, 5);
        QCOMPARE(nearest(buckets, 1'400, 600)->time, 1'000);
        QCOMPARE(nearest(buckets, 1'600, 600)->time, 2'000);
        QVERIFY(!nearest(buckets, 5'000, 600));
        QVERIFY(!nearest({}, 5'000, 600));
    }

    void extremesCountOnlyTheWindow()
    {
        std::vector<Bucket> buckets = even(10, 1'000, 5);
        buckets[0].maximum = 100;
        buckets[4] = {4'000, 1, 3, 9, 1};
        const Extremes found = extremesIn(buckets, {2'000, 6'000});
        QCOMPARE(found.minimum, 1.0);
        QCOMPARE(found.maximum, 9.0);
        QCOMPARE(found.mean, (5 + 5 + 3 + 5) / 4.0);
    }

    void aStackAddsUpAndKeepsItsPeak()
    {
        std::vector<Bucket> user = even(10'000, 1'000, 20);
        std::vector<Bucket> system = even(10'000, 1'000, 10);
        system.erase(system.begin() + 10);
        user[7'777].average = 60;
        const std::vector<std::span<const Bucket>> layers{user, system};
        const auto runs = stackToColumns(layers, {0, 10'000'000}, 100, 5'000);
        QCOMPARE(runs.size(), std::size_t(1));
        QCOMPARE(runs.front().edges.size(), std::size_t(2));
        QVERIFY(runs.front().edges[0].size() <= 200);
        QCOMPARE(greatest({runs.front().edges[1]}), 70.0);
        QCOMPARE(greatest({runs.front().edges[0]}), 60.0);
    }
};

QTEST_GUILESS_MAIN(ReduceTest)
#include "reduce_test.moc"
