// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/spool/batch_queue.h"

#include <QTest>

using namespace sextant;
using namespace sextant::agent;

namespace {

metrics::BatchId idOf(int number)
{
    return metrics::BatchId::make(number, {});
}

PackedBatch batch(int number, std::size_t bytes = 100)
{
    return {idOf(number), std::string(bytes, 'x'), number * 1'000, number * 1'000 + 1'000};
}

/// The ids in the order in which the queue has them.
QList<qint64> drained(BatchQueue& queue)
{
    QList<qint64> order;
    while (const PackedBatch* next = queue.oldest()) {
        order << next->id.bytes()[5];
        queue.remove(next->id);
    }
    return order;
}

} // namespace

class BatchQueueTest : public QObject {
    Q_OBJECT
private slots:
    void keepsUntilRemoved()
    {
        BatchQueue queue(1 << 20);
        QVERIFY(queue.push(batch(1)).empty());
        QVERIFY(queue.push(batch(2)).empty());
        QVERIFY(!queue.remove(idOf(9)));
        QCOMPARE(queue.find(idOf(2))->fromMs, std::int64_t(2'000));
        QCOMPARE(queue.remove(idOf(2))->body.size(), std::size_t(100));
        QVERIFY(!queue.find(idOf(2)));
        QCOMPARE(drained(queue), (QList<qint64>{1}));
        QVERIFY(queue.empty());
        QCOMPARE(queue.bytes(), std::uint64_t(0));
    }

    void whenFullTheOldestGoAndAreGivenBack()
    {
        BatchQueue queue(10'000);
        std::vector<DroppedBatch> dropped;
        for (int number = 1; number <= 20; ++number) {
            const auto gone = queue.push(batch(number, 1'000));
            dropped.insert(dropped.end(), gone.begin(), gone.end());
        }
        QVERIFY(queue.bytes() <= 10'000);
        QCOMPARE(dropped.size() + queue.size(), std::size_t(20));
        QVERIFY(queue.size() >= 8);
        QCOMPARE(dropped.front().id, idOf(1));
        QCOMPARE(dropped.front().toMs, std::int64_t(2'000));
        QCOMPARE(drained(queue).last(), 20);
    }

    void aBatchLargerThanTheQueueIsDroppedAlone()
    {
        BatchQueue queue(10'000);
        QVERIFY(queue.push(batch(1)).empty());
        const auto dropped = queue.push(batch(2, 20'000));
        QCOMPARE(dropped.size(), std::size_t(1));
        QCOMPARE(dropped[0].id, idOf(2));
        QCOMPARE(drained(queue), (QList<qint64>{1}));
    }

    void aSmallerBoundDropsTheOldest()
    {
        BatchQueue queue(1 << 20);
        for (int number = 1; number <= 20; ++number)
            QVERIFY(queue.push(batch(number, 1'000)).empty());
        QVERIFY(queue.setMaxBytes(5'000).size() >= 15);
        QVERIFY(queue.bytes() <= 5'000);
        QVERIFY(queue.find(idOf(20)));
    }
};

QTEST_GUILESS_MAIN(BatchQueueTest)
#include "batch_queue_test.moc"
