// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/support/fake_server.h"
#include "agent-service/uplink/uplink.h"

#include <QJsonDocument>
#include <QTest>

using namespace sextant;
using namespace sextant::agent;
using namespace sextant::agent::test;

namespace {

/// An uplink that has something to say of its host, against a fake server.
struct World {
    Issued authority = issue({"Test CA", "", true});
    Issued serverCertificate = issue({"server", "IP:127.0.0.1"}, &authority);
    Issued client = issue({"host 7", ""}, &authority);
    FakeServer server{serverCertificate, authority};
    std::vector<std::string> lines;
    logging::Log log{logging::Level::Debug, logging::Format::Logfmt,
        [this](logging::Level, std::string_view line) { lines.emplace_back(line); }};
    Spool queue{{}, log, [] { return std::int64_t(1'000'000'000'000); }}; // without a file: in memory
    Uplink uplink{queue, log, [] { return std::int64_t(1'000'000'000'000); }, [] { return 0.5; }};
    platform::HostFacts facts;
    int batches = 0;
    int status = 204; ///< what an introduction is answered with

    World()
    {
        facts.hostname = "web01";
        facts.osFamily = "linux";
        facts.osName = "Debian GNU/Linux 12 (bookworm)";
        facts.kernel = "6.1.0";
        facts.architecture = "x86_64";
        server.onRequest = [this](const Request& request) { return reply(request.method == "PUT" ? status : 204); };
    }
    void connectUplink()
    {
        Identity identity;
        identity.hostId = 7;
        identity.certificate = client.certificate();
        identity.key = client.key();
        identity.authority = authority.certificate();
        uplink.useIdentity(identity, *parseServerAddress(server.url().toStdString()));
    }
    void push()
    {
        ++batches;
        queue.push({metrics::BatchId::make(batches, {}), "body", batches, batches + 1});
        uplink.wake();
    }
    /// What was asked, in order: "POST" a batch, "PUT" an introduction.
    [[nodiscard]] QByteArray asked() const
    {
        QByteArrayList methods;
        for (const Request& request : server.requests)
            methods << request.method;
        return methods.join(' ');
    }
    [[nodiscard]] auto complaints() const
    {
        return std::ranges::count_if(lines,
            [](const std::string& line) { return line.find("not told what this host is") != std::string::npos; });
    }
};

} // namespace

class IntroductionTest : public QObject {
    Q_OBJECT
private slots:
    void goesBehindABatchOnTheSameConnection()
    {
        World world;
        world.uplink.introduce(world.facts);
        world.connectUplink();
        world.push();
        QTRY_COMPARE(world.asked(), QByteArray("POST PUT"));
        const Request& request = world.server.requests.back();
        QCOMPARE(request.path, QByteArray("/api/v1/agent/host"));
        QCOMPARE(request.peer, world.client.certificate());
        const QJsonObject body = QJsonDocument::fromJson(request.body).object();
        QCOMPARE(body, introductionOf(world.facts));
        QCOMPARE(body.value(QLatin1String("hostname")).toString(), QStringLiteral("web01"));
        QCOMPARE(body.value(QLatin1String("agentVersion")).toString(), QStringLiteral(SEXTANT_VERSION));
        QCOMPARE(body.value(QLatin1String("os"))[QLatin1String("kernel")].toString(), QStringLiteral("6.1.0"));
        QVERIFY(!body.contains(QLatin1String("machineId"))); // not known
        world.push();
        QTRY_COMPARE(world.asked(), QByteArray("POST PUT POST"));
        QCOMPARE(world.server.connections, 1);
        QCOMPARE(world.complaints(), 0);
    }

    void isSaidOnceAndNotAgainAfterARenewal()
    {
        World world;
        world.uplink.introduce(world.facts);
        world.connectUplink();
        world.push();
        world.push();
        QTRY_COMPARE(world.queue.stats().sent, std::uint64_t(2));
        world.connectUplink(); // as with another certificate
        world.push();
        world.push();
        QTRY_COMPARE(world.queue.stats().sent, std::uint64_t(4));
        QCOMPARE(world.asked(), QByteArray("POST PUT POST POST POST"));
        world.uplink.introduce(world.facts); // to another server, say
        world.push();
        QTRY_COMPARE(world.asked(), QByteArray("POST PUT POST POST POST POST PUT"));
        QCOMPARE(world.server.connections, 2);
    }

    void onlyAServerThatKnowsTheRequestIsAskedAgain_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<bool>("complaint");
        QTest::newRow("older than this") << 404 << false;
        QTest::newRow("busy") << 503 << true;
        QTest::newRow("refused") << 400 << true;
        QTest::newRow("not answered") << 0 << true;
    }
    void onlyAServerThatKnowsTheRequestIsAskedAgain()
    {
        QFETCH(int, status);
        QFETCH(bool, complaint);
        World world;
        if (status == 0)
            world.server.onRequest = [](const Request& request) {
                return request.method == "PUT" ? Reply{"HTTP/1.1 204 No Con", true, 0} : reply(204);
            };
        world.status = status;
        world.uplink.introduce(world.facts);
        world.connectUplink();
        world.push();
        QTRY_COMPARE(world.asked(), QByteArray("POST PUT"));
        world.push();
        QTRY_COMPARE(world.queue.stats().sent, std::uint64_t(2)); // delivering goes on meanwhile
        world.push();
        QTRY_COMPARE(world.queue.stats().sent, std::uint64_t(3));
        QCOMPARE(world.asked(), QByteArray("POST PUT POST POST")); // the next try comes after a minute
        QCOMPARE(world.complaints(), complaint ? 1 : 0);
        QCOMPARE(world.uplink.failures(), std::uint64_t(0));
    }

    void aHostWithoutANameSaysNothing()
    {
        World world;
        world.facts.hostname.clear();
        world.uplink.introduce(world.facts);
        world.connectUplink();
        world.push();
        world.push();
        QTRY_COMPARE(world.queue.stats().sent, std::uint64_t(2));
        QCOMPARE(world.asked(), QByteArray("POST POST"));
    }

    void theEndDoesNotWaitForIt()
    {
        World world;
        world.uplink.introduce(world.facts);
        world.push();
        world.connectUplink();
        bool done = false;
        world.uplink.finish(std::chrono::seconds(5), [&] { done = true; });
        QTRY_VERIFY(done);
        QCOMPARE(world.asked(), QByteArray("POST"));
    }
};

QTEST_GUILESS_MAIN(IntroductionTest)
#include "introduction_test.moc"
