// SPDX-License-Identifier: GPL-3.0-or-later
// Samples of programs on their way through the sink into a store, and back out of it.
#include "logging/log.h"
#include "metrics/families.h"
#include "server/hosts/gap_ledger.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/ingest/sample_sink.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/scan_rows.h"

#include <QTemporaryDir>
#include <QTest>

#include <bit>
#include <future>
#include <map>
#include <numeric>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;
constexpr std::uint64_t kStale = 0x7ff0000000000002;

std::int64_t now()
{
    return kNow;
}

SampleSeries series(std::size_t item, std::string name, metrics::Labels labels, std::vector<Sample> samples)
{
    return {item, std::move(name), std::move(labels), std::move(samples)};
}

/// The parts of a server that samples pass through.
struct Parts {
    explicit Parts(const QString& folder, const InstanceLimits& limits = {})
        : database(Database::open({.path = folder + QStringLiteral("/t.db")}).value()),
          store(makeStore(*database, now, limits))
    {
        HostDescription description;
        description.name = QStringLiteral("web01");
        host = hosts
                   .enrol(description,
                       [](QSqlDatabase&, HostId) -> Result<HostCertificate> {
                           return HostCertificate{QByteArray(32, 'a'), 1};
                       })
                   ->id;
        to = {host, "web01", true, {}};
        ingest.start();
    }

    Result<Received> push(std::vector<SampleSeries> all)
    {
        std::promise<Result<Received>> promise;
        sink.submit(Way::RemoteWrite, to, {std::move(all), {}},
            [&promise](const Result<Received>& received) { promise.set_value(received); });
        return promise.get_future().get();
    }

    /// All rows of a family as `labels → time → bits of the first column`.
    std::map<std::vector<std::string>, std::map<std::int64_t, std::uint64_t>> rows(
        const metrics::Family& family, std::size_t column = 0)
    {
        std::map<std::int64_t, std::vector<std::string>> names;
        const auto instances = store->instances(host, family).value();
        for (const Instance& instance : instances)
            names[instance.id] = instance.labels;
        const std::array columns{column};
        std::map<std::vector<std::string>, std::map<std::int64_t, std::uint64_t>> all;
        const auto scanned = scanRows(*store, {host, &family, columns, 0, kNow * 2, false}, [&](const ScannedRow& row) {
            const metrics::Value cell = row.cells[0];
            if (!cell.isAbsent())
                all[names[row.instance]][row.timeMs] = cell.isReal() ? std::bit_cast<std::uint64_t>(cell.asReal())
                                                                     : static_cast<std::uint64_t>(cell.scaled());
            return true;
        });
        return scanned ? all : decltype(all)();
    }

    std::unique_ptr<Database> database;
    std::unique_ptr<SqlStore> store;
    logging::Log log{logging::Level::Error, logging::Format::Logfmt, [](logging::Level, std::string_view) {}};
    HostRegistry hosts{*database, now};
    Overview overview{hosts, now};
    GapLedger ledger{*database};
    Ingest ingest{*store, overview, ledger, log, now, [](HostId, CommittedFrames) {}};
    SampleSink sink{ingest, now};
    HostId host;
    Destination to;
};

} // namespace

class SampleSinkTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void everyValueComesBackBitForBit()
    {
        Parts parts(m_folder->path());
        const std::uint64_t bits[] = {std::bit_cast<std::uint64_t>(-0.0), std::bit_cast<std::uint64_t>(0.1), kStale,
            0x7ff8000000000001, 0x7ff0000000000000, 0xfff0000000000000, 1};
        std::vector<Sample> samples;
        for (std::size_t i = 0; i < std::size(bits); ++i)
            samples.push_back({kNow - 10'000 + static_cast<std::int64_t>(i) * 15, std::bit_cast<double>(bits[i])});
        const auto received = parts.push({series(0, "m", {{"z", "1"}, {"a", "x \"y\"\n"}}, samples)});
        QVERIFY(received.has_value());
        QCOMPARE(received->stored, std::size(bits));
        QCOMPARE(received->refused, std::size_t{0});
        for (int sealed = 0; sealed < 2; ++sealed) {
            const auto rows = parts.rows(metrics::family("custom"));
            QCOMPARE(rows.size(), std::size_t{1});
            QVERIFY((rows.begin()->first == std::vector<std::string>{"m", "a=\"x \\\"y\\\"\\n\",z=\"1\""}));
            std::size_t i = 0;
            for (const auto& [timeMs, value] : rows.begin()->second)
                QCOMPARE(value, bits[i++]);
            QCOMPARE(i, std::size(bits));
            Result<bool> more = true;
            while (more && *more)
                more = parts.store->seal(kNow + 3'600'000, 0);
            QVERIFY(more.has_value());
        }
        QCOMPARE(parts.sink.stored(Way::RemoteWrite), std::size(bits));
    }

    void whatComesAgainIsLeftOutSilently()
    {
        Parts parts(m_folder->path());
        for (int time = 0; time < 2; ++time) {
            const auto received =
                parts.push({series(0, "m", {}, {{kNow, 1}, {kNow, 2}}), series(1, "m", {}, {{kNow, 3}})});
            QVERIFY(received.has_value());
            QCOMPARE(received->refused, std::size_t{0});
        }
        const auto rows = parts.rows(metrics::family("custom"));
        QCOMPARE(rows.size(), std::size_t{1});
        QCOMPARE(rows.begin()->second.at(kNow), std::bit_cast<std::uint64_t>(1.0));
    }

    void namesOfTheCatalogueGoIntoItsColumns()
    {
        Parts parts(m_folder->path());
        const auto received =
            parts.push({series(0, "system_cpu_load1", {{"job", "x"}, {"instance", "web01"}}, {{kNow, 1.25}}),
                series(1, "system_cpu_load5", {}, {{kNow, 2.5}}),
                series(2, "system_network_receive_bytes_total", {{"interface", "eth0"}}, {{kNow, 77}}),
                series(3, "system_cpu_load1", {{"instance", "another"}}, {{kNow, 3}}),
                series(4, "system_network_receive_bytes_total", {{"interface", "eth0"}, {"more", "x"}}, {{kNow, 5}}),
                series(5, "system_cpu_load1", {}, {{kNow + 1, std::bit_cast<double>(kStale)}})});
        QVERIFY(received.has_value());
        QCOMPARE(received->stored, std::size_t{5});
        QCOMPARE(received->items.size(), std::size_t{1});
        QCOMPARE(received->items[0].item, std::size_t{5});
        QCOMPARE(received->items[0].reason, std::string_view("not_finite"));
        const auto& cpu = metrics::family("cpu");
        QCOMPARE(parts.rows(cpu, *metrics::columnIndex(cpu, "load1")).begin()->second.at(kNow), std::uint64_t{125});
        QCOMPARE(parts.rows(cpu, *metrics::columnIndex(cpu, "load5")).begin()->second.at(kNow), std::uint64_t{250});
        const auto& network = metrics::family("network");
        const auto rows = parts.rows(network, *metrics::columnIndex(network, "receive_bytes_total"));
        QCOMPARE(rows.at({"eth0"}).at(kNow), std::uint64_t{77});
        QCOMPARE(parts.rows(metrics::family("custom")).size(), std::size_t{2});

        parts.to.isMachine = false; // a source has no columns
        QVERIFY(parts.push({series(0, "system_cpu_load15", {}, {{kNow, 1}})}).has_value());
        QCOMPARE(parts.rows(metrics::family("custom")).size(), std::size_t{3});
    }

    void aProgramSaysNothingAboutItsHost()
    {
        Parts parts(m_folder->path());
        QVERIFY(
            parts.push({series(0, "system_cpu_load1", {}, {{kNow, 1}}), series(1, "m", {}, {{kNow, 1}})}).has_value());
        QVERIFY(!parts.overview.state(parts.host).lastSeenMs.has_value());
        QCOMPARE(parts.store->hostStates().value().size(), std::size_t{0});
    }

    void boundLabelsAreForced()
    {
        Parts parts(m_folder->path());
        parts.to.labels = {{"site", "north"}, {"team", "web"}};
        const auto received = parts.push({series(0, "a", {}, {{kNow, 1}}),
            series(1, "b", {{"team", "web"}}, {{kNow, 1}}),
            series(2, "c", {{"team", "db"}}, {{kNow, 1}, {kNow + 1, 2}}), series(3, "d", {{"team", ""}}, {{kNow, 1}})});
        QVERIFY(received.has_value());
        QCOMPARE(received->stored, std::size_t{2});
        QCOMPARE(received->refused, std::size_t{3});
        QCOMPARE(received->items[0].item, std::size_t{2});
        QCOMPARE(received->items[0].reason, std::string_view("foreign_label"));
        const auto rows = parts.rows(metrics::family("custom"));
        for (const auto& [labels, values] : rows)
            QCOMPARE(labels[1], std::string("site=\"north\",team=\"web\""));
    }

    void badSeriesAreRefusedOneByOne_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("label");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<qint64>("timeMs");
        QTest::addColumn<QByteArray>("reason");
        const QByteArray good = "good", value = "v";
        QTest::newRow("no name") << QByteArray() << good << value << qint64{kNow} << QByteArray("bad_name");
        QTest::newRow("bad name") << QByteArray("a-b") << good << value << qint64{kNow} << QByteArray("bad_name");
        QTest::newRow("long name") << QByteArray(257, 'a') << good << value << qint64{kNow} << QByteArray("bad_name");
        QTest::newRow("bad label") << good << QByteArray("a-b") << value << qint64{kNow} << QByteArray("bad_label");
        QTest::newRow("metric name") << good << QByteArray("__name__") << value << qint64{kNow}
                                     << QByteArray("bad_label");
        QTest::newRow("no text") << good << good << QByteArray("\xc3") << qint64{kNow} << QByteArray("bad_text");
        QTest::newRow("NUL") << good << good << QByteArray("a\0b", 3) << qint64{kNow} << QByteArray("bad_text");
        QTest::newRow("long value") << good << good << QByteArray(2'049, 'v') << qint64{kNow}
                                    << QByteArray("long_label");
        QTest::newRow("twice") << good << QByteArray("other") << value << qint64{kNow} << QByteArray("repeated_label");
        QTest::newRow("ahead") << good << good << value << qint64{kNow + 601'000} << QByteArray("time_ahead");
        QTest::newRow("old") << good << good << value << qint64{1'000} << QByteArray("time_too_old");
        QTest::newRow("before the epoch")
            << good << good << value << std::numeric_limits<qint64>::min() << QByteArray("time_too_old");
    }
    void badSeriesAreRefusedOneByOne()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, label);
        QFETCH(QByteArray, value);
        QFETCH(qint64, timeMs);
        QFETCH(QByteArray, reason);
        Parts parts(m_folder->path());
        const auto received = parts.push({series(3, "fine", {}, {{kNow, 1}}),
            series(7, name.toStdString(), {{"other", "x"}, {label.toStdString(), value.toStdString()}}, {{timeMs, 1}}),
            series(9, "fine_too", {}, {{kNow, 1}})});
        QVERIFY(received.has_value());
        QCOMPARE(received->stored, std::size_t{2});
        QCOMPARE(received->refused, std::size_t{1});
        QCOMPARE(received->items.size(), std::size_t{1});
        QCOMPARE(received->items[0].item, std::size_t{7});
        QCOMPARE(QByteArray(received->items[0].reason.data()), reason);
        QVERIFY(!received->items[0].detail.empty());
        QCOMPARE(parts.rows(metrics::family("custom")).size(), std::size_t{2});
        QCOMPARE(parts.sink.refused(Way::RemoteWrite), std::uint64_t{1});
    }

    void manyLongLabelsAreRefused()
    {
        Parts parts(m_folder->path());
        metrics::Labels many, large;
        for (int i = 0; i < 65; ++i)
            many.push_back({"l" + std::to_string(i), "v"});
        for (int i = 0; i < 4; ++i)
            large.push_back({"l" + std::to_string(i), std::string(1'100, 'v')});
        const auto received =
            parts.push({series(0, "many", many, {{kNow, 1}}), series(1, "large", large, {{kNow, 1}})});
        QVERIFY(received.has_value());
        QCOMPARE(received->stored, std::size_t{0});
        QCOMPARE(received->items[0].reason, std::string_view("too_many_labels"));
        QCOMPARE(received->items[1].reason, std::string_view("long_label"));
    }

    void aLabelExplosionStopsAtTheLimitAndWhatIsKnownGoesOn()
    {
        Parts parts(m_folder->path(), {.perFamily = 10, .custom = 50, .perHost = 60});
        std::vector<SampleSeries> explosion;
        for (std::size_t i = 0; i < 300; ++i)
            explosion.push_back(series(i, "m", {{"request", std::to_string(i)}}, {{kNow, 1}}));
        const auto received = parts.push(explosion);
        QVERIFY(received.has_value());
        QCOMPARE(received->stored, std::size_t{50});
        QCOMPARE(received->refused, std::size_t{250});
        QCOMPARE(received->items.size(), Received::kListed);
        QCOMPARE(received->items[0].item, std::size_t{50});
        QCOMPARE(received->items[0].reason, std::string_view("too_many_instances"));
        const auto again = parts.push({series(0, "m", {{"request", "7"}}, {{kNow + 1'000, 1}}),
            series(1, "m", {{"request", "fresh"}}, {{kNow + 1'000, 1}})});
        QCOMPARE(again->stored, std::size_t{1});
        QCOMPARE(again->items.at(0).item, std::size_t{1});
        QCOMPARE(parts.rows(metrics::family("custom")).size(), std::size_t{50});
    }

    void aStoppedServerAsksToTryAgain()
    {
        Parts parts(m_folder->path());
        parts.ingest.stop();
        QCOMPARE(parts.push({series(0, "m", {}, {{kNow, 1}})}).error().code, ErrorCode::Unreachable);
        QCOMPARE(parts.sink.stored(Way::RemoteWrite), std::uint64_t{0});
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(SampleSinkTest)
#include "sample_sink_test.moc"
