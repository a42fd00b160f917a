// SPDX-License-Identifier: GPL-3.0-or-later
// What an API key may not leave: the host that it is bound to, whatever way in it takes and whatever it says there.
#include "metrics/families.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

using namespace sextant;
using namespace sextant::test;

class KeyBoundsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        const auto host = enrolHost(m_server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        m_host = QString::number(host->id);
        m_read = m_server.makeKey(QStringLiteral("reader"), {QStringLiteral("--rights"), QStringLiteral("read")});
        m_nowMs = QDateTime::currentMSecsSinceEpoch() / 1'000 * 1'000;
        metrics::Batch batch = makeBatch(m_nowMs - 1'000);
        metrics::Frame cpu(metrics::family("cpu"), m_nowMs - 1'000, 10'000);
        cpu.set(cpu.addRow(), metrics::column("cpu", "load1"), 1.25);
        batch.frames = {cpu};
        HttpsClient agent(m_server.url(), m_server.caPem(), host->identity);
        QCOMPARE(sendBatch(agent, batch).status, 204);
        m_client = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
    }
    void cleanup()
    {
        if (QTest::currentTestFailed())
            qWarning("%s", m_server.log().constData());
    }

    /// Neither under the catalogue's name nor under an alias of it: web01's series stay what its agent said, in queries
    /// and on their way to whom reads /federate.
    void noKeyWritesIntoTheSeriesOfAnotherHost()
    {
        const QByteArray shop = m_server.makeKey(QStringLiteral("shop"));
        for (const QByteArray labels : {"instance=\"web01\",job=\"sextant\"", "instance=\"web01\""}) {
            for (const QByteArray name : {"system_cpu_load1", "node_load1"}) {
                const Answer written = m_client->request("POST", "/metrics/job/sextant/instance/web01",
                    name + '{' + labels + "} 99\n", {{"X-API-Key", shop}});
                QCOMPARE(written.status, 200);
            }
        }
        QCOMPARE(valuesOf("system_cpu_load1{instance=\"web01\"}"), QStringList{QStringLiteral("1.25")});
        QCOMPARE(valuesOf("node_load1{instance=\"web01\"}"), QStringList{QStringLiteral("1.25")});
        const QByteArray claimed = "{exported_instance=\"web01\",instance=\"shop\",job=\"sextant\"}";
        QCOMPARE(valuesOf("system_cpu_load1" + claimed), QStringList{QStringLiteral("99")});
        QCOMPARE(valuesOf("node_load1" + claimed), QStringList{QStringLiteral("99")});
        const QByteArray federated = m_client->request("GET", "/federate?match[]=system_cpu_load1", {}, reader()).body;
        QVERIFY2(
            federated.contains("system_cpu_load1{instance=\"web01\",job=\"sextant\"} 1.25 "), federated.constData());
        QVERIFY2(federated.contains("system_cpu_load1" + claimed + " 99 "), federated.constData());
    }

    /// Two keys write into one host with labels of their own: what Golectra's agents count by one is nothing that the
    /// other reads or goes on with.
    void noKeyReadsOrContinuesTheSeriesOfOtherLabels()
    {
        const HttpsClient::Headers a = boundTo("a"), b = boundTo("b");
        QCOMPARE(m_client->request("POST", "/update/counter/jobs/5", {}, a).status, 200);
        QCOMPARE(m_client->request("GET", "/value/counter/jobs", {}, b).status, 404);
        QCOMPARE(m_client->request("POST", "/update/counter/jobs/7", {}, b).status, 200);
        QCOMPARE(m_client->request("GET", "/value/counter/jobs", {}, a).body, QByteArray("5"));
        QCOMPARE(m_client->request("GET", "/value/counter/jobs", {}, b).body, QByteArray("7"));
        QCOMPARE(valuesOf("jobs_total{team=\"a\"}"), QStringList{QStringLiteral("5")});
        QCOMPARE(valuesOf("jobs_total{team=\"b\"}"), QStringList{QStringLiteral("7")});
    }

private:
    /// A new key that writes into web01, with this label on everything.
    HttpsClient::Headers boundTo(const QByteArray& team)
    {
        const QString labels = QStringLiteral("team=\"%1\"").arg(QString::fromLatin1(team));
        return {{"X-API-Key", m_server.makeKey(QStringLiteral("team-") + QString::fromLatin1(team),
                                  {QStringLiteral("--host"), m_host, QStringLiteral("--labels"), labels})}};
    }
    HttpsClient::Headers reader() const { return {{"X-API-Key", m_read}}; }
    /// The values that an instant query finds a moment from now, as they come.
    QStringList valuesOf(const QByteArray& query)
    {
        const QByteArray soon = QByteArray::number(QDateTime::currentMSecsSinceEpoch() / 1'000 + 1);
        const Answer answer = m_client->request(
            "GET", "/api/v1/query?time=" + soon + "&query=" + query.toPercentEncoding(), {}, reader());
        QStringList values;
        for (const QJsonValue& series : answer.json()[u"data"][u"result"].toArray())
            values.append(series[u"value"][1].toString());
        return values;
    }

    ServerProcess m_server;
    std::unique_ptr<HttpsClient> m_client;
    QString m_host; ///< the number of web01
    QByteArray m_read;
    qint64 m_nowMs = 0;
};

QTEST_GUILESS_MAIN(KeyBoundsTest)
#include "key_bounds_test.moc"
