// SPDX-License-Identifier: GPL-3.0-or-later
#include "postgres_server.h"

#include <QSqlError>
#include <QSqlQuery>
#include <QUrl>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace sextant::testing {
namespace {

QUrl serverUrl()
{
    const QUrl url(qEnvironmentVariable("SEXTANT_POSTGRES_URL"));
    if (!url.isValid() || url.host().isEmpty()) {
        std::fputs("SKIPPED: no PostgreSQL; run me through scripts/timescale run -- …\n", stderr);
        std::exit(77);
    }
    return url;
}

QVariant runIn(const QString& database, const QString& sql)
{
    QVariant first;
    static std::atomic<int> numbers{0};
    const QString name = QStringLiteral("admin-%1").arg(++numbers);
    {
        const QUrl url = serverUrl();
        auto connection = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), name);
        connection.setHostName(url.host());
        connection.setPort(url.port());
        connection.setUserName(url.userName());
        connection.setDatabaseName(database);
        if (!connection.open())
            qFatal("%s", qPrintable(connection.lastError().text()));
        QSqlQuery query(connection);
        if (!query.exec(QStringLiteral("SET client_min_messages = warning")) || !query.exec(sql))
            qFatal("%s: %s", qPrintable(sql), qPrintable(query.lastError().text()));
        if (query.next())
            first = query.value(0);
    }
    QSqlDatabase::removeDatabase(name);
    return first;
}

QString newName()
{
    static std::atomic<int> numbers{0};
    return QStringLiteral("test_%1").arg(++numbers);
}

} // namespace

PostgresDatabase::PostgresDatabase(const PostgresDatabase* original) : m_name(newName())
{
    runAsAdmin(QStringLiteral("CREATE DATABASE %1 TEMPLATE %2").arg(m_name, original->m_name));
}

PostgresDatabase::PostgresDatabase(Kind kind) : m_name(newName())
{
    runAsAdmin(QStringLiteral("CREATE DATABASE ") + m_name);
    if (kind == Kind::Timescale) {
        run(QStringLiteral("CREATE EXTENSION timescaledb"));
        return;
    }
    // The server offers the extension to whoever asks; this database is one where it cannot be had.
    run(QStringLiteral("CREATE FUNCTION refuse_extensions() RETURNS event_trigger LANGUAGE plpgsql AS "
                       "$$ BEGIN RAISE 'no extensions here'; END $$"));
    run(QStringLiteral("CREATE EVENT TRIGGER no_extensions ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION') "
                       "EXECUTE FUNCTION refuse_extensions()"));
}

PostgresDatabase::~PostgresDatabase()
{
    runAsAdmin(QStringLiteral("DROP DATABASE %1 WITH (FORCE)").arg(m_name));
}

QString PostgresDatabase::url() const
{
    QUrl url = serverUrl();
    url.setPath(u'/' + m_name);
    return url.toString();
}

void PostgresDatabase::disconnectAll() const
{
    runAsAdmin(QStringLiteral("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '%1'")
                   .arg(m_name));
}

void PostgresDatabase::allowConnections(bool allow) const
{
    runAsAdmin(QStringLiteral("ALTER DATABASE %1 ALLOW_CONNECTIONS %2")
                   .arg(m_name, allow ? QStringLiteral("true") : QStringLiteral("false")));
}

QVariant PostgresDatabase::run(const QString& sql) const
{
    return runIn(m_name, sql);
}

void PostgresDatabase::runAsAdmin(const QString& sql)
{
    runIn(serverUrl().path().mid(1), sql);
}

} // namespace sextant::testing
