// SPDX-License-Identifier: GPL-3.0-or-later
// A PostgreSQL that wants a password (SCRAM) and has a certificate, as one on another machine does.
#include "metrics/result.h"
#include "postgres_server.h"
#include "server/auth/certificate_authority.h"
#include "server/auth/server_certificate.h"
#include "server/storage/clock.h"
#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <QVariant>

#include <memory>
#include <string>

using namespace sextant;
using namespace sextant::server;
using testing::PostgresDatabase;

namespace {

/// Lets PostgreSQL itself write a file of that name into its data folder: it is the one that has to own it.
void putFile(const QString& name, const QString& content)
{
    PostgresDatabase::runAsAdmin(
        QStringLiteral("COPY (SELECT unnest(string_to_array('%1', E'\\n'))) TO PROGRAM 'umask 077; cat >%2'")
            .arg(content.trimmed(), name));
}

} // namespace

class PostgresLoginTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        PostgresDatabase::runAsAdmin(QStringLiteral("CREATE ROLE agatha LOGIN PASSWORD 'it''s\\a secret'"));
        PostgresDatabase::runAsAdmin(QStringLiteral("ALTER DATABASE %1 OWNER TO agatha").arg(database()));
        const auto authority = CertificateAuthority::openOrCreate(m_folder.path(), systemNowMs());
        QVERIFY(authority.has_value());
        const auto certificate =
            ensureServerCertificate(*authority, m_folder.path(), {QStringLiteral("localhost")}, systemNowMs());
        QVERIFY(certificate.has_value());
        putFile(QStringLiteral("server.crt"), QString::fromLatin1(certificate->pem));
        putFile(QStringLiteral("server.key"), QString::fromLatin1(certificate->keyPem));
        putFile(QStringLiteral("pg_hba.conf"), QStringLiteral("hostssl all agatha 127.0.0.1/32 scram-sha-256\n"
                                                              "host all agatha 127.0.0.1/32 reject\n"
                                                              "host all sextant 127.0.0.1/32 trust\n"));
        PostgresDatabase::runAsAdmin(QStringLiteral("ALTER SYSTEM SET ssl = on"));
        PostgresDatabase::runAsAdmin(QStringLiteral("SELECT pg_reload_conf()"));
        m_authority = file(QStringLiteral("ca.pem"), authority->pem());
        m_password = file(QStringLiteral("password"), "it's\\a secret\n");
        // The first connections may still meet the old settings.
        QTRY_VERIFY_WITH_TIMEOUT(
            refusal(QStringLiteral("127.0.0.1"), QStringLiteral("sslmode=require")).empty(), 20'000);
    }

    void cleanupTestCase()
    {
        m_database.run(QStringLiteral("DROP SCHEMA IF EXISTS sextant CASCADE"));
        PostgresDatabase::runAsAdmin(QStringLiteral("ALTER DATABASE %1 OWNER TO sextant").arg(database()));
        PostgresDatabase::runAsAdmin(QStringLiteral("DROP ROLE agatha"));
    }

    void theWholeServerWorksBehindAPasswordAndTls()
    {
        const auto opened =
            open(QStringLiteral("localhost"), QStringLiteral("sslmode=verify-full&") + rootCertificate());
        QVERIFY2(opened && (*opened)->state(), "no connection");
        auto reader = (*opened)->reader();
        QVERIFY(reader.has_value());
        QSqlQuery query(*reader);
        QVERIFY(query.exec(QStringLiteral("SELECT ssl, current_user FROM pg_stat_ssl WHERE pid = pg_backend_pid()")));
        QVERIFY(query.next());
        QVERIFY(query.value(0).toBool());
        QCOMPARE(query.value(1).toString(), QStringLiteral("agatha"));
        QVERIFY((*opened)
                    ->write([](QSqlDatabase& connection) -> Result<void> {
                        return execute(connection, QStringLiteral("UPDATE hosts_version SET version = 7"));
                    })
                    .has_value());
        QCOMPARE(m_database.run(QStringLiteral("SELECT version FROM sextant.hosts_version")).toInt(), 7);
        QVERIFY(m_database
                    .run(QStringLiteral(
                        "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'agatha'"))
                    .toBool());
    }

    void whatDoesNotFitIsRefused_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("options");
        QTest::addColumn<QByteArray>("password");
        QTest::addColumn<QByteArray>("reason");
        const QString localhost = QStringLiteral("localhost");
        const QString address = QStringLiteral("127.0.0.1");
        const QByteArray right = "it's\\a secret";
        QTest::newRow("another password") << localhost << QStringLiteral("sslmode=require") << QByteArray("sesame")
                                          << QByteArray("password authentication failed");
        QTest::newRow("no TLS") << localhost << QStringLiteral("sslmode=disable") << right
                                << QByteArray("pg_hba.conf rejects");
        QTest::newRow("another authority")
            << localhost << QStringLiteral("sslmode=verify-ca&sslrootcert=") + otherAuthority() << right
            << QByteArray("certificate verify failed");
        QTest::newRow("another name") << address << QStringLiteral("sslmode=verify-full&") + rootCertificate() << right
                                      << QByteArray("does not match host name");
        QTest::newRow("another name, not asked for")
            << address << QStringLiteral("sslmode=verify-ca&") + rootCertificate() << right << QByteArray();
    }

    void whatDoesNotFitIsRefused()
    {
        QFETCH(QString, host);
        QFETCH(QString, options);
        QFETCH(QByteArray, password);
        QFETCH(QByteArray, reason);
        m_password = file(QStringLiteral("password"), password + '\n');
        const std::string why = refusal(host, options);
        QVERIFY2(why.empty() == reason.isEmpty(), why.c_str());
        QVERIFY2(why.find(reason.constData()) != std::string::npos, why.c_str());
        QVERIFY2(why.find(password.constData()) == std::string::npos, why.c_str());
    }

private:
    [[nodiscard]] QString database() const { return QUrl(m_database.url()).path().mid(1); }

    QString file(const QString& name, const QByteArray& content)
    {
        QFile file(m_folder.filePath(name));
        const bool written = file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
        return written ? file.fileName() : QString();
    }

    [[nodiscard]] QString rootCertificate() const { return QStringLiteral("sslrootcert=") + m_authority; }

    [[nodiscard]] QString otherAuthority() const
    {
        const auto other = CertificateAuthority::openOrCreate(m_otherFolder.path(), systemNowMs());
        return other ? m_otherFolder.filePath(QStringLiteral("ca.pem")) : QString();
    }

    Result<std::unique_ptr<Database>> open(const QString& host, const QString& options) const
    {
        QUrl url(m_database.url());
        url.setUserName(QStringLiteral("agatha"));
        url.setHost(host);
        url.setQuery(options);
        DatabaseOptions wanted;
        wanted.postgresUrl = url.toString();
        wanted.passwordFile = m_password;
        return Database::open(wanted);
    }

    /// Why it does not open; empty when it does.
    std::string refusal(const QString& host, const QString& options) const
    {
        const auto opened = open(host, options);
        if (!opened)
            return opened.error().message;
        const auto state = (*opened)->state();
        return state ? std::string() : state.error().message;
    }

    PostgresDatabase m_database;
    QTemporaryDir m_folder;
    QTemporaryDir m_otherFolder;
    QString m_authority;
    QString m_password;
};

QTEST_GUILESS_MAIN(PostgresLoginTest)
#include "postgres_login_test.moc"
