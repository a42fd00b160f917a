// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/sdk/http_delivery.h"
#include "metrics/sdk/pusher.h"

#include <QHostAddress>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <protozero/pbf_reader.hpp>
#include <snappy.h>

#include <atomic>
#include <map>
#include <mutex>

using namespace sextant;
using namespace sextant::metrics;
using namespace sextant::metrics::sdk;
using namespace std::chrono_literals;

namespace {

/// Series as text, such as `up{job="a"}`, and the times and values that came of them.
using Received = std::map<std::string, std::map<std::int64_t, double>>;

void readSeries(protozero::pbf_reader series, Received& received)
{
    std::string text;
    std::map<std::int64_t, double> samples;
    while (series.next()) {
        const bool isLabel = series.tag() == 1;
        protozero::pbf_reader part = series.get_message();
        std::string name, value;
        double number = 0;
        std::int64_t time = 0;
        while (part.next()) {
            if (isLabel && part.tag() == 1)
                name = part.get_string();
            else if (isLabel)
                value = part.get_string();
            else if (part.tag() == 1)
                number = part.get_double();
            else
                time = part.get_int64();
        }
        if (isLabel)
            text += name + '=' + value + ' ';
        else
            samples[time] = number;
    }
    received[text].insert(samples.begin(), samples.end());
}

void readBody(const std::string& body, Received& received)
{
    std::string request;
    QVERIFY(snappy::Uncompress(body.data(), body.size(), &request));
    protozero::pbf_reader reader(request);
    while (reader.next(1))
        readSeries(reader.get_message(), received);
}

/// Takes what a pusher delivers, or says why not.
class Receiver {
public:
    Deliver deliver()
    {
        return [this](const std::string& body) -> Result<void> {
            const std::lock_guard lock(m_mutex);
            ++m_calls;
            if (m_error)
                return tl::unexpected(*m_error);
            readBody(body, m_received);
            return {};
        };
    }
    void failWith(std::optional<Error> error)
    {
        const std::lock_guard lock(m_mutex);
        m_error = std::move(error);
    }
    Received received() const
    {
        const std::lock_guard lock(m_mutex);
        return m_received;
    }
    int calls() const
    {
        const std::lock_guard lock(m_mutex);
        return m_calls;
    }

private:
    mutable std::mutex m_mutex;
    std::optional<Error> m_error;
    Received m_received;
    int m_calls = 0;
};

PushOptions fast()
{
    PushOptions options;
    options.interval = 20ms;
    options.labels = {{"job", "test"}};
    options.retryFirst = 10ms;
    options.retryLongest = 20ms;
    options.flushWithin = 2s;
    return options;
}

} // namespace

class PusherTest : public QObject {
    Q_OBJECT

private slots:
    void everyReadingArrivesWithItsTime()
    {
        Registry registry;
        registry.counter("a_total", "A", {{"x", "1"}}).value()->increment(3);
        Receiver receiver;
        Pusher pusher(registry, receiver.deliver(), fast());
        pusher.start();
        QTRY_VERIFY(pusher.counts().delivered >= 3);
        pusher.stop();
        const PushCounts counts = pusher.counts();
        const Received received = receiver.received();
        QCOMPARE(received.size(), std::size_t{1});
        QCOMPARE(QByteArray::fromStdString(received.begin()->first), QByteArray("__name__=a_total job=test x=1 "));
        QCOMPARE(received.begin()->second.size(), counts.delivered);
        QCOMPARE(counts.delivered, counts.read);
        for (const auto& [time, value] : received.begin()->second)
            QCOMPARE(value, 3.0);
    }

    void stopDeliversTheLastValue()
    {
        Registry registry;
        Gauge& gauge = *registry.gauge("g", "G").value();
        Receiver receiver;
        PushOptions options = fast();
        options.interval = 1h;
        Pusher pusher(registry, receiver.deliver(), options);
        pusher.start();
        QTRY_COMPARE(pusher.counts().delivered, std::uint64_t{1});
        gauge.set(42);
        pusher.stop();
        QCOMPARE(receiver.received().begin()->second.rbegin()->second, 42.0);
        pusher.stop();
        QCOMPARE(pusher.counts().read, std::uint64_t{2});
    }

    void whatCannotBeSentIsSentLater()
    {
        Registry registry;
        (void)registry.gauge("g", "G").value();
        Receiver receiver;
        receiver.failWith(Error{ErrorCode::Unreachable, "nobody there"});
        Pusher pusher(registry, receiver.deliver(), fast());
        pusher.start();
        QTRY_VERIFY(pusher.counts().waiting >= 4);
        QCOMPARE(pusher.counts().lastError, std::string("nobody there"));
        receiver.failWith({});
        QTRY_VERIFY(pusher.counts().delivered >= 4);
        pusher.stop();
        QCOMPARE(receiver.received().begin()->second.size(), pusher.counts().read);
        QCOMPARE(pusher.counts().lastError, std::string());
    }

    void theOldestAreDroppedAndCounted()
    {
        Registry registry;
        (void)registry.gauge("g", "G").value();
        Receiver receiver;
        receiver.failWith(Error{ErrorCode::Busy, "full"});
        PushOptions options = fast();
        options.waitingReadings = 3;
        options.flushWithin = 0ms;
        Pusher pusher(registry, receiver.deliver(), options);
        pusher.start();
        QTRY_VERIFY(pusher.counts().dropped >= 2);
        pusher.stop();
        const PushCounts counts = pusher.counts();
        QCOMPARE(counts.waiting, std::uint64_t{3});
        QCOMPARE(counts.read, counts.waiting + counts.dropped);
    }

    void aRefusalIsNotRepeated()
    {
        Registry registry;
        (void)registry.gauge("g", "G").value();
        Receiver receiver;
        receiver.failWith(Error{ErrorCode::Invalid, "bad label"});
        PushOptions options = fast();
        options.interval = 1h;
        Pusher pusher(registry, receiver.deliver(), options);
        pusher.start();
        QTRY_COMPARE(pusher.counts().refused, std::uint64_t{1});
        pusher.stop();
        QCOMPARE(pusher.counts().refused, std::uint64_t{2});
        QCOMPARE(receiver.calls(), 2);
        QCOMPARE(pusher.counts().lastError, std::string("bad label"));
    }

    void httpSaysWhatBecameOfIt_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<int>("code"); // -1: taken
        QTest::newRow("204") << QByteArray("HTTP/1.1 204 No Content\r\n\r\n") << -1;
        QTest::newRow("429") << QByteArray("HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n")
                             << int(ErrorCode::Busy);
        QTest::newRow("503") << QByteArray("HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n") << int(ErrorCode::Busy);
        QTest::newRow("400") << QByteArray("HTTP/1.1 400 Bad\r\nContent-Length: 9\r\n\r\nbad label")
                             << int(ErrorCode::Invalid);
        QTest::newRow("closed") << QByteArray() << int(ErrorCode::Unreachable);
    }
    void httpSaysWhatBecameOfIt()
    {
        QFETCH(QByteArray, answer);
        QFETCH(int, code);
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        QByteArray request;
        connect(&server, &QTcpServer::newConnection, this, [&] {
            QTcpSocket* const socket = server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [&, socket] {
                request += socket->readAll();
                if (!request.endsWith("the body"))
                    return;
                socket->write(answer);
                socket->disconnectFromHost();
            });
        });
        const std::string url = "http://127.0.0.1:" + std::to_string(server.serverPort()) + "/api/v1/write";
        std::atomic<bool> done = false;
        Result<void> result;
        std::thread sender([&] {
            result = httpDelivery({.url = url, .key = "sxk_secret"})("the body");
            done = true;
        });
        QTRY_VERIFY(done);
        sender.join();
        QCOMPARE(result ? -1 : static_cast<int>(result.error().code), code);
        if (code == static_cast<int>(ErrorCode::Invalid))
            QVERIFY(QByteArray::fromStdString(result.error().message).endsWith("answered 400: bad label"));
        QVERIFY(request.startsWith("POST /api/v1/write HTTP/1.1\r\n"));
        QVERIFY(request.contains("Authorization: Bearer sxk_secret\r\n"));
        QVERIFY(request.contains("Content-Encoding: snappy\r\n"));
    }
};

QTEST_GUILESS_MAIN(PusherTest)
#include "pusher_test.moc"
