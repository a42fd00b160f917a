// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/support/fake_server.h"
#include "agent-service/uplink/introduction.h"

#include <QJsonDocument>
#include <QTest>

using namespace sextant;
using namespace sextant::agent;
using namespace sextant::agent::test;

namespace {

struct World {
    Issued authority = issue({"Test CA", "", true});
    Issued serverCertificate = issue({"server", "IP:127.0.0.1"}, &authority);
    Issued client = issue({"host 7", ""}, &authority);
    FakeServer server{serverCertificate, authority};
    std::vector<std::string> lines;
    logging::Log log{logging::Level::Debug, logging::Format::Logfmt,
        [this](logging::Level, std::string_view line) { lines.emplace_back(line); }};
    Introduction introduction{log};
    platform::HostFacts facts;

    World()
    {
        facts.hostname = "web01";
        facts.osFamily = "linux";
        facts.osName = "Debian GNU/Linux 12 (bookworm)";
        facts.kernel = "6.1.0";
        facts.architecture = "x86_64";
    }
    void introduce()
    {
        Identity identity;
        identity.hostId = 7;
        identity.certificate = client.certificate();
        identity.key = client.key();
        identity.authority = authority.certificate();
        introduction.introduce(identity, *parseServerAddress(server.url().toStdString()), facts);
    }
};

} // namespace

class IntroductionTest : public QObject {
    Q_OBJECT
private slots:
    void saysWhatTheHostIsOnceAndEndsItsConnection()
    {
        World world;
        world.server.onRequest = [](const Request&) { return reply(204); };
        world.introduce();
        QTRY_COMPARE(world.server.requests.size(), std::size_t{1});
        const Request& request = world.server.requests.front();
        QCOMPARE(request.method, QByteArray("PUT"));
        QCOMPARE(request.path, QByteArray("/api/v1/agent/host"));
        QCOMPARE(request.peer, world.client.certificate());
        const QJsonObject body = QJsonDocument::fromJson(request.body).object();
        QCOMPARE(body, introductionOf(world.facts));
        QCOMPARE(body.value(QLatin1String("hostname")).toString(), QStringLiteral("web01"));
        QCOMPARE(body.value(QLatin1String("agentVersion")).toString(), QStringLiteral(SEXTANT_VERSION));
        QCOMPARE(body.value(QLatin1String("os"))[QLatin1String("kernel")].toString(), QStringLiteral("6.1.0"));
        QVERIFY(!body.contains(QLatin1String("machineId"))); // not known
        QTRY_VERIFY(world.server.sockets.isEmpty());
        // After another enrolment, say.
        world.introduce();
        QTRY_COMPARE(world.server.requests.size(), std::size_t{2});
    }

    void onlyAServerThatKnowsTheRequestIsAskedAgain_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<bool>("again");
        QTest::newRow("older than this") << 404 << false;
        QTest::newRow("busy") << 503 << true;
        QTest::newRow("refused") << 400 << true;
    }
    void onlyAServerThatKnowsTheRequestIsAskedAgain()
    {
        QFETCH(int, status);
        QFETCH(bool, again);
        World world;
        world.server.onRequest = [&](const Request&) { return reply(status); };
        world.introduce();
        QTRY_COMPARE(world.server.requests.size(), std::size_t{1});
        QTest::qWait(300); // the answer arrives; the next try comes after a minute
        QCOMPARE(world.server.requests.size(), std::size_t{1});
        QCOMPARE(!world.lines.empty(), again);
    }
};

QTEST_GUILESS_MAIN(IntroductionTest)
#include "introduction_test.moc"
