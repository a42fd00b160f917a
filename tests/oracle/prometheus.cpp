// SPDX-License-Identifier: GPL-3.0-or-later
#include "oracle/prometheus.h"

#include <QElapsedTimer>
#include <QFile>
#include <QHostAddress>
#include <QTcpServer>
#include <QTcpSocket>
#include <QThread>
#include <QUrl>

#include <cstdio>

namespace sextant::oracle {
namespace {

constexpr int kStartMs = 60'000;
constexpr int kAnswerMs = 60'000;

bool write(const QString& path, const QByteArray& text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

QByteArray secondsText(std::int64_t timeMs)
{
    return QByteArray::number(static_cast<double>(timeMs) / 1'000, 'f', 3);
}

} // namespace

Prometheus::~Prometheus()
{
    m_process.kill();
    m_process.waitForFinished();
}

bool Prometheus::start(const std::string& openMetrics)
{
    const QString text = m_data.filePath(QStringLiteral("samples.txt"));
    const QString blocks = m_data.filePath(QStringLiteral("blocks"));
    const QString config = m_data.filePath(QStringLiteral("prometheus.yml"));
    if (!write(text, QByteArray::fromStdString(openMetrics)) || !write(config, "global: {}\n"))
        return false;
    QProcess promtool;
    promtool.start(m_folder + QStringLiteral("/promtool"),
        {QStringLiteral("tsdb"), QStringLiteral("create-blocks-from"), QStringLiteral("openmetrics"), text, blocks});
    if (!promtool.waitForFinished(kStartMs) || promtool.exitCode() != 0) {
        std::fprintf(stderr, "promtool: %s\n", promtool.readAllStandardError().constData());
        return false;
    }
    QTcpServer free;
    if (!free.listen(QHostAddress::LocalHost))
        return false;
    m_port = free.serverPort();
    free.close();
    m_process.setStandardErrorFile(m_data.filePath(QStringLiteral("log")));
    m_process.start(m_folder + QStringLiteral("/prometheus"),
        {QStringLiteral("--config.file=") + config, QStringLiteral("--storage.tsdb.path=") + blocks,
            QStringLiteral("--storage.tsdb.retention.time=100y"), QStringLiteral("--web.enable-remote-write-receiver"),
            QStringLiteral("--web.listen-address=127.0.0.1:") + QString::number(m_port)});
    QElapsedTimer timer;
    for (timer.start(); timer.elapsed() < kStartMs; QThread::msleep(50)) {
        if (m_process.state() == QProcess::NotRunning)
            break;
        if (post("/-/ready", {}).contains("Ready"))
            return true;
    }
    QFile log(m_data.filePath(QStringLiteral("log")));
    if (log.open(QIODevice::ReadOnly))
        std::fprintf(stderr, "prometheus: %s\n", log.readAll().right(2'000).constData());
    return false;
}

bool Prometheus::writeSamples(const std::string& body)
{
    const QByteArray answer = send("/api/v1/write", QByteArray::fromStdString(body),
        "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n"
        "X-Prometheus-Remote-Write-Version: 0.1.0\r\n");
    if (answer.startsWith("HTTP/1.0 204"))
        return true;
    std::fprintf(stderr, "prometheus: %s\n", answer.constData());
    return false;
}

Answer Prometheus::ask(const std::string& query, const QueryTime& time) const
{
    const QByteArray form = "query=" + QUrl::toPercentEncoding(QString::fromStdString(query));
    if (time.stepMs == 0)
        return answerOf(post("/api/v1/query", form + "&time=" + secondsText(time.startMs)));
    return answerOf(post("/api/v1/query_range", form + "&start=" + secondsText(time.startMs) + "&end=" +
                                                    secondsText(time.endMs) + "&step=" + secondsText(time.stepMs)));
}

QByteArray Prometheus::post(const QByteArray& path, const QByteArray& form) const
{
    const QByteArray answer = send(path, form);
    return answer.mid(answer.indexOf("\r\n\r\n") + 4);
}

QByteArray Prometheus::send(const QByteArray& path, const QByteArray& body, const QByteArray& headers) const
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, m_port);
    if (!socket.waitForConnected(kAnswerMs))
        return {};
    // HTTP/1.0: the answer comes whole and ends with the connection.
    const QByteArray method = body.isEmpty() ? "GET" : "POST";
    socket.write(method + ' ' + path + " HTTP/1.0\r\nHost: localhost\r\n" + headers +
                 "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    QByteArray answer;
    while (socket.state() == QAbstractSocket::ConnectedState && socket.waitForReadyRead(kAnswerMs))
        answer += socket.readAll();
    answer += socket.readAll();
    return answer;
}

} // namespace sextant::oracle
