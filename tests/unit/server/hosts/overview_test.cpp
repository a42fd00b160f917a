// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/families.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/hosts/restore.h"
#include "server/query/overview_json.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace sextant;
using namespace sextant::server;

namespace {
constexpr std::int64_t kNow = 1'767'225'600'000;
}

class OverviewTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void healthFollowsSilence_data();
    void healthFollowsSilence();
    void trendHoldsMeansPerMinute();
    void trendForgetsAfterAnHour();
    void knowsOnlyHostsOfTheRegistry();
    void writesTheDocumentedJson();
    void comesBackAfterARestart();
    void aClockCountsAsWrongByItsBestMeasurements();

private:
    [[nodiscard]] std::size_t visited() const
    {
        std::size_t count = 0;
        m_overview->visitHosts(true, [&count](const OverviewHost&) { ++count; });
        return count;
    }
    HostId enrol(const char* name)
    {
        const auto host = m_registry->enrol({QString::fromLatin1(name), {}, {}, {}, {}, {}, {}},
            [this](QSqlDatabase&, HostId) -> Result<HostCertificate> {
                return HostCertificate{QByteArray(32, m_letter++), 0};
            });
        return host ? host->id : HostId{};
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<HostRegistry> m_registry;
    std::unique_ptr<Overview> m_overview;
    std::int64_t m_now = kNow;
    char m_letter = 'a';
};

void OverviewTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
    QVERIFY(opened.has_value());
    m_database = std::move(*opened);
    m_now = kNow;
    m_registry = std::make_unique<HostRegistry>(*m_database, [this] { return m_now; });
    m_overview = std::make_unique<Overview>(*m_registry, [this] { return m_now; });
}

void OverviewTest::cleanup()
{
    m_overview.reset();
    m_registry.reset();
    m_database.reset();
    m_folder.reset();
}

void OverviewTest::healthFollowsSilence_data()
{
    QTest::addColumn<qint64>("silence");
    QTest::addColumn<quint32>("interval");
    QTest::addColumn<QString>("health");
    QTest::newRow("at once") << qint64{0} << 10'000U << QStringLiteral("ok");
    QTest::newRow("just before 2.5 intervals") << qint64{24'999} << 10'000U << QStringLiteral("ok");
    QTest::newRow("2.5 intervals") << qint64{25'000} << 10'000U << QStringLiteral("late");
    QTest::newRow("just before 6 intervals") << qint64{59'999} << 10'000U << QStringLiteral("late");
    QTest::newRow("6 intervals") << qint64{60'000} << 10'000U << QStringLiteral("down");
    QTest::newRow("short interval, under 60 s") << qint64{59'999} << 1'000U << QStringLiteral("late");
    QTest::newRow("short interval, 60 s") << qint64{60'000} << 1'000U << QStringLiteral("down");
    QTest::newRow("long interval") << qint64{359'999} << 60'000U << QStringLiteral("late");
    QTest::newRow("long interval, down") << qint64{360'000} << 60'000U << QStringLiteral("down");
    QTest::newRow("no interval known") << qint64{25'000} << 0U << QStringLiteral("late");
    QTest::newRow("clock went back") << qint64{-5'000} << 10'000U << QStringLiteral("ok");
}

void OverviewTest::healthFollowsSilence()
{
    QFETCH(qint64, silence);
    QFETCH(quint32, interval);
    QFETCH(QString, health);
    const auto name = healthName(healthAt(kNow, kNow - silence, interval));
    QCOMPARE(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())), health);
    QCOMPARE(healthAt(kNow, std::nullopt, interval), HostHealth::Unknown);
}

void OverviewTest::trendHoldsMeansPerMinute()
{
    const HostId host = enrol("web01");
    const std::vector<CpuReading> readings{{kNow - 60'000, 10}, {kNow - 50'000, 20}, {kNow, 7}, {kNow - 180'000, 5}};
    m_overview->addReadings(host, readings);
    const CpuTrend trend = m_overview->host(host)->trend;
    QCOMPARE(trend.fromMs, kNow - 59 * 60'000);
    QCOMPARE(trend.values[59], 7.0);
    QCOMPARE(trend.values[58], 15.0);
    QVERIFY(std::isnan(trend.values[57]));
    QCOMPARE(trend.values[56], 5.0);
}

void OverviewTest::trendForgetsAfterAnHour()
{
    const HostId host = enrol("web01");
    const std::vector<CpuReading> now{{kNow, 50}};
    m_overview->addReadings(host, now);
    m_now = kNow + 59 * 60'000;
    QCOMPARE(m_overview->host(host)->trend.values[0], 50.0);
    m_now = kNow + 60 * 60'000;
    const CpuTrend forgotten = m_overview->host(host)->trend;
    for (const double value : forgotten.values)
        QVERIFY(std::isnan(value));
    // The new minute takes the old one's place; a reading of the old one does not come back.
    const std::vector<CpuReading> later{{m_now, 30}, {kNow, 99}};
    m_overview->addReadings(host, later);
    QCOMPARE(m_overview->host(host)->trend.values[59], 30.0);
}

void OverviewTest::knowsOnlyHostsOfTheRegistry()
{
    HostState state;
    state.lastSeenMs = kNow;
    m_overview->update(HostId{99}, state);
    QCOMPARE(visited(), std::size_t{0});
    QVERIFY(!m_overview->host(HostId{99}));
    const HostId host = enrol("web01");
    QCOMPARE(visited(), std::size_t{1});
    QCOMPARE(m_overview->host(host)->health, HostHealth::Unknown);
    QVERIFY(m_registry->remove(host).has_value());
    QCOMPARE(visited(), std::size_t{0});
}

void OverviewTest::writesTheDocumentedJson()
{
    const HostId host = enrol("we\"b\\01\n");
    HostState state;
    state.lastSeenMs = kNow - 10;
    state.intervalMs = 10'000;
    state.cpuPercent = 17.25;
    state.disk = FullestDisk{"/", 62.1, {}, 2.0};
    state.tags = {{"note", "\"a\\b\" ä"}, {"role", "web"}};
    m_overview->update(host, state);
    QJsonParseError error;
    const QJsonObject answer = QJsonDocument::fromJson(overviewJson(*m_overview), &error).object();
    QCOMPARE(error.error, QJsonParseError::NoError);
    QCOMPARE(answer.value(QStringLiteral("now")).toDouble(), double{kNow});
    const QJsonObject json = answer.value(QStringLiteral("hosts")).toArray().at(0).toObject();
    QCOMPARE(json.value(QStringLiteral("id")).toInteger(), host.value);
    QCOMPARE(json.value(QStringLiteral("name")).toString(), QStringLiteral("we\"b\\01\n"));
    QCOMPARE(json.value(QStringLiteral("state")).toString(), QStringLiteral("ok"));
    QCOMPARE(json.value(QStringLiteral("lastSeen")).toInteger(), kNow - 10);
    QCOMPARE(json.value(QStringLiteral("cpuPercent")).toDouble(), 17.25);
    QVERIFY(!json.contains(QStringLiteral("load1")));
    QCOMPARE(json.value(QStringLiteral("tags")).toObject(),
        (QJsonObject{
            {QStringLiteral("note"), QStringLiteral("\"a\\b\" ä")}, {QStringLiteral("role"), QStringLiteral("web")}}));
    const QJsonObject disk = json.value(QStringLiteral("disk")).toObject();
    QCOMPARE(disk.keys(),
        QStringList({QStringLiteral("mount"), QStringLiteral("totalBytes"), QStringLiteral("usedPercent")}));
    const QJsonObject trend = json.value(QStringLiteral("cpuTrend")).toObject();
    QCOMPARE(trend.value(QStringLiteral("stepMs")).toInt(), 60'000);
    QCOMPARE(trend.value(QStringLiteral("values")).toArray().size(), qsizetype{60});
    QVERIFY(trend.value(QStringLiteral("values")).toArray().at(0).isNull());
}

void OverviewTest::comesBackAfterARestart()
{
    const HostId host = enrol("web01");
    const auto store = makeStore(*m_database, [] { return kNow; });
    metrics::Batch batch;
    for (const int minute : {5, 4}) {
        metrics::Frame frame(metrics::family("cpu"), kNow - minute * 60'000, 10'000);
        frame.addRow();
        frame.set(0, metrics::column("cpu", "usage_percent"), 10.0 * minute);
        batch.frames.push_back(std::move(frame));
    }
    HostState state;
    state.lastSeenMs = kNow - 1'000;
    state.intervalMs = 10'000;
    state.cpuPercent = 40;
    const HostBatch one{host, &batch};
    const StoredHostState stored{host, state};
    QVERIFY(store->append({&one, 1}, {&stored, 1}).has_value());
    Overview fresh(*m_registry, [] { return kNow; });
    QVERIFY(restoreOverview(fresh, *m_registry, *store).has_value());
    const auto found = fresh.host(host);
    QVERIFY(found->state == state);
    QCOMPARE(found->health, HostHealth::Ok);
    QCOMPARE(found->trend.values[54], 50.0);
    QCOMPARE(found->trend.values[55], 40.0);
}

void OverviewTest::aClockCountsAsWrongByItsBestMeasurements()
{
    const HostId host = enrol("web01");
    const auto shown = [&] { return m_overview->host(host)->clockAheadMs; };
    QVERIFY(!m_overview->clockAheadMs(host));
    m_overview->noteClock(host, -7'200'010);
    QCOMPARE(m_overview->clockAheadMs(host).value(), std::int64_t{-7'200'010});
    QCOMPARE(shown().value(), std::int64_t{-7'200'000});
    QVERIFY(overviewJson(*m_overview).contains("\"clockAheadMs\":-7200000"));
    // A slow delivery makes a clock look behind; one that was quick says more, for as long as it is remembered.
    m_overview->noteClock(host, -40);
    const std::uint64_t version = m_overview->host(host)->revision;
    for (std::size_t i = 1; i < ClockSkew::kKept; ++i)
        m_overview->noteClock(host, -20'000);
    QCOMPARE(m_overview->clockAheadMs(host).value(), std::int64_t{-40});
    QVERIFY(!shown());
    QCOMPARE(m_overview->host(host)->revision, version); // nothing that is shown has changed
    m_overview->noteClock(host, -20'000);
    QCOMPARE(shown().value(), std::int64_t{-20'000});
    m_overview->noteClock(host, 5'000);
    QVERIFY(!shown());
    m_overview->noteClock(host, 5'001);
    QCOMPARE(shown().value(), std::int64_t{5'000});
}

QTEST_GUILESS_MAIN(OverviewTest)
#include "overview_test.moc"
