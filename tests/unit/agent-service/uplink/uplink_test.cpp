// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/support/fake_server.h"
#include "agent-service/uplink/uplink.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <map>

using namespace sextant;
using namespace sextant::agent;
using namespace sextant::agent::test;
using namespace std::chrono_literals;

namespace {

/// How long to wait for what is sure to come, on a machine that has other things to do.
constexpr int kPatienceMs = 30'000;

metrics::BatchId idOf(int number)
{
    return metrics::BatchId::make(number, {});
}

/// An uplink with its queue, log and identity, against a fake server.
struct World {
    Issued authority = issue({"Test CA", "", true});
    Issued serverCertificate = issue({"server", "IP:127.0.0.1"}, &authority);
    Issued clientCertificate = issue({"host 7", ""}, &authority);
    FakeServer server{serverCertificate, authority};
    std::vector<std::string> lines;
    logging::Log log{logging::Level::Debug, logging::Format::Logfmt,
        [this](logging::Level, std::string_view line) { lines.emplace_back(line); }};
    Spool queue{{}, log, [] { return std::int64_t(1'000'000'000'000); }}; // without a file: in memory
    // The dice make the first waits 750 ms; the clock stands still unless a test moves it.
    std::int64_t now = 1'000'000'000'000;
    Uplink uplink{queue, log, [this] { return now; }, [] { return 0.0; }};

    void connectUplink(const Issued& trusted, const QString& url)
    {
        Identity identity;
        identity.hostId = 7;
        identity.certificate = clientCertificate.certificate();
        identity.key = clientCertificate.key();
        identity.authority = trusted.certificate();
        uplink.useIdentity(identity, *parseServerAddress(url.toStdString()));
    }
    void connectUplink() { connectUplink(authority, server.url()); }
    void push(int number)
    {
        queue.push({idOf(number), "body " + std::to_string(number), number, number + 1});
        uplink.wake();
    }
    [[nodiscard]] bool logged(const std::string& part) const
    {
        return std::ranges::any_of(
            lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
    }
};

} // namespace

class UplinkTest : public QObject {
    Q_OBJECT
private slots:
    void deliversWithTheClientCertificateOnOneConnection()
    {
        World world;
        world.connectUplink();
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(1), kPatienceMs);
        world.push(2);
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(2), kPatienceMs);
        QVERIFY(world.queue.empty());
        QCOMPARE(world.server.connections, 1);
        const Request& request = world.server.requests.at(0);
        QCOMPARE(request.method, QByteArray("POST"));
        QCOMPARE(request.path, QByteArray("/api/v1/agent/batches"));
        QCOMPARE(request.headers.value("content-encoding"), QByteArray("zstd"));
        QCOMPARE(request.headers.value("content-type"), QByteArray("application/x-protobuf"));
        QCOMPARE(request.headers.value("sextant-time"), QByteArray("1000000000000"));
        QCOMPARE(request.body, QByteArray("body 1"));
        QCOMPARE(request.peer, world.clientCertificate.certificate());
        QCOMPARE(world.queue.stats().sentBytes, std::uint64_t(12));
    }

    void keepsABatchUntilTheServerTakesIt_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("headers");
        for (const int status : {301, 401, 403, 408, 500, 503}) // 401 and 403 are looked at rarely
            QTest::addRow("%d", status) << status << QByteArray();
        QTest::newRow("429, at once") << 429 << QByteArray("Retry-After: 0\r\n");
    }
    void keepsABatchUntilTheServerTakesIt()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, headers);
        World world;
        world.server.onRequest = [&](const Request&) {
            return world.server.requests.size() == 1 ? reply(status, headers) : reply(204);
        };
        world.uplink.setRevokedLook(1s);
        world.connectUplink();
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        QCOMPARE(world.queue.stats().batches, std::uint64_t(1));
        QVERIFY(world.logged("HTTP " + std::to_string(status)));
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(1), kPatienceMs);
        QCOMPARE(world.server.requests.at(1).body, QByteArray("body 1"));
        QVERIFY(world.logged("delivering again"));
    }

    void saysOncePerReasonWhatTheServerLeftOut()
    {
        World world;
        world.server.onRequest = [](const Request&) {
            return reply(200, "Content-Type: application/json\r\n",
                R"({"stored_rows":4,"refused_rows":3,"reasons":{"time_ahead":1,"too_many_instances":2,"odd":-1}})");
        };
        world.connectUplink();
        for (int number = 1; number <= 3; ++number) {
            world.push(number);
            QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, static_cast<std::uint64_t>(number), kPatienceMs);
        }
        QCOMPARE(world.uplink.rowsRefused(), std::uint64_t(9));
        const auto said = [&](const std::string& part) {
            return std::ranges::count_if(
                world.lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
        };
        QCOMPARE(said("the server left rows out"), 2);
        QCOMPARE(said("clock is more than 10 minutes ahead"), 1);
        QCOMPARE(said("limits.instances_per_host"), 1);
    }

    void anAgentThatIsNotKnownLooksAgainRarely()
    {
        World world;
        world.server.onRequest = [](const Request&) { return reply(403); };
        world.connectUplink();
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        QTest::qWait(2'500); // the usual wait is over by now
        QCOMPARE(world.server.requests.size(), std::size_t(1));
        QCOMPARE(world.queue.stats().batches, std::uint64_t(1));
    }

    void aClonedAgentKeepsWhatItHasUntilItIsEnrolledAgain()
    {
        World world;
        world.uplink.setRun("11111111-2222-4333-8444-555555555555");
        bool cloned = true;
        world.server.onRequest = [&](const Request&) {
            return cloned ? reply(409, "Content-Type: application/problem+json\r\n", R"({"detail": "cloned"})")
                          : reply(204);
        };
        world.connectUplink();
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        for (int number = 2; number <= 4; ++number)
            world.push(number);
        QTest::qWait(2'000);
        QCOMPARE(world.server.requests.size(), std::size_t(1));
        QCOMPARE(
            world.server.requests[0].headers.value("sextant-run"), QByteArray("11111111-2222-4333-8444-555555555555"));
        QCOMPARE(world.queue.stats().batches, std::uint64_t(4));
        QCOMPARE(std::ranges::count_if(world.lines,
                     [](const std::string& line) {
                         return line.find("sextant-agent enroll TOKEN --force") != std::string::npos;
                     }),
            1);
        cloned = false;
        world.connectUplink();
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(4), kPatienceMs);
    }

    void theBacklogIsSentAtALimitedRateAndTheNewestAtOnce()
    {
        World world;
        for (int number = 1; number <= 10; ++number)
            world.push(number);
        world.uplink.setBacklogRate(10);
        QElapsedTimer timer;
        timer.start();
        world.connectUplink();
        QTRY_VERIFY_WITH_TIMEOUT(world.queue.stats().sent >= 2, kPatienceMs);
        world.push(11);
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(11), kPatienceMs);
        const auto newest = std::ranges::find(world.server.requests, QByteArray("body 11"), &Request::body);
        QVERIFY2(newest < world.server.requests.end() - 1, "the newest came last");
        QVERIFY2(timer.elapsed() >= 750, qPrintable(QString::number(timer.elapsed())));
    }

    void anOutageIsReportedOnceItIsOver_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("cause");
        QTest::newRow("no answer") << 0 << int(metrics::GapCause::NetworkOut);
        QTest::newRow("busy") << 503 << int(metrics::GapCause::ServerAway);
    }
    void anOutageIsReportedOnceItIsOver()
    {
        QFETCH(int, status);
        QFETCH(int, cause);
        World world;
        world.uplink.setLeastOutage(0ms);
        world.server.onRequest = [&](const Request&) {
            if (world.server.requests.size() > 1)
                return reply(204);
            return status == 0 ? Reply{"HTTP/1.1 204 No Con", true, 0} : reply(status);
        };
        world.connectUplink();
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        const metrics::GapReport* open = world.queue.journal().openReport(Journal::kDelivery);
        QVERIFY(open);
        QCOMPARE(int(open->cause), cause);
        world.now += 5'000;
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(1), kPatienceMs);
        const auto gaps = world.queue.journal().assign(idOf(2));
        QCOMPARE(gaps.size(), std::size_t(1));
        QCOMPARE(int(gaps[0].cause), cause);
        QCOMPARE(gaps[0].toMs - gaps[0].fromMs, std::int64_t(5'000));
        QVERIFY(!gaps[0].detail.empty());
    }

    void honoursRetryAfter_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::newRow("seconds") << QByteArray("Retry-After: 3\r\n");
        // The uplink's clock stands at 2001-09-09T01:46:40Z.
        QTest::newRow("date") << QByteArray("Retry-After: Sun, 09 Sep 2001 01:46:43 GMT\r\n");
    }
    void honoursRetryAfter()
    {
        QFETCH(QByteArray, header);
        World world;
        world.server.onRequest = [&](const Request&) {
            return world.server.requests.size() == 1 ? reply(503, header) : reply(204);
        };
        world.connectUplink();
        QElapsedTimer timer;
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        timer.start();
        world.push(2); // a new batch does not cut the wait short
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(2), kPatienceMs);
        QVERIFY2(timer.elapsed() >= 2'500, qPrintable(QString::number(timer.elapsed())));
    }

    void quarantinesWhatIsAtFaultAndSaysWhyOnce()
    {
        World world;
        world.server.onRequest = [](const Request& request) {
            return request.body == "body 3"
                       ? reply(204)
                       : reply(400, "Content-Type: application/problem+json\r\n", R"({"detail": "a column is wrong"})");
        };
        world.connectUplink();
        world.push(1);
        world.push(2);
        world.push(3);
        QTRY_VERIFY_WITH_TIMEOUT(world.queue.empty(), kPatienceMs);
        QCOMPARE(world.queue.stats().quarantined, std::uint64_t(2));
        QCOMPARE(world.queue.stats().sent, std::uint64_t(1));
        QCOMPARE(world.uplink.failures(), std::uint64_t(0));
        const auto reasons = std::ranges::count_if(world.lines,
            [](const std::string& line) { return line.find("HTTP 400: a column is wrong") != std::string::npos; });
        QCOMPARE(reasons, 1);
    }

    void sendsTheFreshBatchBeforeTheBacklogAfterAnOutage()
    {
        World world;
        bool down = true;
        world.server.onRequest = [&](const Request&) { return down ? reply(503) : reply(204); };
        world.connectUplink();
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        down = false;
        for (int number = 2; number <= 6; ++number)
            world.push(number);
        world.server.requests.clear();
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(6), kPatienceMs);
        QByteArrayList order;
        for (const Request& request : world.server.requests)
            order << request.body.mid(5);
        QCOMPARE(order.join(' '), QByteArray("6 1 2 3 4 5"));
    }

    void losesNothingWhenAReplyIsCutOff()
    {
        World world;
        world.server.onRequest = [&](const Request&) {
            return world.server.requests.size() == 1 ? Reply{"HTTP/1.1 204 No Con", true, 0} : reply(204);
        };
        world.connectUplink();
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        QCOMPARE(world.queue.stats().batches, std::uint64_t(1));
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(1), kPatienceMs);
    }

    void takesNoNonsenseForAnAnswer()
    {
        World world;
        world.server.onRequest = [&](const Request&) {
            return world.server.requests.size() == 1 ? Reply{"SSH-2.0-OpenSSH_9.2\r\n\r\n", false, 0} : reply(204);
        };
        world.connectUplink();
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        QVERIFY(world.logged("no HTTP/1.1"));
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(1), kPatienceMs);
    }

    void givesUpOnAServerThatNeverAnswers()
    {
        World world;
        world.uplink.setTimeout(300ms);
        world.server.onRequest = [&](const Request&) {
            return world.server.requests.size() == 1 ? Reply{} : reply(204);
        };
        world.connectUplink();
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        QVERIFY(world.logged("did not answer in time"));
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(1), kPatienceMs);
        QCOMPARE(world.server.connections, 2);
    }

    void waitsForAServerThatIsSlow()
    {
        World world;
        world.server.onRequest = [](const Request&) {
            Reply slow = reply(204);
            slow.delayMs = 400;
            return slow;
        };
        world.connectUplink();
        world.push(1);
        world.push(2);
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(2), kPatienceMs);
        QCOMPARE(world.uplink.failures(), std::uint64_t(0));
    }

    void replacesAConnectionThatTheServerClosedWithoutCountingAFailure()
    {
        World world;
        world.connectUplink();
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(1), kPatienceMs);
        world.server.closeConnections();
        world.push(2);
        QTRY_COMPARE_WITH_TIMEOUT(world.queue.stats().sent, std::uint64_t(2), kPatienceMs);
        QCOMPARE(world.server.connections, 2);
        QCOMPARE(world.uplink.failures(), std::uint64_t(0));
    }

    void sendsNothingToAServerThatItDoesNotTrust_data()
    {
        QTest::addColumn<bool>("foreignAuthority");
        QTest::addColumn<QByteArray>("names");
        QTest::addColumn<int>("validFor");
        QTest::newRow("another CA") << true << QByteArray("IP:127.0.0.1") << 3'600;
        QTest::newRow("another host's certificate") << false << QByteArray("DNS:other.example") << 3'600;
        QTest::newRow("expired") << false << QByteArray("IP:127.0.0.1") << -3'600;
    }
    void sendsNothingToAServerThatItDoesNotTrust()
    {
        QFETCH(bool, foreignAuthority);
        QFETCH(QByteArray, names);
        QFETCH(int, validFor);
        World world;
        const Issued foreign = issue({"Other CA", "", true});
        const Issued& signer = foreignAuthority ? foreign : world.authority;
        FakeServer impostor(issue({"server", names.toStdString(), false, validFor}, &signer), signer);
        world.connectUplink(world.authority, impostor.url());
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        QVERIFY(world.logged("cannot be trusted"));
        QCOMPARE(impostor.requests.size(), std::size_t(0));
        QCOMPARE(world.queue.stats().batches, std::uint64_t(1));
    }

    void saysThatAServerIsUnreachable()
    {
        World world;
        world.server.close();
        world.connectUplink(world.authority, QStringLiteral("https://127.0.0.1:1"));
        world.push(1);
        QTRY_COMPARE_WITH_TIMEOUT(world.uplink.failures(), std::uint64_t(1), kPatienceMs);
        QVERIFY(world.logged("127.0.0.1:1 cannot be reached"));
    }

    void finishesByDeliveringWhatWaits()
    {
        World world;
        for (int number = 1; number <= 20; ++number)
            world.push(number);
        world.connectUplink();
        bool done = false;
        world.uplink.finish(5s, [&] { done = true; });
        QTRY_VERIFY_WITH_TIMEOUT(done, kPatienceMs);
        QCOMPARE(world.queue.stats().sent, std::uint64_t(20));
    }

    void finishesInTimeWhenTheServerDoesNotAnswer()
    {
        World world;
        world.server.onRequest = [](const Request&) { return Reply{}; };
        world.connectUplink();
        world.push(1);
        bool done = false;
        world.uplink.finish(300ms, [&] { done = true; });
        QTRY_VERIFY_WITH_TIMEOUT(done, kPatienceMs);
        QCOMPARE(world.queue.stats().batches, std::uint64_t(1));
    }

    void finishesAtOnceWithoutAnIdentity()
    {
        World world;
        world.push(1);
        bool done = false;
        world.uplink.finish(5s, [&] { done = true; });
        QVERIFY(done);
    }
};

QTEST_GUILESS_MAIN(UplinkTest)
#include "uplink_test.moc"
