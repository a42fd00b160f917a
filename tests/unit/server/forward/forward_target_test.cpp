// SPDX-License-Identifier: GPL-3.0-or-later
// The thread that sends, against an HTTP server that answers as it is told.
#include "logging/log.h"
#include "metrics/remote_write.h"
#include "server/forward/forward_target.h"

#include <QElapsedTimer>
#include <QFile>
#include <QHostAddress>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <snappy.h>

using namespace sextant;
using namespace sextant::server;

namespace {

/// The times of the samples of a body, which tell them apart here.
QList<qint64> timesOf(const QByteArray& body)
{
    QList<qint64> times;
    std::string message;
    if (!snappy::Uncompress(body.constData(), static_cast<std::size_t>(body.size()), &message))
        return times;
    const auto request = metrics::decodeRemoteWrite(message, 1'000'000);
    if (!request)
        return times;
    for (const metrics::RemoteSeries& series : request->series) {
        for (const auto& sample : series.samples)
            times.append(sample.timeMs);
    }
    return times;
}

QueuedBody body(std::int64_t timeMs)
{
    const metrics::RemoteSeries series{{{"__name__", "m"}}, {{timeMs, 0.1}}};
    return {0, timeMs, 1, metrics::encodeRemoteWrite({&series, 1})};
}

struct Request {
    QByteArray head;
    QList<qint64> times;
};

/// Answers with what `answer` says: a status line's end and headers ("200 OK\r\n").
class FakeReceiver : public QTcpServer {
public:
    std::function<QByteArray(const Request&)> answer = [](const Request&) { return QByteArray("204 No Content\r\n"); };
    QList<Request> requests;

    bool start(quint16 port = 0)
    {
        connect(this, &QTcpServer::newConnection, this, [this] {
            QTcpSocket* socket = nextPendingConnection();
            auto input = std::make_shared<QByteArray>();
            connect(socket, &QTcpSocket::readyRead, socket, [this, socket, input] { read(*socket, *input); });
        });
        return listen(QHostAddress::LocalHost, port);
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(serverPort()) + "/write"; }

    QList<QList<qint64>> times() const
    {
        QList<QList<qint64>> all;
        for (const Request& request : requests)
            all.append(request.times);
        return all;
    }

private:
    void read(QTcpSocket& socket, QByteArray& input)
    {
        input += socket.readAll();
        const auto end = input.indexOf("\r\n\r\n");
        const QByteArray head = input.left(end).toLower();
        const auto at = head.indexOf("content-length: ") + 16;
        const auto length = head.mid(at, head.indexOf("\r\n", at) - at).toLongLong();
        if (end < 0 || input.size() < end + 4 + length)
            return;
        requests.append({head, timesOf(input.mid(end + 4, length))});
        input.clear();
        const QByteArray said = answer(requests.last());
        if (said.isEmpty())
            return socket.abort();
        const QByteArray text = said.startsWith("2") ? QByteArray() : QByteArray("because\nof that");
        socket.write("HTTP/1.1 " + said + "Content-Length: " + QByteArray::number(text.size()) + "\r\n\r\n" + text);
    }
};

} // namespace

class ForwardTargetTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_receiver = std::make_unique<FakeReceiver>();
        m_lines.clear();
        m_log = std::make_unique<logging::Log>(
            logging::Level::Debug, logging::Format::Logfmt, [this](logging::Level, std::string_view line) {
                const std::lock_guard lock(m_linesMutex);
                m_lines.append(QByteArray(line.data(), static_cast<qsizetype>(line.size())));
            });
        m_settings = {};
        m_settings.name = "test";
        QVERIFY(m_folder->isValid() && m_receiver->start());
        m_settings.url = m_receiver->url();
    }
    void cleanup() { m_target.reset(); }

    void sendsWhatWaitsTogetherAndInOrder()
    {
        m_settings.headers = {{"X-Scope-OrgID", "fleet"}};
        make();
        m_target->put(std::vector{body(1), body(2)});
        m_target->put(std::vector{body(3)});
        QCOMPARE(m_target->waiting().samples, std::int64_t{3});
        m_target->start();
        QTRY_COMPARE(m_target->counts().sent, std::uint64_t{3});
        QTRY_COMPARE(m_target->waiting().bodies, std::int64_t{0});
        QCOMPARE(m_receiver->times(), (QList<QList<qint64>>{{1, 2, 3}}));
        const QByteArray& head = m_receiver->requests[0].head;
        QVERIFY(head.startsWith("post /write http/1.1\r\n"));
        for (const char* header : {"content-type: application/x-protobuf", "content-encoding: snappy",
                 "x-prometheus-remote-write-version: 0.1.0", "x-scope-orgid: fleet"})
            QVERIFY2(head.contains(header), header);
        QVERIFY(!head.contains("authorization"));
        m_target->put(std::vector{body(4)}); // wakes it
        QTRY_COMPARE(m_target->counts().sent, std::uint64_t{4});
    }

    void tryAgainComesLaterAndNothingIsLost_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<int>("atLeastMs");
        QTest::newRow("500") << QByteArray("500 Internal\r\n") << 700;
        QTest::newRow("503") << QByteArray("503 Away\r\n") << 700;
        QTest::newRow("408") << QByteArray("408 Late\r\n") << 700;
        QTest::newRow("429 with Retry-After") << QByteArray("429 Slow\r\nRetry-After: 2\r\n") << 1'950;
        QTest::newRow("no answer") << QByteArray() << 700;
    }
    void tryAgainComesLaterAndNothingIsLost()
    {
        QFETCH(QByteArray, answer);
        QFETCH(int, atLeastMs);
        QElapsedTimer since;
        qint64 again = 0;
        m_receiver->answer = [&](const Request&) {
            if (m_receiver->requests.size() > 1) {
                again = since.elapsed();
                return QByteArray("200 OK\r\n");
            }
            since.start();
            return answer;
        };
        make();
        m_target->put(std::vector{body(1), body(2)});
        m_target->start();
        QTRY_VERIFY(!m_target->counts().trouble.empty());
        m_target->put(std::vector{body(3)});
        QTRY_COMPARE_WITH_TIMEOUT(m_target->counts().sent, std::uint64_t{3}, 6'000);
        QVERIFY2(again >= atLeastMs, qPrintable(QString::number(again)));
        QCOMPARE(m_receiver->times()[1], (QList<qint64>{1, 2, 3}));
        QCOMPARE(m_target->counts().retries, std::uint64_t{1});
        QVERIFY(m_target->counts().trouble.empty());
        QCOMPARE(m_target->counts().refused, std::uint64_t{0});
        QCOMPARE(linesWith("takes nothing now"), 1);
        QTRY_COMPARE(linesWith("takes samples again"), 1);
    }

    void aRefusedBodyCostsNothingButItself()
    {
        m_receiver->answer = [](const Request& request) {
            return request.times.contains(2) ? QByteArray("400 Bad\r\n") : QByteArray("200 OK\r\n");
        };
        make();
        m_target->put(std::vector{body(1), body(2), body(3)});
        m_target->start();
        QTRY_COMPARE(m_target->waiting().bodies, std::int64_t{0});
        QCOMPARE(m_receiver->times(), (QList<QList<qint64>>{{1, 2, 3}, {1}, {2}, {3}}));
        QCOMPARE(m_target->counts().sent, std::uint64_t{2});
        QCOMPARE(m_target->counts().refused, std::uint64_t{1});
        QCOMPARE(m_target->counts().retries, std::uint64_t{0});
        QCOMPARE(linesWith("answered 400: because"), 1);
        m_target->put(std::vector{body(4), body(5)}); // together again
        QTRY_COMPARE(m_target->counts().sent, std::uint64_t{4});
    }

    void aWrongSettingCostsNothing_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("advice");
        QTest::newRow("401") << 401 << QByteArray("look at its bearer_token_file");
        QTest::newRow("407") << 407 << QByteArray("a proxy in between wants a login");
        for (const int status : {301, 404})
            QTest::addRow("%d", status) << status << QByteArray("look at its url");
    }
    /// A wrong token or address is mended by people: until then everything waits, and the log says once what to do.
    void aWrongSettingCostsNothing()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, advice);
        bool isMended = false;
        m_receiver->answer = [&](const Request&) {
            return isMended ? QByteArray("200 OK\r\n") : QByteArray::number(status) + " No\r\nRetry-After: 0\r\n";
        };
        make();
        m_target->put(std::vector{body(1), body(2)});
        m_target->start();
        QTRY_VERIFY(m_target->counts().retries >= (status == 401 ? 2U : 1U));
        QCOMPARE(m_target->counts().status, long{status});
        m_target->put(std::vector{body(3)});
        isMended = true;
        QTRY_COMPARE_WITH_TIMEOUT(m_target->counts().sent, std::uint64_t{3}, 9'000);
        QCOMPARE(m_receiver->times().last(), (QList<qint64>{1, 2, 3}));
        QCOMPARE(m_target->counts().refused, std::uint64_t{0});
        QCOMPARE(m_target->counts().status, 200L);
        QCOMPARE(linesWith(advice.constData()), 1);
    }

    void refusedSamplesAreToldOnce()
    {
        m_receiver->answer = [](const Request&) { return QByteArray("422 No\r\n"); };
        make();
        m_target->put(std::vector{body(1)});
        m_target->start();
        QTRY_COMPARE(m_target->counts().refused, std::uint64_t{1});
        m_target->put(std::vector{body(2)});
        QTRY_COMPARE(m_target->counts().refused, std::uint64_t{2});
        QCOMPARE(m_receiver->times(), (QList<QList<qint64>>{{1}, {2}}));
        QCOMPARE(linesWith("refuses samples"), 1);
    }

    void secretsAreReadAnew()
    {
        m_settings.bearerTokenFile = m_folder->filePath(QStringLiteral("token")).toStdString();
        make();
        m_target->put(std::vector{body(1)});
        m_target->start();
        QTRY_VERIFY(m_target->counts().trouble.find("cannot read") != std::string::npos);
        QVERIFY(m_receiver->requests.isEmpty());
        write("first\n");
        QTRY_COMPARE(m_target->counts().sent, std::uint64_t{1});
        write("second\n");
        m_target->put(std::vector{body(2)});
        QTRY_COMPARE(m_target->counts().sent, std::uint64_t{2});
        QVERIFY(m_receiver->requests[0].head.contains("authorization: bearer first"));
        QVERIFY(m_receiver->requests[1].head.contains("authorization: bearer second"));
    }

    void basicAuthentication()
    {
        m_settings.user = "me";
        m_settings.passwordFile = m_folder->filePath(QStringLiteral("token")).toStdString();
        write("secret");
        make();
        m_target->put(std::vector{body(1)});
        m_target->start();
        QTRY_COMPARE(m_target->counts().sent, std::uint64_t{1});
        QVERIFY(m_receiver->requests[0].head.contains(
            "authorization: basic " + QByteArray("me:secret").toBase64().toLower()));
    }

    void whatDoesNotFitIsCountedAndToldOnce()
    {
        m_receiver->close(); // nobody is there
        const auto one = static_cast<std::int64_t>(body(1).body.size());
        make(2 * one);
        m_target->start();
        for (std::int64_t time = 1; time <= 5; ++time)
            m_target->put(std::vector{body(time)});
        QCOMPARE(m_target->counts().dropped, std::uint64_t{3});
        QCOMPARE(m_target->waiting().samples, std::int64_t{2});
        QCOMPARE(linesWith("are dropped"), 1);
    }

    void stopsWhileTheTargetSaysNothing()
    {
        m_receiver->answer = [](const Request&) { return QByteArray("100 Continue\r\n"); }; // and no more
        make();
        m_target->put(std::vector{body(1)});
        m_target->start();
        QTRY_COMPARE(m_receiver->requests.size(), 1);
        QElapsedTimer since;
        since.start();
        m_target->stop();
        QVERIFY2(since.elapsed() < 3'000, qPrintable(QString::number(since.elapsed())));
        QCOMPARE(m_target->waiting().bodies, std::int64_t{1});
    }

private:
    void make(std::int64_t queueBytes = 1 << 20)
    {
        auto queue = ForwardQueue::open(m_folder->filePath(QStringLiteral("queue.db")), queueBytes, 0);
        QVERIFY(queue.has_value());
        m_target = std::make_unique<ForwardTarget>(m_settings, std::move(*queue), *m_log);
    }
    void write(const QByteArray& text)
    {
        QFile file(m_folder->filePath(QStringLiteral("token")));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    }
    int linesWith(const char* text)
    {
        const std::lock_guard lock(m_linesMutex);
        return static_cast<int>(
            std::ranges::count_if(m_lines, [text](const QByteArray& line) { return line.contains(text); }));
    }

    std::mutex m_linesMutex;
    QList<QByteArray> m_lines;
    std::unique_ptr<logging::Log> m_log; // of each test its own: it holds back what it said before
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<FakeReceiver> m_receiver;
    RemoteWriteTarget m_settings;
    std::unique_ptr<ForwardTarget> m_target;
};

QTEST_GUILESS_MAIN(ForwardTargetTest)
#include "forward_target_test.moc"
