// SPDX-License-Identifier: GPL-3.0-or-later
// What goes out of the real server as text: the newest values of a host, and answers of queries as CSV, JSON and
// OpenMetrics. promtool from Debian's package reads it, too.
#include "metrics/exposition_parser.h"
#include "metrics/families.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace sextant;
using namespace sextant::test;
using metrics::column;
using metrics::family;

namespace {

constexpr std::int64_t kTick = 10'000;
constexpr int kTicks = 12;
const QByteArray kOpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The lines of an exposition, without the times of samples.
QByteArray withoutTimes(const QByteArray& text)
{
    QByteArrayList lines = text.split('\n');
    for (QByteArray& line : lines) {
        if (!line.isEmpty() && !line.startsWith('#'))
            line.truncate(line.lastIndexOf(' '));
    }
    return lines.join('\n');
}

QByteArray encoded(const QByteArray& text)
{
    return QUrl::toPercentEncoding(QString::fromUtf8(text));
}

} // namespace

class ExportTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanupTestCase();

    void tellsTheNewestOfAHost();
    void tellsItAsOpenMetrics();
    void saysNothingOfASilentHost();
    void exportsCsv();
    void exportsJsonAsTheQueryAnswers();
    void refuses_data();
    void refuses();
    void refusesWhatIsTooLarge();
    void promtoolChecksTheNewestOfAHost();
    void promtoolMakesBlocksOfAnExport();
    void programsMetricsHaveTheirTypes();

private:
    QByteArray at(int tick) const { return QByteArray::number((m_startMs + tick * kTick) / 1'000); }
    Answer get(const QByteArray& path, const HttpsClient::Headers& headers = {})
    {
        return m_client->request("GET", path, {}, headers);
    }
    QByteArray hostPath() const { return "/api/v1/hosts/" + QByteArray::number(m_host) + "/metrics"; }
    QByteArray range() const { return "&start=" + at(0) + "&end=" + at(kTicks - 1) + "&step=10"; }
    bool findPromtool();
    /// What promtool has to say of a text.
    QByteArray checked(const QByteArray& text);
    /// The samples of the blocks that promtool makes of a text in OpenMetrics, one a line.
    QByteArray blocksOf(const QByteArray& text);

    ServerProcess m_server;
    std::unique_ptr<HttpsClient> m_client;
    std::int64_t m_startMs = 0;
    qint64 m_host = 0;
    QString m_promtool;
};

void ExportTest::initTestCase()
{
    QVERIFY2(m_server.start(), qPrintable(m_server.error()));
    const auto host = enrolHost(m_server, QStringLiteral("web01"));
    QVERIFY(host.has_value());
    QVERIFY(enrolHost(m_server, QStringLiteral("silent")).has_value());
    m_host = host->id;
    m_startMs = QDateTime::currentMSecsSinceEpoch() / kTick * kTick - (kTicks - 1) * kTick;
    metrics::Batch batch = makeBatch(m_startMs);
    batch.frames.clear();
    for (int tick = 0; tick < kTicks; ++tick) {
        metrics::Frame cores(family("cpu_core"), m_startMs + tick * kTick, kTick);
        for (int core = 0; core < 2; ++core)
            cores.set(
                cores.addRow({std::to_string(core)}), column("cpu_core", "user_seconds_total"), 100.125 + tick + core);
        metrics::Frame custom(family("custom"), m_startMs + tick * kTick, kTick);
        custom.set(custom.addRow({"shop_orders", R"(item="=a, \"b\"")"}), column("custom", "value"), 0.1 * tick);
        batch.frames.insert(batch.frames.end(), {cores, custom});
    }
    HttpsClient agent(m_server.url(), m_server.caPem(), host->identity);
    QCOMPARE(sendBatch(agent, batch).status, 204);
    m_client = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
    QVERIFY(m_client->logIn(QStringLiteral("admin"), m_server.adminPassword()));
}

void ExportTest::cleanupTestCase()
{
    if (!m_server.isRunning() || QTest::currentTestFailed())
        qWarning("%s", m_server.log().constData());
}

void ExportTest::tellsTheNewestOfAHost()
{
    const Answer answer = get(hostPath());
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.header("content-type"), QByteArray("text/plain; version=0.0.4; charset=utf-8"));
    const QByteArray time = ' ' + at(kTicks - 1) + "000\n";
    QCOMPARE(answer.body,
        "# TYPE shop_orders untyped\n"
        "shop_orders{instance=\"web01\",item=\"=a, \\\"b\\\"\",job=\"sextant\"} 1.1" +
            time +
            "# HELP system_cpu_core_user_seconds_total Time in user code at normal priority, guests not included.\n"
            "# TYPE system_cpu_core_user_seconds_total counter\n"
            "system_cpu_core_user_seconds_total{core=\"0\",instance=\"web01\",job=\"sextant\"} 111.125" +
            time + "system_cpu_core_user_seconds_total{core=\"1\",instance=\"web01\",job=\"sextant\"} 112.125" + time);
    QCOMPARE(get("/api/v1/hosts/99/metrics").status, 404);
    QCOMPARE(HttpsClient(m_server.url(), m_server.caPem()).get(hostPath()).status, 401);
}

void ExportTest::tellsItAsOpenMetrics()
{
    const Answer answer = get(hostPath(), {{"Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}});
    QCOMPARE(answer.header("content-type"), kOpenMetrics);
    QVERIFY(answer.body.contains("# UNIT system_cpu_core_user_seconds seconds\n"));
    QVERIFY(answer.body.endsWith("# EOF\n"));
    const auto read =
        metrics::parseExposition(answer.body.toStdString(), metrics::ExpositionFormat::OpenMetrics, 1'000);
    QVERIFY(read.has_value() && read->faultCount == 0);
    QCOMPARE(read->samples.size(), std::size_t{3});
    QCOMPARE(*read->samples[0].timeMs, m_startMs + (kTicks - 1) * kTick);
    QVERIFY(get("/metrics", {{"Accept", "application/openmetrics-text"}}).body.endsWith("# EOF\n"));
}

void ExportTest::saysNothingOfASilentHost()
{
    const Answer answer = get("/api/v1/hosts/" + QByteArray::number(m_host + 1) + "/metrics");
    QCOMPARE(answer.status, 503); // a Prometheus that scrapes this has up = 0
    QVERIFY(!answer.header("retry-after").isEmpty());
}

void ExportTest::exportsCsv()
{
    const Answer answer = get("/api/v1/export?format=csv&query=shop_orders" + range());
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.header("content-type"), QByteArray("text/csv; charset=utf-8; header=present"));
    QCOMPARE(answer.header("content-disposition"), QByteArray("attachment; filename=\"export.csv\""));
    const QList<QByteArray> lines = answer.body.split('\n');
    QCOMPARE(lines.size(), kTicks + 2);
    QCOMPARE(lines[0], QByteArray("time,value,__name__,instance,item,job\r"));
    const QByteArray third =
        QDateTime::fromMSecsSinceEpoch(m_startMs + 3 * kTick, Qt::UTC).toString(Qt::ISODateWithMs).toUtf8();
    QCOMPARE(lines[4], third + ",0.30000000000000004,shop_orders,web01,\"'=a, \"\"b\"\"\",sextant\r");
    // Every sample as it came, by a selector with a window; by POST.
    const Answer posted = m_client->request("POST", "/api/v1/export",
        "format=csv&query=" + encoded("shop_orders[1h]") + "&time=" + at(kTicks),
        {{"Content-Type", "application/x-www-form-urlencoded"}});
    QCOMPARE(posted.body, answer.body);
    QCOMPARE(get("/api/v1/export?format=csv&query=1%2B1&time=0").body,
        QByteArray("time,value\r\n1970-01-01T00:00:00.000Z,2\r\n"));
}

void ExportTest::exportsJsonAsTheQueryAnswers()
{
    QCOMPARE(get("/api/v1/export?query=shop_orders" + range()).body,
        get("/api/v1/query_range?query=shop_orders" + range()).body);
    QCOMPARE(get("/api/v1/export?format=json&query=shop_orders&time=" + at(5)).body,
        get("/api/v1/query?query=shop_orders&time=" + at(5)).body);
}

void ExportTest::refuses_data()
{
    QTest::addColumn<QByteArray>("question");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("error");
    const auto row = [](const char* name, const char* question, int status, const char* error) {
        QTest::newRow(name) << QByteArray(question) << status << QString::fromUtf8(error);
    };
    row("format", "query=1&format=xml", 400, R"(invalid parameter "format": expected csv, json or openmetrics)");
    row("query", "query=sum(&format=csv", 400,
        R"(invalid parameter "query": 1:5: parse error: unclosed left parenthesis)");
    row("no step", "query=1&start=1&end=2&format=csv", 400,
        R"(invalid parameter "step": cannot parse "" to a valid duration)");
    row("points", "query=1&start=0&end=11001&step=1&format=csv", 400,
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)");
    row("no date", "query=1&time=99999999999999&format=csv", 422, "a time that is not in the years 0 to 9999");
    row("a text", "query=%22a%22&format=csv", 422, "a text has no points to export");
}

void ExportTest::refuses()
{
    QFETCH(QByteArray, question);
    QFETCH(int, status);
    QFETCH(QString, error);
    const Answer answer = get("/api/v1/export?" + question);
    QCOMPARE(answer.json().value(QStringLiteral("error")).toString(), error);
    QCOMPARE(answer.status, status);
    QVERIFY(answer.header("content-disposition").isEmpty());
}

void ExportTest::refusesWhatIsTooLarge()
{
    // 11,000 points with a label of 7 KB.
    const QByteArray labels =
        encoded("label_replace(vector(1), \"l\", \"" + QByteArray(7'000, 'x') + "\", \"\", \"\")");
    const Answer answer =
        m_client->request("POST", "/api/v1/export", "format=csv&query=" + labels + "&start=0&end=10999&step=1",
            {{"Content-Type", "application/x-www-form-urlencoded"}});
    QCOMPARE(answer.status, 422);
    QVERIFY(answer.json()
                .value(QStringLiteral("error"))
                .toString()
                .startsWith(QStringLiteral("the export would be larger than 64 MiB: ")));
}

/// False: it cannot be had here.
bool ExportTest::findPromtool()
{
    QProcess fetch;
    fetch.start(QStringLiteral(SEXTANT_SOURCE_DIR "/scripts/peer"), {QStringLiteral("prometheus")});
    if (!fetch.waitForFinished(120'000) || fetch.exitCode() != 0) {
        qWarning("%s", fetch.readAllStandardError().constData());
        return false;
    }
    m_promtool = QString::fromUtf8(fetch.readAllStandardOutput().trimmed()) + QStringLiteral("/promtool");
    return true;
}

QByteArray ExportTest::checked(const QByteArray& text)
{
    QProcess check;
    check.setProcessChannelMode(QProcess::MergedChannels);
    check.start(m_promtool, {QStringLiteral("check"), QStringLiteral("metrics")});
    if (!check.waitForStarted())
        return "promtool does not start";
    check.write(text);
    check.closeWriteChannel();
    return check.waitForFinished(30'000) ? check.readAll() : "promtool does not end";
}

QByteArray ExportTest::blocksOf(const QByteArray& text)
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("export.txt")));
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        return {};
    file.close();
    const QString blocks = folder.filePath(QStringLiteral("blocks"));
    QProcess promtool;
    promtool.start(m_promtool, {QStringLiteral("tsdb"), QStringLiteral("create-blocks-from"),
                                   QStringLiteral("openmetrics"), file.fileName(), blocks});
    if (!promtool.waitForFinished(30'000) || promtool.exitCode() != 0 ||
        !QDir(blocks).mkdir(QStringLiteral("wal"))) { // dump looks for one
        qWarning("%s", promtool.readAllStandardError().constData());
        return {};
    }
    promtool.start(m_promtool, {QStringLiteral("tsdb"), QStringLiteral("dump"), blocks});
    return promtool.waitForFinished(30'000) ? promtool.readAllStandardOutput() : QByteArray();
}

void ExportTest::promtoolChecksTheNewestOfAHost()
{
    if (!findPromtool())
        QSKIP("there is no promtool");
    // What nobody described has no help; nothing else is found.
    QCOMPARE(checked(get(hostPath()).body), QByteArray("shop_orders no help text\n"));
}

void ExportTest::promtoolMakesBlocksOfAnExport()
{
    if (!findPromtool())
        QSKIP("there is no promtool");
    const QByteArray query = encoded("{__name__=~\"shop_orders|system_cpu_core_.*\"}");
    const Answer answer = get("/api/v1/export?format=openmetrics&query=" + query + range());
    QCOMPARE(answer.header("content-type"), kOpenMetrics);
    const QByteArray dumped = blocksOf(answer.body);
    QCOMPARE(dumped.count('\n'), 3 * kTicks);
    QVERIFY2(dumped.contains("{__name__=\"shop_orders\", instance=\"web01\", item=\"=a, \\\"b\\\"\", job=\"sextant\"} "
                             "0.30000000000000004 " +
                             at(3) + "000\n"),
        dumped.constData());
}

/// Counters, histograms and summaries as a program described them, wherever they go out.
void ExportTest::programsMetricsHaveTheirTypes()
{
    // {@ begins the labels that the program does not send.
    const QByteArray described =
        "# HELP shop_jobs_total Jobs that were done.\n# TYPE shop_jobs_total counter\nshop_jobs_total{@} 4\n"
        "# HELP shop_seconds How long requests took.\n# TYPE shop_seconds histogram\n"
        "shop_seconds_bucket{@le=\"0.5\"} 2\nshop_seconds_bucket{@le=\"10\"} 3\nshop_seconds_bucket{@le=\"+Inf\"} 3\n"
        "shop_seconds_sum{@} 1.5\nshop_seconds_count{@} 3\n"
        "# HELP shop_size_bytes How large they were.\n# TYPE shop_size_bytes summary\n"
        "shop_size_bytes{@quantile=\"0.5\"} 10\nshop_size_bytes{@quantile=\"0.9\"} 20\n"
        "shop_size_bytes_sum{@} 100\nshop_size_bytes_count{@} 7\n";
    const QByteArray key =
        m_server.makeKey(QStringLiteral("shop"), {QStringLiteral("--host"), QString::number(m_host)});
    const QByteArray pushed = QByteArray(described).replace("{@}", "").replace("{@", "{");
    HttpsClient shop(m_server.url(), m_server.caPem());
    QCOMPARE(shop.request("POST", "/metrics/job/shop", pushed, {{"X-API-Key", key}}).status, 200);

    QByteArray wanted = QByteArray(described)
                            .replace("{@}", "{instance=\"web01\",job=\"shop\"}")
                            .replace("{@", "{instance=\"web01\",job=\"shop\",");
    const QByteArray selector = encoded("{__name__=~\"shop_(jobs|s).*\"}");
    const QByteArray federated = get("/federate?match[]=" + selector).body;
    QCOMPARE(withoutTimes(federated), wanted);
    const QByteArray host = get(hostPath()).body;
    QVERIFY2(withoutTimes(host).contains(wanted.mid(wanted.indexOf("# HELP shop_seconds"))), host.constData());
    wanted.replace("# HELP shop_jobs_total", "# HELP shop_jobs").replace("# TYPE shop_jobs_total", "# TYPE shop_jobs");
    const QByteArray exported = get("/api/v1/export?format=openmetrics&query=" + selector).body;
    QCOMPARE(withoutTimes(exported), wanted + "# EOF\n");

    if (!findPromtool())
        QSKIP("there is no promtool");
    QCOMPARE(checked(federated), QByteArray());
    QCOMPARE(checked(host), QByteArray("shop_orders no help text\n"));
    QCOMPARE(blocksOf(exported).count('\n'), 10);
}

QTEST_GUILESS_MAIN(ExportTest)
#include "export_test.moc"
