// SPDX-License-Identifier: GPL-3.0-or-later
// What Spectra's overview asks of the real server, for hosts with its agents and with ours.
#include "metrics/families.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr qint64 kMinuteMs = 60'000;

QByteArray timeText(qint64 timeMs)
{
    return QDateTime::fromMSecsSinceEpoch(timeMs, Qt::UTC).toString(Qt::ISODate).toLatin1();
}

/// The JSON of these tests has ' for ".
QJsonObject object(QByteArray text)
{
    return QJsonDocument::fromJson(text.replace('\'', '"')).object();
}

} // namespace

/// pi, old, gone and hot have an agent of Spectra, web01 and web02 one of ours. pi is warm, hot in trouble; old was not
/// heard of for 3 minutes, gone for 20, web02 never.
class SpectraOverviewTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        m_key = m_server.makeKey(QStringLiteral("reader"), {QStringLiteral("--rights"), QStringLiteral("read")});
        m_client = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
        m_client->setToken(m_key);
        // Of no host nothing is known, whether it must be started anew neither.
        QCOMPARE(get("stats"), object("{'total':0,'online':0,'warn':0,'crit':0,'stale':0,'offline':0,'reboot':null}"));
        m_now = QDateTime::currentMSecsSinceEpoch();
        m_then = m_now / (15 * kMinuteMs) * (15 * kMinuteMs) - 30 * kMinuteMs;
        QVERIFY(sendAs(
            "pi", {cpu("pi", m_now, 80), {}, envelope("pi", m_now, "memory", "'ram_used_pct':40"),
                      envelope("pi", m_now - 120 * kMinuteMs, "updates", "'reboot_required':true,'pending_count':3"),
                      cpu("pi", m_then + 1'000, 20), cpu("pi", m_then + kMinuteMs, 60)}));
        QVERIFY(sendAs("old", {cpu("old", m_now - 3 * kMinuteMs, 99), cpu("old", m_then + 2'000, 40)}));
        QVERIFY(sendAs("gone", {cpu("gone", m_now - 20 * kMinuteMs, 99)}));
        QVERIFY(sendAs(
            "hot", {cpu("hot", m_now, 5), envelope("hot", m_now, "temperature", "'sensor':'soc','temperature':85.5"),
                       envelope("hot", m_now, "updates", "'reboot_required':false")}));
        const auto web = enrolHost(m_server, QStringLiteral("web01"));
        QVERIFY(web && enrolHost(m_server, QStringLiteral("web02")));
        HttpsClient agent(m_server.url(), m_server.caPem(), web->identity);
        metrics::Batch batch = makeBatch(m_now);
        metrics::Frame usage(metrics::family("cpu"), m_now, 60'000);
        usage.set(usage.addRow(), metrics::column("cpu", "usage_percent"), 12.5);
        metrics::Frame disks(metrics::family("disk"), m_now, 60'000);
        disks.set(disks.addRow({"/", "sda1", "ext4"}), metrics::column("disk", "used_percent"), 50.0);
        const std::size_t full = disks.addRow({"/cdrom", "sr0", "iso9660"}); // and cannot be otherwise
        disks.set(full, metrics::column("disk", "used_percent"), 100.0);
        disks.set(full, metrics::column("disk", "read_only"), true);
        batch.frames.push_back(std::move(usage));
        batch.frames.push_back(std::move(disks));
        batch.tags = {{"site", "lab"}};
        QCOMPARE(sendBatch(agent, batch).status, 204);
    }
    void cleanup()
    {
        if (QTest::currentTestFailed())
            qWarning("%s", m_server.log().constData());
    }

    void statsCountHosts()
    {
        QCOMPARE(get("stats"), object("{'total':6,'online':3,'warn':1,'crit':1,'stale':1,'offline':2,'reboot':1}"));
    }

    void pagesAreFilteredAndSorted_data()
    {
        QTest::addColumn<QByteArray>("question");
        QTest::addColumn<QByteArray>("names");
        const auto row = [](const char* question, const char* names) {
            QTest::newRow(question) << QByteArray(question) << QByteArray(names);
        };
        row("", "gone hot old pi web01 web02");
        row("?order=desc", "web02 web01 pi old hot gone");
        row("?size=2&page=2", "old pi");
        row("?size=4&page=2", "web01 web02");
        row("?size=3&page=3", "");
        row("?page=18446744073709551615", "");
        row("?search=WEB", "web01 web02");
        row("?os=linux", "web01 web02");
        row("?os=windows", "");
        row("?label=site:lab", "web01");
        row("?label=site:home", "");
        row("?status=online", "hot pi web01");
        row("?status=warn", "pi");
        row("?status=crit", "hot");
        row("?status=stale", "old");
        row("?status=offline", "gone web02");
        row("?status=online&sort=cpu_usage&order=desc", "pi web01 hot");
        row("?sort=cpu_usage", "hot web01 pi old gone web02"); // what is not known is last
        row("?sort=cpu_usage&order=desc&size=2", "old pi");
        row("?sort=os&order=desc&search=w", "web01 web02");
    }
    void pagesAreFilteredAndSorted()
    {
        QFETCH(QByteArray, question);
        QFETCH(QByteArray, names);
        QByteArrayList found;
        const QJsonObject page = get("page" + question);
        QVERIFY(page.contains(u"agents"));
        for (const QJsonValue& row : page[u"agents"].toArray())
            found.append(row[u"hostname"].toString().toLatin1());
        QCOMPARE(found.join(' '), names);
        QVERIFY(!page.contains(u"total")); // nobody asked
    }

    void pagesHoldRowsOfTheOverview()
    {
        const QJsonObject page = get("page?size=5&page=2&count=true");
        QCOMPARE(page[u"page"].toInt(), 2);
        QCOMPARE(page[u"size"].toInt(), 5);
        QCOMPARE(page[u"total"].toInt(), 6);
        QCOMPARE(page[u"total_pages"].toInt(), 2);
        QJsonObject row = get("page?search=pi")[u"agents"].toArray().first().toObject();
        const QByteArray id = row[u"id"].toString().toLatin1();
        QCOMPARE(get("page?id=" + id)[u"agents"].toArray(), (QJsonArray{row}));
        QCOMPARE(row[u"cpu_usage"].toDouble(), 80.0);
        QCOMPARE(row[u"ram_percent"].toDouble(), 40.0);
        QCOMPARE(row[u"reboot_required"].toBool(), true);
        QCOMPARE(row[u"last_seen"].toString().left(19).toLatin1(), timeText(m_now).left(19));
        QCOMPARE(row[u"metrics_updated_at"], row[u"last_seen"]);
        for (const char* unknown : {"commit", "binary_hash", "update_available", "disk_max_percent", "max_temp"})
            QVERIFY2(row.contains(QLatin1String(unknown)) && row[QLatin1String(unknown)].isNull(), unknown);
        row = get("page?search=web01")[u"agents"].toArray().first().toObject();
        QCOMPARE(row[u"disk_max_percent"].toDouble(), 50.0);
        QVERIFY(row[u"reboot_required"].isNull());
    }

    void theFleetsMean()
    {
        const QJsonArray points = list("fleet/chart?metric=cpu&" + window());
        QCOMPARE(points, (QJsonArray{point("t", "v", m_then, 30), point("t", "v", m_then + kMinuteMs, 60)}));
        QCOMPARE(list("fleet/chart?metric=mem&" + window()), QJsonArray());
        const QJsonArray memory = list("fleet/chart?metric=mem&range=5m");
        QCOMPARE(memory.size(), 1);
        QVERIFY(list("fleet/chart?metric=disk&range=30d").last()[u"v"].toDouble() == 50.0); // of web01 alone
    }

    void everyHostsCells()
    {
        const QJsonArray rows = list("heatmap?" + window());
        QCOMPARE(rows.size(), 2); // the others sent nothing then
        const auto [old, pi] =
            rows[0][u"hostname"] == QStringLiteral("old") ? std::pair(rows[0], rows[1]) : std::pair(rows[1], rows[0]);
        QCOMPARE(pi[u"hostname"].toString(), QStringLiteral("pi"));
        QCOMPARE(pi[u"agent_id"].toString().toLatin1(), m_ids[QByteArray("pi")]);
        QCOMPARE(pi[u"cpu"].toArray(),
            (QJsonArray{point("bucket", "value", m_then, 20), point("bucket", "value", m_then + kMinuteMs, 60)}));
        QCOMPARE(old[u"cpu"].toArray(), (QJsonArray{point("bucket", "value", m_then, 40)}));
        for (const char* empty : {"mem", "disk"})
            QVERIFY(pi[QLatin1String(empty)].isArray() && pi[QLatin1String(empty)].toArray().isEmpty());
        QCOMPARE(list("heatmap").size(), 5); // but for web02
    }

    void everyHostsLines()
    {
        const QJsonArray rows = list("sparklines");
        QCOMPARE(rows.size(), 5);
        for (const QJsonValue& row : rows) {
            if (row[u"hostname"] != QStringLiteral("pi"))
                continue;
            QCOMPARE(row[u"cpu"][0].toObject(), point("t", "v", m_then, 40)); // the mean of 5 minutes
            QCOMPARE(row[u"cpu"].toArray().size(), 2);
            QCOMPARE(row[u"mem"].toArray().size(), 1);
            return;
        }
        QFAIL("pi is not there");
    }

    void theNewestOfTheSystem()
    {
        QVERIFY(sendAs("pi", {envelope("pi", m_now - 10 * kMinuteMs, "system", "'uptime':100,'processes':7"),
                                 envelope("pi", m_now - 5 * kMinuteMs, "system",
                                     "'uptime':400,'processes':9,'users':2,'boot_time':1767225600")}));
        const QByteArray path = "/api/v1/agents/" + m_ids[QByteArray("pi")] + "/system/latest";
        const QJsonObject row = m_client->get(path).json();
        QCOMPARE(row[u"agent_id"].toString().toLatin1(), m_ids[QByteArray("pi")]);
        const qint64 bucket = (m_now - 5 * kMinuteMs) / 5'000 * 5'000;
        QCOMPARE(row[u"time"].toString().toLatin1(), timeText(bucket));
        QCOMPARE(row[u"uptime"].toDouble(), 400.0);
        QCOMPARE(row[u"process_count"].toDouble(), 9.0);
        QCOMPARE(row[u"user_count"].toDouble(), 2.0);
        QCOMPARE(row[u"boot_time"].toDouble(), 1767225600.0);
        const Answer none = m_client->get("/api/v1/agents/" + m_ids[QByteArray("gone")] + "/system/latest");
        QCOMPARE(none.status, 404);
        QVERIFY(none.json().contains(u"error"));
        QCOMPARE(m_client->get("/api/v1/agents/7777/system/latest").status, 404);
    }

    void wrongQuestionsAreRefused()
    {
        for (const QByteArray wrong : {"page?page=0", "page?page=x", "page?size=0", "page?size=201", "page?sort=moon",
                 "page?order=up", "page?count=maybe", "page?status=fine", "page?label=site", "page?limit=5",
                 "page?page=1&page=2", "stats?range=1h", "sparklines?range=1h", "heatmap?range=2h",
                 "heatmap?metric=cpu", "fleet/chart", "fleet/chart?metric=net", "fleet/chart?metric=cpu&range=1x",
                 "fleet/chart?metric=cpu&start=2020-01-01T00:00:00Z"}) {
            const Answer answer = m_client->get("/api/v1/overview/" + wrong);
            QVERIFY2(answer.status == 400, wrong.constData());
            QVERIFY2(answer.json().contains(u"error") || answer.json().contains(u"detail"), answer.body.constData());
        }
    }

private:
    static QByteArray envelope(const QByteArray& host, qint64 timeMs, const QByteArray& type, const QByteArray& data)
    {
        return "{'type':'" + type + "','timestamp':'" + timeText(timeMs) + "','hostname':'" + host + "','data':{" +
               data + "}}";
    }
    static QByteArray cpu(const QByteArray& host, qint64 timeMs, int usage)
    {
        return envelope(host, timeMs, "cpu", "'usage':" + QByteArray::number(usage));
    }
    /// Sends as that host's agent, with a key of its own.
    bool sendAs(const QByteArray& host, QByteArrayList envelopes)
    {
        envelopes.removeAll({});
        HttpsClient agent(m_server.url(), m_server.caPem());
        if (!m_keys.contains(host))
            m_keys[host] = m_server.makeKey(QString::fromLatin1(host));
        agent.setToken(m_keys[host]);
        const auto post = [&](const QByteArray& path, QByteArray body) {
            return agent.request("POST", path, body.replace('\'', '"'), {{"Content-Type", "application/json"}});
        };
        m_ids[host] = post("/api/v1/agent/register", "{'token':'" + m_keys[host] + "'}")
                          .json()[u"agent_id"]
                          .toString()
                          .toLatin1();
        const Answer answer = post("/api/v1/agent/metrics", '[' + envelopes.join(',') + ']');
        return answer.status == 202 && answer.json()[u"rejected"].toInt() == 0;
    }
    /// The quarter of an hour that pi and old sent something in.
    QByteArray window() const
    {
        return "start=" + timeText(m_then - 5 * kMinuteMs) + "&end=" + timeText(m_then + 9 * kMinuteMs);
    }
    static QJsonObject point(const char* time, const char* value, qint64 timeMs, double number)
    {
        return {{QLatin1String(time), QString::fromLatin1(timeText(timeMs))}, {QLatin1String(value), number}};
    }
    QJsonObject get(const QByteArray& what) { return m_client->get("/api/v1/overview/" + what).json(); }
    QJsonArray list(const QByteArray& what)
    {
        return QJsonDocument::fromJson(m_client->get("/api/v1/overview/" + what).body).array();
    }

    ServerProcess m_server;
    std::unique_ptr<HttpsClient> m_client;
    QByteArray m_key;
    QMap<QByteArray, QByteArray> m_keys;
    QMap<QByteArray, QByteArray> m_ids;
    qint64 m_now = 0;
    qint64 m_then = 0; ///< half an hour ago, at a whole quarter of an hour
};

QTEST_GUILESS_MAIN(SpectraOverviewTest)
#include "spectra_overview_test.moc"
