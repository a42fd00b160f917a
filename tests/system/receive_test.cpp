// SPDX-License-Identifier: GPL-3.0-or-later
// The ways in for programs, as their clients speak to the real server: what is stored, what is refused and why, and
// that explosions and bombs cost nothing.
#include "metrics/remote_write.h"
#include "metrics/stale.h"
#include "server/api/routes.h"
#include "server/http/content_coding.h"
#include "support/custom_series.h"
#include "support/https_client.h"
#include "support/process_usage.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

#include <snappy.h>

using namespace sextant;
using namespace sextant::test;

namespace {

std::string packed(const std::string& bytes)
{
    std::string body;
    snappy::Compress(bytes.data(), bytes.size(), &body);
    return body;
}

/// The JSON of these tests has ' for ".
QByteArray json(QByteArray text)
{
    return text.replace('\'', '"');
}

} // namespace

class ReceiveTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        m_ingest = m_server.makeKey(QStringLiteral("writer"));
        m_read = m_server.makeKey(QStringLiteral("reader"), {QStringLiteral("--rights"), QStringLiteral("read")});
        QVERIFY(m_ingest.startsWith("sxk_1_") && m_read.startsWith("sxk_2_"));
        m_client = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
        QCOMPARE(send("POST", "/api/v2/write", "warm v=1").status, 204); // a key is good as soon as it is there
        m_nowMs = QDateTime::currentMSecsSinceEpoch();
    }
    void cleanup()
    {
        if (QTest::currentTestFailed())
            qWarning("%s", m_server.log().constData());
    }

    void remoteWriteIsStoredAndReadBack()
    {
        const metrics::RemoteSeries good{
            {{"__name__", "rw"}, {"a", "x"}}, {{m_nowMs - 2'000, 1.5}, {m_nowMs - 1'000, 2.5}}};
        QCOMPARE(remoteWrite({good}).status, 204);
        QCOMPARE(remoteWrite({good}).status, 204); // sent again: stored once
        QCOMPARE(valuesOf("rw", "a=\"x\""), (QList<double>{1.5, 2.5}));
    }

    void aSeriesThatEndedHasNoValueThen()
    {
        const qint64 second = m_nowMs - m_nowMs % 1'000;
        const metrics::RemoteSeries ended{
            {{"__name__", "ended"}}, {{second, 4.5}, {second + 1, metrics::staleMarker().asReal()}}};
        QCOMPARE(remoteWrite({ended}).status, 204);
        QCOMPARE(valuesOf("ended", ""), QList<double>{4.5});
    }

    void whatIsBadIsNamedAndTheRestStored()
    {
        const metrics::RemoteSeries unsorted{{{"b", "1"}, {"__name__", "bad"}}, {{m_nowMs, 1}}};
        const metrics::RemoteSeries twice{{{"__name__", "bad"}, {"a", "1"}, {"a", "2"}}, {{m_nowMs, 1}}};
        const metrics::RemoteSeries nameless{{{"a", "1"}}, {{m_nowMs, 1}}};
        const metrics::RemoteSeries future{{{"__name__", "bad"}}, {{m_nowMs + 3'600'000, 1}}};
        const metrics::RemoteSeries good{{{"__name__", "mixed"}}, {{m_nowMs, 7}}};
        const Answer answer = remoteWrite({unsorted, twice, nameless, future, good});
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.json().value(QStringLiteral("stored")).toInt(), 1);
        QStringList items;
        for (const QJsonValue& item : answer.json().value(QStringLiteral("items")).toArray())
            items.append(QString::number(item[u"item"].toInt()) + u' ' + item[u"reason"].toString());
        QCOMPARE(items, (QStringList{QStringLiteral("0 unsorted_labels"), QStringLiteral("1 unsorted_labels"),
                            QStringLiteral("2 bad_name"), QStringLiteral("3 time_ahead")}));
        QCOMPARE(valuesOf("mixed", ""), QList<double>{7});
    }

    void remoteWriteOfAnotherShapeIsRefused()
    {
        const HttpsClient::Headers snappy{{"Content-Encoding", "snappy"}, {"Content-Type", "application/x-protobuf"}};
        QCOMPARE(send("POST", "/api/v1/write", "garbage", snappy).status, 400);
        QCOMPARE(send("POST", "/api/v1/write", QByteArray::fromStdString(packed("garbage")), snappy).status, 400);
        QCOMPARE(send("POST", "/api/v1/write", "x", {{"Content-Type", "text/plain"}}).status, 415);
        QCOMPARE(send("POST", "/api/v1/write", "x",
                     {{"Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"}})
                     .status,
            400);
    }

    void remoteWriteTwoIsToldWhatWasWritten()
    {
        // {second="a"} 2.5 now, and one an hour ahead: the table of texts, then series of numbers of it.
        const auto series = [](qint64 timeMs) {
            const QByteArray numbers("\x01\x02\x03\x04", 4);
            QByteArray sample("\x09", 1);
            const double value = 2.5;
            sample += QByteArray(reinterpret_cast<const char*>(&value), 8) + '\x10';
            for (auto left = static_cast<quint64>(timeMs); left > 0; left >>= 7)
                sample += static_cast<char>((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
            const QByteArray body =
                QByteArray("\x0a\x04") + numbers + '\x12' + static_cast<char>(sample.size()) + sample;
            return QByteArray("\x2a") + static_cast<char>(body.size()) + body;
        };
        QByteArray message("\x22\x00", 2);
        for (const QByteArray& symbol :
            {QByteArray("__name__"), QByteArray("second"), QByteArray("a"), QByteArray("x")})
            message += QByteArray("\x22") + static_cast<char>(symbol.size()) + symbol;
        message += series(m_nowMs) + series(m_nowMs + 3'600'000);
        const Answer answer = send("POST", "/api/v1/write", QByteArray::fromStdString(packed(message.toStdString())),
            {{"Content-Encoding", "snappy"}, {"X-Prometheus-Remote-Write-Version", "2.0.0"},
                {"Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"}});
        QCOMPARE(answer.status, 400); // one is refused
        QCOMPARE(answer.header("x-prometheus-remote-write-samples-written"), QByteArray("1"));
        QCOMPARE(answer.header("x-prometheus-remote-write-histograms-written"), QByteArray("0"));
        QCOMPARE(valuesOf("second", "a=\"x\""), QList<double>{2.5});
    }

    void bombsAreRefusedBeforeTheyUnpack()
    {
        const double before = residentMiBOf(m_server.processId());
        const HttpsClient::Headers snappy{{"Content-Encoding", "snappy"}, {"Content-Type", "application/x-protobuf"}};
        // 64 MiB of zeros in 3 MiB, and a few bytes that claim to be 4 GiB or 31 MiB.
        QCOMPARE(send("POST", "/api/v1/write", QByteArray::fromStdString(packed(std::string(64 << 20, '\0'))), snappy)
                     .status,
            413);
        QCOMPARE(send("POST", "/api/v1/write", QByteArray("\xff\xff\xff\xff\x0f\x00x", 7), snappy).status, 413);
        QCOMPARE(send("POST", "/api/v1/write", QByteArray("\x80\x80\x80\x0f\x00x", 6), snappy).status, 400);
        const auto zeros = server::http::compressBody(QByteArray(40 << 20, '\0'), server::http::Coding::Gzip);
        QVERIFY(zeros && zeros->bytes.size() < 100'000);
        QCOMPARE(send("POST", "/api/v2/write", zeros->bytes, {{"Content-Encoding", "gzip"}}).status, 413);
        QVERIFY(residentMiBOf(m_server.processId()) - before < 64);
        QCOMPARE(send("POST", "/api/v1/write", QByteArray(5 << 20, 'x'), snappy).status, 413);
        m_client->disconnect();
    }

    /// 40 MiB in a few kilobytes, in every coding whose packed form the route would take.
    void noWayInUnpacksABomb()
    {
        const double before = residentMiBOf(m_server.processId());
        std::vector<std::pair<QByteArray, QByteArray>> bombs;
        for (const auto& [name, coding] :
            {std::pair("gzip", server::http::Coding::Gzip), std::pair("zstd", server::http::Coding::Zstd)})
            bombs.emplace_back(name, server::http::compressBody(QByteArray(40 << 20, '['), coding)->bytes);
        bombs.emplace_back("snappy", QByteArray::fromStdString(packed(std::string(40 << 20, '['))));
        int ways = 0;
        for (const server::Route& route : server::routes()) {
            if (route.need != server::Need::Ingest || route.bodyBytes == 0)
                continue;
            QByteArray path = QByteArray::fromStdString(std::string(route.path));
            path.replace("{grouping...}", "job/x").replace("{type}/{name}/{value}", "gauge/x/1");
            const QByteArray method = QByteArray::fromStdString(std::string(server::http::toString(route.method)));
            int tried = 0;
            for (const auto& [coding, bomb] : bombs) {
                if (bomb.size() > qsizetype(route.bodyBytes))
                    continue;
                const Answer answer = send(method, path, bomb, {{"Content-Encoding", coding}});
                QVERIFY2(answer.status == 413, (path + ' ' + coding + ' ' + answer.body).constData());
                QVERIFY2(answer.body.contains("unpack"), answer.body.constData());
                ++tried;
            }
            QVERIFY2(tried > 0, path.constData());
            ++ways;
        }
        QCOMPARE(ways, 18); // 16 that write, and two questions of Golectra
        QVERIFY(residentMiBOf(m_server.processId()) - before < 64);
    }

    void influxLinesAreStored()
    {
        const QByteArray path = "/api/v2/write?org=o&bucket=b&precision=ms";
        const QByteArray line = "warm v=5,text=\"x\" " + QByteArray::number(m_nowMs);
        QCOMPARE(send("POST", path, line).status, 204);
        QCOMPARE(valuesOf("warm_v", "db=\"b\"").last(), 5.0);
        const Answer partly = send("POST", path, line + "\nbroken\n");
        QCOMPARE(partly.status, 400);
        QCOMPARE(partly.json().value(QStringLiteral("items"))[0][u"item"].toInt(), 2);
        QCOMPARE(send("POST", "/write?db=telegraf&precision=fortnight", line).status, 400);
        // InfluxDB's clients show the key in a way of their own.
        const HttpsClient::Headers token{{"Authorization", "Token " + m_ingest}};
        QCOMPARE(m_client->request("POST", "/write?db=b&precision=ms", line, token).status, 204);
        QCOMPARE(m_client->request("POST", "/write?db=b&u=x&p=" + m_ingest, line).status, 401);
        m_client->disconnect(); // the server reads no body of those that it turns away
    }

    void textIsPushed()
    {
        QCOMPARE(
            send("PUT", "/metrics/job/backup/host/db1", "# TYPE pushed gauge\npushed{host=\"x\"} 3\n").status, 200);
        QCOMPARE(valuesOf("pushed", "host=\"db1\",job=\"backup\""), QList<double>{3});
        QCOMPARE(send("POST", "/metrics/job@base64/YS9i", "pushed_too 4\n").status, 200);
        QCOMPARE(valuesOf("pushed_too", "job=\"a/b\""), QList<double>{4});
        QCOMPARE(send("PUT", "/metrics/jobless/x", "a 1\n").status, 400);
        QCOMPARE(send("PUT", "/metrics/job/x", "a\n").status, 400);
    }

    /// PUT replaces a group, POST the metrics that it brings, DELETE ends it: what is gone vanishes from instant
    /// queries at once and stays in history.
    void aGroupLosesWhatIsReplacedOrDeleted()
    {
        const QByteArray path = "/metrics/job/nightly/host/db1";
        const auto now = [this] {
            const double soon = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1'000 + 0.5;
            const Answer answer = m_client->request("GET",
                "/api/v1/query?query=" + QByteArray("{job=\"nightly\"}").toPercentEncoding() +
                    "&time=" + QByteArray::number(soon, 'f', 3),
                {}, {{"Authorization", "Bearer " + m_read}});
            QStringList found;
            for (const QJsonValue& series : answer.json()[u"data"][u"result"].toArray()) {
                const QJsonValue metric = series[u"metric"];
                found.append(metric[u"__name__"].toString() + metric[u"disk"].toString() + metric[u"part"].toString() +
                             u'=' + series[u"value"][1].toString());
            }
            found.sort();
            return found.join(u' ').toLatin1();
        };
        QCOMPARE(send("PUT", path, "size{disk=\"a\"} 1\nsize{disk=\"b\"} 2\nfiles 7\n").status, 200);
        QCOMPARE(send("PUT", path + "/part/x", "size 9\n").status, 200); // a group of its own
        QCOMPARE(now(), QByteArray("files=7 sizea=1 sizeb=2 sizex=9"));
        QCOMPARE(send("POST", path, "size{disk=\"b\"} 3\n").status, 200);
        QCOMPARE(now(), QByteArray("files=7 sizeb=3 sizex=9"));
        QCOMPARE(send("PUT", path, "size{disk=\"b\"} 4\nbroken\n").status, 400); // may have been the other one
        QCOMPARE(now(), QByteArray("files=7 sizeb=4 sizex=9"));
        QCOMPARE(send("PUT", path, "size{disk=\"a\"} 5\n").status, 200);
        QCOMPARE(now(), QByteArray("sizea=5 sizex=9"));
        QCOMPARE(send("DELETE", path, {}).status, 202);
        QCOMPARE(now(), QByteArray("sizex=9"));
        QCOMPARE(send("DELETE", path, {}).status, 202); // nothing is left of it
        QCOMPARE(send("DELETE", "/metrics/jobless/x", {}).status, 400);
        QCOMPARE(valuesOf("size", "disk=\"b\",host=\"db1\",job=\"nightly\"").last(), 4.0);
        QCOMPARE(send("POST", path, "files 8\n").status, 200); // and begins anew
        QCOMPARE(now(), QByteArray("files=8 sizex=9"));
    }

    void theServerCountsThem()
    {
        const Answer metrics = m_client->request("GET", "/metrics", {}, {{"Authorization", "Bearer " + m_read}});
        QCOMPARE(metrics.status, 200);
        QVERIFY(metrics.body.contains(
            "sextant_server_received_samples_total{way=\"remote_write\",outcome=\"refused\"} 5\n"));
        QVERIFY(metrics.body.contains("sextant_server_received_samples_total{way=\"push\",outcome=\"stored\"} 14\n"));
    }

    /// Type, unit and meaning come back from where a board asks for them, whichever way they came.
    void whatIsSaidOfMetricsIsTold()
    {
        const QByteArray text = "# HELP told_bytes How much.\n# TYPE told_bytes gauge\ntold_bytes 3\n";
        QCOMPARE(send("PUT", "/metrics/job/said", text).status, 200);
        QCOMPARE(told("told_bytes"), json("[{'type':'gauge','help':'How much.','unit':''}]"));
        const HttpsClient::Headers isJson{{"Content-Type", "application/json"}};
        const QByteArray otlp = json("{'resourceMetrics':[{'scopeMetrics':[{'metrics':[{'name':'told.time','unit':'s',"
                                     "'description':'How long.','sum':{'isMonotonic':true,'aggregationTemporality':2,"
                                     "'dataPoints':[{'timeUnixNano':'" +
                                     QByteArray::number(m_nowMs) + "000000','asDouble':1}]}}]}]}]}");
        QCOMPARE(send("POST", "/v1/metrics", otlp, isJson).status, 200);
        QCOMPARE(told("told_time_seconds_total"), json("[{'type':'counter','help':'How long.','unit':'s'}]"));
        // A histogram of that name, help "x" and unit "bytes", in a request without series, as Prometheus sends it.
        const std::string metadata = "\x1a\x18\x08\x03\x12\x0atold_sizes\x22\x01x\x2a\x05"
                                     "bytes";
        QCOMPARE(send("POST", "/api/v1/write", QByteArray::fromStdString(packed(metadata)),
                     {{"Content-Encoding", "snappy"}, {"Content-Type", "application/x-protobuf"}})
                     .status,
            204);
        QCOMPARE(told("told_sizes"), json("[{'type':'histogram','help':'x','unit':'bytes'}]"));
        QCOMPARE(
            send("POST", "/v1/ingest", json("{'metrics':[{'name':'told_tiny','type':'counter','value':1}]}"), isJson)
                .status,
            200);
        QCOMPARE(told("told_tiny"), json("[{'type':'counter','help':'','unit':''}]"));
        QVERIFY(told("system_memory_total_bytes").contains("\"unit\":\"bytes\""));
        const QByteArray soon = QByteArray::number(QDateTime::currentMSecsSinceEpoch() / 1'000 + 1);
        const Answer exported =
            m_client->request("GET", "/api/v1/export?format=openmetrics&query=told_bytes&time=" + soon, {},
                {{"Authorization", "Bearer " + m_read}});
        QVERIFY2(exported.body.startsWith("# HELP told_bytes How much.\n# TYPE told_bytes gauge\n"),
            exported.body.constData());
    }

    /// The last: it fills the source.
    void labelExplosionsStopAtTheLimit()
    {
        // Empty labels by the million, and more series than a request may have.
        std::string series;
        for (int i = 0; i < 1'100'000; ++i)
            series += std::string("\x0a\x00", 2);
        std::string length;
        for (std::size_t left = series.size(); left > 0; left >>= 7)
            length += static_cast<char>((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
        const HttpsClient::Headers snappy{{"Content-Encoding", "snappy"}, {"Content-Type", "application/x-protobuf"}};
        QCOMPARE(
            send("POST", "/api/v1/write", QByteArray::fromStdString(packed("\x0a" + length + series)), snappy).status,
            413);
        QCOMPARE(send("POST", "/api/v2/write", QByteArray("a v=1\n").repeated(100'001)).status, 413);

        // One series per request: a host has 20,000 of them.
        QByteArray lines;
        for (int i = 0; i < 21'000; ++i)
            lines += "explosion,request=" + QByteArray::number(i) + " v=1\n";
        const Answer answer = send("POST", "/api/v2/write", lines);
        QCOMPARE(answer.status, 400);
        QVERIFY(answer.json().value(QStringLiteral("stored")).toInt() > 19'000);
        QVERIFY(answer.json().value(QStringLiteral("refused")).toInt() >= 1'000);
        QCOMPARE(answer.json().value(QStringLiteral("items"))[0][u"reason"].toString(),
            QStringLiteral("too_many_instances"));
        QCOMPARE(send("POST", "/api/v2/write", "explosion,request=7 v=1").status, 204);
    }

private:
    /// What /metadata has of a metric, as text.
    QByteArray told(const QByteArray& metric)
    {
        const QByteArray body =
            m_client->request("GET", "/api/v1/metadata?metric=" + metric, {}, {{"Authorization", "Bearer " + m_read}})
                .body;
        const QByteArray begin = "{\"status\":\"success\",\"data\":{\"" + metric + "\":";
        return body.startsWith(begin) ? body.mid(begin.size()).chopped(2) : body;
    }

    Answer send(
        const QByteArray& method, const QByteArray& path, const QByteArray& body, HttpsClient::Headers headers = {})
    {
        headers.emplaceBack("Authorization", "Bearer " + m_ingest);
        return m_client->request(method, path, body, headers);
    }

    Answer remoteWrite(const std::vector<metrics::RemoteSeries>& series)
    {
        return send("POST", "/api/v1/write", QByteArray::fromStdString(metrics::encodeRemoteWrite(series)),
            {{"Content-Encoding", "snappy"}, {"Content-Type", "application/x-protobuf"},
                {"X-Prometheus-Remote-Write-Version", "0.1.0"}});
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
};

QTEST_GUILESS_MAIN(ReceiveTest)
#include "receive_test.moc"
