// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/database.h"

#include "server/storage/migrations.h"
#include "server/storage/postgres/compression.h"
#include "server/storage/postgres/connection.h"
#include "server/storage/postgres/url.h"
#include "server/storage/postgres/wide_tables.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/old_tables.h"

#include <QSqlQuery>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace sextant::server {
namespace {

/// A group takes no more jobs after this time, so that the first one's caller is not kept waiting.
constexpr std::chrono::milliseconds kGroupTime{50};
/// When a lost database is tried again: after the first of these, then each time after twice as long, up to the last.
constexpr std::chrono::milliseconds kFirstRetry{100};
constexpr std::chrono::milliseconds kLastRetry{2'000};
/// How often an idle writer looks whether the database is still there.
constexpr std::chrono::seconds kIdleCheck{5};

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

/// A connection that reads, and the writer's epoch when it was opened.
struct Reader {
    Reader(QString name, std::uint64_t openedIn) : connection(std::move(name)), epoch(openedIn) {}
    OwnedConnection connection;
    std::uint64_t epoch;
};

/// The reader connections of this thread, by the serial of their Database.
std::map<std::uint64_t, Reader>& readersOfThisThread()
{
    thread_local std::map<std::uint64_t, Reader> readers;
    return readers;
}

Result<void> preparePostgresSchema(QSqlDatabase& connection, std::span<const Migration> migrations,
    const std::optional<PostgresAbilities>& promised, bool& compressionRefused)
{
    const auto alone = SchemaLock::take(connection);
    if (!alone)
        return tl::unexpected(alone.error());
    // The migrations are those of SQLite; its table of hot rows has no use here (postgres/wide_rows.h).
    if (auto made = execute(connection, QStringLiteral("CREATE SCHEMA IF NOT EXISTS sextant")); !made)
        return made;
    if (auto done = migrate(connection, migrations); !done)
        return done;
    if (auto dropped = execute(connection, QStringLiteral("DROP TABLE IF EXISTS hot_frames")); !dropped)
        return dropped;
    const auto abilities = promised ? Result<PostgresAbilities>(*promised) : probeAbilities(connection);
    if (!abilities)
        return tl::unexpected(abilities.error());
    if (auto made = prepareWideTables(connection, *abilities); !made)
        return made;
    return prepareCompression(connection, *abilities, compressionRefused);
}

Result<void> prepareSchema(QSqlDatabase& connection, const DatabaseOptions& options, bool& compressionRefused)
{
    const auto migrations = embeddedMigrations();
    if (!migrations)
        return tl::unexpected(migrations.error());
    if (dialectOf(connection) == Dialect::Postgres) {
        // A change of a large table takes as long as it takes.
        if (auto unlimited = limitStatements(connection, std::chrono::milliseconds(0)); !unlimited)
            return unlimited;
        auto prepared = preparePostgresSchema(connection, *migrations, options.abilities, compressionRefused);
        return prepared ? limitStatements(connection, options.statementTimeout) : prepared;
    }
    if (auto done = migrate(connection, *migrations); !done)
        return done;
    return moveOldTables(connection);
}

Result<QSqlDatabase> openWriterOf(const QString& name, const DatabaseOptions& options)
{
    return options.postgresUrl.isEmpty() ? openWriter(name, options) : openPostgresWriter(name, options);
}

Result<QSqlDatabase> openReaderOf(const QString& name, const DatabaseOptions& options)
{
    return options.postgresUrl.isEmpty() ? openReader(name, options) : openPostgresReader(name, options);
}

/// Whether the same connection may be had later: the database is away or has too much to do.
bool mayPass(const Error& error)
{
    return error.code == ErrorCode::Unreachable || error.code == ErrorCode::Busy;
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

    Result<void> state() const
    {
        const std::lock_guard lock(m_mutex);
        return m_state;
    }

    std::uint64_t epoch() const { return m_epoch; }

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
        auto ready = connect();
        const bool usable = ready || (isPostgres() && mayPass(ready.error()));
        opened.set_value(usable ? Result<void>() : std::move(ready));
        while (usable) {
            if (!m_connection && std::chrono::steady_clock::now() >= m_retryAt)
                connect();
            auto job = next(waitingTime());
            if (job && m_connection)
                runGroup(std::move(*job));
            else if (job)
                job->promise.set_value(state());
            else if (isStopping())
                break;
            else if (m_connection && isPostgres())
                notice(execute(*m_connection, QStringLiteral("SELECT 1")));
        }
        disconnect(); // on the thread that it belongs to
    }

    [[nodiscard]] bool isPostgres() const { return !m_options.postgresUrl.isEmpty(); }

    bool isStopping()
    {
        const std::lock_guard lock(m_mutex);
        return m_stopping;
    }

    Result<void> connect()
    {
        disconnect();
        m_owner.emplace(m_name + QStringLiteral("-%1").arg(m_epoch + 1));
        auto connection = openWriterOf(m_owner->name(), m_options);
        Result<void> ready = tl::unexpected(connection ? Error{} : connection.error());
        if (connection)
            ready = prepareSchema(*connection, m_options, m_compressionRefused);
        if (ready) {
            m_connection = std::move(*connection);
            m_retryIn = kFirstRetry;
            ++m_epoch;
        } else {
            m_retryAt = std::chrono::steady_clock::now() + m_retryIn;
            m_retryIn = std::min(2 * m_retryIn, kLastRetry);
        }
        setState(ready);
        return ready;
    }

    void disconnect()
    {
        m_connection.reset();
        m_owner.reset();
    }

    void setState(const Result<void>& state)
    {
        const std::lock_guard lock(m_mutex);
        m_state = state;
        // Whoever waits for the database asks for one thing: whether to try again later.
        if (!m_state)
            m_state.error().code = ErrorCode::Unreachable;
    }

    /// Looks whether an error came from a lost connection; then it is given up, to be made anew at once.
    void notice(const Result<void>& result)
    {
        if (result || !isPostgres() || isAlive(*m_connection))
            return;
        setState(result);
        disconnect();
        m_retryAt = std::chrono::steady_clock::now();
    }

    /// How long to wait for a job. Nothing: for as long as it takes.
    [[nodiscard]] std::optional<std::chrono::milliseconds> waitingTime() const
    {
        if (m_connection)
            return isPostgres() ? std::optional<std::chrono::milliseconds>(kIdleCheck) : std::nullopt;
        const auto left = m_retryAt - std::chrono::steady_clock::now();
        return std::chrono::ceil<std::chrono::milliseconds>(std::max(left, left.zero()));
    }

    /// The job that waits longest. Nothing when none came in that time, or at the end.
    std::optional<Job> next(std::optional<std::chrono::milliseconds> atMost)
    {
        std::unique_lock lock(m_mutex);
        const auto something = [this] { return m_stopping || !m_queue.empty(); };
        if (atMost)
            m_wake.wait_for(lock, *atMost, something);
        else
            m_wake.wait(lock, something);
        if (m_queue.empty())
            return std::nullopt;
        Job job = std::move(m_queue.front());
        m_queue.pop_front();
        return job;
    }

    /// Begins the transaction of a group. A connection that was lost while nobody wrote is made anew first: nothing is
    /// at stake yet.
    Result<void> begin()
    {
        auto begun = beginWrite(*m_connection);
        notice(begun);
        if (!m_connection) {
            if (auto connected = connect(); !connected)
                return state();
            begun = beginWrite(*m_connection);
        }
        return begun;
    }

    void runGroup(Job first)
    {
        if (auto begun = begin(); !begun) {
            first.promise.set_value(std::move(begun));
            return;
        }
        QSqlDatabase& connection = *m_connection;
        const auto deadline = std::chrono::steady_clock::now() + kGroupTime;
        std::vector<Ran> ran;
        std::optional<Job> job = std::move(first);
        while (job) {
            Result<void> result = runJob(connection, *job);
            const bool lost = !result && !undoJob(connection);
            ran.push_back({std::move(job->promise), result});
            if (lost) {
                abandon(connection, ran, result.error());
                notice(result);
                return;
            }
            job = std::chrono::steady_clock::now() < deadline ? next(std::chrono::milliseconds(0)) : std::nullopt;
        }
        if (auto committed = execute(connection, QStringLiteral("COMMIT")); !committed) {
            abandon(connection, ran, committed.error());
            notice(committed);
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

    /// Back to before the job. False when the whole transaction is gone (SQLite: disk full, failed disk; PostgreSQL:
    /// the connection is lost).
    static bool undoJob(QSqlDatabase& connection)
    {
        const bool undone = execute(connection, QStringLiteral("ROLLBACK TO job")) &&
                            execute(connection, QStringLiteral("RELEASE job"));
        if (undone)
            freeStatements(connection); // a job keeps none
        return undone;
    }

    /// Nothing of this group is stored. A job that failed by itself keeps its own reason.
    static void abandon(QSqlDatabase& connection, std::vector<Ran>& ran, const Error& reason)
    {
        // Fails when the database has rolled back by itself, which is as good.
        QSqlQuery(connection).exec(QStringLiteral("ROLLBACK"));
        for (Ran& one : ran)
            one.promise.set_value(one.result ? Result<void>(tl::unexpected(reason)) : std::move(one.result));
    }

    const DatabaseOptions m_options;
    const QString m_name;
    std::atomic<std::uint64_t> m_epoch{0};

    // The writer thread's own.
    std::optional<OwnedConnection> m_owner;
    std::optional<QSqlDatabase> m_connection; ///< nothing while the database is away
    bool m_compressionRefused = false;        ///< by TimescaleDB, on one of the connections
    std::chrono::milliseconds m_retryIn = kFirstRetry;
    std::chrono::steady_clock::time_point m_retryAt;

    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_wake;
    std::deque<Job> m_queue;
    bool m_stopping = false;
    Result<void> m_state;
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
    if (!options.postgresUrl.isEmpty()) {
        if (auto good = checkPostgresUrl(options.postgresUrl); !good)
            return tl::unexpected(good.error());
    }
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
    if (const auto found = readers.find(m_serial); found != readers.end()) {
        auto connection = QSqlDatabase::database(found->second.connection.name(), false);
        // When the writer lost its connection, the database most likely went away, and this one with it.
        if (dialect() == Dialect::Sqlite || (isAlive(connection) && found->second.epoch == epoch()))
            return connection;
        connection = QSqlDatabase();
        readers.erase(found);
    }
    // While the database is away nobody waits for it.
    if (auto usable = state(); !usable)
        return tl::unexpected(usable.error());
    static std::atomic<std::uint64_t> numbers{0};
    const QString name = connectionName(m_serial, QStringLiteral("reader-%1").arg(++numbers));
    const std::uint64_t openedIn = epoch();
    auto connection = openReaderOf(name, m_options);
    if (!connection) {
        QSqlDatabase::removeDatabase(name);
        return connection;
    }
    readers.try_emplace(m_serial, name, openedIn);
    return connection;
}

Result<void> Database::state() const
{
    return m_writer->state();
}

std::uint64_t Database::epoch() const
{
    return m_writer->epoch();
}

void Database::stop()
{
    m_writer->stop();
}

} // namespace sextant::server
