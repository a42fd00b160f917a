// SPDX-License-Identifier: GPL-3.0-or-later
// The real server sends on to a real Prometheus (Debian's, unpacked by scripts/peer). What was acknowledged is there,
// exactly, also when the receiver was away and the server was killed meanwhile.
#include "metrics/families.h"
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

#include <cmath>

using namespace sextant;
using namespace sextant::test;
using metrics::column;
using metrics::family;

namespace {

/// Samples by time.
using Samples = QMap<qint64, double>;

} // namespace

class RemoteWriteOutTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanupTestCase();

    void valuesArriveExactly();
    void whatWasAcknowledgedArrivesAfterAll();
    void aDeadTargetHoldsNothingUp();
    void tellsHowItGoes();
    void goesToAnotherSextant();

private:
    static constexpr std::int64_t kTick = 1'000;

    bool startPrometheus();
    /// What Prometheus has of a selector.
    Samples theirs(const QByteArray& selector);
    /// Sends the next tick of the host; whether it was acknowledged. Notes what was.
    bool sendTick();
    bool push(const QByteArray& text);
    QByteArray own(const QByteArray& path);
    QByteArray counter(const QByteArray& name, const QByteArray& target = "prometheus");

    QTemporaryDir m_folder;
    std::unique_ptr<ServerProcess> m_server;
    QProcess m_prometheus;
    QString m_program;
    quint16 m_port = 0;
    std::optional<TestHost> m_host;
    QByteArray m_ingest;
    QByteArray m_read;
    std::int64_t m_startMs = 0;
    int m_tick = 0;
    Samples m_acknowledged; ///< of the CPU time of core 0
};

void RemoteWriteOutTest::initTestCase()
{
    QProcess peer;
    peer.start(QStringLiteral(SEXTANT_SOURCE_DIR "/scripts/peer"), {QStringLiteral("prometheus")});
    QVERIFY(peer.waitForFinished(60'000));
    if (peer.exitCode() == 77)
        QSKIP(peer.readAllStandardError().constData());
    QCOMPARE(peer.exitCode(), 0);
    m_program = QString::fromUtf8(peer.readAllStandardOutput()).trimmed() + QStringLiteral("/prometheus");
    m_port = freePort();
    QFile config(m_folder.filePath(QStringLiteral("server.toml")));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write("[[remote_write]]\nname = \"prometheus\"\nurl = \"http://127.0.0.1:" + QByteArray::number(m_port) +
                 "/api/v1/write\"\nexternal_labels = { site = \"north\" }\n"
                 "deny = [{ __name__ = \"secret_.*\" }]\n"
                 "[[remote_write]]\nname = \"dead\"\nurl = \"http://127.0.0.1:" +
                 QByteArray::number(freePort()) +
                 "/api/v1/write\"\nallow = [{ __name__ = \"orders\", item = \"a.*\" }]\n");
    config.close();
    QFile empty(m_folder.filePath(QStringLiteral("prometheus.yml")));
    QVERIFY(empty.open(QIODevice::WriteOnly));
    QVERIFY(startPrometheus());
    m_server = std::make_unique<ServerProcess>(QStringList{QStringLiteral("--config"), config.fileName()});
    QVERIFY2(m_server->start(), qPrintable(m_server->error()));
    m_host = enrolHost(*m_server, QStringLiteral("web01"));
    QVERIFY(m_host.has_value());
    const QString key = QStringLiteral("key");
    const QString add = QStringLiteral("add");
    m_ingest = m_server->command({key, add, QStringLiteral("shop")}).output.trimmed();
    m_read = m_server->command({key, add, QStringLiteral("board"), QStringLiteral("--rights"), QStringLiteral("read")})
                 .output.trimmed();
    QVERIFY(!m_ingest.isEmpty() && !m_read.isEmpty());
    QTRY_VERIFY(push("orders 0.1\n")); // the server knows the source
    m_startMs = QDateTime::currentMSecsSinceEpoch() - 60 * kTick;
}

void RemoteWriteOutTest::cleanupTestCase()
{
    m_prometheus.kill();
    m_prometheus.waitForFinished(10'000);
    if (m_server && (!m_server->isRunning() || QTest::currentTestFailed()))
        qWarning("%s", m_server->log().constData());
}

bool RemoteWriteOutTest::startPrometheus()
{
    m_prometheus.setProcessChannelMode(QProcess::ForwardedChannels);
    m_prometheus.start(m_program,
        {QStringLiteral("--config.file=") + m_folder.filePath(QStringLiteral("prometheus.yml")),
            QStringLiteral("--storage.tsdb.path=") + m_folder.filePath(QStringLiteral("data")),
            QStringLiteral("--web.enable-remote-write-receiver"),
            QStringLiteral("--web.listen-address=127.0.0.1:%1").arg(m_port), QStringLiteral("--log.level=error")});
    return m_prometheus.waitForStarted() &&
           QTest::qWaitFor([this] { return plainGet(m_port, "/-/ready").contains("Ready"); }, 15'000);
}

Samples RemoteWriteOutTest::theirs(const QByteArray& selector)
{
    const QByteArray query = QUrl::toPercentEncoding(QString::fromUtf8(selector + "[1h]"));
    const auto answer = QJsonDocument::fromJson(plainGet(m_port, "/api/v1/query?query=" + query)).object();
    Samples samples;
    for (const QJsonValue& pair : answer[u"data"][u"result"][0][u"values"].toArray())
        samples.insert(qRound64(pair[0].toDouble() * 1'000), pair[1].toString().toDouble());
    return samples;
}

bool RemoteWriteOutTest::sendTick()
{
    const std::int64_t timeMs = m_startMs + m_tick * kTick;
    const double value = 100.125 + 0.1 * m_tick;
    ++m_tick;
    metrics::Batch batch = makeBatch(timeMs);
    metrics::Frame cores(family("cpu_core"), timeMs, kTick);
    cores.set(cores.addRow({"0"}), column("cpu_core", "user_seconds_total"), value);
    batch.frames.push_back(cores);
    HttpsClient agent(m_server->url(), m_server->caPem(), m_host->identity);
    if (sendBatch(agent, batch).status != 204)
        return false;
    m_acknowledged.insert(timeMs, std::round(value * 1'000) / 1'000); // three decimals are kept
    return true;
}

bool RemoteWriteOutTest::push(const QByteArray& text)
{
    HttpsClient client(m_server->url(), m_server->caPem());
    client.setToken(m_ingest);
    return client.request("PUT", "/metrics/job/shop", text).status == 200;
}

QByteArray RemoteWriteOutTest::own(const QByteArray& path)
{
    HttpsClient client(m_server->url(), m_server->caPem());
    client.setToken(m_read);
    return client.get(path).body;
}

/// The value of a metric of the target, as text.
QByteArray RemoteWriteOutTest::counter(const QByteArray& name, const QByteArray& target)
{
    const QByteArray line = "sextant_server_forward_" + name + "{target=\"" + target + "\"} ";
    const QByteArray text = own("/metrics");
    const auto at = text.indexOf('\n' + line);
    return at < 0 ? QByteArray() : text.mid(at + 1 + line.size(), text.indexOf('\n', at + 1) - at - 1 - line.size());
}

void RemoteWriteOutTest::valuesArriveExactly()
{
    for (int i = 0; i < 5; ++i)
        QVERIFY(sendTick());
    QVERIFY(push("orders{item=\"a b\"} 0.30000000000000004\nsecret_orders 1\n"));
    const QByteArray cores =
        R"(system_cpu_core_user_seconds_total{core="0",instance="web01",job="sextant",site="north"})";
    QTRY_COMPARE_WITH_TIMEOUT(theirs(cores), m_acknowledged, 10'000);
    const QByteArray orders = R"(orders{item="a b",job="shop",site="north",instance="shop"})";
    QTRY_COMPARE(theirs(orders).values(), QList<double>{0.30000000000000004});
    QVERIFY(theirs("secret_orders").isEmpty());
    QCOMPARE(theirs(R"(system_memory_total_bytes{instance="web01"})").size(), 5);
    // As the server itself answers.
    const auto ours = QJsonDocument::fromJson(
        own("/api/v1/query?query=" + QUrl::toPercentEncoding(QStringLiteral("orders{item=\"a b\"}"))));
    QCOMPARE(ours[u"data"][u"result"][0][u"value"][1].toString(), QStringLiteral("0.30000000000000004"));
}

void RemoteWriteOutTest::whatWasAcknowledgedArrivesAfterAll()
{
    m_prometheus.kill();
    QVERIFY(m_prometheus.waitForFinished(10'000));
    for (int i = 0; i < 10; ++i)
        QVERIFY(sendTick());
    QTRY_COMPARE(counter("failing"), QByteArray("1"));
    QVERIFY(counter("queue_samples").toInt() >= 20);
    m_server->kill();
    QVERIFY2(m_server->start(), qPrintable(m_server->error()));
    QTRY_VERIFY(sendTick());
    for (int i = 0; i < 5; ++i)
        QVERIFY(sendTick());
    m_server->kill(); // right after the last acknowledgement
    QVERIFY(startPrometheus());
    QVERIFY2(m_server->start(), qPrintable(m_server->error()));
    QTRY_COMPARE_WITH_TIMEOUT(
        theirs(R"(system_cpu_core_user_seconds_total{core="0",instance="web01"})"), m_acknowledged, 15'000);
}

/// Nobody listens at the second target, which is to get some of the orders alone.
void RemoteWriteOutTest::aDeadTargetHoldsNothingUp()
{
    QTRY_COMPARE(counter("failing", "dead"), QByteArray("1"));
    const int before = counter("queue_samples", "dead").toInt();
    QCOMPARE(before, 1); // of all that came: orders{item="a b"}
    QVERIFY(push("orders{item=\"a b\"} 2\norders{item=\"b\"} 3\nothers{item=\"a b\"} 4\n"));
    QTRY_COMPARE(counter("queue_samples", "dead").toInt(), before + 1);
    QTRY_COMPARE(theirs("orders{item=\"a b\"}").values(), (QList<double>{0.30000000000000004, 2}));
    QTRY_COMPARE(theirs("orders{item=\"b\"}").values(), QList<double>{3});
    QTRY_COMPARE(theirs("others{item=\"a b\"}").values(), QList<double>{4});
    QCOMPARE(counter("sent_samples_total", "dead"), QByteArray("0"));
    QVERIFY(counter("oldest_time_seconds", "dead").toDouble() > 0);
}

void RemoteWriteOutTest::tellsHowItGoes()
{
    QTRY_COMPARE(counter("queue_bytes"), QByteArray("0"));
    QCOMPARE(counter("oldest_time_seconds"), QByteArray("0"));
    QCOMPARE(counter("failing"), QByteArray("0"));
    QCOMPARE(counter("refused_samples_total"), QByteArray("0"));
    QCOMPARE(counter("dropped_samples_total"), QByteArray("0"));
    QVERIFY(counter("sent_samples_total").toInt() >= 32);
    const auto doctor = m_server->command(
        {QStringLiteral("doctor"), QStringLiteral("--config"), m_folder.filePath(QStringLiteral("server.toml"))});
    QVERIFY2(
        doctor.output.contains("ok    remote write prometheus: 0 samples (0 KiB) wait\n"), doctor.output.constData());
}

/// TLS against a CA of its own, and a token from a file. `instance` there is what its key writes into.
void RemoteWriteOutTest::goesToAnotherSextant()
{
    const auto write = [this](const char* name, const QByteArray& text) {
        QFile file(m_folder.filePath(QLatin1String(name)));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    };
    const auto path = [this](const char* name) { return m_folder.filePath(QLatin1String(name)).toUtf8(); };
    QVERIFY(write("ca.pem", m_server->caPem()) && write("token", m_ingest + '\n'));
    QVERIFY(write("first.toml", "[[remote_write]]\nname = \"second\"\nurl = \"" + m_server->url().toUtf8() +
                                    "/api/v1/write\"\nca_file = \"" + path("ca.pem") + "\"\nbearer_token_file = \"" +
                                    path("token") + "\"\n"));
    ServerProcess first({QStringLiteral("--config"), m_folder.filePath(QStringLiteral("first.toml"))});
    QVERIFY2(first.start(), qPrintable(first.error()));
    const auto host = enrolHost(first, QStringLiteral("far01"));
    QVERIFY(host.has_value());
    HttpsClient agent(first.url(), first.caPem(), host->identity);
    const std::int64_t timeMs = QDateTime::currentMSecsSinceEpoch() - 1'000;
    QCOMPARE(sendBatch(agent, makeBatch(timeMs, 123'456'789'000)).status, 204);
    const QByteArray query = "/api/v1/query?query=" + QUrl::toPercentEncoding(QStringLiteral(
                                                          "system_memory_total_bytes{exported_instance=\"far01\"}"));
    const auto value = [&] {
        return QJsonDocument::fromJson(own(query))[u"data"][u"result"][0][u"value"][1].toString();
    };
    QTRY_COMPARE_WITH_TIMEOUT(value(), QStringLiteral("123456789000"), 5'000);
}

QTEST_GUILESS_MAIN(RemoteWriteOutTest)
#include "remote_write_out_test.moc"
