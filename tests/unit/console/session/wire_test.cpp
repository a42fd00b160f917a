// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/wire.h"

#include <QTest>

#include <cmath>

using namespace sextant;
using namespace sextant::console;

class WireTest : public QObject {
    Q_OBJECT

private slots:
    void anOverviewIsRead()
    {
        const auto overview =
            parseOverview(R"({"now":5,"removed":[3],"hosts":[{"id":7,"name":"web01","state":"late","lastSeen":4,
            "tags":{"role":"web","site":"hel"},"cores":8,"cpuPercent":17.25,"disk":{"mount":"/","usedPercent":62.1},
            "cpuTrend":{"from":1,"stepMs":60000,"values":[3.5,null,4]}}]})");
        QVERIFY(overview);
        const HostRow& host = overview->hosts.front();
        QCOMPARE(host.id, 7);
        QCOMPARE(host.state, HostState::Late);
        QCOMPARE(host.tags, (QMap<QString, QString>{{QStringLiteral("role"), QStringLiteral("web")},
                                {QStringLiteral("site"), QStringLiteral("hel")}}));
        QCOMPARE(*host.cpuPercent, 17.25);
        QCOMPARE(host.disk->mount, QStringLiteral("/"));
        QVERIFY(!host.memoryPercent);
        QVERIFY(!host.uptimeSeconds);
        QVERIFY(std::isnan(host.cpuTrend.values[1]));
        QCOMPARE(overview->removed, std::vector<HostId>{3});
    }

    void aNullIsAbsentAndNotZero()
    {
        const auto overview = parseOverview(
            R"({"now":5,"hosts":[{"id":1,"name":"a","state":"ok","cpuPercent":null,"disk":null,"load1":"x"}]})");
        QVERIFY(overview);
        QVERIFY(!overview->hosts[0].cpuPercent);
        QVERIFY(!overview->hosts[0].disk);
        QVERIFY(!overview->hosts[0].load1);
    }

    void aSeriesIsRead()
    {
        const auto answer = parseSeries(R"({"host":7,"family":"cpu_core","stepMs":60000,"times":[60000,120000],
            "instances":[{"labels":{"core":"0"},"columns":{"usage_percent":{"avg":[1.5,null],"max":[9,null]}}}]})");
        QVERIFY(answer);
        const AggregateValues& values = answer->instances[0].columns[QStringLiteral("usage_percent")];
        QCOMPARE(values.average[0], 1.5);
        QCOMPARE(values.maximum[0], 9.0);
        QCOMPARE(values.minimum[0], 1.5);
        QVERIFY(std::isnan(values.average[1]));
        QCOMPARE(answer->instances[0].labels[QStringLiteral("core")], QStringLiteral("0"));
    }

    void shortValuesLeaveTheRestAbsent()
    {
        const auto answer = parseSeries(R"({"stepMs":1,"times":[1,2,3],"instances":[{"columns":{"a":{"avg":[1]}}}]})");
        QVERIFY(answer);
        QCOMPARE(answer->instances[0].columns[QStringLiteral("a")].average.size(), std::size_t(3));
        QVERIFY(std::isnan(answer->instances[0].columns[QStringLiteral("a")].average[2]));
    }

    void wrongShapesAreMalformed()
    {
        for (const char* json :
            {"", "[]", "{}", "{\"hosts\":3}", "{\"hosts\":[{\"name\":\"x\"}]}", "{\"hosts\":[{\"id\":1}]}"})
            QCOMPARE(parseOverview(json).error().code, ErrorCode::Malformed);
        for (const char* json : {"", "{}", "{\"times\":[1],\"stepMs\":0}", "{\"times\":[2,1],\"stepMs\":1}",
                 "{\"times\":[\"a\"],\"stepMs\":1}"})
            QCOMPARE(parseSeries(json).error().code, ErrorCode::Malformed);
        QCOMPARE(parseLogin("{\"name\":\"a\"}").error().code, ErrorCode::Malformed);
        QCOMPARE(parseFrame("{\"host\":1}").error().code, ErrorCode::Malformed);
        QCOMPARE(parseProblem("<html>").status, 0);
    }
};

QTEST_GUILESS_MAIN(WireTest)
#include "wire_test.moc"
