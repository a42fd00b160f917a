// SPDX-License-Identifier: GPL-3.0-or-later
// A program that counts with libs/metrics/sdk and pushes to the real server, which is killed and comes back: every
// reading is stored once, and nothing that was counted before stop() is missing.
#include "metrics/sdk/http_delivery.h"
#include "metrics/sdk/pusher.h"
#include "support/https_client.h"
#include "support/server_process.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

#include <atomic>
#include <thread>

using namespace sextant;
using namespace sextant::test;
using namespace sextant::metrics::sdk;
using namespace std::chrono_literals;

class SdkTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        m_write = m_server.makeKey(QStringLiteral("shop"));
        m_read = m_server.makeKey(QStringLiteral("board"), {QStringLiteral("--rights"), QStringLiteral("read")});
        QVERIFY(!m_write.isEmpty() && !m_read.isEmpty());
    }

    void everythingArrivesOnceAlthoughTheServerIsKilled()
    {
        Registry registry;
        Counter& orders = *registry.counter("orders_total", "Orders").value();
        constexpr std::array kBounds{0.1, 1.0};
        Histogram& seconds = *registry.histogram("order_seconds", "Time of an order", kBounds).value();
        PushOptions options;
        options.interval = 20ms;
        options.labels = {{"job", "shop"}};
        options.retryFirst = 50ms;
        options.retryLongest = 200ms;
        Pusher pusher(registry, httpDelivery(target(m_write)), options);
        pusher.start();
        std::atomic<bool> isOpen = true;
        std::atomic<std::uint64_t> counted = 0;
        std::vector<std::jthread> clerks;
        for (int i = 0; i < 2; ++i)
            clerks.emplace_back([&] {
                while (isOpen) {
                    orders.increment();
                    seconds.observe(0.5);
                    ++counted;
                    std::this_thread::sleep_for(100us);
                }
            });
        for (int round = 0; round < 3; ++round) {
            const std::uint64_t before = pusher.counts().delivered;
            QTRY_VERIFY(pusher.counts().delivered >= before + 5);
            m_server.kill();
            QTRY_VERIFY(pusher.counts().waiting >= 5);
            QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        }
        isOpen = false;
        clerks.clear();
        orders.increment(1'000'000); // just before the end
        pusher.stop();
        const PushCounts counts = pusher.counts();
        QVERIFY2(counts.lastError.empty(), counts.lastError.c_str());
        QCOMPARE(counts.delivered, counts.read);
        QCOMPARE(counts.waiting + counts.dropped + counts.refused, std::uint64_t{0});

        const QList<double> stored = samplesOf("orders_total{job=\"shop\"}");
        QCOMPARE(static_cast<std::uint64_t>(stored.size()), counts.read);
        QVERIFY(std::ranges::is_sorted(stored));
        QCOMPARE(stored.last(), static_cast<double>(counted + 1'000'000));
        QCOMPARE(samplesOf("order_seconds_count{job=\"shop\"}").last(), static_cast<double>(counted));
        QCOMPARE(samplesOf("order_seconds_bucket{job=\"shop\",le=\"0.1\"}").last(), 0.0);
        QCOMPARE(samplesOf("order_seconds_bucket{job=\"shop\",le=\"1\"}").last(), static_cast<double>(counted));
    }

    /// A key that is not good yet costs nothing: what was read waits.
    void aWrongKeyKeepsWhatWasRead()
    {
        Registry registry;
        registry.counter("sales_total", "Sales").value()->increment(3);
        auto wrong = httpDelivery(target("sxk_1_wrong"));
        auto right = httpDelivery(target(m_write));
        std::atomic<bool> isMended = false;
        PushOptions options;
        options.interval = 20ms;
        options.retryFirst = 50ms;
        options.retryLongest = 50ms;
        Pusher pusher(
            registry, [&](const std::string& body) { return isMended ? right(body) : wrong(body); }, options);
        pusher.start();
        QTRY_VERIFY(pusher.counts().lastError.find("401") != std::string::npos);
        QTRY_VERIFY(pusher.counts().waiting >= 5);
        isMended = true;
        pusher.stop();
        const PushCounts counts = pusher.counts();
        QCOMPARE(counts.refused, std::uint64_t{0});
        QCOMPARE(static_cast<std::uint64_t>(samplesOf("sales_total").size()), counts.read);
    }

private:
    HttpTarget target(const QByteArray& key) const
    {
        return {.url = m_server.url().toStdString() + "/api/v1/write",
            .key = key.toStdString(),
            .caFile = (m_server.dataDir() + QStringLiteral("/ca.pem")).toStdString()};
    }

    /// All samples of a series of the last hour, in order.
    QList<double> samplesOf(const QByteArray& selector)
    {
        HttpsClient client(m_server.url(), m_server.caPem());
        const Answer answer = client.request("GET", "/api/v1/query?query=" + (selector + "[1h]").toPercentEncoding(),
            {}, {{"Authorization", "Bearer " + m_read}});
        QList<double> values;
        for (const QJsonValue& sample : answer.json()[u"data"][u"result"][0][u"values"].toArray())
            values.append(sample[1].toString().toDouble());
        return values;
    }

    ServerProcess m_server;
    QByteArray m_write;
    QByteArray m_read;
};

QTEST_GUILESS_MAIN(SdkTest)
#include "sdk_test.moc"
