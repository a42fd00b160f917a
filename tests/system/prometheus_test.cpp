// SPDX-License-Identifier: GPL-3.0-or-later
// A real Prometheus (Debian's, unpacked by scripts/peer) scrapes itself, remote-writes to the real server and scrapes
// what is there back, with API keys over TLS. Both have the same.
#include "support/https_client.h"
#include "support/plain_http.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace sextant;
using namespace sextant::test;

namespace {

/// Samples by Unix milliseconds, as they stand in the answer, and series of them by their labels.
using Samples = QMap<qint64, QString>;
using SeriesMap = QMap<QString, Samples>;

/// The value of a metric in an exposition, its labels aside; -1: it is not there.
double metricValue(const QByteArray& exposition, const QByteArray& name)
{
    for (const QByteArray& line : exposition.split('\n')) {
        if (line.startsWith(name + '{') || line.startsWith(name + ' '))
            return line.mid(line.lastIndexOf(' ') + 1).toDouble();
    }
    return -1;
}

} // namespace

class PrometheusTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QProcess peer;
        peer.start(QStringLiteral(SEXTANT_SOURCE_DIR "/scripts/peer"), {QStringLiteral("prometheus")});
        QVERIFY(peer.waitForFinished(60'000));
        if (peer.exitCode() == 77) {
            qWarning("%s", peer.readAllStandardError().constData());
            QSKIP("there is no Prometheus to test with");
        }
        QCOMPARE(peer.exitCode(), 0);
        m_program = QString::fromUtf8(peer.readAllStandardOutput()).trimmed() + QStringLiteral("/prometheus");
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        m_ingest = m_server.makeKey(
            QStringLiteral("prometheus"), {QStringLiteral("--labels"), QStringLiteral("site=\"north\"")});
        m_read = m_server.makeKey(QStringLiteral("grafana"), {QStringLiteral("--rights"), QStringLiteral("read")});
        QVERIFY(!m_ingest.isEmpty() && !m_read.isEmpty());
        const auto host = enrolHost(m_server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        m_host = host->id;
        m_agent = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem(), host->identity);
        startPrometheus();
    }
    void cleanupTestCase()
    {
        m_prometheus.terminate();
        m_prometheus.waitForFinished(10'000);
    }

    void whatItWroteIsWhatItHas()
    {
        const QString changing = QStringLiteral("go_memstats_alloc_bytes_total{site=\"north\"}[5m]"); // at each scrape
        QTRY_VERIFY_WITH_TIMEOUT(onlyOne(ours(changing)).size() >= 5, 20'000);
        // All series of the last seconds, to the last digit. What was scraped last may still be on its way.
        const auto end = QDateTime::currentSecsSinceEpoch() - 1;
        const QString all = QStringLiteral("{job=\"prometheus\",site=\"%1\"}[5m]");
        const auto differs = [&] {
            return firstDifference(ours(all.arg(QStringLiteral("north")), end), theirs(all.arg(QString()), end));
        };
        QTRY_COMPARE_WITH_TIMEOUT(differs(), QString(), 10'000);
        QVERIFY(theirs(all.arg(QString()), end).size() > 300);
        const QByteArray exposition = plainGet(m_port, "/metrics");
        QVERIFY(metricValue(exposition, "prometheus_remote_storage_samples_total") > 1'000);
        QCOMPARE(metricValue(exposition, "prometheus_remote_storage_samples_failed_total"), 0.0);
        const QByteArray own = get("/metrics");
        QVERIFY(metricValue(own, "sextant_server_ingest_values_total") > 1'000);
        QVERIFY(own.contains("sextant_server_received_samples_total{way=\"remote_write\",outcome=\"refused\"} 0\n"));
    }

    void readsItBackByFederation()
    {
        const QString name = QStringLiteral("go_memstats_alloc_bytes_total{site=\"%1\"}[5m]");
        const auto back = [&] { return onlyOne(theirs(name.arg(QStringLiteral("north")))); };
        QTRY_VERIFY_WITH_TIMEOUT(back().size() >= 3, 10'000);
        const Samples first = onlyOne(theirs(name.arg(QString())));
        const Samples again = back();
        for (auto sample = again.begin(); sample != again.end(); ++sample) // a scrape may miss one
            QCOMPARE(sample.value(), first.value(sample.key()));
    }

    void readsAHostByItsMetrics()
    {
        const std::int64_t timeMs = QDateTime::currentMSecsSinceEpoch();
        QCOMPARE(sendBatch(*m_agent, makeBatch(timeMs, 8'123'456'789)).status, 204);
        const auto memory = [this] {
            return onlyOne(theirs(QStringLiteral("system_memory_total_bytes{instance=\"web01\",job=\"sextant\"}[5m]")));
        };
        QTRY_COMPARE_WITH_TIMEOUT(memory(), (Samples{{timeMs, QStringLiteral("8123456789")}}), 10'000);
    }

private:
    void startPrometheus()
    {
        QVERIFY(m_folder.isValid());
        m_port = freePort();
        write("key", m_ingest);
        write("read.key", m_read);
        write("ca.pem", m_server.caPem());
        // docs/operations.md shows this configuration.
        write("prometheus.yml",
            "global: {scrape_interval: 1s}\n"
            "scrape_configs:\n"
            "  - job_name: prometheus\n"
            "    static_configs: [{targets: [\"localhost:" +
                QByteArray::number(m_port) + "\"]}]\n" +
                scrapeBack("federate", "/federate", "params: {'match[]': ['{site=\"north\"}']}") +
                scrapeBack("host", "/api/v1/hosts/" + QByteArray::number(m_host) + "/metrics", "scrape_timeout: 1s") +
                "remote_write:\n"
                "  - url: " +
                m_server.url().toUtf8() +
                "/api/v1/write\n"
                "    authorization: {credentials_file: " +
                m_folder.filePath(QStringLiteral("key")).toUtf8() +
                "}\n"
                "    tls_config: {ca_file: " +
                m_folder.filePath(QStringLiteral("ca.pem")).toUtf8() +
                "}\n"
                "    queue_config: {batch_send_deadline: 1s}\n"
                "    write_relabel_configs: [{source_labels: [site], regex: north, action: drop}]\n");
        m_prometheus.setProcessChannelMode(QProcess::ForwardedChannels);
        m_prometheus.start(m_program,
            {QStringLiteral("--config.file=") + m_folder.filePath(QStringLiteral("prometheus.yml")),
                QStringLiteral("--storage.tsdb.path=") + m_folder.filePath(QStringLiteral("data")),
                QStringLiteral("--web.listen-address=127.0.0.1:%1").arg(m_port), QStringLiteral("--log.level=warn")});
        QVERIFY(m_prometheus.waitForStarted());
    }

    /// A job of Prometheus that scrapes the server.
    QByteArray scrapeBack(const QByteArray& job, const QByteArray& path, const QByteArray& more)
    {
        const QByteArray folder = m_folder.path().toUtf8();
        return "  - job_name: " + job + "\n    metrics_path: " + path + "\n    " + more +
               "\n    honor_labels: true\n    scheme: https\n    authorization: {credentials_file: " + folder +
               "/read.key}\n    tls_config: {ca_file: " + folder + "/ca.pem}\n    static_configs: [{targets: [\"" +
               m_server.url().toUtf8().mid(8) + "\"]}]\n";
    }

    void write(const char* name, const QByteArray& text)
    {
        QFile file(m_folder.filePath(QLatin1String(name)));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    }

    QByteArray get(const QByteArray& path)
    {
        HttpsClient client(m_server.url(), m_server.caPem());
        return client.request("GET", path, {}, {{"Authorization", "Bearer " + m_read}}).body;
    }

    /// The samples of one series; none when there is another number of series.
    static Samples onlyOne(const SeriesMap& series) { return series.size() == 1 ? series.first() : Samples(); }
    static SeriesMap read(const QByteArray& answer)
    {
        SeriesMap all;
        const QJsonDocument document = QJsonDocument::fromJson(answer);
        for (const QJsonValue& series : document[u"data"][u"result"].toArray()) {
            QJsonObject labels = series[u"metric"].toObject();
            labels.remove(QStringLiteral("site")); // which the key adds
            Samples& samples = all[QString::fromUtf8(QJsonDocument(labels).toJson(QJsonDocument::Compact))];
            for (const QJsonValue& pair : series[u"values"].toArray())
                samples.insert(qRound64(pair[0].toDouble() * 1'000), pair[1].toString());
        }
        return all;
    }
    static QByteArray path(const QString& query, qint64 time)
    {
        return "/api/v1/query?query=" + QUrl::toPercentEncoding(query) + "&time=" + QByteArray::number(time);
    }
    /// The labels of the first series that one side does not have, or has otherwise, and how; empty: there is none.
    static QString firstDifference(const SeriesMap& ours, const SeriesMap& theirs)
    {
        const auto text = [](const Samples& samples) {
            QString all;
            for (auto sample = samples.begin(); sample != samples.end(); ++sample)
                all += QStringLiteral(" %1=%2").arg(sample.key()).arg(sample.value());
            return all;
        };
        for (const QString& labels : (ours.keys() + theirs.keys())) {
            if (ours.value(labels) != theirs.value(labels))
                return labels + text(ours.value(labels)) + QStringLiteral(" |") + text(theirs.value(labels));
        }
        return {};
    }
    /// What the server has, and what Prometheus has, at that time; by default now.
    SeriesMap ours(const QString& query, qint64 time = QDateTime::currentSecsSinceEpoch())
    {
        return read(get(path(query, time)));
    }
    SeriesMap theirs(const QString& query, qint64 time = QDateTime::currentSecsSinceEpoch()) const
    {
        return read(plainGet(m_port, path(query, time)));
    }

    QString m_program;
    ServerProcess m_server;
    std::unique_ptr<HttpsClient> m_agent;
    qint64 m_host = 0;
    QTemporaryDir m_folder;
    QProcess m_prometheus;
    quint16 m_port = 0;
    QByteArray m_ingest;
    QByteArray m_read;
};

QTEST_GUILESS_MAIN(PrometheusTest)
#include "prometheus_test.moc"
