// SPDX-License-Identifier: GPL-3.0-or-later
// OTLP and the shapes of five other systems, as their clients speak to the real server: what is stored, what is
// answered, and that explosions and bombs cost nothing.
#include "server/http/content_coding.h"
#include "server/receivers/golectra.h"
#include "support/custom_series.h"
#include "support/https_client.h"
#include "support/process_usage.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

using namespace sextant;
using namespace sextant::test;

namespace {

/// The JSON of these tests has ' for ".
QByteArray json(QByteArray text)
{
    return text.replace('\'', '"');
}

} // namespace

class CompatTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        m_ingest = m_server.makeKey(QStringLiteral("writer"));
        m_read = m_server.makeKey(QStringLiteral("reader"), {QStringLiteral("--rights"), QStringLiteral("read")});
        QVERIFY(m_ingest.startsWith("sxk_1_") && m_read.startsWith("sxk_2_"));
        m_client = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
        QCOMPARE(send("/update/gauge/warm/1").status, 200);
        m_nowMs = QDateTime::currentMSecsSinceEpoch();
        m_now = QDateTime::fromMSecsSinceEpoch(m_nowMs, Qt::UTC).toString(Qt::ISODateWithMs).toLatin1();
    }
    void cleanup()
    {
        if (QTest::currentTestFailed())
            qWarning("%s", m_server.log().constData());
    }

    void otlp()
    {
        const QByteArray nanos = QByteArray::number(m_nowMs) + "000000";
        const QByteArray body = json("{'resourceMetrics':[{'resource':{'attributes':[{'key':'service.name',"
                                     "'value':{'stringValue':'shop'}}]},'scopeMetrics':[{'metrics':["
                                     "{'name':'http.requests','sum':{'aggregationTemporality':1,'isMonotonic':true,"
                                     "'dataPoints':[{'timeUnixNano':'" +
                                     nanos + "','asInt':'5'}]}},{'name':'bad','sum':{'dataPoints':[{'timeUnixNano':'" +
                                     nanos + "','asInt':'5'}]}}]}]}]}");
        const Answer answer = send("/v1/metrics", body, {{"Content-Type", "application/json"}});
        QCOMPARE(answer.status, 200);
        const QJsonObject partly = answer.json().value(QStringLiteral("partialSuccess")).toObject();
        QCOMPARE(partly.value(QStringLiteral("rejectedDataPoints")).toString(), QStringLiteral("1"));
        QVERIFY(partly.value(QStringLiteral("errorMessage")).toString().contains(QStringLiteral("bad does not say")));
        QCOMPARE(valuesOf("http_requests_total", "job=\"shop\""), QList<double>{5});

        const Answer empty = send("/v1/metrics", {}, {{"Content-Type", "application/x-protobuf"}});
        QCOMPARE(empty.status, 200);
        QCOMPARE(empty.header("content-type"), QByteArray("application/x-protobuf"));
        QCOMPARE(empty.body, QByteArray());
        const Answer damaged = send("/v1/metrics", "\x0a\x7f", {{"Content-Type", "application/x-protobuf"}});
        QCOMPARE(damaged.status, 400);
        QVERIFY(damaged.body.startsWith("\x08\x03\x12"));
        QCOMPARE(send("/v1/metrics", "{}", {{"Content-Type", "text/plain"}}).status, 415);
    }

    /// Sums of both temporalities, packed: deltas are added up, totals are taken as they are.
    void otlpSums()
    {
        const auto sum = [this](int temporality, qint64 atMs, int value) {
            const QByteArray body =
                json("{'resourceMetrics':[{'scopeMetrics':[{'metrics':[{'name':'sum" + QByteArray::number(temporality) +
                     "','sum':{'isMonotonic':true,'aggregationTemporality':" + QByteArray::number(temporality) +
                     ",'dataPoints':[{'timeUnixNano':'" + QByteArray::number(m_nowMs + atMs) + "000000','asInt':'" +
                     QByteArray::number(value) + "'}]}}]}]}]}");
            const auto packed = server::http::compressBody(body + QByteArray(300, ' '), server::http::Coding::Gzip);
            return send(
                "/v1/metrics", packed->bytes, {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}})
                .body;
        };
        constexpr int kDelta = 1;
        constexpr int kCumulative = 2;
        for (const int temporality : {kDelta, kCumulative}) {
            for (const int second : {-3, -2, -2}) // the last one is sent twice
                QCOMPARE(sum(temporality, second * 1'000, 5), QByteArray("{}"));
        }
        QCOMPARE(valuesOf("sum1_total", ""), (QList<double>{5, 10}));
        QCOMPARE(valuesOf("sum2_total", ""), (QList<double>{5, 5}));
    }

    void miniObserv()
    {
        const QByteArray good =
            json("{'time':'" + m_now + "','host':'h1','name':'cpu.usage_pct','value':42.5,'labels':{'core':'total'}}");
        const QByteArray bad = json("{'time':'" + m_now + "','host':'h1','name':'x','value':1}");
        const Answer answer = send("/api/v1/metrics", json("{'host':'h1','metrics':[") + good + ',' + bad + "]}");
        QCOMPARE(answer.status, 202);
        QCOMPARE(answer.json().value(QStringLiteral("ingested")).toInt(), 1);
        QCOMPARE(answer.json().value(QStringLiteral("errors"))[0].toString(),
            QStringLiteral("metric[1]: unknown metric name \"x\""));
        QCOMPARE(valuesOf("cpu_usage_pct", "core=\"total\",host=\"h1\""), QList<double>{42.5});
        const Answer refused = send("/api/v1/metrics", json("{'host':'h1','metrics':[") + bad + "]}");
        QCOMPARE(refused.status, 400);
        QCOMPARE(refused.json().value(QStringLiteral("error")).toString(),
            QStringLiteral("metric[0]: unknown metric name \"x\""));
        QCOMPARE(send("/api/v1/metrics", json("{'host':'h1','metrics':[]}")).body,
            json("{'error':'metrics must not be empty'}"));
    }

    void tinyObs()
    {
        const QByteArray metric = json("{'name':'http_requests_total','type':'counter','value':1,"
                                       "'labels':{'service':'api'},'timestamp':'" +
                                       m_now + "'}");
        QCOMPARE(send("/v1/ingest", json("{'metrics':[") + metric + "]}").body, json("{'count':1,'status':'success'}"));
        QCOMPARE(valuesOf("http_requests_total", "service=\"api\""), QList<double>{1});
        QCOMPARE(send("/v1/ingest", json("{'metrics':[]}")).body, json("{'count':0,'status':'success'}"));
        QCOMPARE(send("/v1/ingest", json("{'metrics':[{'name':''}]}")).body,
            json("{'error':'Bad Request','message':'invalid metric at index 0: name must have 1 to 256 bytes'}"));
        const Answer import = send("/v1/import", json("{'metadata':{},'metrics':[") + metric + "]}");
        QCOMPARE(import.json().value(QStringLiteral("metrics_imported")).toInt(), 1);
        QCOMPARE(import.json().value(QStringLiteral("time_range"))[u"start"].toString().toLatin1(), m_now);
    }

    void golectra()
    {
        const QByteArray batch =
            json("[{'id':'Alloc','type':'gauge','value':1.5},{'id':'jobs','type':'counter','delta':5}]") +
            QByteArray(300, ' ');
        const QByteArray hash =
            QByteArray::fromStdString(server::golectraHash(batch.toStdString(), m_ingest.toStdString()));
        const auto packed = server::http::compressBody(batch, server::http::Coding::Gzip);
        QVERIFY(packed);
        const Answer answer = send("/updates/", packed->bytes, {{"Content-Encoding", "gzip"}, {"HashSHA256", hash}});
        QCOMPARE(answer.body, json("{'updated':2}"));
        QCOMPARE(answer.header("hashsha256").toStdString(),
            server::golectraHash(answer.body.toStdString(), m_ingest.toStdString()));
        QCOMPARE(send("/updates", batch, {{"HashSHA256", QByteArray(64, '0')}}).body, json("{'error':'invalid hash'}"));
        QCOMPARE(send("/update", json("{'id':'jobs','type':'counter','delta':2}")).body,
            json("{'id':'jobs','type':'counter','delta':7}"));
        QCOMPARE(send("/update/counter/jobs/3").body.trimmed(), QByteArray("ok"));
        QCOMPARE(ask("/value/counter/jobs").body.trimmed(), QByteArray("10"));
        QCOMPARE(send("/value/", json("{'id':'Alloc','type':'gauge'}")).body,
            json("{'id':'Alloc','type':'gauge','value':1.5}"));
        QCOMPARE(ask("/value/gauge/none").status, 404);
        QCOMPARE(send("/update/gauge/x/NaN").status, 400);
        for (const QByteArray nameless : {"/update/gauge//1", "/update/counter/", "/update/counter/5"})
            QCOMPARE(send(nameless).status, 404);
        QCOMPARE(send("/updates", "[]").status, 400);
        const Answer partly = send("/updates", json("[{'id':'fine','type':'gauge','value':1},{'id':'no "
                                                    "name','type':'gauge','value':1},{'id':'typeless'}]"));
        QCOMPARE(partly.json().value(QStringLiteral("updated")).toInt(), 1);
        QCOMPARE(partly.json().value(QStringLiteral("errors")).toArray().size(), 2);
        QCOMPARE(ask("/ping").status, 200);
        QCOMPARE(valuesOf("jobs_total", "").last(), 10.0);
    }

    /// A key that was made with --signed writes nothing that it did not sign, by any way in.
    void aSignedKeyMustSign()
    {
        const QByteArray word = m_server.makeKey(
            QStringLiteral("signer"), {QStringLiteral("--signed"), QStringLiteral("--host"), QStringLiteral("1")});
        QVERIFY(word.startsWith("sxk_"));
        const auto post = [&](const QByteArray& path, const QByteArray& body, HttpsClient::Headers headers = {}) {
            headers.emplaceBack("X-API-Key", word);
            return m_client->request("POST", path, body, headers);
        };
        const auto hash = [&](const QByteArray& body) {
            return QByteArray::fromStdString(server::golectraHash(body.toStdString(), word.toStdString()));
        };
        const QByteArray one = json("{'id':'sealed','type':'gauge','value':4}");
        const QByteArray many = '[' + one + ']';
        const QByteArray missing = json("{'error':'HashSHA256 is missing: this key must sign what it sends'}");
        for (const auto& [path, body] : {std::pair("/update", one), std::pair("/updates/", many)}) {
            QCOMPARE(post(path, body).body, missing);
            QCOMPARE(post(path, body, {{"HashSHA256", hash(body + ' ')}}).body, json("{'error':'invalid hash'}"));
        }
        for (const QByteArray& signature : {QByteArray(), hash({})}) // there is nothing that it could cover
            QCOMPARE(post("/update/gauge/sealed/3", {}, {{"HashSHA256", signature}}).status, 400);
        QCOMPARE(post("/api/v2/write", "sealed value=3", {{"HashSHA256", hash("sealed value=3")}}).status, 403);
        const Answer pushed = post("/metrics/job/x", "sealed 3\n");
        QCOMPARE(pushed.status, 403);
        QVERIFY(pushed.json().value(QStringLiteral("detail")).toString().contains(QStringLiteral("must sign")));
        QCOMPARE(post("/value", one).body, missing);
        const auto value = [&] { return m_client->request("GET", "/value/gauge/sealed", {}, {{"X-API-Key", word}}); };
        QCOMPARE(value().status, 404);

        QCOMPARE(post("/updates", many, {{"HashSHA256", hash(many)}}).body, json("{'updated':1}"));
        QCOMPARE(value().body.trimmed(), QByteArray("4"));
        QCOMPARE(valuesOf("sealed", ""), QList<double>{4});
    }

    void golectraGoesOnAfterARestart()
    {
        QVERIFY(m_server.stop());
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        m_client = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
        QCOMPARE(ask("/value/counter/jobs").body.trimmed(), QByteArray("10"));
        QCOMPARE(send("/update", json("{'id':'jobs','type':'counter','delta':1}")).body,
            json("{'id':'jobs','type':'counter','delta':11}"));
        QCOMPARE(ask("/value/gauge/Alloc").body.trimmed(), QByteArray("1.5"));
        QCOMPARE(send("/value", json("{'id':'Alloc','type':'gauge'}"), {{"HashSHA256", "00"}}).status, 400);
    }

    void metricsd()
    {
        const QByteArray body = json("{'timestamp':" + QByteArray::number(m_nowMs / 1'000) +
                                     ",'metrics':[{'name':'system_cpu_count','value':8,'type':'gauge','labels':{}}]}");
        QCOMPARE(send("/compat/metricsd", body).status, 204);
        QCOMPARE(valuesOf("system_cpu_count", ""), QList<double>{8});
    }

    void spectra()
    {
        const Answer registered = m_client->request("POST", "/api/v1/agent/register",
            json("{'token':'" + m_ingest + "','info':{'hostname':'h1'}}"), {{"Content-Type", "application/json"}});
        QCOMPARE(registered.status, 201);
        const HttpsClient::Headers agent{
            {"X-Agent-ID", registered.json().value(QStringLiteral("agent_id")).toString().toLatin1()},
            {"X-Agent-Secret", registered.json().value(QStringLiteral("secret")).toString().toLatin1()}};
        const QByteArray body = json("[{'type':'cpu','timestamp':'" + m_now +
                                     "','hostname':'h1','data':{'usage':12.5}},{'type':'moon','timestamp':'" + m_now +
                                     "','hostname':'h1','data':{}}]");
        const Answer answer = m_client->request("POST", "/api/v1/agent/metrics", body, agent);
        QCOMPARE(answer.status, 202);
        QCOMPARE(
            answer.json().value(QStringLiteral("errors"))[0].toString(), QStringLiteral("[1]: unknown type \"moon\""));
        QCOMPARE(valuesOf("spectra_cpu_usage", "host=\"h1\""), QList<double>{12.5});
        QCOMPARE(m_client->request("GET", "/api/v1/agent/command", {}, agent).status, 204);
        QCOMPARE(m_client->request("GET", "/api/v1/agent/config", {}, agent).body, QByteArray("{}"));
        HttpsClient stranger(m_server.url(), m_server.caPem()); // whose body is not read: the connection ends
        QCOMPARE(stranger.request("POST", "/api/v1/agent/metrics", body, {{"X-Agent-Secret", "sxk_1_no"}}).status, 401);
        for (const QByteArray& token : {QByteArray("sxk_1_no"), m_read})
            QCOMPARE(m_client
                         ->request("POST", "/api/v1/agent/register", json("{'token':'" + token + "'}"),
                             {{"Content-Type", "application/json"}})
                         .status,
                401);
    }

    void bombsAndExplosionsStopAtTheLimits()
    {
        const double before = residentMiBOf(m_server.processId());
        const auto zeros = server::http::compressBody(QByteArray(40 << 20, '['), server::http::Coding::Gzip);
        const auto deep = server::http::compressBody(QByteArray(20 << 20, '['), server::http::Coding::Gzip);
        QVERIFY(zeros && deep && deep->bytes.size() < 100'000);
        for (const QByteArray path :
            {"/v1/metrics", "/api/v1/metrics", "/v1/ingest", "/updates", "/compat/metricsd", "/api/v1/agent/metrics"}) {
            const HttpsClient::Headers packed{{"Content-Encoding", "gzip"}, {"Content-Type", "application/json"}};
            QCOMPARE(send(path, zeros->bytes, packed).status, 413); // unpacks to too much
            QCOMPARE(send(path, deep->bytes, packed).status, 413);  // is too much JSON
            QCOMPARE(send(path, QByteArray(1 << 20, '['), packed.mid(1)).status, 400);
        }
        QVERIFY(residentMiBOf(m_server.processId()) - before < 128);

        QByteArray metrics; // one series each: a host has 20,000 of them
        for (int i = 0; i < 21'000; ++i)
            metrics += (i == 0 ? "" : ",") +
                       json("{'name':'explosion','value':1,'labels':{'r':'" + QByteArray::number(i) + "'}}");
        const Answer answer = send("/compat/metricsd",
            json("{'timestamp':" + QByteArray::number(m_nowMs / 1'000) + ",'metrics':[") + metrics + "]}");
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.json().value(QStringLiteral("refused")).toInt() >= 1'000);
        QVERIFY(answer.json().value(QStringLiteral("stored")).toInt() > 19'000);
        QCOMPARE(send("/v1/ingest", json("{'metrics':[{'name':'one_more','value':1}]}")).status, 429);
    }

private:
    Answer send(const QByteArray& path, const QByteArray& body = {}, HttpsClient::Headers headers = {})
    {
        headers.emplaceBack("Authorization", "Bearer " + m_ingest);
        return m_client->request("POST", path, body, headers);
    }

    Answer ask(const QByteArray& path)
    {
        return m_client->request("GET", path, {}, {{"Authorization", "Bearer " + m_ingest}});
    }

    /// What the source holds of one series, of the last minutes.
    QList<double> valuesOf(const QByteArray& name, const QByteArray& labels)
    {
        return customValues(*m_client, m_read, name, labels, m_nowMs);
    }

    ServerProcess m_server;
    std::unique_ptr<HttpsClient> m_client;
    QByteArray m_ingest;
    QByteArray m_read;
    qint64 m_nowMs = 0;
    QByteArray m_now;
};

QTEST_GUILESS_MAIN(CompatTest)
#include "compat_test.moc"
