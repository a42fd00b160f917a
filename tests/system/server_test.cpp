// SPDX-License-Identifier: GPL-3.0-or-later
// The real server, from the first start to its end, as a person and as an agent see it.
#include "metrics/codec.h"
#include "metrics/families.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::test;

class ServerTest : public QObject {
    Q_OBJECT

private slots:
    void firstStartMakesEverythingAndLaterStartsKeepIt()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const QString fingerprint = server.caFingerprint();
        const QString password = server.adminPassword();
        QCOMPARE(fingerprint.size(), 64);
        QVERIFY(password.size() >= 16);
        QVERIFY(server.enrolmentToken().startsWith(QStringLiteral("sextant1_")));
        for (const char* name : {"/ca.key", "/server.key", "/sextant.db"}) {
            const QFileInfo file(server.dataDir() + QLatin1String(name));
            QCOMPARE(file.permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
            QVERIFY(file.exists());
        }
        QVERIFY(server.stop());
        QVERIFY(!QFileInfo::exists(server.dataDir() + QStringLiteral("/url")));

        QVERIFY2(server.start(), qPrintable(server.error()));
        QCOMPARE(server.caFingerprint(), fingerprint);
        HttpsClient client(server.url(), server.caPem());
        QVERIFY(client.logIn(QStringLiteral("admin"), password));
        QCOMPARE(client.get("/api/v1/me").json().value(QStringLiteral("role")).toString(), QStringLiteral("admin"));
    }

    void aBatchTravelsFromEnrolmentToSeries()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto host = enrolHost(server.url(), server.caPem(), server.enrolmentToken(), QStringLiteral("web01"));
        QVERIFY(host.has_value());
        HttpsClient agent(server.url(), server.caPem(), host->identity);
        const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
        const auto batch = makeBatch(nowMs, 4'096);
        QCOMPARE(sendBatch(agent, batch).status, 204);
        QCOMPARE(sendBatch(agent, batch).status, 204); // stored once, acknowledged again

        HttpsClient person(server.url(), server.caPem());
        QVERIFY(person.logIn(QStringLiteral("admin"), server.adminPassword()));
        const Answer series = person.get(
            "/api/v1/hosts/" + QByteArray::number(host->id) +
            "/series?family=memory&columns=total_bytes&step=1000&agg=last&from=" + QByteArray::number(nowMs - 5'000) +
            "&to=" + QByteArray::number(nowMs + 5'000));
        QCOMPARE(series.status, 200);
        const qsizetype values =
            series.body.indexOf("\"instances\""); // behind the times, which may hold the same digits
        QVERIFY(values > 0);
        QCOMPARE(series.body.mid(values).count("4096"), 1);
        const QJsonObject row =
            person.get("/api/v1/overview").json().value(QStringLiteral("hosts")).toArray().at(0).toObject();
        QCOMPARE(row.value(QStringLiteral("name")).toString(), QStringLiteral("web01"));
        QCOMPARE(row.value(QStringLiteral("memoryTotalBytes")).toDouble(), 4096.0);

        // Nothing new: nothing to send. Something new: another tag.
        const QByteArray tag = person.get("/api/v1/overview").header("etag");
        const auto overviewUnless = [&person](const QByteArray& known) {
            return person.request("GET", "/api/v1/overview", {}, {{"If-None-Match", known}});
        };
        QCOMPARE(overviewUnless(tag).status, 304);
        QCOMPARE(overviewUnless("W/\"0\"").status, 200);
        QCOMPARE(sendBatch(agent, makeBatch(nowMs + 1, 8'192)).status, 204);
        const Answer changed = overviewUnless(tag);
        QCOMPARE(changed.status, 200);
        QVERIFY(changed.header("etag") != tag);
        QVERIFY(changed.body.contains("8192"));
        QVERIFY(server.stop());
    }

    void anEnrolmentTokenIsGoodOnce()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const QString token = server.enrolmentToken();
        HttpsClient client(server.url(), server.caPem());
        // A request that is refused for another reason leaves the token good.
        const Answer refused = client.post("/api/v1/agent/enroll",
            {{QStringLiteral("secret"), secretOfToken(token)}, {QStringLiteral("csr"), QStringLiteral("nonsense")},
                {QStringLiteral("hostname"), QStringLiteral("web01")},
                {QStringLiteral("os"), QJsonObject{{QStringLiteral("family"), QStringLiteral("linux")}}}});
        QCOMPARE(refused.status, 400);
        QCOMPARE(refused.json().value(QStringLiteral("field")).toString(), QStringLiteral("csr"));
        QVERIFY(enrolHost(server.url(), server.caPem(), token, QStringLiteral("web01")).has_value());
        QVERIFY(!enrolHost(server.url(), server.caPem(), token, QStringLiteral("web02")).has_value());

        const QString second = server.makeToken();
        QCOMPARE(server.command({QStringLiteral("token"), QStringLiteral("revoke"), QStringLiteral("2")}).exitCode, 0);
        QVERIFY(!enrolHost(server.url(), server.caPem(), second, QStringLiteral("web03")).has_value());
    }

    void removingAHostRevokesItsCertificateAtOnce()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto host = enrolHost(server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        HttpsClient agent(server.url(), server.caPem(), host->identity);
        QCOMPARE(sendBatch(agent, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 204);
        HttpsClient person(server.url(), server.caPem());
        QVERIFY(person.logIn(QStringLiteral("admin"), server.adminPassword()));
        QCOMPARE(person.request("DELETE", "/api/v1/hosts/" + QByteArray::number(host->id)).status, 204);
        // On the connection that is open, and on a new one.
        QCOMPARE(sendBatch(agent, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 401);
        HttpsClient again(server.url(), server.caPem(), host->identity);
        QCOMPARE(sendBatch(again, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 401);
        QCOMPARE(person.request("DELETE", "/api/v1/hosts/" + QByteArray::number(host->id)).status, 404);
    }

    void aHostSaysWhatItIsNow()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto host = enrolHost(server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        HttpsClient agent(server.url(), server.caPem(), host->identity);
        HttpsClient person(server.url(), server.caPem());
        QVERIFY(person.logIn(QStringLiteral("admin"), server.adminPassword()));
        const QByteArray path = "/api/v1/hosts/" + QByteArray::number(host->id);
        const auto says = [](HttpsClient& client, const QByteArray& body) {
            return client.request("PUT", "/api/v1/agent/host", body, {{"Content-Type", "application/json"}});
        };
        const QByteArray now = R"({"hostname": "web02", "agentVersion": "9.9.9",
            "os": {"family": "linux", "name": "Debian GNU/Linux 13", "kernel": "6.12", "architecture": "x86_64"}})";
        QCOMPARE(says(agent, now).status, 204);
        QCOMPARE(says(agent, now).status, 204);
        const QJsonObject facts = person.get(path).json();
        QCOMPARE(facts.value(QLatin1String("name")).toString(), QStringLiteral("web02"));
        QCOMPARE(facts.value(QLatin1String("agentVersion")).toString(), QStringLiteral("9.9.9"));
        // Nobody else may, and a description that is none changes nothing.
        HttpsClient nobody(server.url(), server.caPem());
        QCOMPARE(says(nobody, now).status, 401);
        const auto refused = says(agent, R"({"hostname": "web03", "os": {"family": ""}})");
        QCOMPARE(refused.status, 400);
        QCOMPARE(refused.json().value(QLatin1String("field")).toString(), QStringLiteral("os.family"));
        QCOMPARE(person.get(path).json().value(QLatin1String("name")).toString(), QStringLiteral("web02"));
    }

    void aRenewedCertificateEndsTheOldOneWithItsFirstUse()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto host = enrolHost(server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        HttpsClient agent(server.url(), server.caPem(), host->identity);
        const auto renew = [&agent](const QByteArray& csr) {
            return agent.post("/api/v1/agent/certificate", {{QStringLiteral("csr"), QString::fromLatin1(csr)}});
        };
        QCOMPARE(renew("nonsense").status, 400);
        QCOMPARE(renew(makeKeyAndRequest(1'024).requestPem).status, 400); // too short a key
        const auto unused = renew(makeKeyAndRequest(2'048).requestPem);   // another type of key
        QCOMPARE(unused.status, 200);
        const KeyAndRequest keys = makeKeyAndRequest();
        const Answer renewed = renew(keys.requestPem);
        QCOMPARE(renewed.status, 200);
        QVERIFY(renewed.json().value(QStringLiteral("not_after_ms")).toInteger() > QDateTime::currentMSecsSinceEpoch());
        const Identity next{renewed.json().value(QStringLiteral("certificate")).toString().toLatin1(), keys.keyPem};

        // Until the new one is used, the old one holds; also over a restart.
        QCOMPARE(sendBatch(agent, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 204);
        server.kill();
        QVERIFY2(server.start(), qPrintable(server.error()));
        HttpsClient old(server.url(), server.caPem(), host->identity);
        QCOMPARE(sendBatch(old, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 204);
        HttpsClient fresh(server.url(), server.caPem(), next);
        QCOMPARE(sendBatch(fresh, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 204);
        QTRY_COMPARE_WITH_TIMEOUT(sendBatch(old, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 401, 5'000);
        QCOMPARE(sendBatch(fresh, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 204);
        HttpsClient ended(server.url(), server.caPem(), host->identity);
        QCOMPARE(ended.post("/api/v1/agent/certificate", {}).status, 401);

        HttpsClient person(server.url(), server.caPem());
        QVERIFY(person.logIn(QStringLiteral("admin"), server.adminPassword()));
        QCOMPARE(person.get("/api/v1/hosts").json().value(QStringLiteral("hosts")).toArray().size(), 1);
        QCOMPARE(person.request("DELETE", "/api/v1/hosts/" + QByteArray::number(host->id)).status, 204);
        QCOMPARE(fresh.post("/api/v1/agent/certificate", {}).status, 401); // revoked
    }

    void theGoodPartOfABatchIsStoredAndHolesAreAccountedFor()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto host = enrolHost(server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        HttpsClient agent(server.url(), server.caPem(), host->identity);
        const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
        metrics::Batch batch = makeBatch(nowMs - 100'000, 4'321);
        metrics::Frame cores(metrics::family("cpu_core"), nowMs, 10'000);
        cores.addRow({"0"});
        cores.addRow({std::string(65'536, 'x')});
        batch.frames.push_back(cores);
        batch.frames.push_back(makeBatch(nowMs + 3'600'000).frames[0]);
        batch.gaps = {{metrics::GapCause::HostOff, nowMs - 95'000, nowMs - 50'000, "booted"}};
        const Answer answer = sendBatch(agent, batch);
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.json().value(QStringLiteral("stored_rows")).toInt(), 2);
        QCOMPARE(answer.json().value(QStringLiteral("refused_rows")).toInt(), 2);
        const QJsonArray refused = answer.json().value(QStringLiteral("refused")).toArray();
        QCOMPARE(refused.size(), 2);
        QCOMPARE(refused[0].toObject(), (QJsonObject{{QStringLiteral("frame"), 1}, {QStringLiteral("row"), 1},
                                            {QStringLiteral("reason"), QStringLiteral("long_label")}}));
        QCOMPARE(refused[1].toObject(),
            (QJsonObject{{QStringLiteral("frame"), 2}, {QStringLiteral("reason"), QStringLiteral("time_ahead")}}));
        QCOMPARE(sendBatch(agent, batch).status, 200); // the same answer when it comes again

        HttpsClient person(server.url(), server.caPem());
        QVERIFY(person.logIn(QStringLiteral("admin"), server.adminPassword()));
        const QByteArray path = "/api/v1/hosts/" + QByteArray::number(host->id) + "/gaps";
        const QJsonArray gaps = person.get(path).json().value(QStringLiteral("gaps")).toArray();
        QCOMPARE(gaps.size(), 2);
        const QJsonObject off = gaps[0].toObject();
        QCOMPARE(off.value(QStringLiteral("cause")).toString(), QStringLiteral("host_off"));
        QCOMPARE(off.value(QStringLiteral("from")).toInteger(), nowMs - 100'000);
        QCOMPARE(off.value(QStringLiteral("to")).toInteger(), nowMs - 50'000);
        QCOMPARE(gaps[1].toObject().value(QStringLiteral("cause")).toString(), QStringLiteral("unknown"));
        QCOMPARE(person.get(path + "?from=5&to=5").status, 400);
        QCOMPARE(person.get("/api/v1/hosts/999/gaps").status, 404);
        // What came late is history: the overview does not show it.
        QVERIFY(!person.get("/api/v1/overview").body.contains("4321"));
        QVERIFY(person.get("/metrics")
                    .body.contains("sextant_server_ingest_refused_rows_total{reason=\"long_label\"} 1\n"));
        QVERIFY(person.get("/metrics").body.contains("sextant_server_store_blocks{tier=\"raw\"} "));
        QVERIFY(person.get("/metrics").body.contains("sextant_server_store_seal_failures_total 0\n"));
    }

    void aHostWithAWrongClockIsShownAndSaidToBeSo()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto host = enrolHost(server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        HttpsClient agent(server.url(), server.caPem(), host->identity);
        const auto send = [&](const metrics::Batch& batch, qint64 agentsTimeMs) {
            return agent
                .request("POST", "/api/v1/agent/batches", QByteArray::fromStdString(metrics::encodeBatch(batch)),
                    {{"Content-Type", "application/x-protobuf"}, {"Sextant-Time", QByteArray::number(agentsTimeMs)}})
                .status;
        };
        HttpsClient person(server.url(), server.caPem());
        QVERIFY(person.logIn(QStringLiteral("admin"), server.adminPassword()));
        const auto row = [&] {
            return person.get("/api/v1/overview").json().value(QStringLiteral("hosts")).toArray().at(0).toObject();
        };
        constexpr qint64 kBehindMs = 3 * 3'600'000;
        const qint64 itsNowMs = QDateTime::currentMSecsSinceEpoch() - kBehindMs;
        QCOMPARE(send(makeBatch(itsNowMs, 4'096), itsNowMs), 204);
        QCOMPARE(send(makeBatch(itsNowMs - 60'000, 8'192), itsNowMs), 204); // what it kept is no news
        QCOMPARE(row().value(QStringLiteral("memoryTotalBytes")).toDouble(), 4096.0);
        QCOMPARE(row().value(QStringLiteral("state")).toString(), QStringLiteral("ok"));
        const qint64 shown = row().value(QStringLiteral("clockAheadMs")).toInteger();
        QVERIFY2(shown < -kBehindMs + 1'000 && shown > -kBehindMs - 60'000, QByteArray::number(shown).constData());
        // It is set right.
        for (int i = 0; i < 8; ++i) {
            const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
            QCOMPARE(send(makeBatch(nowMs, 16'384), nowMs), 204);
        }
        QVERIFY(!row().contains(QStringLiteral("clockAheadMs")));
        QCOMPARE(row().value(QStringLiteral("memoryTotalBytes")).toDouble(), 16'384.0);
    }

    void tooManyInstancesAreRefusedByPlaceAndCounted()
    {
        ServerProcess server;
        server.setEnvironment({{QStringLiteral("SEXTANT_SERVER_LIMITS_INSTANCES_PER_HOST"), QStringLiteral("100")}});
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto host = enrolHost(server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        HttpsClient agent(server.url(), server.caPem(), host->identity);
        metrics::Batch batch = makeBatch(QDateTime::currentMSecsSinceEpoch()); // one instance of memory
        metrics::Frame disks(metrics::family("diskio"), QDateTime::currentMSecsSinceEpoch(), 10'000);
        for (int i = 0; i < 102; ++i)
            disks.addRow({"sd" + std::to_string(i)});
        batch.frames.push_back(disks);
        const Answer answer = sendBatch(agent, batch);
        QCOMPARE(answer.status, 200);
        const QJsonObject body = answer.json();
        QCOMPARE(body.value(QStringLiteral("stored_rows")).toInt(), 100);
        QCOMPARE(body.value(QStringLiteral("refused_rows")).toInt(), 3);
        const QJsonArray refused = body.value(QStringLiteral("refused")).toArray();
        QCOMPARE(refused.size(), 3);
        for (int i = 0; i < 3; ++i) {
            const QJsonObject one{{QStringLiteral("frame"), 1}, {QStringLiteral("row"), 99 + i},
                {QStringLiteral("reason"), QStringLiteral("too_many_instances")}};
            QCOMPARE(refused.at(i).toObject(), one);
        }
        HttpsClient person(server.url(), server.caPem());
        QVERIFY(person.logIn(QStringLiteral("admin"), server.adminPassword()));
        const QByteArray id = QByteArray::number(host->id);
        const QJsonObject counted =
            person.get("/api/v1/hosts/" + id).json().value(QStringLiteral("instances")).toObject();
        QCOMPARE(counted.value(QStringLiteral("total")).toInt(), 100);
        QCOMPARE(counted.value(QStringLiteral("limit")).toInt(), 100);
        QCOMPARE(counted.value(QStringLiteral("refusedRows")).toInt(), 3);
        QVERIFY(person.get("/metrics")
                    .body.contains("sextant_server_ingest_over_cardinality_rows_total{host=\"" + id + "\"} 3"));
    }

    void twoMachinesWithOneIdentityAreNoticed()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto host = enrolHost(server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        HttpsClient agent(server.url(), server.caPem(), host->identity);
        const auto sendAs = [&agent](const QByteArray& run) {
            const std::string bytes = metrics::encodeBatch(makeBatch(QDateTime::currentMSecsSinceEpoch()));
            return agent.request("POST", "/api/v1/agent/batches", QByteArray::fromStdString(bytes),
                {{"Content-Type", "application/x-protobuf"}, {"Sextant-Run", run}});
        };
        HttpsClient person(server.url(), server.caPem());
        QVERIFY(person.logIn(QStringLiteral("admin"), server.adminPassword()));
        const auto shown = [&] { return person.get("/api/v1/hosts/" + QByteArray::number(host->id)).json(); };
        // A start again is no clone.
        for (const QByteArray run : {"a", "a", "b", "b", "c"})
            QCOMPARE(sendAs(run).status, 204);
        QVERIFY(!shown().contains(QStringLiteral("cloned")));
        const Answer refused = sendAs("b");
        QCOMPARE(refused.status, 409);
        QVERIFY(refused.body.contains("cloned"));
        QCOMPARE(sendAs("c").status, 204);
        QCOMPARE(sendAs("a").status, 409);
        QTRY_VERIFY_WITH_TIMEOUT(shown().contains(QStringLiteral("cloned")), 5'000);
        QTRY_COMPARE_WITH_TIMEOUT(server.log().count("its identity was cloned"), 1, 5'000);
    }

    void acknowledgedBatchesSurviveSigkill()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto host = enrolHost(server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
        HttpsClient agent(server.url(), server.caPem(), host->identity);
        QCOMPARE(sendBatch(agent, makeBatch(nowMs, 777'123)).status, 204);
        server.kill();
        QVERIFY2(server.start(), qPrintable(server.error()));
        HttpsClient person(server.url(), server.caPem());
        QVERIFY(person.logIn(QStringLiteral("admin"), server.adminPassword()));
        const Answer series = person.get("/api/v1/hosts/1/series?family=memory&columns=total_bytes&agg=last");
        QVERIFY(series.body.contains("777123"));
    }

    void commandsWorkWhileTheServerRuns()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto added =
            server.command({QStringLiteral("user"), QStringLiteral("add"), QStringLiteral("eve"),
                               QStringLiteral("--role"), QStringLiteral("viewer"), QStringLiteral("--password-stdin")},
                "correct horse battery\n");
        QVERIFY2(added.exitCode == 0, added.errors.constData());
        HttpsClient eve(server.url(), server.caPem());
        QVERIFY(eve.logIn(QStringLiteral("eve"), QStringLiteral("correct horse battery")));
        QCOMPARE(eve.get("/api/v1/overview").status, 200);
        QCOMPARE(eve.get("/api/v1/tokens").status, 403);
        // A new password ends the sessions.
        QCOMPARE(server.command({QStringLiteral("user"), QStringLiteral("passwd"), QStringLiteral("eve")}).exitCode, 0);
        QCOMPARE(eve.get("/api/v1/overview").status, 401);
        QVERIFY(server.command({QStringLiteral("user"), QStringLiteral("list")}).output.contains("eve\tviewer"));

        const auto host = enrolHost(server, QStringLiteral("web01"));
        QVERIFY(host.has_value());
        QVERIFY(server.command({QStringLiteral("host"), QStringLiteral("list")}).output.contains("web01"));
        QCOMPARE(
            server.command({QStringLiteral("host"), QStringLiteral("remove"), QString::number(host->id)}).exitCode, 0);
        HttpsClient agent(server.url(), server.caPem(), host->identity);
        QTRY_COMPARE_WITH_TIMEOUT(sendBatch(agent, makeBatch(QDateTime::currentMSecsSinceEpoch())).status, 401, 5'000);
        QCOMPARE(server.command({QStringLiteral("doctor")}).exitCode, 0);
    }

    void failuresAreOneClearLineWithTheirExitCode()
    {
        ServerProcess server;
        QVERIFY2(server.start(), qPrintable(server.error()));
        const auto twice =
            server.command({QStringLiteral("run"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0")});
        QCOMPARE(twice.exitCode, 1);
        QVERIFY(twice.errors.contains("another server runs with the data folder"));

        QTemporaryDir other;
        const QString inUse = QStringLiteral("127.0.0.1:%1").arg(server.port());
        const auto port = server.command({QStringLiteral("run"), QStringLiteral("--listen"), inUse}, {}, other.path());
        QCOMPARE(port.exitCode, 1);
        QVERIFY(port.errors.contains("another program listens on 127.0.0.1 port"));

        const auto nowhere =
            server.command({QStringLiteral("host"), QStringLiteral("list")}, {}, other.path() + QStringLiteral("/x"));
        QCOMPARE(nowhere.exitCode, 1);
        QVERIFY(nowhere.errors.contains("no server has run with the data folder"));

        const auto option = server.command({QStringLiteral("run"), QStringLiteral("--lisen"), QStringLiteral("x")});
        QCOMPARE(option.exitCode, 2);
        QCOMPARE(option.errors, QByteArray("sextant-server: --lisen: there is no such option; see --help\n"));
        const auto value =
            server.command({QStringLiteral("run"), QStringLiteral("--listen"), QStringLiteral("nowhere")});
        QCOMPARE(value.exitCode, 2);
        QVERIFY(value.errors.startsWith("sextant-server: flag listen: expected ADDRESS:PORT"));
        QVERIFY(server.command({QStringLiteral("--help")}).output.startsWith("Usage: sextant-server"));
    }
};

QTEST_GUILESS_MAIN(ServerTest)
#include "server_test.moc"
