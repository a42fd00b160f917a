// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/postgres/connection.h"

#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QFile>
#include <QSqlDriver>
#include <QSqlError>
#include <QSqlQuery>
#include <QUrl>
#include <QUrlQuery>
#include <QVariant>

#include <libpq-fe.h>

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sextant::server {
namespace {

/// "Sextant" in ASCII, shortened to what fits: the key of our advisory lock.
constexpr std::int64_t kSchemaLockKey = 0x53455854'414e5400;
constexpr int kDefaultPort = 5432;
constexpr const char* kHidesHandle = "sextantHidesHandle"; ///< property of a driver

struct CodeOf {
    std::string_view prefix;
    ErrorCode code;
};
/// The longest prefix that fits counts: exact codes stand before their classes.
constexpr auto kCodes = std::to_array<CodeOf>({
    {"57P01", ErrorCode::Unreachable}, // admin_shutdown
    {"57P02", ErrorCode::Unreachable}, // crash_shutdown
    {"57P03", ErrorCode::Unreachable}, // cannot_connect_now: starting up
    {"57P05", ErrorCode::Unreachable}, // idle_session_timeout
    {"57014", ErrorCode::Busy},        // query_canceled: statement_timeout
    {"55P03", ErrorCode::Busy},        // lock_not_available
    {"25006", ErrorCode::Io},          // read_only_sql_transaction
    {"08", ErrorCode::Unreachable},    // connection exceptions
    {"0A", ErrorCode::NotAvailable},   // feature_not_supported
    {"23", ErrorCode::Conflict},       // integrity constraints
    {"28", ErrorCode::Denied},         // invalid authorization
    {"40", ErrorCode::Busy},           // serialization failure, deadlock
    {"53", ErrorCode::Busy},           // disk full, out of memory, too many connections
    {"58", ErrorCode::Io},             // system errors
    {"XX001", ErrorCode::Io},          // data_corrupted
    {"XX002", ErrorCode::Io},          // index_corrupted
});

ErrorCode codeFor(std::string_view sqlState)
{
    // libpq's own failures have no code: the connection is gone.
    if (sqlState.empty())
        return ErrorCode::Unreachable;
    for (const CodeOf& entry : kCodes) {
        if (sqlState.starts_with(entry.prefix))
            return entry.code;
    }
    return ErrorCode::Internal;
}

/// A value of a libpq connection string: quoted, as section 34.1.1.1 of the manual says.
QString quotedOption(QString value)
{
    value.replace(u'\\', QStringLiteral("\\\\")).replace(u'\'', QStringLiteral("\\'"));
    return u'\'' + value + u'\'';
}

Result<QString> passwordFrom(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Invalid,
            "cannot read the database password from " + path.toStdString() + ": " + file.errorString().toStdString());
    return QString::fromUtf8(file.readLine(4'096)).remove(u'\n').remove(u'\r');
}

QString connectOptions(const QUrl& url)
{
    QStringList options{QStringLiteral("connect_timeout=5"), QStringLiteral("application_name=sextant-server"),
        QStringLiteral("keepalives_idle=30"), QStringLiteral("keepalives_interval=10"),
        QStringLiteral("keepalives_count=3"), QStringLiteral("tcp_user_timeout=30000")};
    for (const auto& [key, value] : QUrlQuery(url).queryItems(QUrl::FullyDecoded))
        options.push_back(key + u'=' + quotedOption(value));
    return options.join(u';');
}

Result<QSqlDatabase> open(const QString& connectionName, const DatabaseOptions& options, std::span<const QString> setUp)
{
    QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), connectionName);
    if (!database.isValid())
        return fail(ErrorCode::NotAvailable,
            "Qt has no PostgreSQL driver here: install its QPSQL plugin (Debian: libqt6sql6-psql)");
    if (options.hidesHandle)
        database.driver()->setProperty(kHidesHandle, true);
    const QUrl url(options.postgresUrl, QUrl::StrictMode);
    database.setHostName(url.host(QUrl::FullyDecoded));
    database.setPort(url.port(kDefaultPort));
    database.setDatabaseName(url.path(QUrl::FullyDecoded).mid(1));
    database.setUserName(url.userName(QUrl::FullyDecoded));
    database.setConnectOptions(connectOptions(url));
    if (!options.passwordFile.isEmpty()) {
        const auto password = passwordFrom(options.passwordFile);
        if (!password)
            return tl::unexpected(password.error());
        database.setPassword(*password);
    }
    if (!database.open())
        return tl::unexpected(
            postgresError(database.lastError(), "cannot connect to the database at " + url.host().toStdString() + ":" +
                                                    std::to_string(url.port(kDefaultPort))));
    for (const QString& statement : setUp) {
        if (auto done = execute(database, statement); !done)
            return tl::unexpected(done.error());
    }
    return database;
}

} // namespace

Error postgresError(std::string_view sqlState, std::string_view message, std::string_view what)
{
    // One line: PostgreSQL adds the statement and a pointer into it below.
    std::string_view line = message.substr(0, message.find('\n'));
    if (sqlState == "53100")
        line = "the database's disk is full";
    std::string text(what);
    text += ": ";
    text += line.empty() ? "the connection to the database is lost" : line;
    return {codeFor(sqlState), std::move(text)};
}

Error postgresError(const QSqlError& error, std::string_view what)
{
    return postgresError(error.nativeErrorCode().toStdString(), error.databaseText().trimmed().toStdString(), what);
}

bool isLibpqHandle(std::string_view typeName)
{
    return typeName == "PGconn*" || typeName == "pg_conn*";
}

pg_conn* libpqHandle(const QSqlDatabase& database)
{
    const QSqlDriver* driver = database.driver();
    if (!driver || driver->property(kHidesHandle).toBool())
        return nullptr;
    const QVariant handle = driver->handle();
    if (!isLibpqHandle(handle.typeName() ? handle.typeName() : ""))
        return nullptr;
    return *static_cast<PGconn* const*>(handle.constData());
}

bool isAlive(const QSqlDatabase& database)
{
    if (const PGconn* connection = libpqHandle(database))
        return PQstatus(connection) == CONNECTION_OK;
    QSqlQuery query(database);
    // In a transaction that failed it is refused, by a server that is there.
    return query.exec(QStringLiteral("SELECT 1")) ||
           codeFor(query.lastError().nativeErrorCode().toStdString()) != ErrorCode::Unreachable;
}

Result<QSqlDatabase> openPostgresWriter(const QString& connectionName, const DatabaseOptions& options)
{
    const std::array setUp{
        QStringLiteral("SET client_min_messages = warning"),
        QStringLiteral("SET synchronous_commit = on"),
        QStringLiteral("SET TIME ZONE 'UTC'"),
        QStringLiteral("SET statement_timeout = %1").arg(options.statementTimeout.count()),
        QStringLiteral("SET lock_timeout = %1").arg(options.busyTimeout.count()),
        QStringLiteral("SET search_path = sextant, public"),
    };
    return open(connectionName, options, setUp);
}

Result<QSqlDatabase> openPostgresReader(const QString& connectionName, const DatabaseOptions& options)
{
    const std::array setUp{
        QStringLiteral("SET client_min_messages = warning"),
        QStringLiteral("SET default_transaction_read_only = on"),
        QStringLiteral("SET TIME ZONE 'UTC'"),
        QStringLiteral("SET statement_timeout = %1").arg(options.statementTimeout.count()),
        QStringLiteral("SET search_path = sextant, public"),
    };
    return open(connectionName, options, setUp);
}

Result<void> limitStatements(QSqlDatabase& database, std::chrono::milliseconds longest)
{
    return execute(database, QStringLiteral("SET statement_timeout = %1").arg(longest.count()));
}

SchemaLock::SchemaLock(QSqlDatabase database) : m_database(std::move(database)) {}

SchemaLock::SchemaLock(SchemaLock&& other) noexcept
    : m_database(other.m_database), m_held(std::exchange(other.m_held, false))
{
}

SchemaLock::~SchemaLock()
{
    // When this fails the connection is gone, and the lock with it.
    if (m_held)
        QSqlQuery(m_database).exec(QStringLiteral("SELECT pg_advisory_unlock(%1)").arg(kSchemaLockKey));
}

Result<SchemaLock> SchemaLock::take(const QSqlDatabase& database)
{
    QSqlDatabase connection = database;
    if (auto taken = execute(connection, QStringLiteral("SELECT pg_advisory_lock(%1)").arg(kSchemaLockKey)); !taken)
        return tl::unexpected(taken.error());
    return SchemaLock(connection);
}

Result<PostgresAbilities> probeAbilities(QSqlDatabase& database)
{
    // Only who may make extensions succeeds; else an admin has made it, or it is not wanted.
    QSqlQuery(database).exec(QStringLiteral("CREATE EXTENSION IF NOT EXISTS timescaledb WITH SCHEMA public"));
    auto query = select(
        database, QStringLiteral("SELECT count(*), current_setting('timescaledb.license', true) FROM pg_extension "
                                 "WHERE extname = 'timescaledb'"));
    if (!query)
        return tl::unexpected(query.error());
    const auto found = firstValue(*query);
    if (!found)
        return tl::unexpected(found.error());
    return abilitiesOf(found->toInt() > 0, query->value(1).toString());
}

} // namespace sextant::server
