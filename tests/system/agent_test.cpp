// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/agent_process.h"
#include "support/https_client.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string_view>

using namespace sextant::test;

class AgentTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ServerProcess> m_server;
    std::unique_ptr<AgentProcess> m_agent;

    QJsonObject overviewHost()
    {
        HttpsClient client(m_server->url(), m_server->caPem());
        if (!client.logIn(QStringLiteral("admin"), m_server->adminPassword()))
            return {};
        return client.get("/api/v1/overview").json().value(QLatin1String("hosts")).toArray().at(0).toObject();
    }
    /// The times of the samples of a family that the server has, one per bucket of a second.
    QJsonObject series(const QByteArray& family, const QByteArray& column, qint64 from, qint64 to)
    {
        HttpsClient client(m_server->url(), m_server->caPem());
        if (!client.logIn(QStringLiteral("admin"), m_server->adminPassword()))
            return {};
        const QByteArray id = QByteArray::number(overviewHost().value(QLatin1String("id")).toInteger());
        return client
            .get("/api/v1/hosts/" + id + "/series?family=" + family + "&columns=" + column +
                 "&step=1000&agg=last&from=" + QByteArray::number(from) + "&to=" + QByteArray::number(to))
            .json();
    }

private slots:
    void initTestCase()
    {
        m_server = std::make_unique<ServerProcess>();
        QVERIFY2(m_server->start(), qPrintable(m_server->error()));
        m_agent = std::make_unique<AgentProcess>();
    }

    void isNotEnrolledAtFirst()
    {
        const auto [code, output] = m_agent->command({QStringLiteral("check")});
        QCOMPARE(code, 3);
        QVERIFY2(output.contains("this host is not enrolled"), output.constData());
    }

    void refusesATokenThatWasUsed()
    {
        const QString token = m_server->makeToken();
        const auto [code, output] = m_agent->command({QStringLiteral("enroll"), token});
        QVERIFY2(code == 0, output.constData());
        QVERIFY2(output.contains("as host"), output.constData());
        QVERIFY(!output.contains(token.toLatin1()));
        const auto [second, again] = m_agent->command({QStringLiteral("enroll"), token});
        QCOMPARE(second, 3);
        const auto [third, forced] = m_agent->command({QStringLiteral("enroll"), QStringLiteral("--force"), token});
        QVERIFY2(third == 5, forced.constData());
        const auto [fourth, checked] = m_agent->command({QStringLiteral("check")});
        QVERIFY2(fourth == 0, checked.constData());
        QVERIFY2(checked.contains("takes this agent's data"), checked.constData());
    }

    void trueValuesArrive()
    {
        QVERIFY(m_agent->start());
        QTRY_VERIFY2_WITH_TIMEOUT(
            overviewHost().value(QLatin1String("cpuPercent")).isDouble(), m_agent->log().constData(), 15'000);
        const QJsonObject host = overviewHost();
        QCOMPARE(host.value(QLatin1String("state")).toString(), QStringLiteral("ok"));
        QCOMPARE(host.value(QLatin1String("intervalMs")).toInt(), 1'000);
        QCOMPARE(host.value(QLatin1String("cores")).toInt(), static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
        QFile meminfo(QStringLiteral("/proc/meminfo"));
        QVERIFY(meminfo.open(QIODevice::ReadOnly));
        const qint64 totalKiB = meminfo.readLine().simplified().split(' ').value(1).toLongLong();
        QCOMPARE(host.value(QLatin1String("memoryTotalBytes")).toInteger(), totalKiB * 1024);
        const double cpu = host.value(QLatin1String("cpuPercent")).toDouble();
        QVERIFY(cpu >= 0 && cpu <= 100);
        QVERIFY(host.value(QLatin1String("uptimeSeconds")).toDouble() > 0);
    }

    void theListOfProcessesIsThereWithItsHistory()
    {
        HttpsClient client(m_server->url(), m_server->caPem());
        QVERIFY(client.logIn(QStringLiteral("admin"), m_server->adminPassword()));
        const QByteArray host =
            "/api/v1/hosts/" + QByteArray::number(overviewHost().value(QLatin1String("id")).toInteger());
        const QJsonObject answer = client.get(host + "/snapshots/processes").json();
        const QJsonObject document = answer.value(QLatin1String("document")).toObject();
        QVERIFY(document.value(QLatin1String("total")).toInt() > 1);
        QVERIFY(document.value(QLatin1String("names")).toObject().contains(QLatin1String("sextant-agent")));
        const qint64 time = answer.value(QLatin1String("time")).toInteger();
        QVERIFY(qAbs(QDateTime::currentMSecsSinceEpoch() - time) < 60'000);
        QCOMPARE(client.get(host + "/snapshots/processes?at=" + QByteArray::number(time)).status, 200);
        QCOMPARE(client.get(host + "/snapshots/processes?at=" + QByteArray::number(time - 1)).status, 404);
        QCOMPARE(client.get(host + "/snapshots/processes?at=soon").status, 400);
        QCOMPARE(client.get(host + "/snapshots/nothing").status, 404);
        const QJsonArray list = client.get(host + "/snapshots").json().value(QLatin1String("snapshots")).toArray();
        QCOMPARE(list.at(0).toObject().value(QLatin1String("time")).toInteger(), time);

        // The clock of this host is that of the server, and it is far from any limit of instances.
        const QJsonObject facts = client.get(host).json();
        QVERIFY(qAbs(facts.value(QLatin1String("clockAheadMs")).toInteger(99'999)) < 5'000);
        QVERIFY(!overviewHost().contains(QLatin1String("clockAheadMs")));
        const QJsonObject instances = facts.value(QLatin1String("instances")).toObject();
        QVERIFY(instances.value(QLatin1String("total")).toInt() > 5);
        QCOMPARE(instances.value(QLatin1String("limit")).toInt(), 25'000);
        QCOMPARE(instances.value(QLatin1String("refusedRows")).toInt(-1), 0);
    }

    void whatIsInstalledAndBuiltInIsThere()
    {
        HttpsClient client(m_server->url(), m_server->caPem());
        QVERIFY(client.logIn(QStringLiteral("admin"), m_server->adminPassword()));
        const QByteArray snapshots =
            "/api/v1/hosts/" + QByteArray::number(overviewHost().value(QLatin1String("id")).toInteger()) + "/snapshots";
        const auto document = [&](const QByteArray& kind) {
            return client.get(snapshots + '/' + kind).json().value(QLatin1String("document")).toObject();
        };
        QTRY_VERIFY_WITH_TIMEOUT(client.get(snapshots + "/packages").status == 200, 15'000);
        const QJsonObject packages = document("packages");
        const QJsonArray list = packages.value(QLatin1String("packages")).toArray();
        QCOMPARE(packages.value(QLatin1String("total")).toInt(), static_cast<int>(list.size()));
        QProcess query;
        query.start(QStringLiteral("dpkg-query"), {QStringLiteral("-W"), QStringLiteral("-f"),
                                                      QStringLiteral("${db:Status-Status} ${Package} ${Version}\n")});
        QVERIFY(query.waitForFinished(30'000));
        QStringList expected;
        for (const QByteArray& line : query.readAllStandardOutput().split('\n')) {
            if (line.startsWith("installed "))
                expected << QString::fromUtf8(line.mid(10));
        }
        QStringList found;
        for (const QJsonValue& package : list) {
            if (package[QLatin1String("manager")] == QLatin1String("dpkg"))
                found << package[QLatin1String("name")].toString() + u' ' +
                             package[QLatin1String("version")].toString();
        }
        expected.sort();
        found.sort();
        QCOMPARE(found, expected);
        QTRY_VERIFY_WITH_TIMEOUT(client.get(snapshots + "/hardware").status == 200, 15'000);
        QCOMPARE(
            document("hardware").value(QLatin1String("processors"))[0][QLatin1String("threads")].toInt() > 0, true);
        // What did not change is not sent again with each tick.
        QTest::qWait(3'000);
        const QJsonArray history =
            client.get(snapshots + "?kind=packages").json().value(QLatin1String("snapshots")).toArray();
        QCOMPARE(history.size(), 1);
    }

    void aServerThatWasAwayMissesNothing()
    {
        QTRY_VERIFY(m_agent->log().contains("delivering"));
        const qint64 from = QDateTime::currentMSecsSinceEpoch() / 1'000 * 1'000;
        m_server->kill();
        QTest::qWait(4'000);
        QVERIFY2(m_server->start(), qPrintable(m_server->error()));
        QTRY_VERIFY2_WITH_TIMEOUT(m_agent->log().contains("delivering again"), m_agent->log().constData(), 90'000);
        QTest::qWait(2'000);
        const qint64 to = QDateTime::currentMSecsSinceEpoch() / 1'000 * 1'000 - 1'000;
        const auto complete = [&] {
            const QJsonArray instances =
                series("memory", "total_bytes", from, to).value(QLatin1String("instances")).toArray();
            const QJsonArray values = instances.at(0)
                                          .toObject()
                                          .value(QLatin1String("columns"))
                                          .toObject()
                                          .value(QLatin1String("total_bytes"))
                                          .toObject()
                                          .value(QLatin1String("last"))
                                          .toArray();
            return values.size() == (to - from) / 1'000 &&
                   std::ranges::all_of(values, [](const QJsonValue& value) { return value.isDouble(); });
        };
        QTRY_VERIFY2_WITH_TIMEOUT(complete(), m_agent->log().constData(), 10'000);
    }

    void aBadFileKeepsTheSettingsAndAGoodOneIsTaken()
    {
        m_agent->writeConfig("interval = \"soon\"\n");
        m_agent->signal(SIGHUP);
        QTRY_VERIFY2(m_agent->log().contains("going on with the ones before"), m_agent->log().constData());
        QVERIFY(m_agent->isRunning());
        m_agent->writeConfig("interval = \"2s\"\n");
        m_agent->signal(SIGHUP);
        QTRY_VERIFY2(m_agent->log().contains("settings read again"), m_agent->log().constData());
        QTRY_COMPARE_WITH_TIMEOUT(overviewHost().value(QLatin1String("intervalMs")).toInt(), 2'000, 10'000);
    }

    void tagsFollowTheFile()
    {
        const auto take = [&](const QByteArray& tags, const QJsonObject& expected) {
            m_agent->writeConfig("tags = \"" + tags + "\"\n");
            m_agent->signal(SIGHUP);
            QTRY_COMPARE_WITH_TIMEOUT(overviewHost().value(QLatin1String("tags")).toObject(), expected, 10'000);
        };
        const QJsonObject both{
            {QStringLiteral("role"), QStringLiteral("web")}, {QStringLiteral("site"), QStringLiteral("Hämeenlinna")}};
        take("role=web,site=H\xc3\xa4meenlinna", both);
        HttpsClient client(m_server->url(), m_server->caPem());
        QVERIFY(client.logIn(QStringLiteral("admin"), m_server->adminPassword()));
        const QByteArray id = QByteArray::number(overviewHost().value(QLatin1String("id")).toInteger());
        QCOMPARE(client.get("/api/v1/hosts/" + id).json().value(QLatin1String("tags")).toObject(), both);
        take("role=db", {{QStringLiteral("role"), QStringLiteral("db")}});
        QCOMPARE(client.get("/api/v1/hosts")
                     .json()
                     .value(QLatin1String("hosts"))
                     .toArray()
                     .at(0)
                     .toObject()
                     .value(QLatin1String("tags"))
                     .toObject(),
            (QJsonObject{{QStringLiteral("role"), QStringLiteral("db")}}));
        take("", {});
        QVERIFY(overviewHost().contains(QLatin1String("tags")));
    }

    void aHostThatIsRenamedStaysTheSameUnderItsNewName()
    {
        if (geteuid() != 0)
            QSKIP("only root can give a process another host name");
        const QJsonObject before = overviewHost();
        QVERIFY2(m_agent->stop(), m_agent->log().constData());
        m_agent->setBefore([] {
            constexpr std::string_view name = "renamed01";
            if (unshare(CLONE_NEWUTS) != 0 || sethostname(name.data(), name.size()) != 0)
                _exit(99);
        });
        QVERIFY(m_agent->start());
        QTRY_COMPARE_WITH_TIMEOUT(
            overviewHost().value(QLatin1String("name")).toString(), QStringLiteral("renamed01"), 15'000);
        QCOMPARE(overviewHost().value(QLatin1String("id")), before.value(QLatin1String("id")));
        QCOMPARE(overviewHost().value(QLatin1String("os")), before.value(QLatin1String("os")));
        m_agent->setBefore({});
    }

    void aHostThatWasRemovedKeepsItsData()
    {
        HttpsClient client(m_server->url(), m_server->caPem());
        QVERIFY(client.logIn(QStringLiteral("admin"), m_server->adminPassword()));
        const QByteArray id = QByteArray::number(overviewHost().value(QLatin1String("id")).toInteger());
        QCOMPARE(client.request("DELETE", "/api/v1/hosts/" + id).status, 204);
        QTRY_VERIFY2_WITH_TIMEOUT(
            m_agent->log().contains("does not accept this agent's certificate"), m_agent->log().constData(), 15'000);
        QVERIFY(m_agent->isRunning());
        const auto [code, output] = m_agent->command({QStringLiteral("check")});
        QVERIFY2(code == 3, output.constData());
        // Enrolled again, it goes on by itself, and what it kept arrives.
        const auto [enrolled, said] =
            m_agent->command({QStringLiteral("enroll"), QStringLiteral("--force"), m_server->makeToken()});
        QVERIFY2(enrolled == 0, said.constData());
        QTRY_VERIFY2_WITH_TIMEOUT(
            overviewHost().value(QLatin1String("cpuPercent")).isDouble(), m_agent->log().constData(), 20'000);
    }

    void endsInOrderAndSaysSo()
    {
        QVERIFY2(m_agent->stop(), m_agent->log().constData());
        QVERIFY(m_agent->log().contains("stopped"));
        QVERIFY(!m_agent->log().contains("sextant1_"));
        QVERIFY(m_server->stop());
    }
};

QTEST_GUILESS_MAIN(AgentTest)
#include "agent_test.moc"
