// SPDX-License-Identifier: GPL-3.0-or-later
// Certificates, passwords, sessions, tokens and lock-out, with time in the test's hand.
#include "server/auth/certificate_authority.h"
#include "server/auth/enrolment_tokens.h"
#include "server/auth/login_guard.h"
#include "server/auth/password.h"
#include "server/auth/server_certificate.h"
#include "server/auth/sessions.h"
#include "server/auth/users.h"
#include "server/auth/x509.h"
#include "server/storage/database.h"
#include "support/test_host.h"

#include <QFile>
#include <QFileInfo>
#include <QSqlDatabase>
#include <QSslCertificate>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kStartMs = 1'767'225'600'000;

QByteArray derOf(const QByteArray& pem)
{
    return QSslCertificate(pem).toDer();
}

} // namespace

class AuthTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_nowMs = kStartMs;
        auto database = Database::open({.path = m_folder->filePath(QStringLiteral("t.db"))});
        QVERIFY(database.has_value());
        m_database = std::move(*database);
    }
    void cleanup() { m_database.reset(); }

    void theAuthorityIsMadeOnceAndKept()
    {
        const auto first = CertificateAuthority::openOrCreate(m_folder->path(), kStartMs);
        QVERIFY(first.has_value());
        const auto second = CertificateAuthority::openOrCreate(m_folder->path(), kStartMs + 400 * kDayMs);
        QCOMPARE(second->fingerprint(), first->fingerprint());
        QCOMPARE(QFileInfo(m_folder->filePath(QStringLiteral("ca.key"))).permissions() &
                     (QFile::ReadGroup | QFile::ReadOther),
            QFile::Permissions());
        QFile key(m_folder->filePath(QStringLiteral("ca.key")));
        QVERIFY(key.open(QIODevice::WriteOnly));
        key.write("broken");
        key.close();
        QVERIFY(CertificateAuthority::openOrCreate(m_folder->path(), kStartMs).error().code == ErrorCode::Malformed);
        QVERIFY(key.remove()); // half of it must not lead to a new authority
        QVERIFY(!CertificateAuthority::openOrCreate(m_folder->path(), kStartMs).has_value());
    }

    void clientCertificatesAreGoodForTheirTimeAlone()
    {
        const auto authority = CertificateAuthority::openOrCreate(m_folder->path(), kStartMs);
        const auto keys = test::makeKeyAndRequest();
        const auto issued = authority->signClient(keys.requestPem, QStringLiteral("host-7"), kStartMs, 30);
        QVERIFY(issued.has_value());
        QCOMPARE(issued->notAfterMs, kStartMs + 30 * kDayMs);
        const QByteArray der = derOf(issued->pem);
        QCOMPARE(QSslCertificate(issued->pem).subjectInfo(QSslCertificate::CommonName),
            QStringList{QStringLiteral("host-7")});
        const auto verified = authority->verifyClient(der, kStartMs);
        QVERIFY(verified.has_value());
        QCOMPARE(verified->fingerprint, issued->fingerprint);
        QVERIFY(authority->verifyClient(der, kStartMs + 30 * kDayMs - 1'000).has_value());
        QVERIFY(!authority->verifyClient(der, kStartMs + 30 * kDayMs + 1'000).has_value());
        QVERIFY(!authority->verifyClient(der, kStartMs - kDayMs).has_value());
        QVERIFY(!authority->verifyClient("not a certificate", kStartMs).has_value());
        QVERIFY(!authority->verifyClient({}, kStartMs).has_value());
        // The validity is held between its limits.
        QCOMPARE(authority->signClient(keys.requestPem, QStringLiteral("h"), kStartMs, 1)->notAfterMs,
            kStartMs + 30 * kDayMs);
        QCOMPARE(authority->signClient(keys.requestPem, QStringLiteral("h"), kStartMs, 9'999)->notAfterMs,
            kStartMs + 365 * kDayMs);
    }

    void certificatesOfOthersAreRefused()
    {
        const auto ours = CertificateAuthority::openOrCreate(m_folder->path(), kStartMs);
        const QTemporaryDir otherFolder;
        const auto theirs = CertificateAuthority::openOrCreate(otherFolder.path(), kStartMs);
        const auto issued =
            theirs->signClient(test::makeKeyAndRequest().requestPem, QStringLiteral("host-1"), kStartMs, 30);
        QVERIFY(!ours->verifyClient(derOf(issued->pem), kStartMs).has_value());
        QVERIFY(!ours->verifyClient(derOf(ours->pem()), kStartMs).has_value());
        const auto server = ensureServerCertificate(*ours, m_folder->path(), {QStringLiteral("localhost")}, kStartMs);
        QVERIFY(!ours->verifyClient(derOf(server->pem), kStartMs).has_value());
    }

    void requestsAreChecked()
    {
        QVERIFY(CertificateAuthority::checkRequest(test::makeKeyAndRequest().requestPem).has_value());
        QVERIFY(CertificateAuthority::checkRequest(test::makeKeyAndRequest(2048).requestPem).has_value());
        QVERIFY(CertificateAuthority::checkRequest(test::makeKeyAndRequest(1024).requestPem).error().code ==
                ErrorCode::Invalid);
        QVERIFY(CertificateAuthority::checkRequest("nonsense").error().code == ErrorCode::Malformed);
        QVERIFY(CertificateAuthority::checkRequest(QByteArray(20'000, 'x')).error().code == ErrorCode::TooLarge);
        // A request whose signature is not that of its key: change one byte near the end.
        QByteArray pem = test::makeKeyAndRequest().requestPem;
        QByteArrayList lines = pem.split('\n');
        QByteArray der = QByteArray::fromBase64(lines.mid(1, lines.size() - 3).join());
        der[der.size() - 3] = static_cast<char>(der[der.size() - 3] ^ 1);
        pem = "-----BEGIN CERTIFICATE REQUEST-----\n" + der.toBase64() + "\n-----END CERTIFICATE REQUEST-----\n";
        QVERIFY(!CertificateAuthority::checkRequest(pem).has_value());
    }

    void theServerCertificateIsRenewedWhenItMust()
    {
        const auto authority = CertificateAuthority::openOrCreate(m_folder->path(), kStartMs);
        const QStringList names{QStringLiteral("web"), QStringLiteral("10.1.2.3"), QStringLiteral("fd00::1")};
        const auto first = ensureServerCertificate(*authority, m_folder->path(), names, kStartMs);
        QVERIFY(first.has_value() && first->isNew);
        const auto alternatives = QSslCertificate(first->pem).subjectAlternativeNames();
        QVERIFY(alternatives.contains(QSsl::DnsEntry, QStringLiteral("web")));
        QVERIFY(alternatives.contains(QSsl::IpAddressEntry, QStringLiteral("10.1.2.3")));
        QVERIFY(!ensureServerCertificate(*authority, m_folder->path(), names, kStartMs + 300 * kDayMs)->isNew);
        QVERIFY(
            ensureServerCertificate(*authority, m_folder->path(), names + QStringList{QStringLiteral("new")}, kStartMs)
                ->isNew);
        QVERIFY(ensureServerCertificate(*authority, m_folder->path(), names, kStartMs + 370 * kDayMs)->isNew);
    }

    void passwordsAreHashedAndChecked()
    {
        const ScryptCost cheap{4, 8, 1};
        const auto hash = hashPassword("correct horse", cheap);
        QVERIFY(hash.has_value());
        QVERIFY(!hash->contains(QStringLiteral("correct")));
        QVERIFY(*hash != *hashPassword("correct horse", cheap)); // salted
        QVERIFY(checkPassword("correct horse", *hash).value());
        QVERIFY(!checkPassword("correct horsf", *hash).value());
        QVERIFY(!checkPassword("", *hash).value());
        QVERIFY(!checkPassword(QByteArray(257, 'x'), *hash).value());
        QVERIFY(checkPassword("x", QStringLiteral("plain")).error().code == ErrorCode::Malformed);
        QVERIFY(checkPassword("x", QStringLiteral("scrypt$60$8$1$AAAA$AAAA")).error().code == ErrorCode::Malformed);
        QVERIFY(hashPassword("123456789", cheap).error().code == ErrorCode::Invalid);
        QVERIFY(hashPassword(QByteArray(256, 'x'), cheap).has_value());
        QVERIFY(hashPassword(QByteArray(257, 'x'), cheap).error().code == ErrorCode::Invalid);
        QVERIFY(!checkPassword("anything at all", unknownUserHash()).value());
    }

    void usersAndTheirSessions()
    {
        Users users(*m_database, clock());
        Sessions sessions(*m_database, clock());
        QVERIFY(users.add(QStringLiteral("eve"), Role::Operator, "correct horse").has_value());
        QVERIFY(users.add(QStringLiteral("eve"), Role::Admin, "correct horse").error().code == ErrorCode::Conflict);
        QVERIFY(
            users.add(QStringLiteral("no spaces"), Role::Admin, "correct horse").error().code == ErrorCode::Invalid);
        QVERIFY(!users.check(QStringLiteral("eve"), "wrong").value().has_value());
        QVERIFY(!users.check(QStringLiteral("adam"), "correct horse").value().has_value());
        const auto eve = users.check(QStringLiteral("eve"), "correct horse").value();
        QVERIFY(eve.has_value() && eve->role == Role::Operator);

        const auto started = sessions.start(*eve);
        QVERIFY(started.has_value());
        QCOMPARE(sessions.find(started->token).value()->user.name, QStringLiteral("eve"));
        QVERIFY(!sessions.find("x" + started->token).value().has_value());
        m_nowMs += Sessions::kLifetimeMs - 1;
        auto session = sessions.find(started->token).value();
        QVERIFY(session.has_value() && sessions.isDue(*session));
        QVERIFY(sessions.extend(session->hash).has_value());
        m_nowMs += Sessions::kLifetimeMs - 1;
        session = sessions.find(started->token).value();
        QVERIFY(session.has_value());
        m_nowMs += 1;
        QVERIFY(!sessions.find(started->token).value().has_value());
        QVERIFY(sessions.extend(session->hash).has_value()); // what ended stays ended
        QVERIFY(!sessions.find(started->token).value().has_value());

        const auto second = sessions.start(*eve);
        QVERIFY(users.setPassword(QStringLiteral("eve"), "battery staple").has_value());
        QVERIFY(!sessions.find(second->token).value().has_value());
        QVERIFY(users.setPassword(QStringLiteral("adam"), "battery staple").error().code == ErrorCode::NotFound);
    }

    void enrolmentTokensAreGoodOnce()
    {
        EnrolmentTokens tokens(*m_database, clock());
        QVERIFY(tokens.create(EnrolmentTokens::kMinValidMs, {}).has_value());
        QVERIFY(tokens.create(EnrolmentTokens::kMaxValidMs, {}).has_value());
        QVERIFY(tokens.create(EnrolmentTokens::kMinValidMs - 1, {}).error().code == ErrorCode::Invalid);
        QVERIFY(tokens.create(EnrolmentTokens::kMaxValidMs + 1, {}).error().code == ErrorCode::Invalid);
        const auto made = tokens.create(60'000, QStringLiteral("rack 4"));
        const auto use = [&](const QByteArray& secret, bool rollBack) {
            return m_database->write([&](QSqlDatabase& database) -> Result<void> {
                auto used = tokens.use(database, secret, HostId{5});
                return used && rollBack ? Result<void>(fail(ErrorCode::Io, "undo")) : used;
            });
        };
        QVERIFY(tokens.isGood(made->secret).value());
        QVERIFY(use(made->secret, true).error().code == ErrorCode::Io);
        QVERIFY(tokens.isGood(made->secret).value()); // its transaction did not happen
        QVERIFY(use(made->secret, false).has_value());
        QVERIFY(!tokens.isGood(made->secret).value());
        QVERIFY(use(made->secret, false).error().code == ErrorCode::Denied);
        QCOMPARE(tokens.list()->back().usedBy->value, std::int64_t{5});
        QCOMPARE(tokens.list()->back().note, QStringLiteral("rack 4"));

        const auto expiring = tokens.create(60'000, {});
        m_nowMs += 60'000;
        QVERIFY(!tokens.isGood(expiring->secret).value());
        QVERIFY(use(expiring->secret, false).error().code == ErrorCode::Denied);
        const auto revoked = tokens.create(60'000, {});
        QVERIFY(tokens.revoke(revoked->id).has_value());
        QVERIFY(use(revoked->secret, false).error().code == ErrorCode::Denied);
        QVERIFY(tokens.revoke(9'999).error().code == ErrorCode::NotFound);
    }

    void lockOutHoldsForItsTime()
    {
        LoginGuard guard(100);
        for (int i = 0; i < LoginGuard::kFailures; ++i)
            QVERIFY(!guard.begin("eve", kStartMs + i).has_value());
        QVERIFY(guard.begin("eve", kStartMs + 100).has_value());
        QVERIFY(!guard.begin("adam", kStartMs + 100).has_value());
        const std::int64_t lockedMs = kStartMs + 9 + LoginGuard::kLockMs;
        QCOMPARE(guard.begin("eve", lockedMs - 1).value(), std::int64_t{1});
        QVERIFY(!guard.begin("eve", lockedMs).has_value());
        // Right logins are forgotten, failures far apart do not add up.
        for (int i = 0; i < 50; ++i) {
            QVERIFY(!guard.begin("carol", kStartMs).has_value());
            guard.succeeded("carol");
            QVERIFY(!guard.begin("dave", kStartMs + i * LoginGuard::kWindowMs).has_value());
        }
    }

    void lockOutMemoryIsBoundedAndKeepsTheLocked()
    {
        LoginGuard guard(100);
        for (int i = 0; i < LoginGuard::kFailures; ++i)
            QVERIFY(!guard.begin("eve", kStartMs).has_value());
        for (int i = 0; i < 1'000; ++i)
            QVERIFY(!guard.begin("made-up-" + std::to_string(i), kStartMs + i).has_value());
        QVERIFY(guard.size() <= 100);
        QVERIFY(guard.begin("eve", kStartMs + 2'000).has_value());
    }

private:
    Clock clock()
    {
        return [this] { return m_nowMs; };
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::int64_t m_nowMs = kStartMs;
};

QTEST_GUILESS_MAIN(AuthTest)
#include "auth_test.moc"
