// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/stale.h"
#include "server/receivers/push_groups.h"

#include <QTest>

#include <bit>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;
constexpr HostId kHost{7};
const metrics::Labels kGroup{{"job", "backup"}};
using Loses = PushGroups::Loses;

std::vector<SampleSeries> series(const std::vector<std::string>& names, std::int64_t atMs)
{
    std::vector<SampleSeries> all;
    for (const std::string& name : names)
        all.push_back({1, name.substr(0, name.find(' ')), {{"job", "backup"}, {"disk", name}}, {{atMs, 1}}});
    return all;
}

/// "name@ms after kNow" of each marker.
QStringList shown(const std::vector<SampleSeries>& markers)
{
    QStringList texts;
    for (const SampleSeries& marker : markers) {
        if (marker.samples.size() == 1 && std::bit_cast<std::uint64_t>(marker.samples[0].value) == metrics::kStaleBits)
            texts.append(QStringLiteral("%1@%2")
                             .arg(QString::fromStdString(marker.labels.front().value))
                             .arg(marker.samples[0].timeMs - kNow));
    }
    return texts;
}

} // namespace

class PushGroupsTest : public QObject {
    Q_OBJECT

private slots:
    void putReplacesTheGroupAndPostItsMetrics()
    {
        PushGroups groups;
        QVERIFY(groups.replace(kHost, kGroup, Loses::All, series({"a 1", "a 2", "b 1"}, kNow), kNow).empty());
        QCOMPARE(shown(groups.replace(kHost, kGroup, Loses::SameNames, series({"a 2"}, kNow + 10), kNow + 10)),
            QStringList{QStringLiteral("a 1@10")});
        QCOMPARE(shown(groups.replace(kHost, kGroup, Loses::All, series({"a 3"}, kNow + 20), kNow + 20)),
            (QStringList{QStringLiteral("a 2@20"), QStringLiteral("b 1@20")}));
        QCOMPARE(
            shown(groups.replace(kHost, kGroup, Loses::All, {}, kNow + 30)), QStringList{QStringLiteral("a 3@30")});
        QVERIFY(groups.replace(kHost, kGroup, Loses::All, {}, kNow + 40).empty());
    }

    void groupsAndHostsAreApart()
    {
        PushGroups groups;
        const metrics::Labels inner{{"instance", "x"}, {"job", "backup"}};
        (void)groups.replace(kHost, kGroup, Loses::All, series({"a 1"}, kNow), kNow);
        QVERIFY(groups.replace(kHost, inner, Loses::All, {}, kNow).empty());
        QVERIFY(groups.replace(HostId{8}, kGroup, Loses::All, {}, kNow).empty());
        QCOMPARE(groups.replace(kHost, kGroup, Loses::All, {}, kNow).size(), std::size_t{1});
    }

    void aMarkerComesAfterTheLastSample()
    {
        PushGroups groups;
        (void)groups.replace(kHost, kGroup, Loses::All, series({"a 1"}, kNow + 5'000), kNow);
        QCOMPARE(
            shown(groups.replace(kHost, kGroup, Loses::All, {}, kNow + 10)), QStringList{QStringLiteral("a 1@5001")});
    }

    void whatIsOldHasEndedByItself()
    {
        PushGroups groups;
        (void)groups.replace(kHost, kGroup, Loses::All, series({"a 1"}, kNow), kNow);
        (void)groups.replace(kHost, kGroup, Loses::SameNames, series({"b 1"}, kNow + 1'000), kNow + 1'000);
        const std::int64_t later = kNow + PushGroups::kLookBackMs + 1;
        QCOMPARE(shown(groups.replace(kHost, kGroup, Loses::All, {}, later)),
            QStringList{QStringLiteral("b 1@%1").arg(later - kNow)});
    }

    void markersThatWereNotStoredComeAgain()
    {
        PushGroups groups;
        (void)groups.replace(kHost, kGroup, Loses::All, series({"a 1", "b 1"}, kNow), kNow);
        auto pushed = series({"a 1"}, kNow + 10);
        const auto markers = groups.replace(kHost, kGroup, Loses::All, pushed, kNow + 10);
        QCOMPARE(shown(markers), QStringList{QStringLiteral("b 1@10")});
        groups.takeBack(kHost, kGroup, markers);
        QCOMPARE(
            shown(groups.replace(kHost, kGroup, Loses::All, pushed, kNow + 20)), QStringList{QStringLiteral("b 1@20")});
    }

    void timesMoveOn()
    {
        PushGroups groups;
        QCOMPARE(groups.timeFor(kHost, kGroup, kNow), kNow);
        QCOMPARE(groups.timeFor(kHost, kGroup, kNow), kNow + 1);
        QCOMPARE(groups.timeFor(kHost, {{"job", "other"}}, kNow), kNow);
        QCOMPARE(groups.timeFor(kHost, kGroup, kNow - 60'000), kNow - 60'000 + PushGroups::kMaxAheadMs);
        QCOMPARE(groups.timeFor(kHost, kGroup, kNow + 50), kNow + 50);
    }

    void memoryIsBounded()
    {
        PushGroups groups;
        std::vector<SampleSeries> many;
        for (std::size_t i = 0; i <= PushGroups::kMaxSeries; ++i)
            many.push_back({i, "m" + std::to_string(i), {}, {{kNow, 1}}});
        (void)groups.timeFor(kHost, kGroup, kNow);
        (void)groups.replace(kHost, kGroup, Loses::All, many, kNow);
        const metrics::Labels other{{"job", "other"}};
        const auto one = series({"a 1"}, kNow);
        (void)groups.replace(kHost, other, Loses::All, one, kNow); // there is no room
        QVERIFY(groups.replace(kHost, other, Loses::All, {}, kNow).empty());
        const std::int64_t later = kNow + PushGroups::kLookBackMs + 1;
        (void)groups.timeFor(kHost, other, later); // forgets the first group
        (void)groups.replace(kHost, other, Loses::All, series({"a 1"}, later), later);
        QCOMPARE(groups.replace(kHost, other, Loses::All, {}, later).size(), std::size_t{1});
    }
};

QTEST_APPLESS_MAIN(PushGroupsTest)
#include "push_groups_test.moc"
