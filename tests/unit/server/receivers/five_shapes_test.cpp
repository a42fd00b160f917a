// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/golectra.h"
#include "server/receivers/json_text.h"
#include "server/receivers/metricsd.h"
#include "server/receivers/miniobserv.h"
#include "server/receivers/rfc3339.h"
#include "server/receivers/spectra.h"
#include "server/receivers/tinyobs.h"

#include <QTest>

using namespace sextant;
using namespace sextant::server;

namespace {

const Writer kWriter{HostId{7}};
constexpr std::int64_t kNow = 1'767'225'600'000; // 2026-01-01T00:00:00Z

/// The JSON of these tests has ' for ".
std::string json(std::string text)
{
    std::ranges::replace(text, '\'', '"');
    return text;
}

/// Every series as `item:name{labels} value@time`, quotes as '.
QStringList shown(Intake intake)
{
    QStringList lines;
    for (SampleSeries& series : intake.series) {
        if (!metrics::arrange(series.labels))
            return {QStringLiteral("a label comes twice")};
        lines.append(
            QStringLiteral("%1:%2{%3} %4@%5")
                .arg(series.item)
                .arg(QString::fromStdString(series.name), QString::fromStdString(metrics::labelText(series.labels)))
                .arg(series.samples.at(0).value)
                .arg(series.samples.at(0).timeMs - kNow)
                .replace(u'"', u'\''));
    }
    return lines;
}

/// What was refused, as `item: detail`.
QStringList refused(const Received& received)
{
    QStringList lines;
    for (const RefusedItem& item : received.items)
        lines.append(QStringLiteral("%1: %2").arg(item.item).arg(QString::fromStdString(item.detail)));
    return lines;
}

template <typename Read>
QString failureOf(const Result<Read>& read)
{
    return read ? QString() : QString::fromStdString(read.error().message);
}

std::string repeated(const std::string& item, std::size_t times)
{
    std::string items = item;
    for (std::size_t i = 1; i < times; ++i)
        items += ',' + item;
    return items;
}

} // namespace

class FiveShapesTest : public QObject {
    Q_OBJECT

private slots:
    void miniObserv()
    {
        const auto read =
            readMiniObserv(json("{'host':'h1','metrics':["
                                "{'time':'2026-01-01T00:00:05Z','host':'h1','name':'cpu.usage_pct',"
                                "'value':42.5,'labels':{'core':'total'}},"
                                "{'time':'2026-01-01T00:00:05Z','host':'h1','name':'cpu.heat','value':1},"
                                "{'time':'2026-01-01T00:00:05Z','host':'h2','name':'mem.used_pct','value':1},"
                                "{'time':'2026-01-01T00:00:05Z','name':'mem.used_pct','value':1},"
                                "{'host':'h1','name':'mem.used_pct','value':1},"
                                "{'time':'2026-01-01T00:00:05Z','host':'h1','name':'mem.used_pct'},"
                                "{'time':'2026-01-01T00:00:05Z','host':'h1','name':'mem.used_pct',"
                                "'value':1,'labels':{'':'x'}},"
                                "{'time':'2026-01-01T01:00:05.25+01:00','host':'h1','name':'net.bytes_in',"
                                "'value':1500,'labels':{'iface':'eth0'}}]}"));
        QVERIFY(read);
        QCOMPARE(shown(*read), (QStringList{QStringLiteral("0:cpu_usage_pct{core='total',host='h1'} 42.5@5000"),
                                   QStringLiteral("7:net_bytes_in{host='h1',iface='eth0'} 1500@5250")}));
        QCOMPARE(refused(read->received),
            (QStringList{QStringLiteral("1: unknown metric name \"cpu.heat\""),
                QStringLiteral("2: metric host \"h2\" is not that of the batch"),
                QStringLiteral("3: metric host must not be empty"), QStringLiteral("4: metric time must not be zero"),
                QStringLiteral("5: metric value must be finite"),
                QStringLiteral("6: metric label key and value must not be empty")}));
    }

    void miniObservLimits()
    {
        QCOMPARE(failureOf(readMiniObserv("{")).left(13), QStringLiteral("invalid JSON:"));
        QCOMPARE(
            failureOf(readMiniObserv(json("{'host':'h','metrics':[]}"))), QStringLiteral("metrics must not be empty"));
        QCOMPARE(failureOf(readMiniObserv(json("{'metrics':[{}]}"))), QStringLiteral("batch host must not be empty"));
        const auto many = [](std::size_t items) {
            return readMiniObserv(json("{'host':'h','metrics':[") + repeated("{}", items) + "]}");
        };
        QVERIFY(many(kMiniObservItems));
        QCOMPARE(failureOf(many(kMiniObservItems + 1)), QStringLiteral("batch exceeds maximum size of 1000"));
    }

    void tinyObs()
    {
        RunningTotals totals{[] { return kNow; }};
        RequestDeltas deltas{totals, kWriter};
        const auto read =
            readTinyObs(json("{'metrics':["
                             "{'name':'http_requests_total','type':'counter','value':1,'labels':{'service':'api'},"
                             "'timestamp':'2026-01-01T00:00:00.123456789Z'},"
                             "{'name':'http_requests_total','type':'counter','value':2,'labels':{'service':'api'},"
                             "'timestamp':'2026-01-01T00:00:00.123999Z'},"
                             "{'name':'go_goroutines','type':'gauge','value':12},"
                             "{'name':'x','type':'gauge','value':1,'labels':{'':'y'}},"
                             "{'name':'x','type':'gauge','value':1,'labels':{'__sum__':'1'}},"
                             "{'name':'','value':1},{'name':'x','type':'timer','value':1},{'name':'x','value':'1'},"
                             "{'name':'x','value':1,'timestamp':'yesterday'}]}"),
                kTinyObsItems, kNow, deltas);
        QVERIFY(read);
        QCOMPARE(shown(*read), (QStringList{QStringLiteral("1:http_requests_total{service='api'} 2@123"),
                                   QStringLiteral("2:go_goroutines{} 12@0")}));
        QCOMPARE(refused(read->received),
            (QStringList{QStringLiteral("3: label key must have 1 to 256 bytes"),
                QStringLiteral("4: label key \"__sum__\" is reserved"),
                QStringLiteral("5: name must have 1 to 256 bytes"), QStringLiteral("6: unknown type \"timer\""),
                QStringLiteral("7: value must be a number"), QStringLiteral("8: timestamp must be RFC 3339")}));
    }

    void tinyObsLimits()
    {
        RunningTotals totals{[] { return kNow; }};
        RequestDeltas deltas{totals, kWriter};
        const auto many = [&](std::size_t items) {
            return readTinyObs(json("{'metrics':[") + repeated("{}", items) + "]}", kTinyObsItems, kNow, deltas);
        };
        QVERIFY(many(kTinyObsItems));
        QCOMPARE(failureOf(many(kTinyObsItems + 1)), QStringLiteral("too many metrics (max 1000)"));
        std::string labels;
        for (int i = 0; i < 21; ++i)
            labels += (i == 0 ? "" : ",") + json("'l" + std::to_string(i) + "':'x'");
        const auto read = readTinyObs(json("{'metrics':[{'name':'x','value':1,'labels':{") + labels + "}}," +
                                          json("{'name':'x','value':1,'labels':{'a':'") + std::string(1'025, 'x') +
                                          json("'}},{'name':'") + std::string(257, 'x') + json("','value':1}]}"),
            kTinyObsItems, kNow, deltas);
        QVERIFY(read);
        QCOMPARE(refused(read->received), (QStringList{QStringLiteral("0: too many labels (max 20)"),
                                              QStringLiteral("1: label value of \"a\" has more than 1024 bytes"),
                                              QStringLiteral("2: name must have 1 to 256 bytes")}));
        QCOMPARE(readTinyObs(json("{'metrics':[]}"), kTinyObsItems, kNow, deltas)->series.size(), 0U);
    }

    void tinyObsHistogramsGrow()
    {
        RunningTotals totals{[] { return kNow; }};
        RequestDeltas deltas{totals, kWriter};
        const auto push = [&](const char* time) {
            return shown(*readTinyObs(json("{'metrics':[{'name':'d_bucket','type':'histogram','value':3,"
                                           "'labels':{'le':'0.1'},'timestamp':'") +
                                          time + json("'}]}"),
                kTinyObsItems, kNow, deltas));
        };
        QCOMPARE(push("2026-01-01T00:00:00Z"), QStringList{QStringLiteral("0:d_bucket{le='0.1'} 3@0")});
        QCOMPARE(push("2026-01-01T00:00:05Z"), QStringList{QStringLiteral("0:d_bucket{le='0.1'} 6@5000")});
        QCOMPARE(push("2026-01-01T00:00:05Z"), QStringList());
    }

    void keysOfOtherLabelsHaveTotalsOfTheirOwn()
    {
        RunningTotals totals{[] { return kNow; }};
        GolectraValues values;
        const Writer writers[] = {{kWriter.host, {{"team", "a"}}}, {kWriter.host, {{"team", "b"}}}};
        for (const Writer& writer : writers) {
            RequestDeltas deltas{totals, writer};
            QCOMPARE(shown(*readTinyObs(json("{'metrics':[{'name':'d_count','type':'histogram','value':3}]}"),
                         kTinyObsItems, kNow, deltas)),
                QStringList{QStringLiteral("0:d_count{} 3@0")});
            QVERIFY(!values.isKnown(writer));
            QVERIFY(!values.find(writer, true, "jobs"));
            auto update = readGolectraPath({"counter", "jobs", "5"});
            QCOMPARE(shown(values.apply(writer, *update, kNow)), QStringList{QStringLiteral("0:jobs_total{} 5@0")});
        }
        auto update = readGolectraPath({"counter", "jobs", "5"});
        values.undo(writers[1], *update);
        QCOMPARE(values.find(writers[0], true, "jobs"), std::optional(5.0));
    }

    void golectra()
    {
        GolectraValues values;
        auto update =
            readGolectra(json("[{'id':'Alloc','type':'gauge','value':1.5},{'id':'jobs','type':'counter','delta':5},"
                              "{'id':'jobs','type':'counter','delta':2},{'id':'jobs','type':'gauge','value':9},"
                              "{'id':'','type':'gauge','value':1},{'id':'x','type':'meter','value':1},"
                              "{'id':'x','type':'gauge'},{'id':'x','type':'counter','delta':1.5},"
                              "{'id':'x','type':'counter','delta':-1}]"),
                true);
        QVERIFY(update);
        const GolectraUpdate before = *update;
        const Intake intake = values.apply(kWriter, *update, kNow);
        QCOMPARE(shown(intake), (QStringList{QStringLiteral("0:Alloc{} 1.5@0"), QStringLiteral("2:jobs_total{} 7@0"),
                                    QStringLiteral("3:jobs{} 9@0")}));
        QCOMPARE(refused(intake.received),
            (QStringList{QStringLiteral("4: id must have 1 to 256 bytes"),
                QStringLiteral("5: type must be gauge or counter"), QStringLiteral("6: value must be a number"),
                QStringLiteral("7: delta must be a whole number that is not negative"),
                QStringLiteral("8: delta must be a whole number that is not negative")}));
        QCOMPARE(values.find(kWriter, true, "jobs").value(), 7.0);
        QCOMPARE(values.find(kWriter, false, "jobs").value(), 9.0);
        QVERIFY(!values.find(Writer{HostId{8}}, true, "jobs"));
        values.undo(kWriter, before);
        QCOMPARE(values.find(kWriter, true, "jobs").value(), 0.0);
    }

    void golectraValuesAreRestored()
    {
        GolectraValues values;
        QVERIFY(!values.isKnown(kWriter));
        auto update = readGolectra(json("[{'id':'jobs','type':'counter','delta':5}]"), true);
        (void)values.apply(kWriter, *update, kNow);
        values.restore(kWriter, {{"jobs_total", 100}, {"mails_total", 7}, {"Alloc", 1.5}});
        QVERIFY(values.isKnown(kWriter));
        QCOMPARE(values.find(kWriter, true, "jobs"), std::optional(5.0)); // is known better
        QCOMPARE(values.find(kWriter, true, "mails"), std::optional(7.0));
        QCOMPARE(values.find(kWriter, false, "Alloc"), std::optional(1.5));
        QVERIFY(!values.find(kWriter, false, "mails_total"));
    }

    /// Of two samples of one time a store keeps the first: the second total would be lost.
    void golectraUpdatesWithinAMillisecondDoNotShareIt()
    {
        GolectraValues values;
        std::vector<std::int64_t> times;
        for (const std::int64_t now : {kNow, kNow, kNow - 5, kNow + 7}) {
            auto update = readGolectraPath({"counter", "jobs", "1"});
            times.push_back(values.apply(kWriter, *update, now).series.at(0).samples.at(0).timeMs - kNow);
        }
        QVERIFY((times == std::vector<std::int64_t>{0, 1, 2, 7}));
    }

    /// Golectra's agent sends its own counter as a total.
    void golectraPollCountIsNotAddedUp()
    {
        GolectraValues values;
        for (const double total : {5.0, 10.0, 15.0}) {
            auto update = readGolectra(
                json("[{'id':'PollCount','type':'counter','delta':" + std::to_string(int(total)) + "}]"), true);
            QCOMPARE(values.apply(kWriter, *update, kNow).series.at(0).samples.at(0).value, total);
        }
    }

    void golectraPathsAndQuestions()
    {
        const auto path = readGolectraPath({"counter", "jobs", "5"});
        QVERIFY(path);
        QCOMPARE(path->metrics.at(0).value, 5.0);
        QVERIFY(path->metrics.at(0).isCounter);
        for (const char* value : {"NaN", "Inf", "x", "", "1e999"})
            QCOMPARE(failureOf(readGolectraPath({"gauge", "Alloc", value})), QStringLiteral("bad request"));
        QCOMPARE(failureOf(readGolectraPath({"counter", "jobs", "1.5"})), QStringLiteral("bad request"));
        QCOMPARE(failureOf(readGolectraPath({"meter", "jobs", "1"})), QStringLiteral("bad request"));
        QCOMPARE(readGolectraQuestion(json("{'id':'Alloc','type':'gauge'}"))->id, std::string("Alloc"));
        QVERIFY(!readGolectraQuestion(json("{'id':'Alloc'}")));
    }

    void golectraHashes()
    {
        // printf '[]secret' | sha256sum
        const std::string hash = "e83b5c00e0a8615480f9c880424c974bbed776e4074b8fb7527cd059893b14f6";
        QCOMPARE(golectraHash("[]", "secret"), hash);
        QVERIFY(isGolectraHash(hash, "[]", "secret"));
        QVERIFY(isGolectraHash(QByteArray::fromStdString(hash).toUpper().toStdString(), "[]", "secret"));
        QVERIFY(!isGolectraHash(hash, "[ ]", "secret"));
        QVERIFY(!isGolectraHash(hash, "[]", "Secret"));
        QVERIFY(!isGolectraHash(hash.substr(1), "[]", "secret"));
        QVERIFY(!isGolectraHash("", "[]", "secret"));
    }

    void golectraValuesAreBounded()
    {
        GolectraValues values;
        GolectraUpdate many;
        for (std::size_t i = 0; i <= GolectraValues::kMaxPerWriter; ++i)
            many.metrics.push_back({i, "m" + std::to_string(i), false, 1});
        const Intake intake = values.apply(kWriter, many, kNow);
        QCOMPARE(intake.series.size(), GolectraValues::kMaxPerWriter);
        QCOMPARE(intake.received.items.at(0).reason, std::string_view("too_many_instances"));
    }

    void metricsd()
    {
        const auto read = readMetricsd(
            json("{'timestamp':1767225600,'metrics':[{'name':'system_cpu_count','value':8,'type':'gauge','labels':{}},"
                 "{'name':'system_disk_free_bytes','value':1.5e9,'type':'gauge','labels':{'device':'sda1'}},"
                 "{'name':'x','value':null},{'name':'x','value':1,'labels':{'a':1}}]}"));
        QVERIFY(read);
        QCOMPARE(shown(*read), (QStringList{QStringLiteral("0:system_cpu_count{} 8@0"),
                                   QStringLiteral("1:system_disk_free_bytes{device='sda1'} 1.5e+09@0")}));
        QCOMPARE(refused(read->received), (QStringList{QStringLiteral("2: value must be a number"),
                                              QStringLiteral("3: label values must be strings")}));
        QCOMPARE(failureOf(readMetricsd(json("{'metrics':[]}"))),
            QStringLiteral("timestamp must be a time in Unix seconds"));
        QCOMPARE(failureOf(readMetricsd(json("{'timestamp':1}"))), QStringLiteral("metrics must be an array"));
    }

    void spectra()
    {
        const auto read = readSpectra(
            json("[{'type':'cpu','timestamp':'2026-01-01T00:00:01.5Z','hostname':'h1','data':{'usage':12.5,'cores':[10,"
                 "15]}},"
                 "{'type':'disk','timestamp':'2026-01-01T00:00:01Z','hostname':'h1','data':{'device':'/dev/sda1',"
                 "'mountpoint':'/','disk_used':5,'comment':'x'}},"
                 "{'type':'service_list','timestamp':'2026-01-01T00:00:01Z','hostname':'h1','data':{'services':["
                 "{'name':'ssh','status':'active'},{'name':'cups','status':'failed'}]}},"
                 "{'type':'process_list','timestamp':'2026-01-01T00:00:01Z','hostname':'h1','data':{'processes':[{},{},"
                 "{}]}},"
                 "{'type':'throttle','timestamp':'2026-01-01T00:00:01Z','hostname':'h1','data':{'undervoltage':true}},"
                 "{'type':'moon','timestamp':'2026-01-01T00:00:01Z','hostname':'h1','data':{}},"
                 "{'type':'cpu','timestamp':'now','hostname':'h1','data':{'usage':1}},"
                 "{'type':'cpu','timestamp':'2026-01-01T00:00:01Z','data':{'usage':1}},"
                 "{'type':'cpu','timestamp':'2026-01-01T00:00:01Z','hostname':'h1','data':7}]"));
        QVERIFY(read);
        QCOMPARE(shown(*read),
            (QStringList{QStringLiteral("0:spectra_cpu_usage{host='h1'} 12.5@1500"),
                QStringLiteral("0:spectra_cpu_cores{host='h1',index='0'} 10@1500"),
                QStringLiteral("0:spectra_cpu_cores{host='h1',index='1'} 15@1500"),
                QStringLiteral("1:spectra_disk_disk_used{device='/dev/sda1',host='h1',mountpoint='/'} 5@1000"),
                QStringLiteral("2:spectra_service_list_up{host='h1',name='ssh'} 1@1000"),
                QStringLiteral("2:spectra_service_list_up{host='h1',name='cups'} 0@1000"),
                QStringLiteral("3:spectra_processes{host='h1'} 3@1000"),
                QStringLiteral("4:spectra_throttle_undervoltage{host='h1'} 1@1000")}));
        QCOMPARE(refused(read->received),
            (QStringList{QStringLiteral("5: unknown type \"moon\""), QStringLiteral("6: timestamp must be RFC 3339"),
                QStringLiteral("7: hostname must not be empty"), QStringLiteral("8: data must be an object")}));
        QVERIFY(!readSpectra("{}"));
    }

    /// Short JSON that would become very many series is stopped while it is read.
    void explosionsAreStopped()
    {
        std::string fields = json("'interface':'") + std::string(2'000, 'x') + '"';
        for (int i = 0; i < 100'000; ++i)
            fields += json(",'f" + std::to_string(i) + "':1");
        const auto read = readSpectra(
            json("[{'type':'network','timestamp':'2026-01-01T00:00:01Z','hostname':'h1','data':{") + fields + "}}]");
        QCOMPARE(read.error().code, ErrorCode::TooLarge);
        QCOMPARE(readMetricsd(
                     json("{'timestamp':1767225600,'metrics':[") + repeated("{}", SampleSink::kMaxSamples + 1) + "]}")
                     .error()
                     .code,
            ErrorCode::TooLarge);
        const std::string large = '"' + std::string(JsonText::kMaxBytes, 'x') + '"';
        QCOMPARE(readSpectra(large).error().code, ErrorCode::TooLarge);
        QCOMPARE(readSpectra(std::string(100'000, '[')).error().code, ErrorCode::Malformed);
    }

    void times_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("expected"); // from kNow; -1: none
        const auto row = [](const char* text, qint64 expected) { QTest::newRow(text) << QByteArray(text) << expected; };
        row("2026-01-01T00:00:00Z", 0);
        row("2026-01-01T00:00:01", 1'000);
        row("2026-01-01 00:00:00.5", 500);
        row("2026-01-01T02:30:00.001999+02:30", 1);
        row("2026-02-29T00:00:00Z", -1);
        row("2026-01-01T24:00:00Z", -1);
        row("2026-01-01T00:00:00+2:30", -1);
        row("2026-01-01T00:00:00Z ", -1);
        row("0001-01-01T00:00:00Z", -1);
        row("2026-01-01", -1);
        row("", -1);
    }
    void times()
    {
        QFETCH(QByteArray, text);
        QFETCH(qint64, expected);
        const auto time = timeOf(text.toStdString());
        QCOMPARE(time ? *time - kNow : -1, expected);
    }
};

QTEST_APPLESS_MAIN(FiveShapesTest)
#include "five_shapes_test.moc"
