// SPDX-License-Identifier: GPL-3.0-or-later
// What the clients and pages of other systems ask of the real server: the answers are of the shapes that they read.
#include "metrics/families.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QUrl>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr qint64 kMinuteMs = 60'000;

/// The JSON of these tests has ' for ".
QByteArray json(QByteArray text)
{
    return text.replace('\'', '"');
}

QByteArray timeText(qint64 timeMs)
{
    return QDateTime::fromMSecsSinceEpoch(timeMs, Qt::UTC).toString(Qt::ISODateWithMs).toLatin1();
}

} // namespace

class CompatReadTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        m_key = m_server.makeKey(QStringLiteral("shop"), {QStringLiteral("--rights"), QStringLiteral("read,ingest")});
        m_client = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
        m_client->setToken(m_key);
        QCOMPARE(m_client->request("POST", "/update/gauge/warm/1").status, 200);
        m_startMs = QDateTime::currentMSecsSinceEpoch() / (5 * kMinuteMs) * (5 * kMinuteMs) - 60 * kMinuteMs;
    }
    void cleanup()
    {
        if (QTest::currentTestFailed())
            qWarning("%s", m_server.log().constData());
    }

    void miniObserv()
    {
        QByteArrayList metrics;
        const auto add = [&](qint64 atMs, const QByteArray& name, double value, const QByteArray& labels) {
            metrics.append(json("{'time':'" + timeText(m_startMs + atMs) + "','host':'h1','name':'" + name +
                                "','value':" + QByteArray::number(value) + ",'labels':{" + labels + "}}"));
        };
        for (const qint64 atMs : {0, 10'000, 59'999}) {
            add(atMs, "cpu.usage_pct", atMs == 0 ? 10 : 40, "'core':'total'");
            add(atMs, "cpu.usage_pct", 100, "'core':'0'");
        }
        add(60'000, "cpu.usage_pct", 7, "'core':'total'");
        add(0, "disk.used_bytes", 30, "'mount':'/'");
        add(0, "disk.used_bytes", 10, "'mount':'/home'");
        add(0, "disk.total_bytes", 100, "'mount':'/'");
        add(0, "disk.total_bytes", 100, "'mount':'/home'");
        add(0, "disk.used_pct", 30, "'mount':'/'");
        add(0, "disk.used_pct", 10, "'mount':'/home'");
        add(0, "net.bytes_in", 5, "'iface':'eth0'");
        add(0, "net.bytes_in", 6, "'iface':'eth1'");
        QCOMPARE(send("/api/v1/metrics", json("{'host':'h1','metrics':[") + metrics.join(',') + "]}").status, 202);

        const Answer answer = askMiniObserv("cpu.usage_pct");
        QCOMPARE(answer.status, 200);
        // The total, oldest first; a sample on the edge is of the bucket that begins there.
        QCOMPARE(answer.body,
            json("{'host':'h1','name':'cpu.usage_pct','bucket':'1m','agg':'avg','points':[{'time':'" +
                 seconds(m_startMs) + "','value':30},{'time':'" + seconds(m_startMs + kMinuteMs) + "','value':7}]}"));
        QCOMPARE(pointsOf(askMiniObserv("cpu.usage_pct", "&agg=min&bucket=5m")), QList<double>{7});
        QCOMPARE(pointsOf(askMiniObserv("cpu.usage_pct", "&agg=max&core=0")), QList<double>{100});
        QCOMPARE(pointsOf(askMiniObserv("disk.used_bytes")), QList<double>{40});
        QCOMPARE(pointsOf(askMiniObserv("disk.used_pct")), QList<double>{20});
        QCOMPARE(pointsOf(askMiniObserv("disk.used_pct", "&mount=/home")), QList<double>{10});
        QCOMPARE(pointsOf(askMiniObserv("net.bytes_in")), QList<double>{11});
        QCOMPARE(pointsOf(askMiniObserv("mem.used_pct")), QList<double>{});
    }

    void miniObservSaysWhatIsWrong()
    {
        const auto errorOf = [this](const QByteArray& query) {
            const Answer answer = m_client->get("/api/v1/metrics/query?" + query);
            return answer.status == 400 ? answer.json().value(QStringLiteral("error")).toString() : QString();
        };
        const QByteArray day = "host=h1&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";
        QCOMPARE(errorOf("host=h1"), QStringLiteral("invalid 'from': must be RFC3339"));
        QCOMPARE(errorOf("host=h1&from=2026-01-01T00:00:00Z&to=now"), QStringLiteral("invalid 'to': must be RFC3339"));
        QCOMPARE(errorOf("host=h1&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"),
            QStringLiteral("from must be before to"));
        QCOMPARE(errorOf("host=h1&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z"),
            QStringLiteral("time range must not exceed 30 days"));
        QCOMPARE(errorOf(day + "&name=x"), QStringLiteral("unknown metric name \"x\""));
        QCOMPARE(errorOf(day + "&name=cpu.usage_pct&bucket=2m"),
            QStringLiteral("invalid bucket \"2m\": must be one of 1m,5m,15m,1h,1d"));
        QCOMPARE(errorOf(day + "&name=cpu.usage_pct&agg=sum"),
            QStringLiteral("invalid agg \"sum\": must be one of avg,max,min"));
        QCOMPARE(errorOf("host="), QStringLiteral("host is required"));
    }

    void tinyObs()
    {
        QByteArrayList metrics;
        for (int i = 0; i < 20; ++i)
            metrics.append(tinyMetric("http_requests_total", i * 15'000, 10 * i, "'service':'api','path':'/a,\\'b'"));
        metrics.append(tinyMetric("queue_length", 0, 3, "'service':'api'"));
        metrics.append(tinyMetric("queue_length", 15'000, 0.25, "'service':'api'"));
        QCOMPARE(send("/v1/ingest", json("{'metrics':[") + metrics.join(',') + "]}").json()[u"count"].toInt(), 22);

        const QByteArray window = "start=" + timeText(m_startMs) + "&end=" + timeText(m_startMs + 10 * kMinuteMs);
        const Answer samples = m_client->get("/v1/query?metric=queue_length&" + window);
        QCOMPARE(samples.json()[u"count"].toInt(), 2);
        const QJsonObject first = samples.json()[u"metrics"].toArray().first().toObject();
        QCOMPARE(first[u"name"].toString(), QStringLiteral("queue_length"));
        QCOMPARE(first[u"type"].toString(), QStringLiteral("gauge"));
        QCOMPARE(first[u"value"].toDouble(), 3.0);
        QCOMPARE(first[u"labels"][u"service"].toString(), QStringLiteral("api"));
        QCOMPARE(first[u"timestamp"].toString().toLatin1(), seconds(m_startMs));

        const QJsonObject raw = range("metric=http_requests_total&" + window);
        QCOMPARE(raw[u"resolution"].toString(), QStringLiteral("raw"));
        QCOMPARE(raw[u"metric"].toString(), QStringLiteral("http_requests_total"));
        QCOMPARE(raw[u"points"].toArray().size(), 20);
        QCOMPARE(raw[u"points"][1][u"t"].toInteger(), m_startMs + 15'000);
        QCOMPARE(raw[u"points"][1][u"v"].toDouble(), 10.0);
        const QJsonObject few = range("metric=http_requests_total&maxPoints=10&" + window);
        QCOMPARE(few[u"resolution"].toString(), QStringLiteral("1m"));
        QCOMPARE(few[u"points"].toArray().size(), 5);       // 19 samples would be two points too many there
        QCOMPARE(few[u"points"][0][u"v"].toDouble(), 30.0); // the last of the minute: it is a counter

        const Answer executed = send("/v1/query/execute",
            json("{'query':'rate(http_requests_total[1m])','start':'" + timeText(m_startMs + kMinuteMs) + "','end':'" +
                 timeText(m_startMs + 2 * kMinuteMs) + "','step':'1m'}"));
        QCOMPARE(executed.json()[u"status"].toString(), QStringLiteral("success"));
        QCOMPARE(executed.json()[u"query"].toString(), QStringLiteral("rate(http_requests_total[1m])"));
        QCOMPARE(executed.json()[u"data"][u"resultType"].toString(), QStringLiteral("matrix"));
        const QJsonArray values = executed.json()[u"data"][u"result"][0][u"values"].toArray();
        QCOMPARE(values.size(), 2);
        QCOMPARE(values[0][0].toInteger(), (m_startMs + kMinuteMs) / 1'000);
        QCOMPARE(values[0][1].toString().toDouble(), 10.0 / 15);
        // Matchers that TinyObs reads over, and comparisons that it gives NaN for.
        QCOMPARE(countOf("http_requests_total{path!=\"/x\"} >= 100", 2), 1);
        QCOMPARE(countOf("http_requests_total{path=~\"/x.*\"}", 2), 0);
        const QByteArray form = "query=1%2B1";
        for (const Answer& answer :
            {m_client->get("/v1/query/instant?" + form), m_client->request("POST", "/v1/query/instant", form,
                                                             {{"Content-Type", "application/x-www-form-urlencoded"}})})
            QCOMPARE(answer.json()[u"data"][u"result"][1].toString(), QStringLiteral("2"));
    }

    void tinyObsTellsOfItsStore()
    {
        const QJsonObject list = m_client->get("/v1/metrics/list").json();
        QVERIFY(list[u"metrics"].toArray().contains(QStringLiteral("queue_length")));
        QCOMPARE(list[u"count"].toInt(), list[u"metrics"].toArray().size());
        const QJsonObject stats = m_client->get("/v1/stats").json();
        QCOMPARE(stats[u"TotalMetrics"].toInt(), list[u"count"].toInt());
        QVERIFY(stats[u"TotalSeries"].toInt() >= stats[u"TotalMetrics"].toInt());
        QVERIFY(stats[u"SizeBytes"].toInt() > 0);
        QVERIFY(stats[u"OldestMetric"].toString() <= QString::fromLatin1(seconds(m_startMs)));
        QVERIFY(stats[u"NewestMetric"].toString() > QString::fromLatin1(seconds(m_startMs)));
        const QJsonObject cardinality = m_client->get("/v1/cardinality").json();
        QCOMPARE(cardinality[u"series_limit"].toInt(), 20'000);
        QVERIFY(cardinality[u"total_series"].toInt() >= cardinality[u"unique_metrics"].toInt());
        QVERIFY(cardinality[u"max_series_count"].toInt() >= 1);
        const QJsonObject storage = m_client->get("/v1/storage").json();
        QVERIFY(storage[u"used_bytes"].toInt() > 0);
        QVERIFY(storage.contains(QStringLiteral("max_bytes")));
    }

    void whatTinyObsExportsCanBeImported()
    {
        const QByteArray window = "start=" + timeText(m_startMs) + "&end=" + timeText(m_startMs + 10 * kMinuteMs);
        const Answer exported = m_client->get("/v1/export?metric=http_requests_total&" + window);
        QVERIFY(exported.header("content-disposition").startsWith("attachment"));
        QCOMPARE(exported.json()[u"metadata"][u"metric_count"].toInt(), 20);
        QCOMPARE(exported.json()[u"metadata"][u"start_time"].toString().toLatin1(), seconds(m_startMs));
        const QByteArray key =
            m_server.makeKey(QStringLiteral("other"), {QStringLiteral("--rights"), QStringLiteral("read,ingest")});
        HttpsClient other(m_server.url(), m_server.caPem());
        other.setToken(key);
        QTRY_COMPARE_WITH_TIMEOUT(other.request("POST", "/update/gauge/warm/1").status, 200, 10'000);
        const Answer imported =
            other.request("POST", "/v1/import", exported.body, {{"Content-Type", "application/json"}});
        QCOMPARE(imported.json()[u"metrics_imported"].toInt(), 20);
        QCOMPARE(imported.json()[u"errors"].toArray().size(), 0);

        const Answer csv = m_client->get("/v1/export?format=csv&metric=queue_length&" + window);
        const QList<QByteArray> lines = csv.body.split('\n');
        QCOMPARE(lines.value(0).trimmed(), QByteArray("timestamp,name,type,value,instance,job,service"));
        QCOMPARE(lines.value(2).trimmed(),
            timeText(m_startMs + 15'000).replace(".000", "") + ",queue_length,gauge,0.25,shop,sextant,api");
        const Answer quoted = m_client->get("/v1/export?format=csv&metric=http_requests_total&" + window);
        QVERIFY(quoted.body.contains(",\"/a,\"\"b\","));
    }

    void tinyObsSaysWhatIsWrong()
    {
        const auto wrong = [this](const QByteArray& path) {
            const Answer answer = m_client->get(path);
            return answer.status == 400 && answer.json()[u"error"].toString() == QStringLiteral("Bad Request")
                       ? answer.json()[u"message"].toString()
                       : QString();
        };
        QCOMPARE(wrong("/v1/query?start=yesterday"), QStringLiteral("start must be RFC 3339"));
        QCOMPARE(wrong("/v1/query?start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z"),
            QStringLiteral("start must be before end"));
        QCOMPARE(wrong("/v1/query/range"), QStringLiteral("metric parameter is required"));
        QCOMPARE(wrong("/v1/query/range?metric=x&maxPoints=0"), QStringLiteral("maxPoints must be 1 to 5000"));
        QCOMPARE(wrong("/v1/query/range?metric=x&start=2025-01-01T00:00:00Z"),
            QStringLiteral("time range must not exceed 90 days"));
        QCOMPARE(wrong("/v1/export?start=2025-01-01T00:00:00Z"), QStringLiteral("time range must not exceed 30 days"));
        QCOMPARE(wrong("/v1/export?format=xml"), QStringLiteral("format must be json or csv"));
        for (const QByteArray body : {"{'query':'rate(x'}", "{'query':'x','step':'0s'}", "{'query':'x','start':5}",
                 "{'query':'x','step':'1ms'}", "["})
            QCOMPARE(send("/v1/query/execute", json(body)).status, 400);
    }

    void spectra()
    {
        const Answer registered = send("/api/v1/agent/register", json("{'token':'" + m_key + "'}"));
        const QByteArray id = registered.json()[u"agent_id"].toString().toLatin1();
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        const auto envelope = [](qint64 timeMs, const QByteArray& type, const QByteArray& data) {
            return json(
                "{'type':'" + type + "','timestamp':'" + timeText(timeMs) + "','hostname':'pi','data':{" + data + "}}");
        };
        const QByteArrayList envelopes{
            envelope(now, "cpu", "'usage':12.5,'cores':[10,15],'iowait':1,'load_1m':0.5,'load_5m':0.4,'load_15m':0.25"),
            envelope(now, "memory", "'ram_total':1000,'ram_used':400,'ram_available':600,'ram_used_pct':40"),
            envelope(m_startMs, "disk", disk("/", 50)), envelope(m_startMs + kMinuteMs, "disk", disk("/", 60)),
            envelope(m_startMs, "disk", disk("/home", 10)),
            envelope(
                m_startMs, "network", "'interface':'eth0','mtu':1500,'speed':1000000000,'rx_bytes':7,'tx_bytes':8"),
            envelope(m_startMs, "temperature", "'sensor':'cpu','temperature':51.5,'max_temp':null"),
            envelope(m_startMs, "container_list",
                "'containers':[{'id':'abc','name':'db','state':'running','cpu_percent':3,'net_rx_bytes':100}]"),
            envelope(m_startMs + kMinuteMs, "container_list",
                "'containers':[{'id':'abc','name':'db','state':'running','cpu_percent':5,'net_rx_bytes':300}]"),
            envelope(now, "service_list",
                "'services':[{'name':'cups','status':'failed'},{'name':'ssh','status':'active','sub_status':'running'}"
                "]")};
        QCOMPARE(send("/api/v1/agent/metrics", '[' + envelopes.join(',') + ']').status, 202);

        QCOMPARE(chart(id, "cpu").size(), 1);
        const QJsonObject cpu = chart(id, "cpu").first().toObject();
        QCOMPARE(cpu[u"agent_id"].toString().toLatin1(), id);
        QCOMPARE(cpu[u"usage"].toDouble(), 12.5);
        QCOMPARE(cpu[u"load_15m"].toDouble(), 0.25);
        QCOMPARE(cpu[u"core_usages"].toArray(), (QJsonArray{10, 15}));
        // Each mount is a row of its own, in buckets as wide as the span asks for.
        const QJsonArray disks = chart(id, "disk", window(3 * 60));
        QCOMPARE(disks.size(), 3);
        QCOMPARE(disks[0][u"time"].toString().toLatin1(), seconds(m_startMs));
        QCOMPARE(disks[0][u"mountpoint"].toString(), QStringLiteral("/"));
        QCOMPARE(disks[0][u"filesystem"].toString(), QStringLiteral("ext4"));
        QCOMPARE(disks[1][u"mountpoint"].toString(), QStringLiteral("/home"));
        QCOMPARE(disks[2][u"used_percent"].toDouble(), 60.0);
        QVERIFY(disks[0][u"inodes_total"].isNull());
        QCOMPARE(chart(id, "disk", window(24 * 60))[0][u"used_percent"].toDouble(), 55.0);
        QCOMPARE(chart(id, "network", window(60))[0][u"rx_bytes"].toDouble(), 7.0);
        const QJsonArray temperatures = chart(id, "temperature", window(60));
        QCOMPARE(temperatures[0][u"temperature"].toDouble(), 51.5);
        QVERIFY(temperatures[0][u"max_temp"].isNull());
        const QJsonObject container = chart(id, "containers", window(24 * 60)).first().toObject();
        QCOMPARE(container[u"container_id"].toString(), QStringLiteral("abc"));
        QCOMPARE(container[u"cpu_percent"].toDouble(), 4.0);
        QCOMPARE(container[u"net_rx_bytes"].toDouble(), 300.0); // a total is not averaged

        const QJsonArray services =
            QJsonDocument::fromJson(m_client->get("/api/v1/agents/" + id + "/services").body).array();
        QCOMPARE(services.size(), 2);
        QCOMPARE(services[0][u"name"].toString() + services[0][u"status"].toString(), QStringLiteral("sshactive"));
        QCOMPARE(services[1][u"name"].toString() + services[1][u"status"].toString(), QStringLiteral("cupsinactive"));
        QCOMPARE(m_client->get("/api/v1/agents/" + id + "/processes").body, QByteArray("[]"));

        const QJsonObject agent = m_client->get("/api/v1/agents/" + id).json();
        QCOMPARE(agent[u"hostname"].toString(), QStringLiteral("pi"));
        QCOMPARE(agent[u"cpu_usage"].toDouble(), 12.5);
        QCOMPARE(agent[u"cpu_cores"].toInt(), 2);
        QCOMPARE(agent[u"load_normalized"].toDouble(), 0.25);
        QVERIFY(agent[u"max_temp"].isNull()); // an hour ago is not now
        QCOMPARE(agent[u"last_seen"].toString().left(19).toLatin1(), timeText(now).left(19));
        for (const QByteArray path : {"/api/v1/agents/7777", "/api/v1/agents/00000000-0000-4000-8000-0000000000ff",
                 "/api/v1/agents/00000000-0000-4000-8000-1/cpu"})
            QCOMPARE(m_client->get(path).status, 404);
        QCOMPARE(m_client->get("/api/v1/agents/" + id + "/moon").status, 404);
        for (const QByteArray wrong : {"range=2h", "start=yesterday", "start=2020-01-01T00:00:00Z",
                 "start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z"})
            QCOMPARE(m_client->get("/api/v1/agents/" + id + "/cpu?" + wrong).status, 400);
    }

    /// Sensors of our own agents, of which two have one name.
    void spectraShowsSensorsOfMachines()
    {
        const auto host = enrolHost(m_server, QStringLiteral("hot01"));
        QVERIFY(host.has_value());
        HttpsClient agent(m_server.url(), m_server.caPem(), host->identity);
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        metrics::Frame sensors(metrics::family("temperature"), now, 60'000);
        const auto add = [&](const char* device, double celsius) {
            const std::size_t row = sensors.addRow({"nvme", device, "Composite"});
            sensors.set(row, metrics::column("temperature", "celsius"), celsius);
            return row;
        };
        const std::size_t first = add("0000:01:00.0", 41.5);
        sensors.set(first, metrics::column("temperature", "high_celsius"), 80);
        sensors.set(first, metrics::column("temperature", "critical_celsius"), 85);
        sensors.set(add("0000:02:00.0", 61.5), metrics::column("temperature", "critical_celsius"), 90);
        add("0000:03:00.0", 39);
        metrics::Batch batch = makeBatch(now);
        batch.frames.push_back(std::move(sensors));
        QCOMPARE(sendBatch(agent, batch).status, 204);

        const QJsonArray rows = chart(QByteArray::number(host->id), "temperature");
        QCOMPARE(rows.size(), 3);
        QCOMPARE(rows[0][u"sensor"].toString(), QStringLiteral("nvme Composite 0000:01:00.0"));
        QCOMPARE(rows[0][u"temperature"].toDouble(), 41.5);
        QCOMPARE(rows[0][u"max_temp"].toDouble(), 80.0);
        QCOMPARE(rows[1][u"sensor"].toString(), QStringLiteral("nvme Composite 0000:02:00.0"));
        QCOMPARE(rows[1][u"temperature"].toDouble(), 61.5);
        QCOMPARE(rows[1][u"max_temp"].toDouble(), 90.0);
        QVERIFY(rows[2][u"max_temp"].isNull());
    }

    /// The charts that the test above does not look at: what was sent comes back under the names of Spectra's pages.
    void spectraChartsHoldWhatWasSent_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("sent"); ///< with ' for "
        QTest::addColumn<QByteArray>("chart");
        QTest::addColumn<QByteArray>("row");
        const auto row = [](const char* type, const char* sent, const char* chart, const char* shown) {
            QTest::newRow(type) << QByteArray(type) << QByteArray(sent) << QByteArray(chart) << QByteArray(shown);
        };
        row("memory",
            "'ram_total':1000,'ram_used':400,'ram_available':600,'ram_used_pct':40,'swap_total':50,'swap_used':5,"
            "'swap_pct':10",
            "memory",
            "'ram_total':1000,'ram_used':400,'ram_available':600,'ram_percent':40,'swap_total':50,'swap_used':5,"
            "'swap_percent':10");
        row("disk_io",
            "'device':'sda','read_bytes':1,'write_bytes':2,'read_ops':3,'write_ops':4,'read_time_ms':5,"
            "'write_time_ms':6,'io_in_progress':7",
            "diskio",
            "'device':'sda','read_bytes':1,'write_bytes':2,'read_ops':3,'write_ops':4,'read_latency':5,"
            "'write_latency':6,'io_in_progress':7");
        row("system", "'uptime':100,'processes':7,'users':2,'boot_time':1767225600", "system",
            "'uptime':100,'process_count':7,'user_count':2,'boot_time':1767225600");
        row("wifi",
            "'interface':'wlan0','ssid':'home','signal_dbm':-55,'link_quality':70,'frequency_ghz':2.437,"
            "'bitrate_mbps':72.2",
            "wifi",
            "'interface':'wlan0','ssid':'home','signal_dbm':-55,'link_quality':70,'frequency_mhz':2437,"
            "'bitrate_mbps':72.2");
        row("clock", "'arm_freq_hz':1e9,'core_freq_hz':4e8,'gpu_freq_hz':3e8", "pi",
            "'arm_freq_hz':1e9,'core_freq_hz':4e8,'gpu_freq_hz':3e8");
        row("throttle", "'undervoltage':true,'throttled':false,'soft_temp_occurred':true", "pi",
            "'undervoltage':1,'throttled':0,'soft_temp_occurred':1,'arm_freq_capped':null");
        row("voltage", "'core_volts':1.2,'sdram_c_volts':1.1,'sdram_i_volts':1,'sdram_p_volts':1.05", "pi",
            "'core_volts':1.2,'sdram_c_volts':1.1,'sdram_i_volts':1,'sdram_p_volts':1.05");
        row("gpu", "'gpu_mem_total':64,'gpu_mem_used':0", "pi", "'gpu_mem_total':64,'gpu_mem_used':0");
    }
    void spectraChartsHoldWhatWasSent()
    {
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, sent);
        QFETCH(QByteArray, chart);
        QFETCH(QByteArray, row);
        const QByteArray id = sendEnvelope(type, sent);
        const QJsonArray rows = this->chart(id, chart, window(60));
        QCOMPARE(rows.size(), 1);
        QCOMPARE(rows[0][u"time"].toString().toLatin1(), seconds(m_startMs));
        const QJsonObject wanted = QJsonDocument::fromJson(json('{' + row + '}')).object();
        for (auto field = wanted.begin(); field != wanted.end(); ++field)
            QVERIFY2(rows[0][field.key()] == field.value(), qPrintable(field.key()));
    }

    void spectraUpdatesAreTheNewest()
    {
        (void)sendEnvelope("updates", "'pending_count':9,'security_count':1,'reboot_required':false", -kMinuteMs);
        const QByteArray id = sendEnvelope("updates",
            "'pending_count':7,'security_count':2,'reboot_required':true,'package_manager':'apt','packages':[]");
        const QJsonArray updates =
            QJsonDocument::fromJson(m_client->get("/api/v1/agents/" + id + "/updates").body).array();
        QCOMPARE(updates.size(), 2); // who names no package manager is one
        QCOMPARE(updates[0][u"pending_count"].toInt(), 9);
        QCOMPARE(updates[1][u"package_manager"].toString(), QStringLiteral("apt"));
        QCOMPARE(updates[1][u"pending_count"].toInt(), 7);
        QCOMPARE(updates[1][u"security_count"].toInt(), 2);
        QCOMPARE(updates[1][u"reboot_required"].toBool(), true);
        QCOMPARE(m_client->get("/api/v1/agents/7777/updates").status, 404);
    }

    /// What our own agents measure is shown, too.
    void spectraShowsMachines()
    {
        const auto host = enrolHost(m_server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        HttpsClient agent(m_server.url(), m_server.caPem(), host->identity);
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        for (const qint64 ago : {120'000, 60'000, 0})
            QCOMPARE(sendBatch(agent, measured(now - ago, 1'000'000 - ago)).status, 204);
        QJsonObject shown;
        qsizetype machines = 0;
        for (const QJsonValue& row : QJsonDocument::fromJson(m_client->get("/api/v1/agents").body).array()) {
            if (row[u"hostname"].toString() == QStringLiteral("web01"))
                shown = row.toObject();
            ++machines;
        }
        QCOMPARE(machines, 3); // hot01, pi and web01; a source that Spectra's agents do not write for is none
        QCOMPARE(shown[u"cpu_usage"].toDouble(), 12.5);
        QCOMPARE(shown[u"os"].toString(), QStringLiteral("linux"));
        QVERIFY(shown[u"last_seen"].toString().left(19).toLatin1() >= timeText(now).left(19)); // by the server's clock
        const QByteArray id = shown[u"id"].toString().toLatin1();
        const QJsonArray cpu = chart(id, "cpu");
        QCOMPARE(cpu.size(), 3);
        QCOMPARE(cpu[0][u"usage"].toDouble(), 12.5);
        QVERIFY(cpu[0][u"iowait"].isNull());
        const QJsonArray network = chart(id, "network", "range=6h");
        QVERIFY(!network.isEmpty());
        QCOMPARE(network.last()[u"interface"].toString(), QStringLiteral("eth0"));
        QVERIFY(network.last()[u"rx_bytes"].toDouble() > 0); // a rate of what is counted

        metrics::Batch batch = measured(now - 30'000, 970'000);
        batch.documents.push_back({"processes", now,
            json("{'total':3,'processes':[{'pid':1,'name':'init','state':'sleeping','threads':1,'residentBytes':"
                 "4000000000,"
                 "'cpuPercent':0.5},{'pid':7,'name':'cc1plus','state':'running','threads':2,'residentBytes':2000000000,"
                 "'cpuPercent':98.5},{'pid':8,'name':'gone','state':'zombie','cpuPercent':0}]}")
                .toStdString()});
        batch.documents.push_back({"services", now,
            json("{'manager':'systemd','total':3,'services':[{'name':'nginx.service','state':'failed','stateWords':"
                 "'failed (exit-code)'},{'name':'ssh.service','state':'running','stateWords':'active (running)'},"
                 "{'name':'Spooler','state':'stopped'}]}")
                .toStdString()});
        batch.documents.push_back(
            {"packages", now, json("{'total':1,'packages':[{'name':'bash','version':'5.2.15-2+b7'}]}").toStdString()});
        batch.documents.push_back({"updates", now,
            json("{'manager':'apt','rebootRequired':true,'total':3,'security':1,'pending':[]}").toStdString()});
        QCOMPARE(sendBatch(agent, batch).status, 204);
        const auto processes = [&](const QByteArray& question) {
            const Answer answer = m_client->get("/api/v1/agents/" + id + "/processes" + question);
            return QJsonDocument::fromJson(answer.body).array();
        };
        QTRY_COMPARE(processes({}).size(), 3); // documents are answered for, but stored beside
        const QJsonArray byCpu = processes("?limit=2");
        QCOMPARE(byCpu.size(), 2);
        QCOMPARE(byCpu[0][u"name"].toString(), QStringLiteral("cc1plus"));
        QCOMPARE(byCpu[0][u"status"].toString(), QStringLiteral("running"));
        QCOMPARE(byCpu[0][u"mem_percent"].toDouble(), 25.0);
        QCOMPARE(byCpu[0][u"threads"].toInt(), 2);
        QCOMPARE(byCpu[1][u"status"].toString(), QStringLiteral("waiting"));
        QCOMPARE(processes("?sort=memory")[0][u"pid"].toInt(), 1);
        QVERIFY(processes("?sort=memory")[2][u"mem_rss"].isNull());
        for (const QByteArray wrong : {"?sort=name", "?limit=0", "?limit=101", "?limit=1x"})
            QCOMPARE(m_client->get("/api/v1/agents/" + id + "/processes" + wrong).status, 400);

        const auto list = [&](const QByteArray& name) { return m_client->get("/api/v1/agents/" + id + name).body; };
        const QByteArray agentId = "{\"agent_id\":\"" + id + "\",";
        QTRY_COMPARE(list("/updates"),
            "[" + agentId + R"("package_manager":"apt","pending_count":3,"reboot_required":true,"security_count":1}])");
        QCOMPARE(list("/applications"), "[" + agentId + R"("name":"bash","version":"5.2.15-2+b7"}])");
        QCOMPARE(list("/services"), "[" + agentId +
                                        R"("name":"nginx.service","status":"failed","sub_status":"exit-code"},)" +
                                        agentId + R"("name":"ssh.service","status":"active","sub_status":"running"},)" +
                                        agentId + R"("name":"Spooler","status":"inactive","sub_status":null}])");
    }

private:
    /// Sends what a Spectra agent collected an hour ago; gives the id of its host.
    QByteArray sendEnvelope(const QByteArray& type, const QByteArray& data, qint64 atMs = 0)
    {
        const QByteArray id =
            send("/api/v1/agent/register", json("{'token':'" + m_key + "'}")).json()[u"agent_id"].toString().toLatin1();
        const Answer answer =
            send("/api/v1/agent/metrics", json("[{'type':'" + type + "','timestamp':'" + timeText(m_startMs + atMs) +
                                               "','hostname':'pi','data':{" + data + "}}]"));
        return answer.status == 202 ? id : QByteArray();
    }
    static metrics::Batch measured(qint64 timeMs, qint64 received)
    {
        metrics::Batch batch = makeBatch(timeMs);
        metrics::Frame cpu(metrics::family("cpu"), timeMs, 60'000);
        cpu.set(cpu.addRow(), metrics::column("cpu", "usage_percent"), 12.5);
        metrics::Frame network(metrics::family("network"), timeMs, 60'000);
        network.set(network.addRow({"eth0"}), metrics::column("network", "receive_bytes_total"), received);
        batch.frames.push_back(std::move(cpu));
        batch.frames.push_back(std::move(network));
        return batch;
    }
    static QByteArray disk(const QByteArray& mount, int percent)
    {
        return "'device':'sda1','mountpoint':'" + mount +
               "','filesystem':'ext4','disk_type':'local','disk_total':100," +
               "'disk_used':1,'disk_used_pct':" + QByteArray::number(percent);
    }
    /// That many minutes that end a moment after what was sent.
    QByteArray window(qint64 minutes) const
    {
        const qint64 end = m_startMs + 30 * kMinuteMs;
        return "start=" + timeText(end - minutes * kMinuteMs) + "&end=" + timeText(end);
    }
    QJsonArray chart(const QByteArray& id, const QByteArray& name, const QByteArray& query = "range=5m")
    {
        return QJsonDocument::fromJson(m_client->get("/api/v1/agents/" + id + '/' + name + '?' + query).body).array();
    }

    Answer send(const QByteArray& path, const QByteArray& body)
    {
        return m_client->request("POST", path, body, {{"Content-Type", "application/json"}});
    }

    Answer askMiniObserv(const QByteArray& name, const QByteArray& more = {})
    {
        return m_client->get("/api/v1/metrics/query?host=h1&name=" + name + "&from=" + timeText(m_startMs) +
                             "&to=" + timeText(m_startMs + 5 * kMinuteMs) + more);
    }

    static QList<double> pointsOf(const Answer& answer)
    {
        QList<double> values;
        for (const QJsonValue& point : answer.json()[u"points"].toArray())
            values.append(point[u"value"].toDouble());
        return values;
    }

    /// Whole seconds, as the answers write them.
    static QByteArray seconds(qint64 timeMs) { return timeText(timeMs).replace(".000", ""); }

    QByteArray tinyMetric(const QByteArray& name, qint64 atMs, double value, const QByteArray& labels) const
    {
        return "{\"name\":\"" + name + "\",\"type\":\"gauge\",\"value\":" + QByteArray::number(value) +
               ",\"labels\":{" + json(labels) + "},\"timestamp\":\"" + timeText(m_startMs + atMs) + "\"}";
    }

    QJsonObject range(const QByteArray& query)
    {
        return m_client->get("/v1/query/range?" + query).json()[u"data"].toArray().first().toObject();
    }

    /// How many series a query gives at that minute.
    qsizetype countOf(const QByteArray& query, qint64 minute)
    {
        const QJsonObject body{{QStringLiteral("query"), QString::fromLatin1(query)},
            {QStringLiteral("start"), QString::fromLatin1(timeText(m_startMs + minute * kMinuteMs + 30'000))},
            {QStringLiteral("end"), QString::fromLatin1(timeText(m_startMs + minute * kMinuteMs + 31'000))}};
        return m_client->post("/v1/query/execute", body).json()[u"data"][u"result"].toArray().size();
    }

    ServerProcess m_server;
    std::unique_ptr<HttpsClient> m_client;
    QByteArray m_key;
    qint64 m_startMs = 0; ///< an hour ago, at whole five minutes
};

QTEST_GUILESS_MAIN(CompatReadTest)
#include "compat_read_test.moc"
