// SPDX-License-Identifier: GPL-3.0-or-later
// The Prometheus HTTP API of the real server, as its clients use it: the request shapes of Grafana's data source,
// promtool from Debian's package, and every credential that may read.
#include "metrics/families.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMessageAuthenticationCode>
#include <QProcess>
#include <QProcessEnvironment>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace sextant;
using namespace sextant::test;
using metrics::column;
using metrics::family;

namespace {

constexpr std::int64_t kTick = 10'000;
constexpr int kTicks = 30;
const QByteArray kSecret(40, 's');

QByteArray base64Url(const QByteArray& bytes)
{
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

QByteArray jwt(const QByteArray& header, const QByteArray& claims, const QByteArray& secret = kSecret)
{
    const QByteArray text = base64Url(header) + '.' + base64Url(claims);
    return text + '.' + base64Url(QMessageAuthenticationCode::hash(text, secret, QCryptographicHash::Sha256));
}

QByteArray encoded(const QByteArray& text)
{
    return QUrl::toPercentEncoding(QString::fromUtf8(text));
}

} // namespace

class PrometheusApiTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanupTestCase();

    void answersAnInstantQuery();
    void answersGrafanasRangeQuery();
    void answersScalarsAndStrings();
    void refusesAsPrometheusDoes_data();
    void refusesAsPrometheusDoes();
    void listsSeriesAndLabels();
    void answersTheLargestRange_data();
    void answersTheLargestRange();
    void readsTimesAndSteps();
    void takesFormsAsItTakesUrls_data();
    void takesFormsAsItTakesUrls();
    void answersGrafanasOtherRequests();
    void tellsOfItself();
    void federates();
    void takesEveryCredentialThatMayRead();
    void refusesOtherTokens_data();
    void refusesOtherTokens();
    void isReadByPromtool();
    void groupsByTags();

private:
    QByteArray at(int tick) const { return QByteArray::number((m_startMs + tick * kTick) / 1'000); }
    Answer get(const QByteArray& path) { return m_client->get(path); }
    Answer postForm(const QByteArray& path, const QByteArray& form)
    {
        return m_client->request("POST", path, form, {{"Content-Type", "application/x-www-form-urlencoded"}});
    }
    QJsonObject data(const Answer& answer) { return answer.json().value(QStringLiteral("data")).toObject(); }
    QStringList list(const Answer& answer)
    {
        QStringList texts;
        for (const auto& value : answer.json().value(QStringLiteral("data")).toArray())
            texts.append(value.toString());
        return texts;
    }
    int statusWith(const QByteArray& token)
    {
        HttpsClient client(m_server.url(), m_server.caPem());
        client.setToken(token);
        return client.get("/api/v1/query?query=1").status;
    }
    QByteArray promtool(const QStringList& arguments);

    QTemporaryDir m_folder;
    ServerProcess m_server;
    std::unique_ptr<HttpsClient> m_client;
    std::unique_ptr<HttpsClient> m_agent;
    std::int64_t m_startMs = 0;
    QString m_promtool;
    QByteArray m_key;
};

void PrometheusApiTest::initTestCase()
{
    QFile secret(m_folder.filePath(QStringLiteral("secret")));
    QVERIFY(secret.open(QIODevice::WriteOnly) && secret.write(kSecret + '\n') > 0);
    secret.close();
    m_server.setEnvironment({{QStringLiteral("SEXTANT_SERVER_AUTH_JWT_SECRET_FILE"), secret.fileName()}});
    QVERIFY2(m_server.start(), qPrintable(m_server.error()));
    const auto host = enrolHost(m_server, QStringLiteral("web01"));
    QVERIFY(host.has_value());
    m_startMs = QDateTime::currentMSecsSinceEpoch() / kTick * kTick - (kTicks - 1) * kTick;
    metrics::Batch batch = makeBatch(m_startMs);
    batch.frames.clear();
    for (int tick = 0; tick < kTicks; ++tick) {
        metrics::Frame memory(family("memory"), m_startMs + tick * kTick, kTick);
        memory.set(memory.addRow(), column("memory", "total_bytes"), 8'000'000'000);
        metrics::Frame cores(family("cpu_core"), m_startMs + tick * kTick, kTick);
        for (int core = 0; core < 2; ++core) {
            const auto row = cores.addRow({std::to_string(core)});
            cores.set(row, column("cpu_core", "user_seconds_total"), 100.0 + tick * (core + 1));
            cores.set(row, column("cpu_core", "guest_seconds_total"), 0);
        }
        metrics::Frame custom(family("custom"), m_startMs + tick * kTick, kTick);
        custom.set(custom.addRow({"shop_orders", R"(item="a b")"}), column("custom", "value"), 0.5 * tick);
        batch.frames.insert(batch.frames.end(), {memory, cores, custom});
    }
    m_agent = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem(), host->identity);
    QCOMPARE(sendBatch(*m_agent, batch).status, 204);
    m_client = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
    QVERIFY(m_client->logIn(QStringLiteral("admin"), m_server.adminPassword()));
    m_key = m_server.makeKey(QStringLiteral("grafana"), {QStringLiteral("--rights"), QStringLiteral("read")});
    QVERIFY(!m_key.isEmpty());
}

void PrometheusApiTest::cleanupTestCase()
{
    if (!m_server.isRunning() || QTest::currentTestFailed())
        qWarning("%s", m_server.log().constData());
}

void PrometheusApiTest::answersAnInstantQuery()
{
    const Answer answer = get("/api/v1/query?query=system_memory_total_bytes&time=" + at(29) + ".5");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.body,
        R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"system_memory_total_bytes",)"
        R"("instance":"web01","job":"sextant"},"value":[)" +
            at(29) + R"(.500,"8000000000"]}]}})");
    // The same by POST, with a line break in the query, and a parameter that nobody knows.
    const Answer posted = postForm("/api/v1/query",
        "query=" + encoded("sum(\n  system_memory_total_bytes\n)") + "&time=" + at(29) + "&nonsense=1&nonsense=2");
    QCOMPARE(posted.status, 200);
    QCOMPARE(data(posted).value(QStringLiteral("result")).toArray().size(), 1);
    // By its alias, in RFC 3339.
    const QByteArray time =
        QDateTime::fromMSecsSinceEpoch(m_startMs + 29 * kTick, Qt::UTC).toString(Qt::ISODate).toUtf8();
    QCOMPARE(data(get("/api/v1/query?query=node_memory_MemTotal_bytes&time=" + time))
                 .value(QStringLiteral("result"))
                 .toArray()
                 .size(),
        1);
}

void PrometheusApiTest::answersGrafanasRangeQuery()
{
    // What Grafana's Prometheus data source sends for a panel.
    const Answer answer = postForm("/api/v1/query_range",
        "end=" + at(29) + "&query=" + encoded(R"(sum by (cpu) (rate(node_cpu_seconds_total{mode="user"}[1m])))") +
            "&start=" + at(10) + "&step=30");
    QCOMPARE(answer.status, 200);
    QCOMPARE(data(answer).value(QStringLiteral("resultType")).toString(), QStringLiteral("matrix"));
    const auto series = data(answer).value(QStringLiteral("result")).toArray();
    QCOMPARE(series.size(), 2);
    QCOMPARE(series[1].toObject().value(QStringLiteral("metric")).toObject().value(QStringLiteral("cpu")).toString(),
        QStringLiteral("1"));
    const auto points = series[1].toObject().value(QStringLiteral("values")).toArray();
    QCOMPARE(points.size(), 7);
    QCOMPARE(points[0].toArray()[0].toInteger(), at(10).toLongLong());
    QCOMPARE(points[0].toArray()[1].toString().toDouble(), 0.2);
}

void PrometheusApiTest::answersScalarsAndStrings()
{
    QCOMPARE(get("/api/v1/query?query=1%2F0&time=12.25").body,
        QByteArray(R"({"status":"success","data":{"resultType":"scalar","result":[12.250,"+Inf"]}})"));
    QCOMPARE(get("/api/v1/query?query=0.0000001&time=1").body,
        QByteArray(R"({"status":"success","data":{"resultType":"scalar","result":[1,"1e-07"]}})"));
    QVERIFY(get("/api/v1/query?query=18446744073709551615").body.contains(",\"18446744073709552000\"]"));
    QVERIFY(get("/api/v1/query?query=-9007199254740994").body.contains(",\"-9007199254740994\"]"));
    QVERIFY(get("/api/v1/query?query=1e20").body.contains(",\"100000000000000000000\"]"));
    QVERIFY(get("/api/v1/query?query=1e21").body.contains(",\"1e+21\"]"));
    QCOMPARE(get("/api/v1/query?query=%22a%22&time=1").body,
        QByteArray(R"({"status":"success","data":{"resultType":"string","result":[1,"a"]}})"));
    QCOMPARE(get("/api/v1/query?query=nothing_of_that_name").body,
        QByteArray(R"({"status":"success","data":{"resultType":"vector","result":[]}})"));
}

void PrometheusApiTest::refusesAsPrometheusDoes_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("error");
    const auto row = [](const char* name, const QByteArray& path, const char* error, int status = 400,
                         const char* type = "bad_data") {
        QTest::newRow(name) << path << status << QString::fromUtf8(type) << QString::fromUtf8(error);
    };
    row("parse error", "query?query=sum(", R"(invalid parameter "query": 1:5: parse error: unclosed left parenthesis)");
    row("time", "query?query=1&time=yesterday",
        R"(invalid parameter "time": Invalid time value for 'time': cannot parse "yesterday" to a valid timestamp)");
    row("time without seconds", "query?query=1&time=2020-01-01T00:00Z",
        R"(invalid parameter "time": Invalid time value for 'time': cannot parse "2020-01-01T00:00Z" to a valid timestamp)");
    row("time without a zone", "query?query=1&time=2020-01-01T00:00:00",
        R"(invalid parameter "time": Invalid time value for 'time': cannot parse "2020-01-01T00:00:00" to a valid timestamp)");
    row("no query", "query", R"(invalid parameter "query": 1:1: parse error: no expression found in input)");
    row("no start", "query_range?query=1&end=2&step=1",
        R"(invalid parameter "start": cannot parse "" to a valid timestamp)");
    row("end before start", "query_range?query=1&start=2&end=1&step=1",
        R"(invalid parameter "end": end timestamp must not be before start time)");
    row("no step", "query_range?query=1&start=1&end=2",
        R"(invalid parameter "step": cannot parse "" to a valid duration)");
    row("step 0", "query_range?query=1&start=1&end=2&step=0",
        R"(invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer)");
    row("points", "query_range?query=1&start=0&end=11001&step=1",
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)");
    row("range of a range", "query_range?query=x[1m]&start=0&end=1&step=1",
        R"(invalid expression type "range vector" for range query, must be Scalar or instant Vector)");
    row("range of a text", "query_range?query=%22a%22&start=1&end=2&step=1",
        R"(invalid expression type "string" for range query, must be Scalar or instant Vector)");
    row("step too long", "query_range?query=1&start=1&end=2&step=1e30",
        R"(invalid parameter "step": cannot parse "1e30" to a valid duration. It overflows int64)");
    row("step without a unit at its end", "query_range?query=1&start=1&end=2&step=1h30",
        R"(invalid parameter "step": cannot parse "1h30" to a valid duration)");
    row("timeout", "query?query=1&timeout=soon",
        R"(invalid parameter "timeout": cannot parse "soon" to a valid duration)");
    row("format of nothing", "format_query",
        R"(invalid parameter "query": 1:1: parse error: no expression found in input)");
    row("series since", "series?match[]=up&start=x",
        R"(invalid parameter "start": Invalid time value for 'start': cannot parse "x" to a valid timestamp)");
    row("labels until", "labels?end=x",
        R"(invalid parameter "end": Invalid time value for 'end': cannot parse "x" to a valid timestamp)");
    row("values of half a selector", "label/a/values?match[]={",
        "1:2: parse error: unexpected end of input inside braces");
    row("metadata", "metadata?limit=x", "limit must be a number");
    row("rules", "rules?type=Foo", R"(invalid parameter "type": not supported value "foo")");
    row("sizes", "status/tsdb?limit=0", "limit must be a positive number"); // from 2.45 on
    row("exemplars of nothing", "query_exemplars", "1:1: parse error: no expression found in input");
    row("exemplars, end before start", "query_exemplars?query=up&start=2&end=1",
        "end timestamp must not be before start timestamp");
    row("exemplars since", "query_exemplars?query=up&start=x",
        R"(invalid parameter "start": Invalid time value for 'start': cannot parse "x" to a valid timestamp)");
    row("no match", "series", "no match[] parameter provided");
    row("all series", "series?match[]={}",
        R"(invalid parameter "match[]": match[] must contain at least one non-empty matcher)");
    row("labels of all", "labels?match[]={a!=%22b%22}", "match[] must contain at least one non-empty matcher");
    row("values of all", "label/a/values?match[]={}", "match[] must contain at least one non-empty matcher");
    row("label name", "label/0bad/values", R"(invalid label name: "0bad")");
    row("while it runs", "query?query=label_replace(vector(1),%22a%22,%22%22,%22b%22,%22(%22)",
        R"(invalid regular expression in label_replace(): ()", 422, "execution");
}

void PrometheusApiTest::refusesAsPrometheusDoes()
{
    QFETCH(QByteArray, path);
    QFETCH(int, status);
    QFETCH(QString, type);
    QFETCH(QString, error);
    const Answer answer = get("/api/v1/" + path);
    QCOMPARE(answer.json().value(QStringLiteral("error")).toString(), error);
    QCOMPARE(answer.json().value(QStringLiteral("errorType")).toString(), type);
    QCOMPARE(answer.json().value(QStringLiteral("status")).toString(), QStringLiteral("error"));
    QCOMPARE(answer.status, status);
}

void PrometheusApiTest::listsSeriesAndLabels()
{
    const Answer series = get("/api/v1/series?match[]=shop_orders&match[]=" + encoded("{__name__=~\"shop.*\"}"));
    QCOMPARE(series.body,
        QByteArray(
            R"({"status":"success","data":[{"__name__":"shop_orders","instance":"web01","item":"a b","job":"sextant"}]})"));
    QCOMPARE(list(get("/api/v1/labels?match[]=shop_orders")),
        (QStringList{
            QStringLiteral("__name__"), QStringLiteral("instance"), QStringLiteral("item"), QStringLiteral("job")}));
    QVERIFY(list(postForm("/api/v1/labels", "start=" + at(0) + "&end=" + at(29))).contains(QStringLiteral("mode")));
    QCOMPARE(list(get("/api/v1/label/instance/values")), QStringList{QStringLiteral("web01")});
    QCOMPARE(list(get("/api/v1/label/item/values?match[]=shop_orders")), QStringList{QStringLiteral("a b")});
    const QStringList names = list(get("/api/v1/label/__name__/values"));
    for (const char* name : {"shop_orders", "system_memory_total_bytes", "node_memory_MemTotal_bytes"})
        QVERIFY2(names.contains(QString::fromUtf8(name)), name);
    QVERIFY(!names.contains(QStringLiteral("windows_cs_physical_memory_bytes")));
    const Answer two = get("/api/v1/label/__name__/values?limit=2");
    QCOMPARE(list(two), names.mid(0, 2));
    QCOMPARE(two.json().value(QStringLiteral("warnings")).toArray().size(), 1);
    // Nothing was stored then.
    QVERIFY(list(get("/api/v1/labels?start=0&end=1000")).isEmpty());
}

void PrometheusApiTest::answersTheLargestRange_data()
{
    QTest::addColumn<int>("end");
    QTest::newRow("11,000 points") << 10'999;
    QTest::newRow("11,000 steps") << 11'000; // and one more is refused: refusesAsPrometheusDoes()
}

void PrometheusApiTest::answersTheLargestRange()
{
    QFETCH(int, end);
    const Answer answer = get("/api/v1/query_range?query=1&start=0&step=1&end=" + QByteArray::number(end));
    QCOMPARE(answer.status, 200);
    const auto points =
        data(answer).value(QStringLiteral("result"))[0].toObject().value(QStringLiteral("values")).toArray();
    QCOMPARE(points.size(), end + 1);
    QCOMPARE(points.last().toArray()[0].toInteger(), end);
}

void PrometheusApiTest::readsTimesAndSteps()
{
    const QByteArray wanted = get("/api/v1/query_range?query=time()&start=1700000000&end=1700000300&step=60").body;
    QVERIFY(wanted.contains("[1700000300,\"1700000300\"]"));
    // 2023-11-14 22:13:20 UTC
    for (const char* same :
        {"start=1700000000&end=1700000300&step=1m", "start=1700000000.000&end=1.7000003e9&step=60.0",
            "start=2023-11-14T22:13:20Z&end=2023-11-14T22:18:20.000Z&step=1m",
            "start=2023-11-15T00:13:20%2B02:00&end=2023-11-14T18:48:20-03:30&step=60s"})
        QCOMPARE(get(QByteArray("/api/v1/query_range?query=time()&") + same).body, wanted);
}

void PrometheusApiTest::takesFormsAsItTakesUrls_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("form");
    QTest::addColumn<QByteArray>("answer"); ///< begins with it
    const auto row = [](const char* path, const QByteArray& form, const char* answer) {
        QTest::newRow(path) << QByteArray(path) << form << R"({"status":"success","data":)" + QByteArray(answer);
    };
    row("query", "time=1&query=" + encoded("vector(2)"),
        R"({"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]})");
    row("query_range", "query=1&start=1&end=2&step=1",
        R"({"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"],[2,"1"]]}]})");
    row("series", "match[]=shop_orders", R"([{"__name__":"shop_orders",)");
    row("labels", "match[]=shop_orders", R"(["__name__","instance","item","job"])");
    row("query_exemplars", "query=shop_orders&start=1&end=2", "[]");
    row("format_query", "query=" + encoded("1+2"), "\"1 + 2\"");
}

void PrometheusApiTest::takesFormsAsItTakesUrls()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, form);
    QFETCH(QByteArray, answer);
    const Answer posted = postForm("/api/v1/" + path, form);
    QCOMPARE(posted.status, 200);
    QCOMPARE(posted.body.left(answer.size()), answer);
    QCOMPARE(get("/api/v1/" + path + '?' + form).body, posted.body);
}

/// What Grafana 9 asks beside a panel's query_range, in its form.
void PrometheusApiTest::answersGrafanasOtherRequests()
{
    // Save & test, of the data source.
    const Answer health = postForm("/api/v1/query", "query=1%2B1&time=" + at(29));
    QCOMPARE(health.body, R"({"status":"success","data":{"resultType":"scalar","result":[)" + at(29) + R"(,"2"]}})");
    QCOMPARE(health.header("content-type"), QByteArray("application/json"));
    QCOMPARE(get("/api/v1/status/buildinfo").status, 200);
    // The query builder: names, then the labels and values of what is chosen, and a variable's label_values().
    const QByteArray range = "start=" + at(0) + "&end=" + at(29);
    QVERIFY(list(get("/api/v1/label/__name__/values?" + range)).contains(QStringLiteral("shop_orders")));
    QVERIFY(list(get("/api/v1/label/__name__/values?start=0&end=1000")).isEmpty());
    QCOMPARE(list(get("/api/v1/label/item/values?" + range + "&match[]=" + encoded("shop_orders{job=\"sextant\"}"))),
        QStringList{QStringLiteral("a b")});
    const Answer series = postForm("/api/v1/series", range + "&match[]=" + encoded("{__name__=\"shop_orders\"}"));
    QCOMPARE(series.json().value(QStringLiteral("data")).toArray().size(), 1);
    QVERIFY(list(postForm("/api/v1/labels", range)).contains(QStringLiteral("item")));
    const QJsonObject metadata = data(get("/api/v1/metadata"));
    QVERIFY(!metadata.value(QStringLiteral("node_load1"))[0][u"help"].toString().isEmpty());
}

void PrometheusApiTest::tellsOfItself()
{
    QCOMPARE(
        data(get("/api/v1/status/buildinfo")).value(QStringLiteral("version")).toString(), QStringLiteral("2.42.0"));
    QCOMPARE(get("/api/v1/rules").body, QByteArray(R"({"status":"success","data":{"groups":[]}})"));
    QCOMPARE(get("/api/v1/alerts").body, QByteArray(R"({"status":"success","data":{"alerts":[]}})"));
    QCOMPARE(get("/api/v1/query_exemplars?query=x").body, QByteArray(R"({"status":"success","data":[]})"));
    QCOMPARE(get("/api/v1/metadata?metric=node_load1").body,
        QByteArray(
            R"({"status":"success","data":{"node_load1":[{"type":"gauge","help":"Load average over 1 minute.","unit":""}]}})"));
    QVERIFY(data(get("/api/v1/metadata")).size() > 150);
    const Answer three = get("/api/v1/metadata?limit=3");
    QCOMPARE(data(three).size(), 3);
    QCOMPARE(three.json().value(QStringLiteral("warnings")).toArray(),
        QJsonArray{QStringLiteral("results truncated due to limit")});
    QVERIFY(!get("/api/v1/metadata").json().contains(QStringLiteral("warnings")));
    QVERIFY(data(get("/api/v1/metadata?limit=0")).isEmpty());
    QCOMPARE(data(get("/api/v1/metadata?limit=-1")), data(get("/api/v1/metadata")));
    QCOMPARE(get("/api/v1/rules?type=Alert").status, 200);
    QCOMPARE(get("/api/v1/query?query=1&time=%2B5").body, get("/api/v1/query?query=1&time=5").body);
    QCOMPARE(data(get("/api/v1/status/tsdb?limit=1"))[u"seriesCountByMetricName"].toArray().size(), 1);
    QCOMPARE(get("/api/v1/format_query?query=sum(a)by(b)").body,
        QByteArray("{\"status\":\"success\",\"data\":\"sum by (b) (a)\"}"));
    const QJsonObject status = data(get("/api/v1/status/tsdb"));
    QVERIFY(status.value(QStringLiteral("headStats")).toObject().value(QStringLiteral("numSeries")).toInt() > 4);
    QVERIFY(!status.value(QStringLiteral("seriesCountByMetricName")).toArray().isEmpty());
}

void PrometheusApiTest::federates()
{
    const Answer answer = get("/federate?match[]=shop_orders&match[]=system_memory_total_bytes");
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.header("content-type"), QByteArray("text/plain; version=0.0.4; charset=utf-8"));
    const QByteArray time = ' ' + QByteArray::number(m_startMs + (kTicks - 1) * kTick) + '\n';
    QCOMPARE(answer.body,
        "# TYPE shop_orders untyped\nshop_orders{instance=\"web01\",item=\"a b\",job=\"sextant\"} 14.5" + time +
            "# HELP system_memory_total_bytes Memory that the operating system manages.\n# TYPE "
            "system_memory_total_bytes gauge\n"
            "system_memory_total_bytes{instance=\"web01\",job=\"sextant\"} 8e+09" +
            time);
    // Here, and here alone, everything may be asked for; errors are text (Prometheus 2.42).
    const Answer all = get("/federate?match[]={}");
    QCOMPARE(all.status, 200);
    QVERIFY(all.body.contains("\nshop_orders{") && all.body.contains("\nsystem_cpu_core_user_seconds_total{"));
    const Answer wrong = get("/federate?match[]=");
    QCOMPARE(wrong.status, 400);
    QCOMPARE(wrong.header("content-type"), QByteArray("text/plain; charset=utf-8"));
    QCOMPARE(wrong.body, "1:1: parse error: unexpected end of input\n");
    QCOMPARE(get("/federate?match[]=up[5m]").body, "1:3: parse error: unexpected \"[\"\n");
    QCOMPARE(get("/federate?match[]={a=%22b%22").body, "1:7: parse error: unexpected end of input inside braces\n");
    const Answer none = get("/federate");
    QCOMPARE(none.status, 200);
    QCOMPARE(none.body, QByteArray());
}

void PrometheusApiTest::takesEveryCredentialThatMayRead()
{
    QCOMPARE(statusWith(m_key), 200);
    const QByteArray soon = QByteArray::number(QDateTime::currentSecsSinceEpoch() + 60);
    const QByteArray token = jwt(R"({"alg":"HS256","typ":"JWT"})", R"({"sub":"grafana","exp":)" + soon + '}');
    QCOMPARE(statusWith(token), 200);
    HttpsClient client(m_server.url(), m_server.caPem());
    client.setToken(token);
    QCOMPARE(client.get("/api/v1/me").json().value(QStringLiteral("name")).toString(), QStringLiteral("grafana"));
    QCOMPARE(client.get("/api/v1/tokens").status, 403);
    QCOMPARE(client.request("POST", "/api/v1/logout").status, 403);
}

void PrometheusApiTest::refusesOtherTokens_data()
{
    QTest::addColumn<QByteArray>("token");
    const QByteArray header = R"({"alg":"HS256"})";
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    const QByteArray good = R"({"exp":)" + QByteArray::number(now + 600) + '}';
    QTest::newRow("no credential") << QByteArray();
    QTest::newRow("another secret") << jwt(header, good, QByteArray(40, 'x'));
    QTest::newRow("alg none, signed") << jwt(R"({"alg":"none"})", good);
    QTest::newRow("alg none, not signed") << base64Url(R"({"alg":"none"})") + '.' + base64Url(good) + '.';
    QTest::newRow("another algorithm") << jwt(R"({"alg":"HS512"})", good);
    QTest::newRow("crit") << jwt(R"({"alg":"HS256","crit":["x"]})", good);
    QTest::newRow("expired") << jwt(header, R"({"exp":)" + QByteArray::number(now - 1) + '}');
    QTest::newRow("never expires") << jwt(header, "{}");
    QTest::newRow("exp is no number") << jwt(header, R"({"exp":"tomorrow"})");
    QTest::newRow("not yet") << jwt(
        header, R"({"exp":)" + QByteArray::number(now + 600) + R"(,"nbf":)" + QByteArray::number(now + 300) + '}');
    QTest::newRow("signature cut") << jwt(header, good).chopped(2);
    QTest::newRow("claims changed") << jwt(header, good).replace(base64Url(good), base64Url(R"({"exp":9999999999})"));
}

void PrometheusApiTest::refusesOtherTokens()
{
    QFETCH(QByteArray, token);
    QCOMPARE(statusWith(token), 401);
}

/// What promtool said of the server, over TLS with the server's own CA and the key in the URL.
QByteArray PrometheusApiTest::promtool(const QStringList& arguments)
{
    QFile ca(m_folder.filePath(QStringLiteral("ca.pem")));
    if (!ca.open(QIODevice::WriteOnly) || ca.write(m_server.caPem()) <= 0 || !ca.flush())
        return {};
    QUrl url(m_server.url());
    url.setUserName(QStringLiteral("promtool"));
    url.setPassword(QString::fromLatin1(m_key));
    QStringList whole = arguments;
    whole.replaceInStrings(QStringLiteral("URL"), url.toString());
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("SSL_CERT_FILE"), ca.fileName());
    process.setProcessEnvironment(environment);
    process.start(m_promtool, whole);
    if (!process.waitForFinished(30'000) || process.exitCode() != 0)
        qWarning("%s", process.readAllStandardError().constData());
    return process.readAllStandardOutput();
}

void PrometheusApiTest::isReadByPromtool()
{
    QProcess fetch;
    fetch.start(QStringLiteral(SEXTANT_SOURCE_DIR "/scripts/peer"), {QStringLiteral("prometheus")});
    QVERIFY(fetch.waitForFinished(120'000));
    if (fetch.exitCode() == 77)
        QSKIP(fetch.readAllStandardError().constData());
    QCOMPARE(fetch.exitCode(), 0);
    m_promtool = QString::fromUtf8(fetch.readAllStandardOutput().trimmed()) + QStringLiteral("/promtool");
    const QString query = QStringLiteral("query");
    const QString last = QString::fromLatin1(at(29));
    QCOMPARE(promtool({query, QStringLiteral("instant"), QStringLiteral("--time=") + last, QStringLiteral("URL"),
                 QStringLiteral("shop_orders * 2")}),
        "{instance=\"web01\", item=\"a b\", job=\"sextant\"} => 29 @[" + at(29) + "]\n");
    QCOMPARE(promtool({query, QStringLiteral("range"), QStringLiteral("--start=") + QString::fromLatin1(at(20)),
                 QStringLiteral("--end=") + last, QStringLiteral("--step=60s"), QStringLiteral("URL"),
                 QStringLiteral("max_over_time(shop_orders[30s])")}),
        "{instance=\"web01\", item=\"a b\", job=\"sextant\"} =>\n10 @[" + at(20) + "]\n13 @[" + at(26) + "]\n");
    QCOMPARE(promtool({query, QStringLiteral("series"), QStringLiteral("--match=shop_orders"), QStringLiteral("URL")}),
        QByteArray("{__name__=\"shop_orders\", instance=\"web01\", item=\"a b\", job=\"sextant\"}\n"));
    QCOMPARE(promtool({query, QStringLiteral("labels"), QStringLiteral("URL"), QStringLiteral("item")}),
        QByteArray("a b\n"));
}

/// Runs the examples of docs/promql.md.
void PrometheusApiTest::groupsByTags()
{
    const std::int64_t startMs = QDateTime::currentMSecsSinceEpoch() / kTick * kTick - (kTicks - 1) * kTick;
    const auto sendWith = [&](const QString& name, const metrics::Labels& tags, int pace) {
        const auto host = enrolHost(m_server, name);
        QVERIFY(host.has_value());
        metrics::Batch batch = makeBatch(startMs);
        batch.tags = tags;
        for (int tick = 0; tick < kTicks; ++tick) {
            metrics::Frame system(family("system"), startMs + tick * kTick, kTick);
            system.set(system.addRow(), column("system", "uptime_seconds"), 1'000.0 + tick * 10);
            metrics::Frame cores(family("cpu_core"), startMs + tick * kTick, kTick);
            for (const char* core : {"0", "1"})
                cores.set(cores.addRow({core}), column("cpu_core", "user_seconds_total"), 100.0 + tick * pace);
            batch.frames.insert(batch.frames.end(), {system, cores});
        }
        HttpsClient agent(m_server.url(), m_server.caPem(), host->identity);
        QCOMPARE(sendBatch(agent, batch).status, 204);
    };
    sendWith(QStringLiteral("web02"), {{"role", "web"}, {"site", "hel"}}, 1);
    sendWith(QStringLiteral("web03"), {{"role", "web"}, {"site", "osl"}}, 2);
    sendWith(QStringLiteral("db01"), {{"os", "mine"}, {"role", "db"}, {"site", "osl"}}, 3);

    const QByteArray time = QByteArray::number((startMs + (kTicks - 1) * kTick) / 1'000);
    const auto ask = [&](const QString& query, const char* label) {
        QMap<QString, double> values;
        const Answer answer = get("/api/v1/query?time=" + time + "&query=" + encoded(query.toUtf8()));
        for (const QJsonValue& one : data(answer).value(QStringLiteral("result")).toArray())
            values[one[QStringLiteral("metric")][QLatin1String(label)].toString()] =
                one[QStringLiteral("value")][1].toString().toDouble();
        return values;
    };
    QFile document(QStringLiteral(SEXTANT_SOURCE_DIR "/docs/promql.md"));
    QVERIFY(document.open(QIODevice::ReadOnly));
    static const QRegularExpression kBlock(QStringLiteral("^```promql\\n(.*?)\\n```$"),
        QRegularExpression::MultilineOption | QRegularExpression::DotMatchesEverythingOption);
    QStringList examples;
    for (auto found = kBlock.globalMatch(QString::fromUtf8(document.readAll())); found.hasNext();)
        examples.append(found.next().captured(1));
    QCOMPARE(examples.size(), qsizetype{2});

    const auto rates =
        ask(QStringLiteral("sum by (instance) (rate(system_cpu_core_user_seconds_total[5m]))"), "instance");
    QVERIFY(rates[QStringLiteral("web02")] > 0.1);
    const auto byRole = ask(examples[0], "role");
    QCOMPARE(byRole.keys(), (QStringList{QStringLiteral("db"), QStringLiteral("web")})); // web01 has no tags
    QCOMPARE(byRole[QStringLiteral("db")], rates[QStringLiteral("db01")]);
    QVERIFY(
        qFuzzyCompare(byRole[QStringLiteral("web")], rates[QStringLiteral("web02")] + rates[QStringLiteral("web03")]));
    QCOMPARE(ask(examples[1], "site"), (QMap<QString, double>{{QStringLiteral("hel"), 1}, {QStringLiteral("osl"), 2}}));
    QCOMPARE(ask(QStringLiteral("sextant_host_info{role=\"db\"}"), "tag_os"),
        (QMap<QString, double>{{QStringLiteral("mine"), 1}}));
    QVERIFY(list(get("/api/v1/label/site/values")).contains(QStringLiteral("osl")));
}

QTEST_GUILESS_MAIN(PrometheusApiTest)
#include "prometheus_api_test.moc"
