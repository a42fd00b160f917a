// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/forward/forward_queue.h"

#include "server/storage/database.h"
#include "server/storage/sql.h"
#include "server/storage/sqlite/connection.h"

#include <QFile>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>
#include <QVariant>

#include <algorithm>
#include <utility>

namespace sextant::server {
namespace {

/// Runs a text without parameters, or a query that was prepared and bound.
Result<void> run(QSqlDatabase& database, const char* text)
{
    return execute(database, QString::fromLatin1(text));
}

Result<QSqlQuery> prepared(const QSqlDatabase& database, const char* text)
{
    QSqlQuery query(database);
    query.setForwardOnly(true);
    if (!query.prepare(QString::fromLatin1(text)))
        return tl::unexpected(sqliteError(query.lastError(), "the queue of a remote write target"));
    return query;
}

constexpr std::size_t kBytesTogether = std::size_t{1} << 20; ///< packed: several times as many when they are sent
constexpr const char* kSizes = "SELECT count(*), sum(samples), sum(bytes), min(taken_ms) FROM bodies";

Result<QueueSize> readSize(const QSqlDatabase& database)
{
    auto query = prepared(database, kSizes);
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    if (!query->next())
        return tl::unexpected(sqliteError(query->lastError(), "the queue of a remote write target"));
    return QueueSize{query->value(0).toLongLong(), query->value(1).toLongLong(), query->value(2).toLongLong(),
        query->value(3).toLongLong()};
}

/// A connection that goes with this object.
struct Connection {
    QString name = QUuid::createUuid().toString();
    QSqlDatabase database{};

    Connection() = default;
    ~Connection()
    {
        database = {};
        QSqlDatabase::removeDatabase(name);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
};

/// Whether SQLite says of a file that it is none of its own, or not as it should be.
bool isDamaged(const QString& path)
{
    constexpr int kCorrupt = 11; // https://www.sqlite.org/rescode.html
    constexpr int kNotADatabase = 26;
    Connection connection;
    connection.database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection.name);
    connection.database.setDatabaseName(path);
    if (!connection.database.open())
        return false;
    QSqlQuery query(connection.database);
    if (query.exec(QStringLiteral("PRAGMA quick_check(1)")) && query.next())
        return query.value(0).toString() != QLatin1String("ok");
    const int code = query.lastError().nativeErrorCode().toInt() & 0xff;
    return code == kCorrupt || code == kNotADatabase;
}

Result<void> setAside(const QString& path, std::int64_t nowMs)
{
    if (!QFile::rename(path, path + QStringLiteral(".damaged-%1").arg(nowMs / 1'000)))
        return fail(ErrorCode::Io, "the damaged queue " + path.toStdString() + " cannot be moved out of the way");
    // A log that belongs to the old file must not be played into the new one.
    for (const QString& end : {QStringLiteral("-wal"), QStringLiteral("-shm")})
        QFile::remove(path + end);
    return {};
}

} // namespace

ForwardQueue::ForwardQueue(QString connection, QSqlDatabase database, std::int64_t maxBytes)
    : m_connection(std::move(connection)), m_database(std::move(database)), m_maxBytes(maxBytes)
{
}

ForwardQueue::~ForwardQueue()
{
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_connection);
}

Result<std::unique_ptr<ForwardQueue>> ForwardQueue::open(const QString& path, std::int64_t maxBytes, std::int64_t nowMs)
{
    const bool damaged = QFile::exists(path) && isDamaged(path);
    if (damaged) {
        if (auto moved = setAside(path, nowMs); !moved)
            return tl::unexpected(moved.error());
    }
    const QString name = QUuid::createUuid().toString();
    DatabaseOptions options;
    options.path = path;
    auto database = openWriter(name, options);
    if (!database) {
        QSqlDatabase::removeDatabase(name);
        return tl::unexpected(database.error());
    }
    std::unique_ptr<ForwardQueue> queue(new ForwardQueue(name, std::move(*database), maxBytes));
    if (auto begun = queue->begin(); !begun)
        return tl::unexpected(begun.error());
    queue->m_wasDamaged = damaged;
    return queue;
}

Result<QueueSize> ForwardQueue::look(const QString& path)
{
    Connection connection;
    DatabaseOptions options;
    options.path = path;
    auto database = openReader(connection.name, options);
    if (!database)
        return tl::unexpected(database.error());
    connection.database = std::move(*database);
    return readSize(connection.database);
}

Result<void> ForwardQueue::begin()
{
    // The body stands last: sizes are read without it.
    if (auto made = run(m_database, "CREATE TABLE IF NOT EXISTS bodies (number INTEGER PRIMARY KEY AUTOINCREMENT, "
                                    "taken_ms INTEGER NOT NULL, samples INTEGER NOT NULL, bytes INTEGER NOT NULL, "
                                    "body BLOB NOT NULL)");
        !made)
        return made;
    return readSize(m_database).map([this](const QueueSize& size) { m_size = size; });
}

Result<std::int64_t> ForwardQueue::append(std::span<const QueuedBody> bodies)
{
    const std::lock_guard lock(m_mutex);
    const QueueSize before = m_size;
    if (auto begun = beginWrite(m_database); !begun)
        return tl::unexpected(begun.error());
    auto dropped = insert(bodies);
    if (dropped) {
        if (auto committed = run(m_database, "COMMIT"); !committed)
            dropped = tl::unexpected(committed.error());
    }
    if (!dropped) {
        m_size = before;
        (void)run(m_database, "ROLLBACK"); // SQLite may have done it; the first error is the one that counts
    }
    return dropped;
}

Result<std::int64_t> ForwardQueue::insert(std::span<const QueuedBody> bodies)
{
    auto query = prepared(m_database, "INSERT INTO bodies (taken_ms, samples, bytes, body) VALUES (?, ?, ?, ?)");
    if (!query)
        return tl::unexpected(query.error());
    for (const QueuedBody& body : bodies) {
        const auto bytes = static_cast<qsizetype>(body.body.size());
        query->addBindValue(qint64{body.takenMs});
        query->addBindValue(qint64{body.samples});
        query->addBindValue(qint64{bytes});
        query->addBindValue(QByteArray::fromRawData(body.body.data(), bytes));
        if (auto done = execute(*query); !done)
            return tl::unexpected(done.error());
        m_size.samples += body.samples;
        m_size.bytes += bytes;
        m_size.oldestMs = m_size.bodies++ == 0 ? body.takenMs : m_size.oldestMs;
    }
    std::int64_t dropped = 0;
    while (m_size.bytes > m_maxBytes) {
        const auto samples = dropOldest();
        if (!samples)
            return samples;
        dropped += *samples;
    }
    return dropped;
}

Result<std::int64_t> ForwardQueue::dropOldest()
{
    auto query = prepared(
        m_database, "DELETE FROM bodies WHERE number = (SELECT min(number) FROM bodies) RETURNING samples, bytes");
    if (!query)
        return tl::unexpected(query.error());
    return countRemoved(*query);
}

Result<std::vector<QueuedBody>> ForwardQueue::oldest(std::int64_t samples)
{
    const std::lock_guard lock(m_mutex);
    auto query = prepared(m_database, "SELECT number, taken_ms, samples, body FROM bodies ORDER BY number");
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    std::vector<QueuedBody> bodies;
    std::int64_t together = 0;
    std::size_t bytes = 0;
    while (query->next()) {
        const std::int64_t own = query->value(2).toLongLong();
        if (!bodies.empty() && (together + own > samples || bytes > kBytesTogether))
            return bodies;
        together += own;
        bodies.push_back({query->value(0).toLongLong(), query->value(1).toLongLong(), own,
            query->value(3).toByteArray().toStdString()});
        bytes += bodies.back().body.size();
    }
    if (auto all = allRead(*query); !all)
        return tl::unexpected(all.error());
    if (bodies.empty())
        m_size = {}; // whatever was counted before a failure
    return bodies;
}

Result<void> ForwardQueue::remove(std::span<const QueuedBody> bodies)
{
    const std::lock_guard lock(m_mutex);
    if (bodies.empty())
        return {};
    auto query = prepared(m_database, "DELETE FROM bodies WHERE number BETWEEN ? AND ? RETURNING samples, bytes");
    if (!query)
        return tl::unexpected(query.error());
    query->addBindValue(qint64{bodies.front().number});
    query->addBindValue(qint64{bodies.back().number});
    return countRemoved(*query).map([](std::int64_t) {});
}

Result<std::int64_t> ForwardQueue::countRemoved(QSqlQuery& query)
{
    if (auto done = execute(query); !done)
        return tl::unexpected(done.error());
    QueueSize removed;
    while (query.next()) {
        ++removed.bodies;
        removed.samples += query.value(0).toLongLong();
        removed.bytes += query.value(1).toLongLong();
    }
    if (auto all = allRead(query); !all)
        return tl::unexpected(all.error());
    query.finish();
    m_size.bodies -= removed.bodies;
    m_size.samples -= removed.samples;
    m_size.bytes -= removed.bytes;
    if (auto found = findOldest(); !found)
        return tl::unexpected(found.error());
    return removed.samples;
}

Result<void> ForwardQueue::findOldest()
{
    auto query = prepared(m_database, "SELECT taken_ms FROM bodies ORDER BY number LIMIT 1");
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = execute(*query); !done)
        return done;
    m_size.oldestMs = query->next() ? query->value(0).toLongLong() : 0;
    return {};
}

QueueSize ForwardQueue::size() const
{
    const std::lock_guard lock(m_mutex);
    return m_size;
}

} // namespace sextant::server
