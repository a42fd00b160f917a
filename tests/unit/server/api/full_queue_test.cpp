// SPDX-License-Identifier: GPL-3.0-or-later
// Every way in while so much waits that no more is taken: 503 and when to come again, by each; and when the sender does
// as it was told, what it sent counts once.
#include "metrics/stale.h"
#include "route_calls.h"

#include <QTest>

#include <bit>

using namespace sextant;
using namespace sextant::server;

namespace {

const Route& routeOf(http::Method method, std::string_view path)
{
    return *std::ranges::find_if(
        routes(), [&](const Route& route) { return route.method == method && route.path == path; });
}

/// A good request of that route with another body (' for "), or other values in its path.
Call callWith(const Route& route, HostId host, QByteArray text, std::vector<std::string> path = {})
{
    Call call = goodCall(route, host);
    call.request.body = text.replace('\'', '"').toStdString();
    if (!path.empty())
        call.pathValues = std::move(path);
    return call;
}

/// The batches of any request here find room in it; what a push ends comes in a batch of its own.
constexpr std::size_t kQueueBytes = 16 * 1024;

bool isStale(double value)
{
    return std::bit_cast<std::uint64_t>(value) == metrics::kStaleBits;
}

} // namespace

class FullQueueTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_parts = std::make_unique<Parts>(m_folder->path(), kQueueBytes);
    }
    void cleanup() { m_parts.reset(); }

    void everyWayInSaysSoAndTakesItLater()
    {
        auto full = m_parts->fillQueue();
        std::vector<std::pair<const Route*, Call>> sent;
        for (const Route& route : routes()) {
            if (!writesSamples(route) && route.path != "/api/v1/agent/batches")
                continue;
            sent.emplace_back(&route, goodCall(route, m_parts->host));
            const http::Response response = m_parts->ask(route, sent.back().second);
            QVERIFY2(response.status == 503, (std::string(route.path) + ' ' + response.body.toStdString()).c_str());
            QCOMPARE(std::ranges::count(response.headers, std::string("retry-after"), &http::Header::name), 1);
            QVERIFY(response.body.contains("\"code\":\"busy\""));
        }
        // agents; remote write, InfluxDB twice, Pushgateway twice, OTLP, five systems by ten paths
        QCOMPARE(sent.size(), std::size_t{17});
        QVERIFY(m_parts->newest().empty());
        drain(full);
        for (const auto& [route, call] : sent) {
            const http::Response response = m_parts->ask(*route, call);
            QVERIFY2(response.status / 100 == 2, (std::string(route->path) + response.body.toStdString()).c_str());
        }
        QVERIFY(!m_parts->newest().empty());
    }

    void whatIsCountedIsCountedOnce_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("body"); ///< %1: a time in s; %2: how much more it is
        QTest::addColumn<QByteArray>("series");
        QTest::newRow("OTLP, a sum")
            << QByteArray("/v1/metrics")
            << QByteArray(
                   "{'resourceMetrics':[{'scopeMetrics':[{'metrics':[{'name':'n','sum':{'isMonotonic':true,"
                   "'aggregationTemporality':1,'dataPoints':[{'timeUnixNano':'%1000000000','asInt':'%2'}]}}]}]}]}")
            << QByteArray("n_total{}");
        QTest::newRow("OTLP, a histogram")
            << QByteArray("/v1/metrics")
            << QByteArray("{'resourceMetrics':[{'scopeMetrics':[{'metrics':[{'name':'n','histogram':{"
                          "'aggregationTemporality':1,'dataPoints':[{'timeUnixNano':'%1000000000','count':'%2',"
                          "'sum':9,'bucketCounts':['%2','0'],'explicitBounds':[1]}]}}]}]}]}")
            << QByteArray("n_bucket{le=\"1\"}");
        for (const char* path : {"/v1/ingest", "/v1/import"})
            QTest::newRow(path) << QByteArray(path)
                                << QByteArray("{'metrics':[{'name':'n_sum','type':'histogram','value':%2}]}")
                                << QByteArray("n_sum{}");
        const QByteArray counter = "{'id':'n','type':'counter','delta':%2}";
        QTest::newRow("Golectra, one") << QByteArray("/update") << counter << QByteArray("n_total{}");
        QTest::newRow("Golectra, many") << QByteArray("/updates") << '[' + counter + ']' << QByteArray("n_total{}");
        QTest::newRow("Golectra, by path")
            << QByteArray("/update/{type}/{name}/{value}") << QByteArray("%2") << QByteArray("n_total{}");
    }
    void whatIsCountedIsCountedOnce()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, series);
        const Route& route = routeOf(http::Method::Post, path.toStdString());
        const std::int64_t start = systemNowMs() / 1'000 - 60;
        const auto send = [&](int second, int more) {
            QByteArray text = body;
            text.replace("%1", QByteArray::number(start + second)).replace("%2", QByteArray::number(more));
            if (path.contains('{'))
                return m_parts->ask(route, callWith(route, m_parts->host, {}, {"counter", "n", text.toStdString()}));
            return m_parts->ask(route, callWith(route, m_parts->host, text));
        };
        QCOMPARE(send(1, 5).status, 200);
        QTest::qWait(2); // what has no time of its own gets that of its arrival
        auto full = m_parts->fillQueue();
        for (int attempt = 0; attempt < 2; ++attempt)
            QCOMPARE(send(2, 3).status, 503);
        drain(full);
        QCOMPARE(m_parts->newest().at(series.toStdString()), 5.0);
        QCOMPARE(send(2, 3).status, 200);
        QCOMPARE(m_parts->newest().at(series.toStdString()), 8.0);
        QTest::qWait(2);
        QCOMPARE(send(3, 2).status, 200);
        QCOMPARE(m_parts->newest().at(series.toStdString()), 10.0);
        if (!path.startsWith("/update"))
            return;
        const Route& value = routeOf(http::Method::Get, "/value/{type}/{name}");
        QCOMPARE(m_parts->ask(value, callWith(value, m_parts->host, {}, {"counter", "n"})).body, QByteArray("10"));
    }

    /// The first of a counter was not stored: there is no total yet.
    void aCounterThatWasNeverStoredBeginsWithWhatIsSentAgain()
    {
        const Route& route = routeOf(http::Method::Post, "/v1/ingest");
        const Call call = callWith(route, m_parts->host, "{'metrics':[{'name':'n_sum','type':'histogram','value':4}]}");
        auto full = m_parts->fillQueue();
        QCOMPARE(m_parts->ask(route, call).status, 503);
        drain(full);
        QCOMPARE(m_parts->ask(route, call).status, 200);
        QCOMPARE(m_parts->newest().at("n_sum{}"), 4.0);
    }

    /// What a group loses ends although its markers could not be stored at first.
    void aGroupLosesWhatIsGone()
    {
        const Route& put = routeOf(http::Method::Put, "/metrics/{grouping...}");
        const Route& end = routeOf(http::Method::Delete, "/metrics/{grouping...}");
        const std::string a = "a{job=\"x\"}", b = "b{job=\"x\"}";
        QCOMPARE(m_parts->ask(put, callWith(put, m_parts->host, "a 1\nb 2\n")).status, 200);
        {
            auto full = m_parts->fillQueue();
            QCOMPARE(m_parts->ask(put, callWith(put, m_parts->host, "a 3\n")).status, 503);
            drain(full);
        }
        QCOMPARE(m_parts->newest().at(b), 2.0);
        QCOMPARE(m_parts->ask(put, callWith(put, m_parts->host, "a 3\n")).status, 200);
        QTRY_VERIFY(isStale(m_parts->newest().at(b))); // its marker goes by itself
        QCOMPARE(m_parts->newest().at(a), 3.0);
        {
            auto full = m_parts->fillQueue();
            QCOMPARE(m_parts->ask(end, callWith(end, m_parts->host, {}, {"job", "x"})).status, 503);
            drain(full);
        }
        QCOMPARE(m_parts->newest().at(a), 3.0);
        QCOMPARE(m_parts->ask(end, callWith(end, m_parts->host, {}, {"job", "x"})).status, 202);
        QVERIFY(isStale(m_parts->newest().at(a)));
    }

private:
    void drain(std::unique_lock<std::mutex>& full)
    {
        full.unlock();
        QTRY_COMPARE(m_parts->ingest.counts().queuedBatches, std::size_t{0});
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Parts> m_parts;
};

QTEST_GUILESS_MAIN(FullQueueTest)
#include "full_queue_test.moc"
