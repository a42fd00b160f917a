// SPDX-License-Identifier: GPL-3.0-or-later
// Every limit of the HTTP side at and past it, over real TLS on loopback, with limits made small.
#include "metrics/compression.h"
#include "server/auth/certificate_authority.h"
#include "server/auth/server_certificate.h"
#include "server/http/listener.h"
#include "support/https_client.h"

#include <QDateTime>
#include <QDeadlineTimer>
#include <QEventLoop>
#include <QHostAddress>
#include <QSslCertificate>
#include <QSslKey>
#include <QSslSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <QUrl>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <thread>

using namespace sextant;
using namespace sextant::server;
using namespace sextant::server::http;
using sextant::test::Answer;
using sextant::test::HttpsClient;

namespace {

/// How long to wait for what is sure to come, on a machine that has other things to do.
constexpr int kPatienceMs = 30'000;

/// Echoes bodies; "/later/N" answers when it is told to; "/stream" streams; "/refuse" refuses before the body.
class EchoHandler : public RequestHandler {
public:
    std::optional<ClientCertificate> verify(const QByteArray&) override { return std::nullopt; }

    Admission admit(const RequestHead& head, const Peer&) override
    {
        Admission admission;
        admission.bodyLimit = 1'000;
        admission.concurrent = head.target.path.starts_with("/later");
        if (head.target.path == "/refuse") {
            admission.refusal = problem(401, ErrorCode::Denied, "no");
            return admission;
        }
        admission.run = [this](Request request, const Responder& responder) { run(std::move(request), responder); };
        return admission;
    }

    void finished(int, int status) override { m_lastStatus = status; }

    /// Answers "/later/<name>".
    void release(const std::string& name)
    {
        QTRY_VERIFY_WITH_TIMEOUT(isWaiting(name), kPatienceMs);
        const std::scoped_lock lock(m_mutex);
        const auto found = m_waiting.find(name);
        if (found == m_waiting.end())
            return;
        found->second.send(textResponse(200, QByteArray::fromStdString(name)));
        m_waiting.erase(found);
    }

    [[nodiscard]] std::size_t waiting()
    {
        const std::scoped_lock lock(m_mutex);
        return m_waiting.size();
    }

    [[nodiscard]] bool isWaiting(const std::string& name)
    {
        const std::scoped_lock lock(m_mutex);
        return m_waiting.contains(name);
    }

    [[nodiscard]] bool isAbandoned(const std::string& name)
    {
        const std::scoped_lock lock(m_mutex);
        return m_waiting.at(name).isAbandoned();
    }
    void forget(const std::string& name)
    {
        const std::scoped_lock lock(m_mutex);
        m_waiting.erase(name);
    }

    std::optional<Stream> stream()
    {
        const std::scoped_lock lock(m_mutex);
        return m_stream;
    }
    [[nodiscard]] bool streamEnded() const { return m_streamEnded; }
    [[nodiscard]] int lastStatus() const { return m_lastStatus; }

private:
    void run(Request request, const Responder& responder)
    {
        const std::string& path = request.head.target.path;
        if (path.starts_with("/later/")) {
            const std::scoped_lock lock(m_mutex);
            m_waiting.emplace(path.substr(7), responder);
            return;
        }
        if (path == "/forget")
            return;
        Response response = textResponse(200, QByteArray::fromStdString(request.body));
        response.secret = path == "/secret";
        if (path == "/big")
            response.body = QByteArray(100'000, 'b');
        if (path == "/stream")
            response = streamResponse();
        responder.send(std::move(response));
    }

    Response streamResponse()
    {
        Response response = emptyResponse(200);
        response.contentType = "text/event-stream";
        response.stream = std::make_shared<StreamBody>();
        response.stream->heartbeat = ": alive\n\n";
        response.stream->heartbeatTime = std::chrono::milliseconds(300);
        response.stream->start = [this](const Stream& stream) -> std::shared_ptr<void> {
            const std::scoped_lock lock(m_mutex);
            m_stream = stream;
            m_streamEnded = false;
            return {nullptr, [this](void*) { m_streamEnded = true; }};
        };
        return response;
    }

    std::mutex m_mutex;
    std::map<std::string, Responder> m_waiting;
    std::optional<Stream> m_stream;
    std::atomic<bool> m_streamEnded = false;
    std::atomic<int> m_lastStatus = 0;
};

/// Small sizes, and times that nobody misses.
Limits smallLimits()
{
    Limits limits;
    limits.headerBytes = 2'000;
    limits.decodedBodyBytes = 5'000;
    limits.handshakeTime = limits.headerTime = limits.idleTime = limits.bodyRateWindow = std::chrono::seconds(30);
    limits.connections = 12;
    limits.connectionsPerAddress = 8;
    limits.refusals = 2;
    limits.pipelined = 4;
    limits.writeBacklogBytes = 200'000;
    limits.lingerTime = std::chrono::milliseconds(300);
    limits.shutdownTime = std::chrono::seconds(30);
    return limits;
}

/// For tests of who is too slow.
Limits shortTimes()
{
    Limits limits = smallLimits();
    limits.handshakeTime = limits.headerTime = std::chrono::milliseconds(600);
    limits.idleTime = std::chrono::milliseconds(1'500);
    limits.bodyBytesPerSecond = 100;
    limits.bodyRateWindow = std::chrono::seconds(1);
    return limits;
}

} // namespace

class ListenerTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto authority = CertificateAuthority::openOrCreate(m_folder.path(), QDateTime::currentMSecsSinceEpoch());
        QVERIFY(authority.has_value());
        m_caPem = authority->pem();
        const auto certificate = ensureServerCertificate(*authority, m_folder.path(),
            {QStringLiteral("127.0.0.1"), QStringLiteral("localhost")}, QDateTime::currentMSecsSinceEpoch());
        QVERIFY(certificate.has_value());
        m_tls.setLocalCertificateChain({QSslCertificate(certificate->pem), QSslCertificate(m_caPem)});
        m_tls.setPrivateKey(QSslKey(certificate->keyPem, QSsl::Ec));
        m_tls.setPeerVerifyMode(QSslSocket::QueryPeer);
    }

    void init() { start(smallLimits()); }

    void cleanup() { stop(); }

    void keepAliveServesManyRequests()
    {
        HttpsClient client = make();
        for (int i = 0; i < 50; ++i) {
            const QByteArray body = QByteArray::number(i);
            const Answer answer = client.request("POST", "/echo", body);
            QCOMPARE(answer.status, 200);
            QCOMPARE(answer.body, body);
        }
        const Answer last = client.request("GET", "/echo", {}, {{"Connection", "close"}});
        QCOMPARE(last.header("connection"), QByteArray("close"));
        QVERIFY(client.waitForClose(kPatienceMs));
    }

    void pipelinedAnswersComeInOrder()
    {
        HttpsClient client = connected();
        client.send("GET /later/a HTTP/1.1\r\nHost: x\r\n\r\nGET /later/b HTTP/1.1\r\nHost: x\r\n\r\n"
                    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nc");
        m_handler.release("b");
        QVERIFY(client.read(1, 200).isEmpty()); // b is ready, but a comes first
        m_handler.release("a");
        QCOMPARE(client.readAnswer().body, QByteArray("a"));
        QCOMPARE(client.readAnswer().body, QByteArray("b"));
        QCOMPARE(client.readAnswer().body, QByteArray("c"));
    }

    void pipeliningStopsAtItsLimitAndGoesOn()
    {
        HttpsClient client = connected();
        QByteArray requests;
        for (int i = 0; i < 10; ++i)
            requests += "GET /later/p" + QByteArray::number(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
        client.send(requests);
        QTRY_COMPARE_WITH_TIMEOUT(m_handler.waiting(), std::size_t{4}, kPatienceMs);
        QTest::qWait(100);
        QCOMPARE(m_handler.waiting(), std::size_t{4});
        for (int i = 0; i < 10; ++i)
            m_handler.release("p" + std::to_string(i));
        for (int i = 0; i < 10; ++i)
            QCOMPARE(client.readAnswer().body, "p" + QByteArray::number(i));
    }

    void headersAtAndPastTheLimit()
    {
        const QByteArray start = "GET /echo HTTP/1.1\r\nHost: x\r\nX: ";
        const qsizetype filler = 2'000 - start.size() - 4;
        HttpsClient client = connected();
        client.send(start + QByteArray(filler, 'x') + "\r\n\r\n");
        QCOMPARE(client.readAnswer().status, 200);
        client.send(start + QByteArray(filler + 1, 'x') + "\r\n\r\n");
        QCOMPARE(client.readAnswer().status, 431);
        QVERIFY(client.waitForClose(kPatienceMs));

        HttpsClient endless = connected();
        endless.send(start + QByteArray(5'000, 'x')); // without an end
        QCOMPARE(endless.readAnswer().status, 431);
    }

    void bodyAtAndPastTheLimit()
    {
        HttpsClient client = make();
        QCOMPARE(client.request("POST", "/echo", QByteArray(1'000, 'x')).body.size(), 1'000);
        QCOMPARE(client.request("POST", "/echo", QByteArray(1'001, 'x')).status, 413);
        QVERIFY(client.waitForClose(kPatienceMs));
    }

    void chunkedBodyAtAndPastTheLimit()
    {
        HttpsClient client = connected();
        const QByteArray head = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        client.send(head + "3\r\nabc\r\n");
        client.send("2;x=y\r\nde\r\n0\r\nAuthorization: trailer\r\n\r\n");
        QCOMPARE(client.readAnswer().body, QByteArray("abcde"));
        client.send(head + "3e8\r\n" + QByteArray(1'000, 'x') + "\r\n0\r\n\r\n");
        QCOMPARE(client.readAnswer().body.size(), 1'000);
        client.send(head + "3e8\r\n" + QByteArray(1'000, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n");
        QCOMPARE(client.readAnswer().status, 413);
    }

    void bombsAreRefused()
    {
        HttpsClient client = make();
        const auto fits = metrics::zstdCompress(std::string(5'000, 'x'));
        const auto bomb = metrics::zstdCompress(std::string(5'001, 'x'));
        const HttpsClient::Headers zstd{{"Content-Encoding", "zstd"}};
        QCOMPARE(client.request("POST", "/echo", QByteArray::fromStdString(*fits), zstd).body.size(), 5'000);
        QCOMPARE(client.request("POST", "/echo", QByteArray::fromStdString(*bomb), zstd).status, 413);
        QCOMPARE(client.request("POST", "/echo", "not zstd", zstd).status, 400);
        QCOMPARE(client.request("POST", "/echo", "x", {{"Content-Encoding", "br"}}).status, 415);
        QCOMPARE(client.request("POST", "/echo", "x", {{"Content-Encoding", "gzip, gzip"}}).status, 415);
        QCOMPARE(client.request("POST", "/echo", "x").status, 200); // the connection lives on
    }

    void slowHeadersAreCutOff()
    {
        restart(shortTimes());
        HttpsClient silent = connected();
        QCOMPARE(silent.readAnswer(kPatienceMs).status, 408);
        HttpsClient drip = connected();
        Answer answer;
        for (int i = 0; i < 40 && answer.status == 0; ++i) {
            drip.send(i == 0 ? "GET / HTTP/1.1\r\n" : "X: y\r\n");
            answer = drip.readAnswer(100);
        }
        QCOMPARE(answer.status, 408);
        QVERIFY(drip.waitForClose(kPatienceMs));
    }

    void slowBodiesAreCutOff()
    {
        restart(shortTimes());
        HttpsClient client = connected();
        client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n");
        Answer answer;
        for (int i = 0; i < 40 && answer.status == 0; ++i) {
            client.send("x");
            answer = client.readAnswer(100);
        }
        QCOMPARE(answer.status, 408);
        QVERIFY(client.waitForClose(kPatienceMs));

        // At the rate it is taken, though it takes longer than one window.
        HttpsClient steady = connected();
        steady.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n");
        for (int i = 0; i < 9; ++i) {
            steady.send(QByteArray(100, 'x'));
            QTest::qWait(120);
        }
        QCOMPARE(steady.readAnswer().body.size(), 900);
    }

    void idleConnectionsAreClosed()
    {
        restart(shortTimes());
        HttpsClient client = connected();
        QCOMPARE(client.request("GET", "/echo").status, 200);
        QTest::qWait(900); // less than the idle time, more than the header time
        QCOMPARE(client.request("GET", "/echo").status, 200);
        QVERIFY(client.waitForClose(kPatienceMs));
    }

    void handshakesHaveADeadline()
    {
        restart(shortTimes());
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, static_cast<quint16>(QUrl(m_url).port()));
        QVERIFY(socket.waitForConnected(kPatienceMs));
        QVERIFY(socket.waitForDisconnected(kPatienceMs));
        QTcpSocket plain;
        plain.connectToHost(QHostAddress::LocalHost, static_cast<quint16>(QUrl(m_url).port()));
        QVERIFY(plain.waitForConnected(kPatienceMs));
        plain.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        QVERIFY(plain.waitForDisconnected(kPatienceMs));
        QVERIFY(!plain.readAll().contains("HTTP/"));
    }

    void connectionsPerAddressAreLimited()
    {
        std::vector<std::unique_ptr<HttpsClient>> clients;
        for (int i = 0; i < 8; ++i) {
            clients.push_back(std::make_unique<HttpsClient>(m_url, m_caPem));
            QCOMPARE(clients.back()->request("GET", "/echo").status, 200);
        }
        HttpsClient refused(m_url, m_caPem);
        const Answer answer = refused.request("GET", "/echo");
        QCOMPARE(answer.status, 503);
        QVERIFY(!answer.header("retry-after").isEmpty());
        clients.pop_back();
        // Each try is a whole connection. The one that is taken is kept: QTRY asks again after the first success, and
        // the listener may not have seen yet that it was closed.
        std::unique_ptr<HttpsClient> admitted;
        const auto isAdmitted = [&] {
            if (admitted)
                return true;
            auto client = std::make_unique<HttpsClient>(m_url, m_caPem);
            if (client->request("GET", "/echo").status == 200)
                admitted = std::move(client);
            return admitted != nullptr;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isAdmitted(), kPatienceMs);
    }

    void expectContinueIsAnsweredOrRefused()
    {
        HttpsClient client = connected();
        client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        QCOMPARE(client.readAnswer().status, 100);
        client.send("ok");
        QCOMPARE(client.readAnswer().body, QByteArray("ok"));
        client.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        QCOMPARE(client.readAnswer().status, 401); // without asking for the body
        HttpsClient other = connected();
        other.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n");
        QCOMPARE(other.readAnswer().status, 417);
    }

    void refusalArrivesThoughTheClientStillSends()
    {
        HttpsClient client = connected();
        client.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + QByteArray(300, 'x'));
        client.send(QByteArray(300, 'x'));
        QCOMPARE(client.readAnswer().status, 401);
    }

    void headHasNoBody()
    {
        HttpsClient client = make();
        const Answer answer = client.request("HEAD", "/big");
        QCOMPARE(answer.header("content-length"), QByteArray("100000"));
        QCOMPARE(client.request("POST", "/echo", "next").body, QByteArray("next"));
    }

    void answersAreCompressedWhenWanted()
    {
        HttpsClient client = make();
        const Answer zstd = client.request("GET", "/big", {}, {{"Accept-Encoding", "gzip, zstd"}});
        QCOMPARE(zstd.header("content-encoding"), QByteArray("zstd"));
        QCOMPARE(
            metrics::zstdDecompress({zstd.body.data(), static_cast<std::size_t>(zstd.body.size())}, 200'000)->size(),
            std::size_t{100'000});
        QCOMPARE(
            client.request("GET", "/big", {}, {{"Accept-Encoding", "gzip;q=1, zstd;q=0"}}).header("content-encoding"),
            QByteArray("gzip"));
        QVERIFY(client.request("GET", "/big").header("content-encoding").isEmpty());
    }

    void aHandlerThatForgetsIsAnswered500()
    {
        HttpsClient client = make();
        QCOMPARE(client.request("GET", "/forget").status, 500);
        QCOMPARE(client.request("GET", "/echo").status, 200);
    }

    void aHandlerLearnsThatItsClientWentAway()
    {
        HttpsClient client = connected();
        client.send("GET /later/gone HTTP/1.1\r\nHost: x\r\n\r\n");
        QTRY_VERIFY_WITH_TIMEOUT(m_handler.isWaiting("gone"), kPatienceMs);
        QVERIFY(!m_handler.isAbandoned("gone"));
        client.disconnect();
        QTRY_VERIFY_WITH_TIMEOUT(m_handler.isAbandoned("gone"), kPatienceMs);
        m_handler.forget("gone");
    }

    void streamsFlowAndEnd()
    {
        HttpsClient client = connected();
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
        QTRY_VERIFY_WITH_TIMEOUT(m_handler.stream().has_value(), kPatienceMs);
        m_handler.stream()->send(std::make_shared<QByteArray>("data: 1\n\n"));
        QByteArray got;
        for (QDeadlineTimer end(kPatienceMs); !got.contains(": alive\n\n") && !end.hasExpired();)
            got += client.read(1, 1'000);
        QVERIFY(got.contains("transfer-encoding: chunked"));
        QVERIFY(got.contains("data: 1\n\n"));
        QVERIFY(got.contains(": alive\n\n"));
        client.disconnect();
        QTRY_VERIFY_WITH_TIMEOUT(m_handler.streamEnded(), kPatienceMs);
    }

    void aStreamThatIsNotReadIsCutOff()
    {
        HttpsClient client = connected();
        client.socket().setReadBufferSize(1'000);
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
        QTRY_VERIFY_WITH_TIMEOUT(m_handler.stream().has_value(), kPatienceMs);
        const auto lump = std::make_shared<QByteArray>(100'000, 'x');
        for (int i = 0; i < 200 && !m_handler.streamEnded(); ++i) {
            m_handler.stream()->send(lump);
            QThread::msleep(5);
        }
        QTRY_VERIFY_WITH_TIMEOUT(m_handler.streamEnded(), kPatienceMs);
    }

    void stoppingFinishesWhatRuns()
    {
        HttpsClient busy = connected();
        busy.send("GET /later/last HTTP/1.1\r\nHost: x\r\n\r\n");
        QTRY_COMPARE_WITH_TIMEOUT(m_handler.waiting(), std::size_t{1}, kPatienceMs);
        HttpsClient idle = connected();
        QCOMPARE(idle.request("GET", "/echo").status, 200);
        QMetaObject::invokeMethod(
            m_listener, [listener = m_listener] { listener->stop(); }, Qt::QueuedConnection);
        QVERIFY(idle.waitForClose(kPatienceMs));
        m_handler.release("last");
        const Answer answer = busy.readAnswer();
        QCOMPARE(answer.body, QByteArray("last"));
        QVERIFY(busy.waitForClose(kPatienceMs));
        HttpsClient late = make();
        QVERIFY(!late.connect(500));
    }

private:
    void start(const Limits& limits)
    {
        // The listener accepts on a thread of its own, because the clients of this test block theirs.
        std::promise<quint16> port;
        auto ready = port.get_future();
        m_thread = std::thread([this, &port, &limits] {
            QEventLoop loop;
            Listener listener(limits, m_handler, 2);
            m_listener = &listener;
            m_loop = &loop;
            port.set_value(listener.open(QHostAddress::LocalHost, 0, m_tls) ? listener.port() : quint16{0});
            loop.exec();
            m_listener = nullptr;
        });
        const quint16 chosen = ready.get();
        QVERIFY(chosen != 0);
        m_url = QStringLiteral("https://127.0.0.1:%1").arg(chosen);
    }

    void stop()
    {
        QMetaObject::invokeMethod(m_loop, &QEventLoop::quit, Qt::QueuedConnection);
        m_thread.join();
    }

    void restart(const Limits& limits)
    {
        stop();
        start(limits);
    }

    HttpsClient make() { return {m_url, m_caPem}; }

    HttpsClient connected()
    {
        HttpsClient client(m_url, m_caPem);
        if (!client.connect())
            qWarning("cannot connect");
        return client;
    }

    QTemporaryDir m_folder;
    QByteArray m_caPem;
    QSslConfiguration m_tls;
    EchoHandler m_handler;
    std::thread m_thread;
    Listener* m_listener = nullptr;
    QEventLoop* m_loop = nullptr;
    QString m_url;
};

QTEST_GUILESS_MAIN(ListenerTest)
#include "listener_test.moc"
