// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/otlp.h"
#include "server/receivers/otlp_names.h"

#include <QFile>
#include <QTest>

#include <protozero/pbf_writer.hpp>

#include <bit>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr HostId kHost{7};
const Writer kWriter{kHost};
constexpr std::uint64_t kTimeNs = 1'767'225'600'123'456'789;

std::string fixture(const char* name)
{
    QFile file(QStringLiteral(SEXTANT_SOURCE_DIR "/tests/fixtures/otlp/") + QLatin1String(name));
    return file.open(QFile::ReadOnly) ? file.readAll().toStdString() : std::string();
}

/// Every series as `item:name{labels} value`, quotes as '.
QStringList shown(Intake intake)
{
    QStringList lines;
    for (SampleSeries& series : intake.series) {
        if (!metrics::arrange(series.labels))
            return {QStringLiteral("a label comes twice")};
        lines.append(
            QStringLiteral("%1:%2{%3} %4")
                .arg(series.item)
                .arg(QString::fromStdString(series.name), QString::fromStdString(metrics::labelText(series.labels)))
                .arg(series.samples.at(0).value)
                .replace(u'"', u'\''));
    }
    return lines;
}

/// The series of one metric, by its data points.
Intake take(RunningTotals& totals, const OtlpMetric& metric, std::vector<OtlpPoint> points)
{
    RequestDeltas deltas(totals, kWriter);
    OtlpSeries series(deltas);
    series.beginMetric(metric);
    for (OtlpPoint& point : points) {
        if (!series.add(std::move(point)))
            return {};
    }
    return series.finish();
}

OtlpPoint numberAt(int second, double value)
{
    OtlpPoint point;
    point.timeNs = kTimeNs + static_cast<std::uint64_t>(second) * 1'000'000'000;
    point.value = value;
    return point;
}

OtlpMetric metricOf(OtlpKind kind, OtlpTemporality temporality = OtlpTemporality::Cumulative)
{
    return {"m", "", kind, temporality, true};
}

const QStringList kEveryKind{
    QStringLiteral("0:queue_depth_ratio{instance='i-1',job='eu/shop',key_1st='true',list='[1,\\'x\\']',"
                   "map='{\\'k\\':1.5}',queue_name='a\\'b',raw='AP8='} -7"),
    QStringLiteral("1:http_server_requests_total{http_route='/',instance='i-1',job='eu/shop'} 12.5"),
    QStringLiteral("2:jobs_done_total{instance='i-1',job='eu/shop'} 5"),
    QStringLiteral("3:http_server_duration_milliseconds_bucket{instance='i-1',job='eu/shop',le='5'} 1"),
    QStringLiteral("3:http_server_duration_milliseconds_bucket{instance='i-1',job='eu/shop',le='10.5'} 3"),
    QStringLiteral("3:http_server_duration_milliseconds_bucket{instance='i-1',job='eu/shop',le='+Inf'} 6"),
    QStringLiteral("3:http_server_duration_milliseconds_count{instance='i-1',job='eu/shop'} 6"),
    QStringLiteral("3:http_server_duration_milliseconds_sum{instance='i-1',job='eu/shop'} 123.5"),
    QStringLiteral("4:sizes_bytes_bucket{instance='i-1',job='eu/shop',le='-2'} 0"),
    QStringLiteral("4:sizes_bytes_bucket{instance='i-1',job='eu/shop',le='-1'} 1"),
    QStringLiteral("4:sizes_bytes_bucket{instance='i-1',job='eu/shop',le='0'} 3"),
    QStringLiteral("4:sizes_bytes_bucket{instance='i-1',job='eu/shop',le='2'} 3"),
    QStringLiteral("4:sizes_bytes_bucket{instance='i-1',job='eu/shop',le='4'} 6"),
    QStringLiteral("4:sizes_bytes_bucket{instance='i-1',job='eu/shop',le='8'} 6"),
    QStringLiteral("4:sizes_bytes_bucket{instance='i-1',job='eu/shop',le='16'} 10"),
    QStringLiteral("4:sizes_bytes_bucket{instance='i-1',job='eu/shop',le='+Inf'} 10"),
    QStringLiteral("4:sizes_bytes_count{instance='i-1',job='eu/shop'} 10"),
    QStringLiteral("4:sizes_bytes_sum{instance='i-1',job='eu/shop'} 50"),
    QStringLiteral("5:rpc_time_seconds{instance='i-1',job='eu/shop',quantile='0.5'} 0.25"),
    QStringLiteral("5:rpc_time_seconds{instance='i-1',job='eu/shop',quantile='0.99'} 1.5"),
    QStringLiteral("5:rpc_time_seconds_count{instance='i-1',job='eu/shop'} 4"),
    QStringLiteral("5:rpc_time_seconds_sum{instance='i-1',job='eu/shop'} 2"),
    QStringLiteral("6:gone{instance='i-1',job='eu/shop'} nan"),
    QStringLiteral("6:target_info{host_name='web01',instance='i-1',job='eu/shop',process_pid='42'} 1"),
};

} // namespace

/// The fixtures were written by OpenTelemetry's own library (opentelemetry-proto for Python), the JSON by protobuf's.
class OtlpTest : public QObject {
    Q_OBJECT

private slots:
    void everyKindInBothEncodings()
    {
        for (const char* name : {"every_kind.pb", "every_kind.json"}) {
            const std::string body = fixture(name);
            QVERIFY(!body.empty());
            RunningTotals totals{[] { return std::int64_t{0}; }};
            RequestDeltas deltas(totals, kWriter);
            OtlpSeries series(deltas);
            const auto read =
                QByteArray(name).endsWith("pb") ? readOtlpProtobuf(body, series) : readOtlpJson(body, series);
            QVERIFY2(read, name);
            QCOMPARE(series.points(), 7U);
            const Intake intake = series.finish();
            QCOMPARE(intake.received.refused, 0U);
            QCOMPARE(intake.series.at(22).samples.at(0).timeMs, std::int64_t{1'767'225'600'123});
            QCOMPARE(std::bit_cast<std::uint64_t>(intake.series.at(22).samples.at(0).value), 0x7ff0000000000002U);
            QCOMPARE(shown(intake), kEveryKind);
        }
    }

    void cutOffAndDamagedBodiesAreRefused()
    {
        for (const char* name : {"every_kind.pb", "every_kind.json"}) {
            const std::string body = fixture(name);
            for (std::size_t size = 1; size + 1 < body.size(); size += 7) {
                RunningTotals totals{[] { return std::int64_t{0}; }};
                RequestDeltas deltas(totals, kWriter);
                OtlpSeries series(deltas);
                const std::string cut = body.substr(0, size);
                const auto read =
                    QByteArray(name).endsWith("pb") ? readOtlpProtobuf(cut, series) : readOtlpJson(cut, series);
                QVERIFY(!read);
                QCOMPARE(read.error().code, ErrorCode::Malformed);
            }
        }
        RunningTotals totals{[] { return std::int64_t{0}; }};
        RequestDeltas deltas(totals, kWriter);
        OtlpSeries series(deltas);
        QCOMPARE(readOtlpJson("[]", series).error().code, ErrorCode::Malformed);
    }

    void deltasAreAddedUp()
    {
        RunningTotals totals{[] { return std::int64_t{0}; }};
        const OtlpMetric metric = metricOf(OtlpKind::Sum, OtlpTemporality::Delta);
        QCOMPARE(shown(take(totals, metric, {numberAt(0, 5), numberAt(10, 2)})),
            (QStringList{QStringLiteral("0:m_total{} 5"), QStringLiteral("1:m_total{} 7")}));
        // Sent again, and out of order: not counted twice.
        QCOMPARE(shown(take(totals, metric, {numberAt(10, 2), numberAt(5, 1)})), QStringList());
        QCOMPARE(shown(take(totals, metric, {numberAt(20, 1)})), QStringList{QStringLiteral("0:m_total{} 8")});
    }

    /// Two keys of one host: each has totals of its own, and what one says of the other's label changes nothing there.
    void keysOfOtherLabelsHaveTotalsOfTheirOwn()
    {
        RunningTotals totals{[] { return std::int64_t{0}; }};
        const auto send = [&](const char* team, int second, double value, const metrics::Labels& attributes = {}) {
            RequestDeltas deltas(totals, {kHost, {{"team", team}}});
            OtlpSeries series(deltas);
            series.beginMetric(metricOf(OtlpKind::Sum, OtlpTemporality::Delta));
            OtlpPoint point = numberAt(second, value);
            point.attributes = attributes;
            return series.add(std::move(point)) ? series.finish().series.at(0).samples.at(0).value : -1;
        };
        QCOMPARE(send("a", 10, 5), 5.0);
        QCOMPARE(send("b", 10, 7), 7.0); // neither 12 nor "not newer"
        QCOMPARE(send("b", 20, 100, {{"team", "a"}}), 107.0);
        QCOMPARE(send("a", 20, 1), 6.0);
        QCOMPARE(send("a", 30, 1, {{"team", "a"}}), 7.0); // said or not: it is stored as the same series
    }

    void deltaHistogramsAreAddedUpByBucket()
    {
        RunningTotals totals{[] { return std::int64_t{0}; }};
        const OtlpMetric metric = metricOf(OtlpKind::Histogram, OtlpTemporality::Delta);
        OtlpPoint first = numberAt(0, 0);
        first.count = 3;
        first.sum = 4.5;
        first.bounds = {1, 2};
        first.counts = {1, 1, 1};
        OtlpPoint second = first;
        second.timeNs += 10'000'000'000;
        second.bounds = {2, 4}; // a program with other bounds
        QCOMPARE(shown(take(totals, metric, {first, second})).mid(5),
            (QStringList{QStringLiteral("1:m_bucket{le='1'} 1"), QStringLiteral("1:m_bucket{le='2'} 3"),
                QStringLiteral("1:m_bucket{le='4'} 4"), QStringLiteral("1:m_bucket{le='+Inf'} 6"),
                QStringLiteral("1:m_count{} 6"), QStringLiteral("1:m_sum{} 9")}));
    }

    void totalsAreBoundedAndIdleOnesMakeRoom()
    {
        std::int64_t nowMs = 1'000'000;
        RunningTotals totals{[&nowMs] { return nowMs; }};
        const auto addAt = [&](HostId host, std::size_t series, std::int64_t timeMs) {
            Counted one{{}, 0, 1.0};
            return RequestDeltas(totals, {host}).add("m" + std::to_string(series), {}, timeMs, one);
        };
        for (std::size_t i = 0; i < RunningTotals::kMaxPerHost; ++i)
            QCOMPARE(addAt(kHost, i, 1), RunningTotals::Outcome::Added);
        QCOMPARE(addAt(kHost, RunningTotals::kMaxPerHost, 1), RunningTotals::Outcome::Full);
        // Known ones and other hosts go on; what a program says about the time makes nobody idle.
        QCOMPARE(addAt(kHost, 7, std::int64_t{1} << 60), RunningTotals::Outcome::Added);
        QCOMPARE(addAt(HostId{8}, 7, 1), RunningTotals::Outcome::Added);
        QCOMPARE(addAt(kHost, RunningTotals::kMaxPerHost, std::int64_t{1} << 60), RunningTotals::Outcome::Full);
        nowMs += RunningTotals::kIdleMs;
        QCOMPARE(addAt(kHost, RunningTotals::kMaxPerHost, 1), RunningTotals::Outcome::Added);
    }

    void fineExponentialHistogramsAreMadeCoarser()
    {
        RunningTotals totals{[] { return std::int64_t{0}; }};
        OtlpPoint point = numberAt(0, 0);
        point.scale = 5;                                          // eight buckets in one of scale 2
        point.positive = {-3, std::vector<std::uint64_t>(11, 1)}; // -3…-1 in one, 0…7 in the next
        point.count = 11;
        QCOMPARE(shown(take(totals, metricOf(OtlpKind::ExponentialHistogram), {point})).mid(0, 4),
            (QStringList{QStringLiteral("0:m_bucket{le='0.8408964152537145'} 0"),
                QStringLiteral("0:m_bucket{le='1'} 3"), QStringLiteral("0:m_bucket{le='1.189207115002721'} 11"),
                QStringLiteral("0:m_bucket{le='+Inf'} 11")}));
    }

    void badPointsAreRefusedOneByOne()
    {
        RunningTotals totals{[] { return std::int64_t{0}; }};
        OtlpPoint tooFew = numberAt(0, 0);
        tooFew.bounds = {1, 2};
        tooFew.counts = {1};
        OtlpPoint unsorted = tooFew;
        unsorted.bounds = {2, 1};
        unsorted.counts = {0, 0, 0};
        OtlpPoint wide = tooFew;
        wide.counts.resize(OtlpSeries::kMaxBuckets + 1);
        OtlpPoint good = tooFew;
        good.counts = {0, 0, 0};
        const Intake intake = take(totals, metricOf(OtlpKind::Histogram), {tooFew, unsorted, wide, good});
        QCOMPARE(intake.received.refused, 3U);
        QCOMPARE(intake.received.items.at(1).item, 1U);
        QCOMPARE(intake.received.items.at(1).detail, std::string("m has bounds that do not ascend"));
        QCOMPARE(intake.series.size(), 4U);

        const Intake unsaid = take(totals, metricOf(OtlpKind::Sum, OtlpTemporality::Unspecified), {numberAt(0, 1)});
        QCOMPARE(unsaid.received.items.at(0).reason, std::string_view("no_temporality"));
        OtlpPoint many = numberAt(0, 1);
        for (std::size_t i = 0; i <= OtlpSeries::kMaxAttributes; ++i)
            many.attributes.push_back({"a" + std::to_string(i), "x"});
        OtlpPoint large = numberAt(0, 1);
        large.attributes.push_back({"a", std::string(SampleSink::kMaxLabelsBytes + 1, 'x')});
        const Intake labels = take(totals, metricOf(OtlpKind::Gauge), {many, large});
        QCOMPARE(labels.received.items.at(0).reason, std::string_view("too_many_labels"));
        QCOMPARE(labels.received.items.at(1).reason, std::string_view("long_label"));
    }

    /// A few bytes that would become very many series are stopped while they are read.
    void aRequestThatUnpacksToTooMuchIsTooLarge()
    {
        std::string point;
        protozero::pbf_writer points(point);
        std::vector<double> bounds(OtlpSeries::kMaxBuckets - 1);
        for (std::size_t i = 0; i < bounds.size(); ++i)
            bounds[i] = static_cast<double>(i);
        points.add_packed_double(7, bounds.begin(), bounds.end());
        std::string body;
        {
            protozero::pbf_writer request(body);
            protozero::pbf_writer resource(request, 1);
            protozero::pbf_writer scope(resource, 2);
            protozero::pbf_writer metric(scope, 2);
            metric.add_string(1, "bomb");
            protozero::pbf_writer histogram(metric, 9);
            histogram.add_enum(2, 2);
            for (int i = 0; i < 300; ++i)
                histogram.add_message(1, point);
        }
        RunningTotals totals{[] { return std::int64_t{0}; }};
        RequestDeltas deltas(totals, kWriter);
        OtlpSeries series(deltas);
        const auto read = readOtlpProtobuf(body, series);
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::TooLarge);
    }

    void names_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("unit");
        QTest::addColumn<int>("suffix");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* name, const char* unit, OtlpSuffix suffix, const char* expected) {
            QTest::addRow("%s in %s", name, unit)
                << QByteArray(name) << QByteArray(unit) << int(suffix) << QByteArray(expected);
        };
        row("system.network.io", "By", OtlpSuffix::Total, "system_network_io_bytes_total");
        row("http.server.total.requests", "{request}", OtlpSuffix::Total, "http_server_requests_total");
        row("cpu.utilization", "1", OtlpSuffix::Ratio, "cpu_utilization_ratio");
        row("cpu.count", "1", OtlpSuffix::None, "cpu_count");
        row("disk.speed", "MiBy/s", OtlpSuffix::Ratio, "disk_speed_mebibytes_per_second");
        row("latency_seconds", "s", OtlpSuffix::None, "latency_seconds");
        row("job:rate5m", "", OtlpSuffix::None, "job:rate5m");
        row("9lives--left", "", OtlpSuffix::None, "_9lives_left");
        row("paket.größe", "Foo Bar", OtlpSuffix::None, "paket_gr_e_Foo_Bar");
        row("...", "s", OtlpSuffix::None, "");
    }
    void names()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, unit);
        QFETCH(int, suffix);
        QFETCH(QByteArray, expected);
        QCOMPARE(QByteArray::fromStdString(
                     otlpMetricName(name.toStdString(), unit.toStdString(), static_cast<OtlpSuffix>(suffix))),
            expected);
    }

    void labelsWhoseNamesBecomeTheSameAreJoined()
    {
        const metrics::Labels labels = otlpLabels({{"a_b", "2"}, {"a.b", "1"}, {"_x", "3"}, {"__y", "4"}});
        QCOMPARE(metrics::labelText(labels), std::string("__y=\"4\",a_b=\"1;2\",key_x=\"3\""));
    }

    void answers()
    {
        QCOMPARE(otlpAnswer(false, 0, {}), std::string());
        QCOMPARE(otlpAnswer(true, 0, {}), std::string("{}"));
        QCOMPARE(otlpAnswer(true, 2, "two \"bad\""),
            std::string("{\"partialSuccess\":{\"rejectedDataPoints\":\"2\",\"errorMessage\":\"two \\\"bad\\\"\"}}"));
        QCOMPARE(otlpAnswer(false, 2, "bad"), std::string("\x0a\x07\x08\x02\x12\x03"
                                                          "bad"));
        QCOMPARE(otlpStatus(false, 3, "bad"), std::string("\x08\x03\x12\x03"
                                                          "bad"));
        QCOMPARE(otlpStatus(true, 3, "bad"), std::string("{\"code\":3,\"message\":\"bad\"}"));
    }
};

QTEST_APPLESS_MAIN(OtlpTest)
#include "otlp_test.moc"
