// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/enroll.h"
#include "agent-service/commands/enrolment_token.h"
#include "agent-service/support/fake_server.h"
#include "agent-service/uplink/identity.h"
#include "process/private_files.h"
#include "unit/process/everybody.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <future>
#include <thread>

using namespace sextant;
using namespace sextant::agent;
using namespace sextant::agent::test;

namespace {

constexpr std::int64_t kNow = 1'800'000'000'000;

QByteArray fingerprint(const Issued& authority)
{
    return authority.certificate().digest(QCryptographicHash::Sha256);
}

std::string tokenFor(const QString& url, const QByteArray& sha256, std::int64_t expires = kNow + 1'000)
{
    const QJsonObject object{{QStringLiteral("url"), url}, {QStringLiteral("ca"), QString::fromLatin1(sha256.toHex())},
        {QStringLiteral("secret"), QStringLiteral("s3cret")},
        {QStringLiteral("expires"), static_cast<qint64>(expires)}};
    return "sextant1_" + QJsonDocument(object)
                             .toJson(QJsonDocument::Compact)
                             .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals)
                             .toStdString();
}

platform::HostFacts facts()
{
    platform::HostFacts host;
    host.hostname = "web01";
    host.osFamily = "linux";
    host.osName = "Debian GNU/Linux 12 (bookworm)";
    host.kernel = "6.1.0";
    host.architecture = "x86_64";
    host.machineId = "0123456789abcdef0123456789abcdef";
    return host;
}

} // namespace

/// The command blocks, so it runs on a thread of its own while the fake server runs on the test's.
class EnrollTest : public QObject {
    Q_OBJECT

    Issued m_authority = issue({"Test CA", "", true});
    Issued m_certificate = issue({"server", "IP:127.0.0.1"}, &m_authority);
    std::unique_ptr<QTemporaryDir> m_dir;
    Settings m_settings;

    EnrolmentResult enrollAgainst(const std::string& token, bool force = false, std::int64_t now = kNow)
    {
        return enrollWith({token, "", "", force}, now);
    }
    EnrolmentResult enrollWith(const EnrolmentArguments& arguments, std::int64_t now = kNow)
    {
        EnrolmentResult result;
        const std::unique_ptr<QThread> thread(
            QThread::create([&] { result = enroll(m_settings, arguments, facts(), now); }));
        thread->start();
        while (!thread->isFinished())
            QTest::qWait(5);
        thread->wait();
        return result;
    }
    Reply issueFor(const Request& request)
    {
        const QJsonObject asked = QJsonDocument::fromJson(request.body).object();
        const QByteArray certificate =
            signRequest(asked.value(QLatin1String("csr")).toString().toLatin1(), m_authority);
        const QJsonObject answer{{QStringLiteral("hostId"), 7},
            {QStringLiteral("certificate"), QString::fromLatin1(certificate)},
            {QStringLiteral("ca"), QString::fromLatin1(m_authority.certificatePem)},
            {QStringLiteral("notAfter"), qint64(kNow)}};
        return reply(201, "Content-Type: application/json\r\n", QJsonDocument(answer).toJson());
    }
    QStringList stateFiles() const { return QDir(QString::fromStdString(m_settings.stateDir)).entryList(QDir::Files); }

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_settings.stateDir = m_dir->filePath(QStringLiteral("state")).toStdString();
        m_settings.requestTimeout = std::chrono::seconds(5);
    }

    void makesAnIdentityThatSurvives()
    {
        FakeServer server(m_certificate, m_authority);
        server.onRequest = [this](const Request& request) { return issueFor(request); };
        const EnrolmentResult result = enrollAgainst(tokenFor(server.url(), fingerprint(m_authority)));
        QCOMPARE(result.code, ExitCode::Success);
        QCOMPARE(result.sentence, "enrolled at " + server.url().toStdString() + " as host 7");

        // Nothing was sent on the first connection; the second carried the one request.
        QCOMPARE(server.connections, 2);
        QCOMPARE(server.requests.size(), std::size_t(1));
        const Request& request = server.requests.at(0);
        QCOMPARE(request.connection, 2);
        QCOMPARE(request.path, QByteArray("/api/v1/agent/enroll"));
        const QJsonObject body = QJsonDocument::fromJson(request.body).object();
        QCOMPARE(body.value(QLatin1String("secret")).toString(), QStringLiteral("s3cret"));
        QCOMPARE(body.value(QLatin1String("hostname")).toString(), QStringLiteral("web01"));
        QCOMPARE(body.value(QLatin1String("machineId")).toString(), QStringLiteral("0123456789abcdef0123456789abcdef"));
        QCOMPARE(body.value(QLatin1String("os")).toObject().value(QLatin1String("kernel")).toString(),
            QStringLiteral("6.1.0"));
        QVERIFY(!request.body.contains("PRIVATE KEY"));

        const auto identity = IdentityStore(m_settings.stateDir).load();
        QVERIFY2(identity, identity ? "" : identity.error().message.c_str());
        QCOMPARE(identity->hostId, 7);
        QCOMPARE(identity->server, server.url().toStdString());
        QCOMPARE(identity->authority, m_authority.certificate());
        QCOMPARE(identity->key.type(), QSsl::PrivateKey);
        QVERIFY(identity->notAfterMs > QDateTime::currentMSecsSinceEpoch());

        QCOMPARE(stateFiles().size(), 2);
        for (const QString& name : stateFiles()) // refused when others may read it, too
            QVERIFY(process::readPrivateFile(m_settings.stateDir + '/' + name.toStdString()));
    }

    void takesTheTokenFromAFileAndRemovesIt()
    {
        FakeServer server(m_certificate, m_authority);
        server.onRequest = [](const Request&) { return reply(503, {}, "{}"); };
        const std::string file = m_dir->filePath(QStringLiteral("token")).toStdString();
        const std::string token = tokenFor(server.url(), fingerprint(m_authority));
        QVERIFY(process::createPrivateFile(file, token + "\r\n"));
        QCOMPARE(enrollWith({"", file, "", false}).code, ExitCode::Unreachable);
        QVERIFY(QFile::exists(QString::fromStdString(file))); // for the next try
        server.onRequest = [this](const Request& request) { return issueFor(request); };
        QCOMPARE(enrollWith({"", file, "", false}).code, ExitCode::Success);
        QVERIFY(!QFile::exists(QString::fromStdString(file)));
        const std::string gone = enrollWith({"", file, "", true}).sentence;
        QVERIFY2(gone.starts_with(file + ": "), gone.c_str());
    }

    void connectsToTheServerThatTheSettingsName()
    {
        FakeServer server(m_certificate, m_authority);
        server.onRequest = [this](const Request& request) { return issueFor(request); };
        m_settings.server = server.url().toStdString();
        QCOMPARE(
            enrollAgainst(tokenFor(QStringLiteral("https://elsewhere.invalid"), fingerprint(m_authority))).sentence,
            "enrolled at " + m_settings.server + " as host 7");
        QCOMPARE(IdentityStore(m_settings.stateDir).load()->server, m_settings.server);
        m_settings.server.clear();
    }

    void aTokenOfAnotherAuthorityIsNotEvenTried()
    {
        FakeServer server(m_certificate, m_authority);
        const QByteArray own = fingerprint(m_authority).toHex(':');
        const std::string token = tokenFor(server.url(), fingerprint(m_authority));
        const EnrolmentResult result = enrollWith({token, "", QByteArray(32, 'x').toHex().toStdString(), false});
        QCOMPARE(result.code, ExitCode::NotTrusted);
        QVERIFY2(result.sentence.find(own.toStdString()) != std::string::npos, result.sentence.c_str());
        QCOMPARE(enrollWith({token, "", "no hex", false}).code, ExitCode::NotTrusted);
        QCOMPARE(server.connections, 0);
        server.onRequest = [this](const Request& request) { return issueFor(request); };
        QCOMPARE(enrollWith({token, "", own.toUpper().toStdString(), false}).code, ExitCode::Success);
    }

    void keepsAnIdentityUnlessForced()
    {
        FakeServer server(m_certificate, m_authority);
        server.onRequest = [this](const Request& request) { return issueFor(request); };
        const std::string token = tokenFor(server.url(), fingerprint(m_authority));
        QCOMPARE(enrollAgainst(token).code, ExitCode::Success);
        const auto first = IdentityStore(m_settings.stateDir).load();
        const std::uint64_t version = IdentityStore(m_settings.stateDir).version();
        const EnrolmentResult again = enrollAgainst(token);
        QCOMPARE(again.code, ExitCode::Identity);
        QVERIFY(again.sentence.find("use --force") != std::string::npos);
        QCOMPARE(server.requests.size(), std::size_t(1));
        QCOMPARE(enrollAgainst(token, true).code, ExitCode::Success);
        const auto second = IdentityStore(m_settings.stateDir).load();
        QVERIFY(second && first);
        QVERIFY(second->key != first->key);
        QVERIFY(IdentityStore(m_settings.stateDir).version() != version);
        QCOMPARE(stateFiles().size(), 2); // the old key is gone
    }

    void sendsNothingToAServerWithAnotherAuthority()
    {
        const Issued foreign = issue({"Other CA", "", true});
        FakeServer impostor(issue({"server", "IP:127.0.0.1"}, &foreign), foreign);
        const EnrolmentResult result = enrollAgainst(tokenFor(impostor.url(), fingerprint(m_authority)));
        QCOMPARE(result.code, ExitCode::NotTrusted);
        QVERIFY(result.sentence.find("is not the one that made the token") != std::string::npos);
        QCOMPARE(impostor.requests.size(), std::size_t(0));
        QVERIFY(stateFiles().isEmpty());
    }

    void sendsNothingToAServerThatOnlyShowsTheAuthority()
    {
        // It has copied the CA's certificate, which is no secret, but its own is from somewhere else.
        const Issued foreign = issue({"Other CA", "", true});
        FakeServer impostor(issue({"server", "IP:127.0.0.1"}, &foreign), m_authority);
        const EnrolmentResult result = enrollAgainst(tokenFor(impostor.url(), fingerprint(m_authority)));
        QCOMPARE(result.code, ExitCode::NotTrusted);
        QVERIFY(result.sentence.find("cannot be trusted") != std::string::npos);
        QCOMPARE(impostor.requests.size(), std::size_t(0));
        QVERIFY(stateFiles().isEmpty());
    }

    void anExpiredTokenIsNotEvenTried()
    {
        FakeServer server(m_certificate, m_authority);
        const EnrolmentResult result = enrollAgainst(tokenFor(server.url(), fingerprint(m_authority), kNow));
        QCOMPARE(result.code, ExitCode::TokenRefused);
        QVERIFY(result.sentence.find("has expired") != std::string::npos);
        QCOMPARE(server.connections, 0);
    }

    void refusalsLeaveNothingBehind_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("part");
        QTest::newRow("401") << 401 << int(ExitCode::TokenRefused) << QByteArray("does not take this token");
        QTest::newRow("400") << 400 << int(ExitCode::Failure) << QByteArray("HTTP 400: because");
        QTest::newRow("503") << 503 << int(ExitCode::Unreachable) << QByteArray("try again later");
        QTest::newRow("nonsense") << 201 << int(ExitCode::Unreachable) << QByteArray("cannot be understood");
    }
    void refusalsLeaveNothingBehind()
    {
        QFETCH(int, status);
        QFETCH(int, code);
        QFETCH(QByteArray, part);
        FakeServer server(m_certificate, m_authority);
        server.onRequest = [status](const Request&) { return reply(status, {}, R"({"detail": "because"})"); };
        const EnrolmentResult result = enrollAgainst(tokenFor(server.url(), fingerprint(m_authority)));
        QCOMPARE(int(result.code), code);
        QVERIFY2(QByteArray::fromStdString(result.sentence).contains(part), result.sentence.c_str());
        QVERIFY(result.sentence.find("s3cret") == std::string::npos);
        QVERIFY(stateFiles().isEmpty());
    }

    void aServerThatIsNotThere()
    {
        const EnrolmentResult result =
            enrollAgainst(tokenFor(QStringLiteral("https://127.0.0.1:1"), fingerprint(m_authority)));
        QCOMPARE(result.code, ExitCode::Unreachable);
        QVERIFY(result.sentence.find("127.0.0.1:1 cannot be reached") != std::string::npos);
    }

    void damagedTokens_data()
    {
        QTest::addColumn<QByteArray>("token");
        const auto encoded = [](const QByteArray& json) {
            return "sextant1_" + json.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
        };
        const QByteArray hex(64, 'a');
        QTest::newRow("another word") << QByteArray("hello");
        QTest::newRow("nothing after it") << QByteArray("sextant1_");
        QTest::newRow("not base64url") << QByteArray("sextant1_a+b/");
        QTest::newRow("not JSON") << encoded("hello");
        QTest::newRow("empty") << encoded("{}");
        QTest::newRow("no secret") << encoded("{\"url\":\"https://a\",\"expires\":1,\"ca\":\"" + hex + "\"}");
        QTest::newRow("short fingerprint")
            << encoded("{\"url\":\"https://a\",\"expires\":1,\"secret\":\"s\",\"ca\":\"abcd\"}");
        QTest::newRow("too long") << QByteArray("sextant1_" + QByteArray(5'000, 'a'));
    }
    void damagedTokens()
    {
        QFETCH(QByteArray, token);
        const auto parsed = parseEnrolmentToken(token.toStdString());
        QVERIFY(!parsed);
        QVERIFY(parsed.error().message.starts_with("the token is damaged"));
    }

    void anIdentityThatCannotBeUsedIsNamed()
    {
        FakeServer server(m_certificate, m_authority);
        server.onRequest = [this](const Request& request) { return issueFor(request); };
        QCOMPARE(enrollAgainst(tokenFor(server.url(), fingerprint(m_authority))).code, ExitCode::Success);
        const QString dir = QString::fromStdString(m_settings.stateDir);
        const QString keyFile = dir + u'/' + QDir(dir).entryList({QStringLiteral("*.key")}).value(0);
        const IdentityStore store(m_settings.stateDir);
        QVERIFY(letEverybodyRead(keyFile.toStdString()));
        QCOMPARE(store.load().error().code, ErrorCode::Denied);
        QVERIFY(QFile::remove(keyFile));
        QCOMPARE(store.load().error().code, ErrorCode::NotFound);
        QFile file(dir + QStringLiteral("/identity.json"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{");
        file.close();
        QCOMPARE(store.load().error().code, ErrorCode::Malformed);
        QVERIFY(file.remove());
        QVERIFY(!store.exists());
        QCOMPARE(store.load().error().code, ErrorCode::NotFound);
    }
};

QTEST_GUILESS_MAIN(EnrollTest)
#include "enroll_test.moc"
