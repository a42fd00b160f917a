// SPDX-License-Identifier: GPL-3.0-or-later
// Queries that take long, or too much, and those who ask them: the real server holds each to its limits and goes on
// answering everybody else.
#include "metrics/families.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QJsonObject>
#include <QTest>
#include <QUrl>

#include <memory>
#include <vector>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr int kWorkers = 2; ///< of the server, for PromQL too

QByteArray encoded(const char* text)
{
    return QUrl::toPercentEncoding(QString::fromUtf8(text));
}

} // namespace

class PrometheusLimitsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanupTestCase();

    void slowQueriesKeepNobodyElseWaiting();
    void whoGoesAwayIsNotWorkedFor();
    void refusesWhenTooManyWait();
    void refusesTooManySamples();
    void refusesTooManySeries();

private:
    using Clients = std::vector<std::unique_ptr<HttpsClient>>;

    Answer get(const QByteArray& path) { return m_client->get(path); }
    /// Sends a query that takes minutes on that many connections of their own; none when one cannot connect.
    Clients askSlowly(int count, const QByteArray& timeout);
    /// Whether that many queries wait for a thread.
    bool isWaiting(int count)
    {
        return get("/metrics").body.contains("waiting_jobs{pool=\"promql\"} " + QByteArray::number(count) + '\n');
    }

    ServerProcess m_server;
    std::unique_ptr<HttpsClient> m_client;
    std::unique_ptr<HttpsClient> m_agent;
    QByteArray m_key;
};

void PrometheusLimitsTest::initTestCase()
{
    m_server.setEnvironment({{QStringLiteral("SEXTANT_SERVER_WORKERS"), QString::number(kWorkers)},
        {QStringLiteral("SEXTANT_SERVER_LIMITS_INSTANCES_PER_FAMILY"), QStringLiteral("65535")}});
    QVERIFY2(m_server.start(), qPrintable(m_server.error()));
    const auto host = enrolHost(m_server, QStringLiteral("web01"));
    QVERIFY(host.has_value());
    m_agent = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem(), host->identity);
    m_client = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
    QVERIFY(m_client->logIn(QStringLiteral("admin"), m_server.adminPassword()));
    m_key = m_server.makeKey(QStringLiteral("grafana"), {QStringLiteral("--rights"), QStringLiteral("read")});
    QVERIFY(!m_key.isEmpty());
}

void PrometheusLimitsTest::cleanupTestCase()
{
    if (!m_server.isRunning() || QTest::currentTestFailed())
        qWarning("%s", m_server.log().constData());
}

PrometheusLimitsTest::Clients PrometheusLimitsTest::askSlowly(int count, const QByteArray& timeout)
{
    // Medians of hundreds of thousands of samples at each of thousands of steps.
    const QByteArray query = encoded("quantile_over_time(0.5, (quantile_over_time(0.5, vector(1)[1h:10ms]))[1h:1s])");
    Clients clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<HttpsClient>(m_server.url(), m_server.caPem()));
        if (!clients.back()->connect())
            return {};
        clients.back()->send("GET /api/v1/query?timeout=" + timeout + "&query=" + query +
                             " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + m_key + "\r\n\r\n");
    }
    return clients;
}

void PrometheusLimitsTest::slowQueriesKeepNobodyElseWaiting()
{
    const Clients slow = askSlowly(2 * kWorkers + 1, "5s"); // more than all of the pool
    QTRY_VERIFY(isWaiting(kWorkers + 1));
    QCOMPARE(get("/api/v1/hosts").status, 200);
    HttpsClient person(m_server.url(), m_server.caPem());
    QVERIFY(person.logIn(QStringLiteral("admin"), m_server.adminPassword()));
    QCOMPARE(sendBatch(*m_agent, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 204);
    // All of that while none of these had its answer.
    for (const auto& client : slow)
        QCOMPARE(client->read(1, 0), QByteArray());
    const Answer late = slow.front()->readAnswer();
    QCOMPARE(late.status, 503);
    QCOMPARE(late.json().value(QStringLiteral("errorType")).toString(), QStringLiteral("timeout"));
}

void PrometheusLimitsTest::whoGoesAwayIsNotWorkedFor()
{
    Clients slow = askSlowly(2 * kWorkers + 1, "30s");
    QTRY_VERIFY(isWaiting(kWorkers + 1));
    slow.clear();
    QElapsedTimer time;
    time.start();
    QCOMPARE(get("/api/v1/query?query=1").status, 200); // behind them all
    QVERIFY2(time.elapsed() < 3'000, qPrintable(QString::number(time.elapsed())));
    QVERIFY2(!m_server.log().contains("a query failed"), m_server.log().constData());
}

void PrometheusLimitsTest::refusesWhenTooManyWait()
{
    constexpr int kWaiting = 64; // docs/promql.md
    const Clients slow = askSlowly(kWorkers + kWaiting, "30s");
    QTRY_VERIFY(isWaiting(kWaiting));
    for (const char* path : {"query?query=1", "query_range?query=1&start=0&end=1&step=1", "labels", "status/tsdb"}) {
        const Answer refused = get(QByteArray("/api/v1/") + path);
        QCOMPARE(refused.status, 503);
        QCOMPARE(refused.header("retry-after"), QByteArray("2"));
        QCOMPARE(refused.body, QByteArray(R"({"status":"error","errorType":"unavailable",)"
                                          R"("error":"too many requests at once"})"));
    }
    // What is no route of Prometheus, but of the same pool.
    QCOMPARE(get("/v1/stats").header("content-type"), QByteArray("application/problem+json"));
    QCOMPARE(get("/api/v1/hosts").status, 200);
}

void PrometheusLimitsTest::refusesTooManySamples()
{
    const Answer refused = get("/api/v1/query?query=" + encoded("count_over_time(vector(1)[2d:1ms])"));
    QCOMPARE(refused.status, 422);
    QCOMPARE(
        refused.body, QByteArray(R"({"status":"error","errorType":"execution","error":"query processing would load )"
                                 R"(too many samples into memory: more than 50000000"})"));
}

void PrometheusLimitsTest::refusesTooManySeries()
{
    constexpr int kInstances = 20'000;
    metrics::Batch batch = makeBatch(QDateTime::currentMSecsSinceEpoch());
    metrics::Frame cores(metrics::family("cpu_core"), batch.frames.front().timeMs(), 10'000);
    for (int i = 0; i < kInstances; ++i)
        cores.set(cores.addRow({std::to_string(i)}), metrics::column("cpu_core", "user_seconds_total"), i);
    batch.frames = {cores};
    QCOMPARE(sendBatch(*m_agent, batch).status, 204);
    const Answer one = get("/api/v1/query?query=count(system_cpu_core_user_seconds_total)");
    QVERIFY2(one.body.contains(",\"20000\"]"), one.body.constData());
    const Answer refused = get("/api/v1/query?query=" + encoded(R"(count({__name__=~".+"}))"));
    QCOMPARE(refused.status, 422);
    QCOMPARE(refused.body, QByteArray(R"({"status":"error","errorType":"execution","error":"the query selects more )"
                                      R"(than 200000 series: select fewer of them"})"));
}

QTEST_GUILESS_MAIN(PrometheusLimitsTest)
#include "prometheus_limits_test.moc"
