// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/models/fleet_model.h"
#include "console/models/fleet_proxy.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace sextant::console;
using namespace Qt::StringLiterals;

namespace {

HostRow host(HostId id, const QString& name, HostState state = HostState::Ok, std::optional<double> cpu = 10)
{
    HostRow row;
    row.id = id;
    row.name = name;
    row.state = state;
    row.cpuPercent = cpu;
    row.os = QStringLiteral("Debian GNU/Linux 12 (bookworm)");
    row.lastSeen = 1'000'000;
    return row;
}

QStringList names(const FleetProxy& proxy)
{
    QStringList result;
    for (int row = 0; row < proxy.rowCount(); ++row)
        result.append(proxy.host(proxy.index(row, 0)).name);
    return result;
}

} // namespace

class FleetModelTest : public QObject {
    Q_OBJECT

private slots:
    void bothModelsKeepTheRules()
    {
        FleetModel fleet;
        FleetProxy proxy(fleet);
        const QAbstractItemModelTester checkFleet(&fleet, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const QAbstractItemModelTester checkProxy(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
        fleet.load({1'000'000, {host(1, u"web10"_s), host(2, u"web2"_s), host(3, u"db1"_s, HostState::Down)}, {}});
        proxy.sort(FleetModel::Name);
        proxy.setFilter(QStringLiteral("web"));
        fleet.apply({1'001'000, {host(4, u"web3"_s), host(2, u"web2"_s, HostState::Late)}, {1}});
        proxy.refresh();
        QCOMPARE(names(proxy), (QStringList{u"web2"_s, u"web3"_s}));
        fleet.load({1'002'000, {host(9, u"alone"_s)}, {}});
        proxy.setFilter({});
        QCOMPARE(names(proxy), QStringList{u"alone"_s});
        fleet.clear();
        QCOMPARE(proxy.rowCount(), 0);
    }

    void namesStandInNaturalOrder()
    {
        QVERIFY(compareNaturally(u"web2", u"web10") < 0);
        QVERIFY(compareNaturally(u"Web2", u"web2") != 0);
        QVERIFY(compareNaturally(u"web", u"web1") < 0);
        QVERIFY(compareNaturally(u"a007", u"a8") < 0);
        QCOMPARE(compareNaturally(u"x", u"x"), 0);
    }

    void absentComesLastInBothDirections()
    {
        FleetModel fleet;
        FleetProxy proxy(fleet);
        fleet.load({1,
            {host(1, u"a"_s, HostState::Ok, 5), host(2, u"b"_s, HostState::Ok, std::nullopt),
                host(3, u"c"_s, HostState::Ok, 50)},
            {}});
        proxy.sort(FleetModel::Cpu, Qt::AscendingOrder);
        QCOMPARE(names(proxy), (QStringList{u"a"_s, u"c"_s, u"b"_s}));
        proxy.sort(FleetModel::Cpu, Qt::DescendingOrder);
        QCOMPARE(names(proxy), (QStringList{u"c"_s, u"a"_s, u"b"_s}));
        proxy.sort(FleetModel::Memory, Qt::DescendingOrder);
        QCOMPARE(names(proxy), (QStringList{u"a"_s, u"b"_s, u"c"_s}));
    }

    void troubleStandsFirst()
    {
        FleetModel fleet;
        FleetProxy proxy(fleet);
        fleet.load({1,
            {host(1, u"a"_s), host(2, u"b"_s, HostState::Late), host(3, u"c"_s, HostState::Down),
                host(4, u"d"_s, HostState::Unknown)},
            {}});
        proxy.sort(FleetModel::State, Qt::AscendingOrder);
        QCOMPARE(names(proxy), (QStringList{u"c"_s, u"b"_s, u"d"_s, u"a"_s}));
    }

    void filtersByWordsAndByField()
    {
        FleetModel fleet;
        FleetProxy proxy(fleet);
        fleet.load({1, {host(1, u"web1"_s), host(2, u"web2"_s, HostState::Down), host(3, u"down-town"_s)}, {}});
        proxy.sort(FleetModel::Name);
        proxy.setFilter(QStringLiteral("DOWN"));
        QCOMPARE(names(proxy), (QStringList{u"down-town"_s, u"web2"_s}));
        proxy.setFilter(QStringLiteral("state:down"));
        QCOMPARE(names(proxy), QStringList{u"web2"_s});
        proxy.setFilter(QStringLiteral("debian name:web state:ok"));
        QCOMPARE(names(proxy), QStringList{u"web1"_s});
        proxy.setFilter(QStringLiteral("nothing-like-this"));
        QCOMPARE(proxy.rowCount(), 0);
    }

    void filtersByTags()
    {
        FleetModel fleet;
        FleetProxy proxy(fleet);
        HostRow web = host(1, u"a"_s);
        web.tags = {{u"role"_s, u"Web"_s}, {u"site"_s, u"hel"_s}};
        HostRow db = host(2, u"b"_s);
        db.tags = {{u"role"_s, u"db"_s}, {u"site"_s, u"hel"_s}};
        fleet.load({1, {web, db}, {}});
        proxy.sort(FleetModel::Name);
        proxy.setFilter(QStringLiteral("role=web"));
        QCOMPARE(names(proxy), QStringList{u"a"_s});
        proxy.setFilter(QStringLiteral("site=hel"));
        QCOMPARE(names(proxy), (QStringList{u"a"_s, u"b"_s}));
        db.tags.clear();
        fleet.apply({2, {db}, {}});
        proxy.refresh();
        QCOMPARE(names(proxy), QStringList{u"a"_s});
    }

    void liveChangesMoveNoRowAndKeepTheSelection()
    {
        FleetModel fleet;
        FleetProxy proxy(fleet);
        fleet.load({1, {host(1, u"a"_s, HostState::Ok, 1), host(2, u"b"_s, HostState::Ok, 2)}, {}});
        proxy.sort(FleetModel::Cpu, Qt::AscendingOrder);
        const QPersistentModelIndex chosen = proxy.index(0, FleetModel::Name);
        QSignalSpy layout(&proxy, &QAbstractItemModel::layoutChanged);
        fleet.apply({2, {host(1, u"a"_s, HostState::Ok, 99)}, {}});
        QCOMPARE(layout.count(), 0);
        QCOMPARE(names(proxy), (QStringList{u"a"_s, u"b"_s}));
        proxy.refresh();
        QCOMPARE(names(proxy), (QStringList{u"b"_s, u"a"_s}));
        QCOMPARE(proxy.host(chosen).name, QStringLiteral("a"));
    }

    void theTrendGoesOnWithLiveValues()
    {
        FleetModel fleet;
        HostRow row = host(1, u"a"_s);
        row.cpuTrend = {0, 60'000, std::vector<float>(60, 5.0F)};
        fleet.load({3'600'000, {row}, {}});
        HostRow later = host(1, u"a"_s, HostState::Ok, 42);
        later.lastSeen = 61 * 60'000 + 5'000;
        fleet.apply({3'700'000, {later}, {}});
        const Trend& trend = fleet.host(0).cpuTrend;
        QCOMPARE(trend.values.size(), std::size_t(60));
        QCOMPARE(trend.values.back(), 42.0F);
        QVERIFY(std::isnan(trend.values[58]));
        QCOMPARE(trend.from, 2 * 60'000);
    }

    void aSilentHostSaysForHowLong()
    {
        FleetModel fleet;
        fleet.load({1'000'000 + 14 * 60'000, {host(1, u"a"_s, HostState::Down)}, {}});
        QCOMPARE(fleet.index(0, FleetModel::Uptime).data().toString().replace(QChar(QChar::Nbsp), QLatin1Char(' ')),
            QStringLiteral("silent 14 min"));
        QVERIFY(fleet.index(0, FleetModel::State)
                    .data(Qt::ToolTipRole)
                    .toString()
                    .contains(QStringLiteral("has sent nothing for")));
    }

    void countsStatesAndTheMedian()
    {
        FleetModel fleet;
        fleet.load({1,
            {host(1, u"a"_s, HostState::Ok, 1), host(2, u"b"_s, HostState::Late, 50),
                host(3, u"c"_s, HostState::Ok, 90), host(4, u"d"_s, HostState::Down, 99)},
            {}});
        const FleetSummary summary = fleet.summary();
        QCOMPARE(summary.total, 4);
        QCOMPARE(summary.count(HostState::Ok), 2);
        QCOMPARE(summary.count(HostState::Down), 1);
        QCOMPARE(*summary.medianCpuPercent, 50.0);
    }

    void systemNamesAreShort()
    {
        QCOMPARE(shortSystemName(QStringLiteral("Debian GNU/Linux 12 (bookworm)")), QStringLiteral("Debian 12"));
        QCOMPARE(shortSystemName(QStringLiteral("FreeBSD 14.1")), QStringLiteral("FreeBSD 14.1"));
    }
};

QTEST_GUILESS_MAIN(FleetModelTest)
#include "fleet_model_test.moc"
