// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/database.h"

#include "server/storage/migrations.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/old_tables.h"

#include <QSqlQuery>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace sextant::server {
namespace {

/// A group takes no more jobs after this time, so that the first one's caller is not kept waiting.
constexpr std::chrono::milliseconds kGroupTime{50};

QString connectionName(std::uint64_t serial, const QString& role)
{
    return QStringLiteral("sextant-%1-%2").arg(serial).arg(role);
}

/// A connection of the calling thread; closes it when it goes. Qt names connections, so this owns the name.
class OwnedConnection {
public:
    OwnedConnection() = default;
    explicit OwnedConnection(QString name) : m_name(std::move(name)) {}
    ~OwnedConnection()
    {
        if (!m_name.isEmpty())
            QSqlDatabase::removeDatabase(m_name);
    }
    OwnedConnection(const OwnedConnection&) = delete;
    OwnedConnection& operator=(const OwnedConnection&) = delete;

    [[nodiscard]] const QString& name() const { return m_name; }

private:
    QString m_name;
};

/// The reader connections of this thread, by the serial of their Database.
std::map<std::uint64_t, OwnedConnection>& readersOfThisThread()
{
    thread_local std::map<std::uint64_t, OwnedConnection> readers;
    return readers;
}

Result<void> prepareSchema(QSqlDatabase& connection)
{
    const auto migrations = embeddedMigrations();
    if (!migrations)
        return tl::unexpected(migrations.error());
    if (auto done = migrate(connection, *migrations); !done)
        return done;
    return moveOldTables(connection);
}

} // namespace

/// The writer thread and its queue. A job and the promise of its caller travel together; the promise is kept after the
/// commit of the group that the job ran in.
class Database::Writer {
public:
    Writer(DatabaseOptions options, QString connection) : m_options(std::move(options)), m_name(std::move(connection))
    {
    }
    ~Writer() { stop(); }

    /// Opens the connection on its thread and brings the schema up to date.
    Result<void> start()
    {
        std::promise<Result<void>> opened;
        auto result = opened.get_future();
        m_thread = std::thread([this, &opened] { run(opened); });
        return result.get();
    }

    Result<void> write(WriteJob job)
    {
        std::future<Result<void>> result;
        {
            const std::lock_guard lock(m_mutex);
            if (m_stopping)
                return fail(ErrorCode::Unreachable, "the database is being closed");
            result = m_queue.emplace_back(std::move(job)).promise.get_future();
        }
        m_wake.notify_one();
        return result.get();
    }

    void stop()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_stopping = true;
        }
        m_wake.notify_one();
        if (m_thread.joinable())
            m_thread.join();
    }

private:
    struct Job {
        explicit Job(WriteJob work) : run(std::move(work)) {}
        WriteJob run;
        std::promise<Result<void>> promise;
    };
    /// A job that ran, and what it gave.
    struct Ran {
        std::promise<Result<void>> promise;
        Result<void> result;
    };

    void run(std::promise<Result<void>>& opened)
    {
        const OwnedConnection owner(m_name);
        auto connection = openWriter(m_name, m_options);
        Result<void> ready = connection ? prepareSchema(*connection) : tl::unexpected(connection.error());
        const bool usable = ready.has_value();
        opened.set_value(std::move(ready));
        while (usable) {
            auto job = next(true);
            if (!job)
                break;
            runGroup(*connection, std::move(*job));
        }
    }

    /// The job that waits longest. Without `wait`: nothing when none waits. With it: nothing only at the end.
    std::optional<Job> next(bool wait)
    {
        std::unique_lock lock(m_mutex);
        if (wait)
            m_wake.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
        if (m_queue.empty())
            return std::nullopt;
        Job job = std::move(m_queue.front());
        m_queue.pop_front();
        return job;
    }

    void runGroup(QSqlDatabase& connection, Job first)
    {
        if (auto begun = execute(connection, QStringLiteral("BEGIN IMMEDIATE")); !begun) {
            first.promise.set_value(std::move(begun));
            return;
        }
        const auto deadline = std::chrono::steady_clock::now() + kGroupTime;
        std::vector<Ran> ran;
        std::optional<Job> job = std::move(first);
        while (job) {
            Result<void> result = runJob(connection, *job);
            const bool lost = !result && !undoJob(connection);
            ran.push_back({std::move(job->promise), result});
            if (lost) {
                abandon(connection, ran, result.error());
                return;
            }
            job = std::chrono::steady_clock::now() < deadline ? next(false) : std::nullopt;
        }
        if (auto committed = execute(connection, QStringLiteral("COMMIT")); !committed) {
            abandon(connection, ran, committed.error());
            return;
        }
        for (Ran& one : ran)
            one.promise.set_value(std::move(one.result));
    }

    static Result<void> runJob(QSqlDatabase& connection, Job& job)
    {
        auto done = execute(connection, QStringLiteral("SAVEPOINT job"));
        if (done)
            done = job.run(connection);
        if (done)
            done = execute(connection, QStringLiteral("RELEASE job"));
        return done;
    }

    /// Back to before the job. False when SQLite has given up the whole transaction (disk full, failed disk).
    static bool undoJob(QSqlDatabase& connection)
    {
        return execute(connection, QStringLiteral("ROLLBACK TO job")) &&
               execute(connection, QStringLiteral("RELEASE job"));
    }

    /// Nothing of this group is stored. A job that failed by itself keeps its own reason.
    static void abandon(QSqlDatabase& connection, std::vector<Ran>& ran, const Error& reason)
    {
        // Fails when SQLite has rolled back by itself, which is as good.
        QSqlQuery(connection).exec(QStringLiteral("ROLLBACK"));
        for (Ran& one : ran)
            one.promise.set_value(one.result ? Result<void>(tl::unexpected(reason)) : std::move(one.result));
    }

    DatabaseOptions m_options;
    QString m_name;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Job> m_queue;
    bool m_stopping = false;
    std::thread m_thread;
};

Database::Database(DatabaseOptions options) : m_options(std::move(options))
{
    static std::atomic<std::uint64_t> serials{0};
    m_serial = ++serials;
    m_writer = std::make_unique<Writer>(m_options, connectionName(m_serial, QStringLiteral("writer")));
}

Database::~Database()
{
    stop();
    readersOfThisThread().erase(m_serial);
}

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options)
{
    std::unique_ptr<Database> database(new Database(options));
    if (auto started = database->m_writer->start(); !started)
        return tl::unexpected(started.error());
    return database;
}

Result<void> Database::write(WriteJob job)
{
    return m_writer->write(std::move(job));
}

Result<QSqlDatabase> Database::reader()
{
    auto& readers = readersOfThisThread();
    if (const auto found = readers.find(m_serial); found != readers.end())
        return QSqlDatabase::database(found->second.name(), false);
    static std::atomic<std::uint64_t> numbers{0};
    const QString name = connectionName(m_serial, QStringLiteral("reader-%1").arg(++numbers));
    auto connection = openReader(name, m_options);
    if (!connection) {
        QSqlDatabase::removeDatabase(name);
        return connection;
    }
    readers.try_emplace(m_serial, name);
    return connection;
}

void Database::stop()
{
    m_writer->stop();
}

} // namespace sextant::server
