// SPDX-License-Identifier: GPL-3.0-or-later
// What Database promises, on a real PostgreSQL that comes and goes; and the tables of hosts and people on it.
#include "postgres_server.h"
#include "server/auth/enrolment_tokens.h"
#include "server/auth/users.h"
#include "server/hosts/gap_ledger.h"
#include "server/hosts/host_registry.h"
#include "server/storage/database.h"
#include "server/storage/postgres/connection.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QSqlQuery>
#include <QTest>
#include <QVariant>

#include <thread>

using namespace sextant;
using namespace sextant::server;

namespace {

std::unique_ptr<Database> open(const QString& url)
{
    DatabaseOptions options;
    options.postgresUrl = url;
    auto opened = Database::open(options);
    if (!opened)
        qWarning("%s", opened.error().message.c_str());
    return opened ? std::move(*opened) : nullptr;
}

Database::WriteJob statement(const char* sql)
{
    return [text = QString::fromLatin1(sql)](QSqlDatabase& database) { return execute(database, text); };
}

int count(Database& database, const char* sql)
{
    auto reader = database.reader();
    if (!reader)
        return -1;
    QSqlQuery query(*reader);
    return query.exec(QString::fromLatin1(sql)) && query.next() ? query.value(0).toInt() : -1;
}

std::int64_t now()
{
    return 1'767'225'600'000;
}

} // namespace

class PostgresDatabaseTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m_database = std::make_unique<testing::PostgresDatabase>(); }
    void cleanup() { m_database.reset(); }

    void makesTheSchemaOnce();
    void twoServersDoNotRaceForTheSchema();
    void commitsDurably();
    void undoesOnlyTheJobThatFails();
    void keepsStatementsPrepared();
    void readersCannotWrite();
    void namesErrors();
    void schemaChangesTakeAsLongAsTheyTake();
    void startsWhileTheDatabaseIsAway();
    void comesBackAfterALostConnection();
    void ambiguousConnectionsAreNeverMistaken();
    void refusesAPasswordFileThatIsNotThere();
    void refusesAPasswordInItsUrl();
    void keepsHostsPeopleAndTokens();
    void keepsTheLedger();
    void probesForTimescale();

private:
    std::unique_ptr<testing::PostgresDatabase> m_database;
};

void PostgresDatabaseTest::makesTheSchemaOnce()
{
    for (int start = 0; start < 2; ++start) {
        const auto database = open(m_database->url());
        QVERIFY(database && database->state());
        QVERIFY(count(*database, "SELECT count(*) FROM schema_migrations WHERE length(checksum) = 64") >= 3);
        QCOMPARE(
            count(*database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'sextant' AND tablename = 'hosts'"), 1);
        QCOMPARE(count(*database, "SELECT count(*) FROM hosts_version"), 1);
        QCOMPARE(count(*database, "SELECT count(*) FROM pg_tables WHERE tablename = 'hot_frames'"), 0); // SQLite's
    }
}

void PostgresDatabaseTest::twoServersDoNotRaceForTheSchema()
{
    std::vector<std::unique_ptr<Database>> servers(4);
    std::vector<std::thread> threads;
    for (auto& server : servers)
        threads.emplace_back([&] { server = open(m_database->url()); });
    for (std::thread& thread : threads)
        thread.join();
    for (const auto& server : servers) {
        QVERIFY(server);
        const auto written = server->write(statement("UPDATE hosts_version SET version = version + 1"));
        QVERIFY2(written, written ? "" : written.error().message.c_str());
    }
    QCOMPARE(count(*servers[0], "SELECT version FROM hosts_version"), 4);
}

void PostgresDatabaseTest::commitsDurably()
{
    const auto database = open(m_database->url());
    QVERIFY(database
                ->write([](QSqlDatabase& connection) -> Result<void> {
                    auto query = prepare(connection, QStringLiteral("SELECT current_setting('synchronous_commit')"));
                    if (!query || !execute(*query) || !query->next())
                        return fail(ErrorCode::Internal, "cannot ask");
                    if (query->value(0).toString() != QLatin1String("on"))
                        return fail(ErrorCode::Internal, "does not wait for the disk");
                    return {};
                })
                .has_value());
}

void PostgresDatabaseTest::undoesOnlyTheJobThatFails()
{
    const auto database = open(m_database->url());
    QVERIFY(database->write(statement("CREATE TABLE t (x int UNIQUE)")).has_value());
    std::vector<Result<void>> results(3);
    std::vector<std::thread> threads;
    const char* inserts[] = {"INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2), (2)", "INSERT INTO t VALUES (3)"};
    for (std::size_t i = 0; i < results.size(); ++i)
        threads.emplace_back([&, i] { results[i] = database->write(statement(inserts[i])); });
    for (std::thread& thread : threads)
        thread.join();
    QVERIFY(results[0].has_value() && results[2].has_value());
    QVERIFY(!results[1]);
    QCOMPARE(results[1].error().code, ErrorCode::Conflict);
    QCOMPARE(count(*database, "SELECT sum(x) FROM t"), 4);
}

void PostgresDatabaseTest::keepsStatementsPrepared()
{
    const auto database = open(m_database->url());
    QVERIFY(database->write(statement("CREATE TABLE t (x int UNIQUE)")).has_value());
    const auto insert = [&](int x) {
        return database->write([x](QSqlDatabase& connection) -> Result<void> {
            auto query = prepare(connection, QStringLiteral("INSERT INTO t VALUES (?)"));
            if (!query)
                return tl::unexpected(query.error());
            query->bindValue(0, x);
            return execute(*query);
        });
    };
    int prepared = -1;
    const Database::WriteJob look = [&prepared](QSqlDatabase& connection) -> Result<void> {
        auto query = select(connection,
            QStringLiteral("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%INSERT INTO t %'"));
        if (!query || !query->next())
            return fail(ErrorCode::Internal, "cannot look");
        prepared = query->value(0).toInt();
        return {};
    };
    QVERIFY(insert(1) && insert(2) && database->write(look));
    QCOMPARE(prepared, 1);
    // A job that fails leaves none, and the next one begins anew; so does a new connection.
    QCOMPARE(insert(2).error().code, ErrorCode::Conflict);
    QVERIFY(database->write(look).has_value());
    QCOMPARE(prepared, 0);
    QVERIFY(insert(3) && insert(4) && database->write(look));
    QCOMPARE(prepared, 1);
    m_database->disconnectAll();
    QVERIFY(insert(5) && insert(6) && database->write(look));
    QCOMPARE(prepared, 1);
    QCOMPARE(count(*database, "SELECT sum(x) FROM t"), 21);
}

void PostgresDatabaseTest::readersCannotWrite()
{
    const auto database = open(m_database->url());
    auto reader = database->reader();
    QVERIFY(reader.has_value());
    const auto done = execute(*reader, QStringLiteral("UPDATE hosts_version SET version = 9"));
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Io);
    QCOMPARE(count(*database, "SELECT version FROM hosts_version"), 0);
}

void PostgresDatabaseTest::namesErrors()
{
    const auto codeOf = [](std::string_view state) { return postgresError(state, "why\nLINE 1", "doing").code; };
    QCOMPARE(codeOf(""), ErrorCode::Unreachable);
    QCOMPARE(codeOf("08006"), ErrorCode::Unreachable);
    QCOMPARE(codeOf("57P03"), ErrorCode::Unreachable);
    QCOMPARE(codeOf("40001"), ErrorCode::Busy);
    QCOMPARE(codeOf("40P01"), ErrorCode::Busy);
    QCOMPARE(codeOf("53100"), ErrorCode::Busy);
    QCOMPARE(codeOf("53300"), ErrorCode::Busy);
    QCOMPARE(codeOf("23505"), ErrorCode::Conflict);
    QCOMPARE(codeOf("0A000"), ErrorCode::NotAvailable);
    QCOMPARE(codeOf("42601"), ErrorCode::Internal);
    QCOMPARE(postgresError("42601", "why\nLINE 1", "doing").message, std::string("doing: why"));

    DatabaseOptions options;
    options.postgresUrl = m_database->url();
    options.statementTimeout = std::chrono::milliseconds(50);
    const auto database = Database::open(options);
    QVERIFY(database.has_value());
    const auto slow = (*database)->write(statement("SELECT pg_sleep(10)"));
    QVERIFY(!slow);
    QCOMPARE(slow.error().code, ErrorCode::Busy);
    QVERIFY((*database)->write(statement("SELECT 1")).has_value());
}

/// Making a table takes three times as long here as any statement may otherwise.
void PostgresDatabaseTest::schemaChangesTakeAsLongAsTheyTake()
{
    QVERIFY(open(m_database->url()));
    m_database->run(QStringLiteral("CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS "
                                   "$$ BEGIN PERFORM pg_sleep(0.3); END $$"));
    m_database->run(QStringLiteral("CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE TABLE') "
                                   "EXECUTE FUNCTION slow()"));
    m_database->run(QStringLiteral("DELETE FROM sextant.schema_migrations WHERE number = 5"));
    m_database->run(QStringLiteral("DROP TABLE sextant.snapshots"));
    DatabaseOptions options;
    options.postgresUrl = m_database->url();
    options.statementTimeout = std::chrono::milliseconds(100);
    const auto database = Database::open(options);
    QVERIFY(database.has_value());
    QVERIFY2((*database)->state(), (*database)->state() ? "" : (*database)->state().error().message.c_str());
    QCOMPARE(count(**database, "SELECT count(*) FROM snapshots"), 0);
    QVERIFY(!(*database)->write(statement("SELECT pg_sleep(10)")));
}

void PostgresDatabaseTest::startsWhileTheDatabaseIsAway()
{
    m_database->allowConnections(false);
    const auto database = open(m_database->url());
    QVERIFY(database);
    QVERIFY(!database->state());
    QCOMPARE(database->state().error().code, ErrorCode::Unreachable);
    QElapsedTimer timer;
    timer.start();
    const auto written = database->write(statement("SELECT 1"));
    QVERIFY(!written);
    QCOMPARE(written.error().code, ErrorCode::Unreachable);
    QVERIFY2(written.error().message.find("127.0.0.1") != std::string::npos, written.error().message.c_str());
    QVERIFY(!database->reader());
    QVERIFY2(timer.elapsed() < 2'000, "must not wait for what is away");
    m_database->allowConnections(true);
    QTRY_VERIFY_WITH_TIMEOUT(database->state().has_value(), 10'000);
    QVERIFY(database->write(statement("UPDATE hosts_version SET version = 5")).has_value());
    QCOMPARE(count(*database, "SELECT version FROM hosts_version"), 5);
}

void PostgresDatabaseTest::comesBackAfterALostConnection()
{
    const auto database = open(m_database->url());
    QCOMPARE(count(*database, "SELECT version FROM hosts_version"), 0);
    const auto epoch = database->epoch();
    m_database->disconnectAll();
    // Nothing was at stake: the writer connects anew before it begins.
    const auto written = database->write(statement("UPDATE hosts_version SET version = 1"));
    QVERIFY2(written, written ? "" : written.error().message.c_str());
    QVERIFY(database->epoch() != epoch);
    // And so do readers after it.
    QCOMPARE(count(*database, "SELECT version FROM hosts_version"), 1);
    // In the middle of a job: that job fails, the next one goes.
    const auto broken = database->write([this](QSqlDatabase& connection) {
        m_database->disconnectAll();
        return execute(connection, QStringLiteral("UPDATE hosts_version SET version = 2"));
    });
    QVERIFY(!broken);
    QCOMPARE(broken.error().code, ErrorCode::Unreachable);
    QTRY_VERIFY_WITH_TIMEOUT(database->state().has_value(), 5'000);
    QVERIFY(database->write(statement("UPDATE hosts_version SET version = version + 10")).has_value());
    QCOMPARE(count(*database, "SELECT version FROM hosts_version"), 11);
}

void PostgresDatabaseTest::ambiguousConnectionsAreNeverMistaken()
{
    // A job that loses the connection takes the others of its group with it: none of them is told that it was stored.
    const auto database = open(m_database->url());
    QVERIFY(database->write(statement("CREATE TABLE t (x int)")).has_value());
    std::atomic<bool> waiting{false};
    Result<void> first = fail(ErrorCode::Internal, "not run");
    std::thread thread([&] {
        first = database->write([&](QSqlDatabase& connection) {
            auto done = execute(connection, QStringLiteral("INSERT INTO t VALUES (1)"));
            while (!waiting)
                std::this_thread::yield();
            m_database->disconnectAll();
            return done;
        });
    });
    waiting = true;
    thread.join();
    QVERIFY(!first);
    QCOMPARE(first.error().code, ErrorCode::Unreachable);
    QTRY_COMPARE_WITH_TIMEOUT(count(*database, "SELECT count(*) FROM t"), 0, 5'000);
}

void PostgresDatabaseTest::refusesAPasswordFileThatIsNotThere()
{
    DatabaseOptions options;
    options.postgresUrl = m_database->url();
    options.passwordFile = QStringLiteral("/no/such/file");
    const auto opened = Database::open(options);
    QVERIFY(!opened);
    QCOMPARE(opened.error().code, ErrorCode::Invalid);
}

void PostgresDatabaseTest::refusesAPasswordInItsUrl()
{
    DatabaseOptions options;
    options.postgresUrl = QStringLiteral("postgresql://sextant:sesame@127.0.0.1/sextant");
    const auto opened = Database::open(options);
    QVERIFY(!opened);
    QCOMPARE(opened.error().code, ErrorCode::Invalid);
    QVERIFY2(
        opened.error().message.find("database.password_file") != std::string::npos, opened.error().message.c_str());
    QVERIFY(opened.error().message.find("sesame") == std::string::npos);
}

void PostgresDatabaseTest::keepsHostsPeopleAndTokens()
{
    const QByteArray fingerprint(32, 'f');
    {
        const auto database = open(m_database->url());
        HostRegistry hosts(*database, now);
        HostDescription description;
        description.name = QStringLiteral("web-1");
        const auto enrolled = hosts.enrol(description, [&](QSqlDatabase&, HostId) -> Result<HostCertificate> {
            return HostCertificate{fingerprint, now() + 1};
        });
        QVERIFY2(enrolled, enrolled ? "" : enrolled.error().message.c_str());
        QCOMPARE(enrolled->id.value, std::int64_t{1});
        Users users(*database, now);
        const auto added = users.add(QStringLiteral("anna"), Role::Operator, "correct horse battery");
        QVERIFY2(added, added ? "" : added.error().message.c_str());
        QCOMPARE(
            users.add(QStringLiteral("anna"), Role::Viewer, "correct horse battery").error().code, ErrorCode::Conflict);
        EnrolmentTokens tokens(*database, now);
        const auto token = tokens.create(60'000, QStringLiteral("note"));
        QVERIFY2(token, token ? "" : token.error().message.c_str());
        QCOMPARE(token->id, std::int64_t{1});
    }
    const auto database = open(m_database->url());
    HostRegistry hosts(*database, now);
    QVERIFY(hosts.load().has_value());
    QCOMPARE(hosts.list()->size(), std::size_t{1});
    QCOMPARE(hosts.list()->front().description.name, QStringLiteral("web-1"));
    QCOMPARE(hosts.hostForCertificate(fingerprint)->value, std::int64_t{1});
    QVERIFY(hosts.remove(HostId{1}).has_value());
    QVERIFY(!hosts.contains(HostId{1}));
    Users users(*database, now);
    const auto list = users.list();
    QVERIFY(list && list->size() == 1);
    const auto user = users.check(QStringLiteral("anna"), "correct horse battery");
    QVERIFY2(user, user ? "" : user.error().message.c_str());
    QVERIFY(user->has_value());
    QVERIFY((*user)->role == Role::Operator);
    QCOMPARE(EnrolmentTokens(*database, now).list()->size(), std::size_t{1});
}

void PostgresDatabaseTest::keepsTheLedger()
{
    const auto database = open(m_database->url());
    QVERIFY(database);
    const auto write = [&](LedgerChange first, LedgerChange second) {
        const std::vector<StoredHostState> states{
            {HostId{1}, {}, std::move(first)}, {HostId{2}, {}, std::move(second)}};
        return database->write([&](QSqlDatabase& connection) { return writeLedger(connection, states); });
    };
    // The last change of a range counts, as when they are written one by one.
    const metrics::GapReport report{metrics::GapCause::SpoolOverflow, 10, 20, "a \"quoted\" \\ detail"};
    QVERIFY(write({{{Delivered::Time, 10, 15}, {Delivered::Time, 30, 40}, {Delivered::Time, 10, 20}}, {report}},
        {{{Delivered::Time, 30, 40}, {Delivered::Sequence, 30, 31}}, {}}));
    QVERIFY(write({{{Delivered::Time, 30, 0, true}, {Delivered::Time, 10, 40}, {Delivered::Time, 50, 60},
                       {Delivered::Time, 50, 0, true}},
                      {report}},
        {{{Delivered::Sequence, 30, 33}}, {}}));
    const GapLedger ledger(*database);
    const auto first = ledger.read(HostId{1}, 0, 100);
    QVERIFY(first && first->time == std::vector<Range>({{10, 40}}) && first->sequences.empty());
    QVERIFY(first->reports.size() == 1 && first->reports.front().detail == report.detail);
    const auto second = ledger.read(HostId{2}, 0, 100);
    QVERIFY(second && second->time == std::vector<Range>({{30, 40}}));
    QVERIFY(second->sequences == std::vector<Range>({{30, 33}}));
    // Only what goes.
    QVERIFY(write({{{Delivered::Time, 10, 0, true}}, {}}, {}));
    const auto gone = ledger.read(HostId{1}, 0, 100);
    QVERIFY(gone && gone->time.empty());
}

void PostgresDatabaseTest::probesForTimescale()
{
    const testing::PostgresDatabase timescale(testing::PostgresDatabase::Kind::Timescale);
    DatabaseOptions options;
    options.postgresUrl = timescale.url();
    {
        auto connection = openPostgresWriter(QStringLiteral("probe"), options);
        QVERIFY(connection.has_value());
        const auto abilities = probeAbilities(*connection);
        QVERIFY(abilities.has_value());
        QVERIFY(abilities->hypertables);
        QVERIFY(!abilities->compression); // the Apache edition
    }
    QSqlDatabase::removeDatabase(QStringLiteral("probe"));
}

QTEST_GUILESS_MAIN(PostgresDatabaseTest)
#include "postgres_database_test.moc"
