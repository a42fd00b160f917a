// SPDX-License-Identifier: GPL-3.0-or-later
// A real Prometheus (Debian's, unpacked by scripts/peer) scrapes itself and remote-writes to the real server, with an
// API key over TLS. What it wrote is what it has.
#include "support/https_client.h"
#include "support/plain_http.h"
#include "support/server_process.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

using namespace sextant;
using namespace sextant::test;

namespace {

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
        startPrometheus();
    }
    void cleanupTestCase()
    {
        m_prometheus.terminate();
        m_prometheus.waitForFinished(10'000);
    }

    void whatItWroteIsWhatItHas()
    {
        QTRY_VERIFY_WITH_TIMEOUT(ourValues().size() >= 4, 20'000);
        const QMap<QString, double> theirs = theirValues();
        const QList<double> ours = ourValues();
        QVERIFY(theirs.size() >= 4);
        for (const double value : ours)
            QVERIFY2(theirs.values().contains(value), qPrintable(QString::number(value)));
        const QByteArray exposition = plainGet(m_port, "/metrics");
        QVERIFY(metricValue(exposition, "prometheus_remote_storage_samples_total") > 1'000);
        QCOMPARE(metricValue(exposition, "prometheus_remote_storage_samples_failed_total"), 0.0);
        QCOMPARE(metricValue(exposition, "prometheus_remote_storage_samples_dropped_total"), 0.0);
        const QByteArray own = get("/metrics");
        QVERIFY(metricValue(own, "sextant_server_ingest_values_total") > 1'000);
        QVERIFY(own.contains("sextant_server_received_samples_total{way=\"remote_write\",outcome=\"refused\"} 0\n"));
    }

private:
    void startPrometheus()
    {
        QVERIFY(m_folder.isValid());
        m_port = freePort();
        write("key", m_ingest);
        write("ca.pem", m_server.caPem());
        // docs/operations.md shows this configuration.
        write("prometheus.yml", "global: {scrape_interval: 1s}\n"
                                "scrape_configs:\n"
                                "  - job_name: prometheus\n"
                                "    static_configs: [{targets: [\"localhost:" +
                                    QByteArray::number(m_port) +
                                    "\"]}]\n"
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
                                    "    queue_config: {batch_send_deadline: 1s}\n");
        m_prometheus.setProcessChannelMode(QProcess::ForwardedChannels);
        m_prometheus.start(m_program,
            {QStringLiteral("--config.file=") + m_folder.filePath(QStringLiteral("prometheus.yml")),
                QStringLiteral("--storage.tsdb.path=") + m_folder.filePath(QStringLiteral("data")),
                QStringLiteral("--web.listen-address=127.0.0.1:%1").arg(m_port), QStringLiteral("--log.level=warn")});
        QVERIFY(m_prometheus.waitForStarted());
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

    /// Its counter of allocated bytes, which is another at each scrape, as the server has it.
    QList<double> ourValues()
    {
        const auto answer =
            QJsonDocument::fromJson(get("/api/v1/hosts/1/series?family=custom&agg=last&step=1000")).object();
        const QString labels =
            QStringLiteral("instance=\"localhost:%1\",job=\"prometheus\",site=\"north\"").arg(m_port);
        QList<double> values;
        for (const QJsonValue& instance : answer.value(QStringLiteral("instances")).toArray()) {
            const QString name = instance[u"labels"][u"name"].toString();
            if (name != QLatin1String("go_memstats_alloc_bytes_total") ||
                instance[u"labels"][u"labels"].toString() != labels)
                continue;
            for (const QJsonValue& value : instance[u"columns"][u"value"][u"last"].toArray()) {
                if (!value.isNull())
                    values.append(value.toDouble());
            }
        }
        return values;
    }

    /// And as it has it itself, by time.
    QMap<QString, double> theirValues()
    {
        const QByteArray query = "/api/v1/query?query=go_memstats_alloc_bytes_total%5B5m%5D";
        const auto answer = QJsonDocument::fromJson(plainGet(m_port, query)).object();
        QMap<QString, double> values;
        for (const QJsonValue& pair : answer[u"data"][u"result"][0][u"values"].toArray())
            values.insert(QString::number(pair[0].toDouble(), 'f', 3), pair[1].toString().toDouble());
        return values;
    }

    QString m_program;
    ServerProcess m_server;
    QTemporaryDir m_folder;
    QProcess m_prometheus;
    quint16 m_port = 0;
    QByteArray m_ingest;
    QByteArray m_read;
};

QTEST_GUILESS_MAIN(PrometheusTest)
#include "prometheus_test.moc"
