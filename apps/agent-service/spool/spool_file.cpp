// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/spool/spool_file.h"

#include "process/private_files.h"

#include <QSqlError>
#include <QUuid>
#include <QVariant>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace sextant::agent {
namespace {

constexpr int kFormat = 1;

// SQLite's primary result codes (sqlite.org/rescode.html).
constexpr int kCorrupt = 11;
constexpr int kFull = 13;
constexpr int kNotADatabase = 26;

tl::unexpected<Error> sqlError(const std::string& path, const QSqlError& error)
{
    const int code = error.nativeErrorCode().toInt() & 0xff;
    const ErrorCode kind = code == kCorrupt || code == kNotADatabase ? ErrorCode::Malformed
                           : code == kFull                           ? ErrorCode::TooLarge
                                                                     : ErrorCode::Io;
    return fail(kind, path + ": " + error.databaseText().toStdString());
}

QByteArray bytesOf(const metrics::BatchId& id)
{
    return {reinterpret_cast<const char*>(id.bytes().data()), static_cast<qsizetype>(id.bytes().size())};
}

metrics::BatchId idFrom(const QByteArray& bytes)
{
    metrics::BatchId::Bytes id{};
    std::copy_n(bytes.begin(), std::min<qsizetype>(bytes.size(), static_cast<qsizetype>(id.size())), id.begin());
    return metrics::BatchId(id);
}

QByteArray bodyOf(const PackedBatch& batch)
{
    return QByteArray::fromRawData(batch.body.data(), static_cast<qsizetype>(batch.body.size()));
}

} // namespace

Result<std::unique_ptr<SpoolFile>> SpoolFile::open(const std::string& path)
{
    // SQLite would make the file with the umask's mode; the log files beside it take over the mode of the file.
    if (const auto made = process::ensurePrivateFile(path); !made)
        return fail(ErrorCode::Io, made.error().message);
    std::unique_ptr<SpoolFile> file(new SpoolFile(path, QUuid::createUuid().toString()));
    const auto begun = file->begin();
    if (!begun)
        return tl::unexpected(begun.error());
    return file;
}

SpoolFile::~SpoolFile()
{
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_connection);
}

Result<void> SpoolFile::begin()
{
    m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    m_database.setDatabaseName(QString::fromStdString(m_path));
    m_database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=1000"));
    if (!m_database.open())
        return sqlError(m_path, m_database.lastError());
    // auto_vacuum counts only before the first table.
    for (const char* statement : {"PRAGMA auto_vacuum=INCREMENTAL", "PRAGMA journal_mode=WAL",
             "PRAGMA synchronous=NORMAL", "PRAGMA journal_size_limit=1048576", "PRAGMA cache_size=-256"}) {
        if (const auto done = run(statement); !done)
            return tl::unexpected(done.error());
    }
    if (const auto checked = check(); !checked)
        return checked;
    for (const char* statement :
        {"CREATE TABLE IF NOT EXISTS batches (number INTEGER PRIMARY KEY AUTOINCREMENT, "
         "id BLOB NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, body BLOB NOT NULL)",
            "CREATE TABLE IF NOT EXISTS quarantine (number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL, "
            "time_ms INTEGER NOT NULL, reason TEXT NOT NULL, body BLOB NOT NULL)",
            "CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL)",
            "PRAGMA user_version=1"}) {
        if (const auto done = run(statement); !done)
            return tl::unexpected(done.error());
    }
    return number("SELECT count(*) FROM batches").map([this](std::int64_t count) {
        m_batches = static_cast<std::uint64_t>(count);
    });
}

Result<void> SpoolFile::check()
{
    const auto version = number("PRAGMA user_version");
    if (!version)
        return tl::unexpected(version.error());
    if (*version > kFormat)
        return fail(ErrorCode::Invalid, m_path + ": was written by a later version of the agent");
    auto query = run("PRAGMA quick_check(1)");
    if (!query)
        return tl::unexpected(query.error());
    if (!query->next() || query->value(0).toString() != QLatin1String("ok"))
        return fail(ErrorCode::Malformed, m_path + ": is damaged");
    return {};
}

Result<std::int64_t> SpoolFile::append(const PackedBatch& batch)
{
    return setSynchronous(true)
        .and_then([&] {
            return run("INSERT INTO batches (id, from_ms, to_ms, body) VALUES (?, ?, ?, ?)",
                {bytesOf(batch.id), static_cast<qint64>(batch.fromMs), static_cast<qint64>(batch.toMs), bodyOf(batch)});
        })
        .map([this](const QSqlQuery& query) {
            ++m_batches;
            return static_cast<std::int64_t>(query.lastInsertId().toLongLong());
        });
}

Result<std::optional<StoredBatch>> SpoolFile::readOne(QSqlQuery query)
{
    if (!query.next()) {
        if (query.lastError().isValid())
            return sqlError(m_path, query.lastError());
        return std::nullopt;
    }
    StoredBatch stored{query.value(0).toLongLong(), {}};
    stored.batch.id = idFrom(query.value(1).toByteArray());
    stored.batch.fromMs = query.value(2).toLongLong();
    stored.batch.toMs = query.value(3).toLongLong();
    stored.batch.body = query.value(4).toByteArray().toStdString();
    return stored;
}

Result<std::optional<StoredBatch>> SpoolFile::oldest()
{
    return run("SELECT number, id, from_ms, to_ms, body FROM batches ORDER BY number LIMIT 1")
        .and_then([this](QSqlQuery query) { return readOne(std::move(query)); });
}

Result<std::optional<StoredBatch>> SpoolFile::read(std::int64_t number)
{
    return run("SELECT number, id, from_ms, to_ms, body FROM batches WHERE number = ?", {static_cast<qint64>(number)})
        .and_then([this](QSqlQuery query) { return readOne(std::move(query)); });
}

Result<bool> SpoolFile::holds(const metrics::BatchId& id)
{
    return run("SELECT 1 FROM batches WHERE id = ?", {bytesOf(id)}).map([](QSqlQuery query) { return query.next(); });
}

Result<void> SpoolFile::remove(std::int64_t number)
{
    return setSynchronous(false)
        .and_then([&] { return run("DELETE FROM batches WHERE number = ?", {static_cast<qint64>(number)}); })
        .map([this](const QSqlQuery& query) {
            m_batches -= static_cast<std::uint64_t>(std::max(query.numRowsAffected(), 0));
        });
}

Result<std::optional<DroppedBatch>> SpoolFile::dropOldest()
{
    auto query = run("SELECT number, id, from_ms, to_ms FROM batches ORDER BY number LIMIT 1");
    if (!query)
        return tl::unexpected(query.error());
    if (!query->next())
        return std::nullopt;
    const std::int64_t oldest = query->value(0).toLongLong();
    const DroppedBatch dropped{
        idFrom(query->value(1).toByteArray()), query->value(2).toLongLong(), query->value(3).toLongLong()};
    query->finish();
    return remove(oldest).map([&] { return std::optional(dropped); });
}

Result<void> SpoolFile::quarantine(const PackedBatch& batch, const std::string& reason, std::int64_t nowMs)
{
    return setSynchronous(false)
        .and_then([&] {
            return run("INSERT INTO quarantine (id, time_ms, reason, body) VALUES (?, ?, ?, ?)",
                {bytesOf(batch.id), static_cast<qint64>(nowMs), QString::fromStdString(reason), bodyOf(batch)});
        })
        .and_then([&](const QSqlQuery& query) {
            return run(
                "DELETE FROM quarantine WHERE number <= ?", {query.lastInsertId().toLongLong() - kMaxQuarantined});
        })
        .map([](const QSqlQuery&) {});
}

Result<void> SpoolFile::saveJournal(const std::string& text)
{
    return setSynchronous(false)
        .and_then([&] {
            return run(
                "INSERT INTO journal (id, text) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET text = excluded.text",
                {QString::fromStdString(text)});
        })
        .map([](const QSqlQuery&) {});
}

Result<std::string> SpoolFile::loadJournal()
{
    return run("SELECT text FROM journal").map([](QSqlQuery query) {
        return query.next() ? query.value(0).toString().toStdString() : std::string();
    });
}

Result<void> SpoolFile::shrink()
{
    // Each row of the answer is one page given back.
    return run("PRAGMA incremental_vacuum(64)").map([](QSqlQuery query) {
        while (query.next()) {
        }
    });
}

Result<std::uint64_t> SpoolFile::usedBytes()
{
    return number("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, "
                  "pragma_page_size")
        .map([](std::int64_t bytes) { return static_cast<std::uint64_t>(bytes); });
}

Result<std::uint64_t> SpoolFile::freeBytes()
{
    return number("SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size")
        .map([](std::int64_t bytes) { return static_cast<std::uint64_t>(bytes); });
}

Result<void> SpoolFile::setSynchronous(bool full)
{
    if (full == m_full)
        return {};
    return run(full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL").map([&](const QSqlQuery&) {
        m_full = full;
    });
}

Result<QSqlQuery> SpoolFile::run(const char* statement, std::initializer_list<QVariant> values)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(QLatin1String(statement)))
        return sqlError(m_path, query.lastError());
    for (const QVariant& value : values)
        query.addBindValue(value);
    if (!query.exec())
        return sqlError(m_path, query.lastError());
    return query;
}

Result<std::int64_t> SpoolFile::number(const char* statement)
{
    auto query = run(statement);
    if (!query)
        return tl::unexpected(query.error());
    if (!query->next())
        return sqlError(m_path, query->lastError());
    return query->value(0).toLongLong();
}

namespace {

/// Reads one value from a file that may be damaged in any way; nothing when that fails.
std::optional<QVariant> salvaged(const std::string& path, const char* statement)
{
    std::optional<QVariant> found;
    const QString connection = QUuid::createUuid().toString();
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection);
        database.setDatabaseName(QString::fromStdString(path));
        QSqlQuery query(database);
        if (database.open()) {
            query = QSqlQuery(database);
            if (query.exec(QLatin1String(statement)) && query.next() && !query.value(0).isNull())
                found = query.value(0);
        }
    }
    QSqlDatabase::removeDatabase(connection);
    return found;
}

} // namespace

Result<Salvage> setAside(const std::string& path, std::int64_t nowMs)
{
    namespace fs = std::filesystem;
    Salvage salvage;
    if (const auto journal = salvaged(path, "SELECT text FROM journal"))
        salvage.journal = journal->toString().toStdString();
    if (const auto fromMs = salvaged(path, "SELECT from_ms FROM batches ORDER BY number LIMIT 1"))
        salvage.fromMs = fromMs->toLongLong();
    std::error_code error;
    const std::string prefix = fs::path(path).filename().string() + ".corrupt-";
    for (const auto& entry : fs::directory_iterator(fs::path(path).parent_path(), error)) {
        if (entry.path().filename().string().starts_with(prefix))
            fs::remove(entry.path(), error);
    }
    salvage.movedTo = path + ".corrupt-" + std::to_string(nowMs / 1'000);
    fs::rename(path, salvage.movedTo, error);
    if (error)
        return fail(ErrorCode::Io, path + ": " + error.message());
    // A log that belongs to the old file must not be played into the new one.
    for (const char* end : {"-wal", "-shm"})
        fs::remove(path + end, error);
    return salvage;
}

} // namespace sextant::agent
