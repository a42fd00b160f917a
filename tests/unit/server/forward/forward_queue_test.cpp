// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/private_files.h"
#include "server/forward/forward_queue.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kMiB = 1 << 20;

QueuedBody body(std::int64_t takenMs, std::int64_t samples, std::size_t bytes)
{
    return {0, takenMs, samples, std::string(bytes, static_cast<char>('a' + takenMs % 26))};
}

QList<qint64> times(const std::vector<QueuedBody>& bodies)
{
    QList<qint64> all;
    for (const QueuedBody& one : bodies)
        all.append(one.takenMs);
    return all;
}

} // namespace

class ForwardQueueTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
    }

    void givesTheOldestFirstAndForgetsWhatWasSent()
    {
        auto queue = open(kMiB);
        QVERIFY(queue);
        QCOMPARE(queue->size().oldestMs, std::int64_t{0});
        QCOMPARE(*queue->append(std::vector{body(1, 10, 100), body(2, 20, 100)}), std::int64_t{0});
        QCOMPARE(*queue->append(std::vector{body(3, 30, 100)}), std::int64_t{0});
        QCOMPARE(times(*queue->oldest(30)), (QList<qint64>{1, 2}));
        QCOMPARE(times(*queue->oldest(29)), QList<qint64>{1});
        QCOMPARE(times(*queue->oldest(0)), QList<qint64>{1}); // one at least
        QCOMPARE(times(*queue->oldest(1'000)), (QList<qint64>{1, 2, 3}));
        const auto two = queue->oldest(30);
        QCOMPARE((*two)[1].body, std::string(100, 'c'));
        QVERIFY(queue->remove(*two).has_value());
        QCOMPARE(times(*queue->oldest(1'000)), QList<qint64>{3});
        QCOMPARE(queue->size().bodies, std::int64_t{1});
        QCOMPARE(queue->size().samples, std::int64_t{30});
        QCOMPARE(queue->size().bytes, std::int64_t{100});
        QCOMPARE(queue->size().oldestMs, std::int64_t{3});
        QVERIFY(queue->remove(*two).has_value()); // once more: nothing
        QCOMPARE(queue->size().bodies, std::int64_t{1});
    }

    void goesOnAfterARestart()
    {
        {
            auto queue = open(kMiB);
            QVERIFY(queue->append(std::vector{body(1, 10, 1'000), body(2, 20, 2'000)}).has_value());
        }
        QCOMPARE(ForwardQueue::look(path())->samples, std::int64_t{30}); // while no server runs
        auto queue = open(kMiB);
        QVERIFY(queue && !queue->wasDamaged());
        QCOMPARE(queue->size().bytes, std::int64_t{3'000});
        QCOMPARE(queue->size().samples, std::int64_t{30});
        QCOMPARE(queue->size().oldestMs, std::int64_t{1});
        QCOMPARE(times(*queue->oldest(1'000)), (QList<qint64>{1, 2}));
        QCOMPARE(ForwardQueue::look(path())->bodies, std::int64_t{2}); // also while it is in use
        QVERIFY(process::readPrivateFile(path().toStdString()));       // refused when others may read it, too
    }

    void atTheLimitNothingGoesAndPastItTheOldest()
    {
        auto queue = open(3'000);
        QCOMPARE(
            *queue->append(std::vector{body(1, 10, 1'000), body(2, 20, 1'000), body(3, 30, 1'000)}), std::int64_t{0});
        QCOMPARE(queue->size().bytes, std::int64_t{3'000});
        QCOMPARE(*queue->append(std::vector{body(4, 40, 1)}), std::int64_t{10});
        QCOMPARE(times(*queue->oldest(1'000)), (QList<qint64>{2, 3, 4}));
        QCOMPARE(queue->size().oldestMs, std::int64_t{2});
        QCOMPARE(*queue->append(std::vector{body(5, 50, 2'999)}), std::int64_t{50}); // 2 and 3
        QCOMPARE(times(*queue->oldest(1'000)), (QList<qint64>{4, 5}));
        QCOMPARE(*queue->append(std::vector{body(6, 60, 3'001)}), std::int64_t{150}); // does not fit by itself
        QCOMPARE(queue->size().bodies, std::int64_t{0});
        QCOMPARE(queue->size().bytes, std::int64_t{0});
    }

    void whatWasDroppedWhileItWasSentIsNotCountedTwice()
    {
        auto queue = open(2'000);
        QVERIFY(queue->append(std::vector{body(1, 10, 1'000), body(2, 20, 1'000)}).has_value());
        const auto sending = queue->oldest(1'000);
        QCOMPARE(*queue->append(std::vector{body(3, 30, 1'000)}), std::int64_t{10});
        QVERIFY(queue->remove(*sending).has_value());
        QCOMPARE(queue->size().bytes, std::int64_t{1'000});
        QCOMPARE(times(*queue->oldest(1'000)), QList<qint64>{3});
    }

    void aDamagedFileIsSetAside_data()
    {
        QTest::addColumn<bool>("header");
        QTest::newRow("no database") << true;
        QTest::newRow("a page") << false;
    }
    void aDamagedFileIsSetAside()
    {
        QFETCH(bool, header);
        {
            auto queue = open(kMiB);
            for (int i = 0; i < 50; ++i)
                QVERIFY(queue->append(std::vector{body(i, 1, 3'000)}).has_value());
        }
        QFile file(path());
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.size() > 8 * 4'096); // the log is in it
        QVERIFY(file.seek(header ? 0 : 4'096) && file.write(QByteArray(4'096, 'x')) == 4'096);
        file.close();
        auto queue = open(kMiB);
        QVERIFY(queue != nullptr);
        QVERIFY(queue->wasDamaged());
        QCOMPARE(queue->size().bodies, std::int64_t{0});
        QVERIFY(queue->append(std::vector{body(1, 1, 100)}).has_value());
        QCOMPARE(QDir(m_folder->path()).entryList({QStringLiteral("queue.db.damaged-12")}).size(), 1);
    }

    void bodiesTogetherAreBoundedInBytes()
    {
        auto queue = open(100 * kMiB);
        for (int i = 0; i < 6; ++i)
            QVERIFY(queue->append(std::vector{body(i, 1, kMiB / 2)}).has_value());
        QCOMPARE(times(*queue->oldest(1'000)), (QList<qint64>{0, 1, 2}));
    }

private:
    QString path() const { return m_folder->filePath(QStringLiteral("queue.db")); }
    std::unique_ptr<ForwardQueue> open(std::int64_t maxBytes)
    {
        auto queue = ForwardQueue::open(path(), maxBytes, 12'345);
        if (!queue)
            qWarning("%s", queue.error().message.c_str());
        return queue ? std::move(*queue) : nullptr;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(ForwardQueueTest)
#include "forward_queue_test.moc"
