// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/spool/batch_queue.h"

#include <QtTest>

using namespace sextant;
using namespace sextant::agent;

namespace {

metrics::BatchId idOf(int number)
{
    return metrics::BatchId::make(number, {});
}

PackedBatch batch(int number, std::size_t bytes = 100)
{
    return {idOf(number), std::string(bytes, 'x')};
}

/// The ids in the order in which the queue offers them, when each is acknowledged.
QList<qint64> drained(BatchQueue& queue)
{
    QList<qint64> order;
    while (const PackedBatch* next = queue.peek()) {
        order << next->id.bytes()[5];
        queue.acknowledge(next->id);
    }
    return order;
}

} // namespace

class BatchQueueTest : public QObject {
    Q_OBJECT
private slots:
    void offersTheFreshOneFirstThenTheBacklogInOrder()
    {
        BatchQueue queue(1 << 20);
        for (int number = 1; number <= 3; ++number) {
            queue.push(batch(number));
            queue.retryLater(idOf(number));
        }
        queue.push(batch(4));
        QCOMPARE(drained(queue), (QList<qint64>{4, 1, 2, 3}));
    }

    void aFreshOneThatFailedJoinsTheBacklog()
    {
        BatchQueue queue(1 << 20);
        queue.push(batch(1));
        queue.push(batch(2));
        queue.retryLater(idOf(2));
        QCOMPARE(drained(queue), (QList<qint64>{1, 2}));
    }

    void keepsUntilAcknowledged()
    {
        BatchQueue queue(1 << 20);
        queue.push(batch(1));
        QVERIFY(queue.peek());
        queue.retryLater(idOf(1));
        QCOMPARE(queue.stats().batches, std::size_t(1));
        queue.acknowledge(idOf(9)); // unknown
        QCOMPARE(queue.stats().batches, std::size_t(1));
        queue.acknowledge(idOf(1));
        QVERIFY(queue.empty());
        QCOMPARE(queue.stats().bytes, std::uint64_t(0));
        QCOMPARE(queue.stats().sent, std::uint64_t(1));
        QCOMPARE(queue.stats().sentBytes, std::uint64_t(100));
    }

    void whenFullTheOldestGoAndAreCounted()
    {
        BatchQueue queue(10'000);
        for (int number = 1; number <= 20; ++number)
            queue.push(batch(number, 1'000));
        QVERIFY(queue.stats().bytes <= 10'000);
        QCOMPARE(queue.stats().dropped + queue.stats().batches, std::uint64_t(20));
        QVERIFY(queue.stats().batches >= 8);
        queue.retryLater(idOf(20));
        QCOMPARE(drained(queue).last(), 20);
    }

    void aBatchLargerThanTheQueueIsDroppedAlone()
    {
        BatchQueue queue(10'000);
        queue.push(batch(1));
        queue.push(batch(2, 20'000));
        QCOMPARE(queue.stats().dropped, std::uint64_t(1));
        QCOMPARE(drained(queue), (QList<qint64>{1}));
    }

    void aSmallerBoundDropsTheOldest()
    {
        BatchQueue queue(1 << 20);
        for (int number = 1; number <= 20; ++number)
            queue.push(batch(number, 1'000));
        queue.setMaxBytes(5'000);
        QVERIFY(queue.stats().bytes <= 5'000);
        QVERIFY(queue.stats().dropped >= 15);
        QCOMPARE(queue.peek()->id, idOf(20));
    }

    void quarantineTakesOutAndCounts()
    {
        BatchQueue queue(1 << 20);
        queue.push(batch(1));
        queue.push(batch(2));
        queue.quarantine(idOf(1));
        QCOMPARE(queue.stats().quarantined, std::uint64_t(1));
        QCOMPARE(queue.stats().sent, std::uint64_t(0));
        QCOMPARE(drained(queue), (QList<qint64>{2}));
    }
};

QTEST_GUILESS_MAIN(BatchQueueTest)
#include "batch_queue_test.moc"
