// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/support/fake_server.h"
#include "agent-service/uplink/renewal.h"

#include <QDateTime>
#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::agent;
using namespace sextant::agent::test;

namespace {

/// An agent that is enrolled at a fake server. Test certificates begin two hours before now.
struct World {
    QTemporaryDir folder;
    Issued authority = issue({"Test CA", "", true});
    Issued serverCertificate = issue({"server", "IP:127.0.0.1"}, &authority);
    FakeServer server{serverCertificate, authority};
    Issued client;
    IdentityStore store{(folder.path() + QStringLiteral("/state")).toStdString()};
    std::vector<std::string> lines;
    logging::Log log{logging::Level::Debug, logging::Format::Logfmt,
        [this](logging::Level, std::string_view line) { lines.emplace_back(line); }};
    std::int64_t now = QDateTime::currentMSecsSinceEpoch();
    int renewed = 0;
    Renewal renewal{log, [this] { return now; }, [] { return 0.5; }, [this] { ++renewed; }};

    /// A certificate of two hours and `leftSeconds`.
    explicit World(long leftSeconds) : client(issue({"host 7", "", false, leftSeconds}, &authority))
    {
        const auto keyFile = store.createKeyFile(client.keyPem.toStdString());
        const auto stored = store.commit({server.url().toStdString(), 7, 0, client.certificatePem.toStdString(),
            authority.certificatePem.toStdString(), keyFile.value_or("")});
        if (!keyFile || !stored)
            qFatal("no identity");
    }
    void watch()
    {
        const auto identity = store.load();
        renewal.watch(store, *identity, *parseServerAddress(identity->server), "web01");
    }
    [[nodiscard]] Reply renewedReply(const Request& request) const
    {
        const QByteArray csr =
            QJsonDocument::fromJson(request.body).object().value(QLatin1String("csr")).toString().toLatin1();
        const QJsonObject answer{
            {QStringLiteral("certificate"), QString::fromLatin1(signRequest(csr, authority, 86'400))},
            {QStringLiteral("not_after_ms"), static_cast<qint64>(now + 3'600'000)}};
        return reply(200, "Content-Type: application/json\r\n", QJsonDocument(answer).toJson());
    }
    [[nodiscard]] bool logged(const std::string& part) const
    {
        return std::ranges::any_of(
            lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
    }
    [[nodiscard]] qsizetype keyFiles() const
    {
        return QDir(folder.path() + QStringLiteral("/state")).entryList({QStringLiteral("agent-*.key")}).size();
    }
};

} // namespace

class RenewalTest : public QObject {
    Q_OBJECT
private slots:
    void isDueAtTwoThirds()
    {
        const Issued issued = issue({"host", "", false, 3'600});
        const std::int64_t due = Renewal::dueMs(issued.certificate());
        QVERIFY(std::abs(due - QDateTime::currentMSecsSinceEpoch()) < 5'000); // two of three hours are over
    }

    void asksForNothingBeforeItIsDue()
    {
        World world(2 * 3'600);
        world.watch();
        QTest::qWait(300);
        QVERIFY(world.server.requests.empty());
    }

    void getsANewKeyAndCertificateInOneStep()
    {
        World world(1'800);
        world.server.onRequest = [&](const Request& request) { return world.renewedReply(request); };
        const std::uint64_t before = world.store.version();
        const QByteArray oldKey = world.store.load()->key.toPem();
        world.watch();
        QTRY_COMPARE(world.renewed, 1);
        const Request& request = world.server.requests.at(0);
        QCOMPARE(request.method, QByteArray("POST"));
        QCOMPARE(request.path, QByteArray("/api/v1/agent/certificate"));
        QCOMPARE(request.peer, world.client.certificate());
        QVERIFY(world.store.version() != before);
        const auto identity = world.store.load();
        QVERIFY2(identity, identity ? "" : identity.error().message.c_str());
        QVERIFY(identity->certificate != world.client.certificate());
        QVERIFY(identity->key.toPem() != oldKey);
        QCOMPARE(identity->hostId, std::int64_t(7));
        QCOMPARE(identity->server, world.server.url().toStdString());
        QCOMPARE(world.keyFiles(), 1);
    }

    void keepsTheOldOneWhenTheServerWillNot_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("not there") << 404 << QByteArray("{}");
        QTest::newRow("busy") << 503 << QByteArray("{}");
        QTest::newRow("nonsense") << 200 << QByteArray("[1]");
        const Issued authority = issue({"Other", "", true});
        const QJsonObject foreign{
            {QStringLiteral("certificate"), QString::fromLatin1(issue({"host", ""}, &authority).certificatePem)}};
        QTest::newRow("for another key") << 200 << QJsonDocument(foreign).toJson();
    }
    void keepsTheOldOneWhenTheServerWillNot()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        World world(1'800);
        world.server.onRequest = [&](const Request&) { return reply(status, {}, body); };
        const std::uint64_t before = world.store.version();
        world.watch();
        QTRY_VERIFY(world.logged("could not be renewed"));
        QCOMPARE(world.renewed, 0);
        QCOMPARE(world.store.version(), before);
        QCOMPARE(world.store.load()->certificate, world.client.certificate());
        QCOMPARE(world.keyFiles(), 1);
        QCOMPARE(world.server.requests.size(), std::size_t(1)); // and it waits before it asks again
    }
};

QTEST_GUILESS_MAIN(RenewalTest)
#include "renewal_test.moc"
