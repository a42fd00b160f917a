// SPDX-License-Identifier: GPL-3.0-or-later
// Every route of the table while the database is gone: what needs it answers 503 with a problem that says so, never 500
// and never an answer that looks like "there is nothing"; what lives in memory goes on.
#include "logging/log.h"
#include "metrics/codec.h"
#include "metrics/remote_write.h"
#include "server/api/routes.h"
#include "server/api/server_metrics.h"
#include "server/api/services.h"
#include "server/api/work_pool.h"
#include "server/auth/api_keys.h"
#include "server/auth/certificate_authority.h"
#include "server/auth/enrolment_tokens.h"
#include "server/auth/login_guard.h"
#include "server/auth/users.h"
#include "server/hosts/gap_ledger.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/hosts/run_watch.h"
#include "server/http/content_coding.h"
#include "server/http/mailbox.h"
#include "server/ingest/documents.h"
#include "server/ingest/ingest.h"
#include "server/ingest/sample_sink.h"
#include "server/live/hub.h"
#include "server/receivers/golectra.h"
#include "server/receivers/push_groups.h"
#include "server/receivers/running_totals.h"
#include "server/storage/database.h"
#include "server/storage/maintenance.h"
#include "server/storage/make_store.h"
#include "server/storage/snapshots.h"
#include "server/storage/sql_store.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>

using namespace sextant;
using namespace sextant::server;

namespace {

std::string body(const QJsonObject& object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

/// The services of a server as the program wires them, on a database that can be taken away.
class Parts {
public:
    explicit Parts(const QString& folder)
        : path(folder + QStringLiteral("/test.db")),
          database(Database::open({.path = path}).value()),
          authority(CertificateAuthority::openOrCreate(folder, systemNowMs()).value())
    {
        ingest.start();
        HostDescription description;
        description.name = QStringLiteral("web01");
        const auto enrolled = hosts.enrol(description, [](QSqlDatabase&, HostId) -> Result<HostCertificate> {
            return HostCertificate{QByteArray(32, 'a'), 1};
        });
        host = enrolled->id;
    }

    /// The file is gone and the writer with it.
    void takeDatabaseAway()
    {
        database->stop();
        for (const char* suffix : {"", "-wal", "-shm"})
            QFile::remove(path + QLatin1String(suffix));
    }

    const QString path;
    std::unique_ptr<Database> database;
    CertificateAuthority authority;
    logging::Log log{logging::Level::Error, logging::Format::Logfmt, [](logging::Level, std::string_view) {}};
    const std::unique_ptr<SqlStore> owned = makeStore(*database, systemNowMs);
    SqlStore& store = *owned;
    Maintenance maintenance{store, systemNowMs, {}, {}};
    HostRegistry hosts{*database, systemNowMs};
    RunWatch runs;
    Overview overview{hosts, systemNowMs};
    GapLedger ledger{*database};
    Hub hub{overview};
    Ingest ingest{store, overview, ledger, log, systemNowMs, [](HostId, CommittedFrames) {}};
    SampleSink sink{ingest, systemNowMs};
    RunningTotals totals{systemNowMs};
    GolectraValues golectraValues;
    PushGroups pushGroups;
    Snapshots snapshots{*database};
    Documents documents{snapshots, log, systemNowMs, {}};
    Users users{*database, systemNowMs};
    Sessions sessions{*database, systemNowMs};
    EnrolmentTokens tokens{*database, systemNowMs};
    ApiKeys keys{*database, hosts, systemNowMs};
    LoginGuard accountGuard;
    LoginGuard addressGuard;
    WorkPool passwords{1, 4};
    WorkPool queries{1, 4};
    WorkPool promql{1, 4};
    ServerMetrics metrics;
    std::atomic<bool> isLoaded = true;
    Services services{store, store, maintenance, ingest, sink, totals, golectraValues, pushGroups, documents, snapshots,
        overview, hub, ledger, hosts, runs, authority, users, sessions, tokens, keys, accountGuard, addressGuard,
        passwords, queries, promql, metrics, *database, isLoaded, log, systemNowMs,
        QStringLiteral("https://localhost:1"), 365, [] { return ProcessUse{}; }, [] { return std::size_t{0}; }};
    HostId host;
};

/// The unpacked body of a request with one sample.
std::string remoteWrite()
{
    const metrics::RemoteSeries series{{{"__name__", "up"}}, {{systemNowMs(), 1}}};
    return http::decodeBody(metrics::encodeRemoteWrite({&series, 1}), http::Coding::Snappy, 1'000).value();
}

/// The request of one of the ways in that are JSON, with one sample; empty for the others.
std::string jsonPush(std::string_view path)
{
    const std::string now = QDateTime::currentDateTimeUtc().toString(Qt::ISODate).toStdString();
    const std::string metric = "{\"id\": \"x\", \"type\": \"gauge\", \"value\": 1}";
    if (path == "/v1/metrics")
        return "{\"resourceMetrics\": [{\"scopeMetrics\": [{\"metrics\": [{\"name\": \"x\", \"gauge\": "
               "{\"dataPoints\": "
               "[{\"timeUnixNano\": \"" +
               std::to_string(systemNowMs()) + "000000\", \"asDouble\": 1}]}}]}]}]}";
    if (path == "/api/v1/metrics")
        return "{\"host\": \"h\", \"metrics\": [{\"time\": \"" + now +
               "\", \"host\": \"h\", \"name\": \"mem.used_pct\", \"value\": 1}]}";
    if (path == "/v1/ingest" || path == "/v1/import")
        return "{\"metrics\": [{\"name\": \"x\", \"value\": 1}]}";
    if (path == "/compat/metricsd")
        return "{\"timestamp\": " + std::to_string(systemNowMs() / 1'000) +
               ", \"metrics\": [{\"name\": \"x\", \"value\": 1}]}";
    if (path == "/api/v1/agent/metrics")
        return "[{\"type\": \"system\", \"timestamp\": \"" + now +
               "\", \"hostname\": \"h\", \"data\": {\"users\": 1}}]";
    if (path.starts_with("/updates"))
        return '[' + metric + ']';
    return path == "/update" || path == "/update/" ? metric : std::string();
}

/// A good request for the route, by somebody who may.
Call goodCall(const Route& route, HostId host)
{
    Call call;
    call.request.head.method = route.method;
    call.request.peer.address = "127.0.0.1";
    call.who.host = host;
    call.who.session = Sessions::Session{{1, QStringLiteral("admin"), Role::Admin, 0}, QByteArray(32, 'h'), 0};
    for (std::size_t at = route.path.find('{'); at != std::string_view::npos; at = route.path.find('{', at + 1))
        call.pathValues.push_back(std::to_string(host.value));
    auto& headers = call.request.head.headers;
    if (route.bodyBytes > 0)
        headers.push_back({"content-type", "application/json"});
    const QString csr = QString::fromLatin1(test::makeKeyAndRequest().requestPem);
    if (route.path == "/api/v1/login") {
        call.request.body = body({{QStringLiteral("name"), QStringLiteral("admin")},
            {QStringLiteral("password"), QStringLiteral("a password")}});
    } else if (route.path == "/api/v1/agent/enroll") {
        call.request.body = body({{QStringLiteral("secret"), QStringLiteral("x")}, {QStringLiteral("csr"), csr},
            {QStringLiteral("hostname"), QStringLiteral("web02")},
            {QStringLiteral("os"), QJsonObject{{QStringLiteral("family"), QStringLiteral("linux")}}}});
    } else if (route.path == "/api/v1/agent/certificate") {
        call.request.body = body({{QStringLiteral("csr"), csr}});
    } else if (route.path == "/api/v1/agent/batches") {
        headers = {{"content-type", "application/x-protobuf"}};
        call.request.body = metrics::encodeBatch(test::makeBatch(systemNowMs()));
    } else if (route.path == "/api/v1/agent/register") {
        call.request.body = body({{QStringLiteral("token"), QStringLiteral("sxk_1_x")}});
    } else if (route.path == "/api/v1/tokens") {
        call.request.body = "{}";
    } else if (route.need == Need::Ingest) {
        call.who.key = ApiKey{1, QStringLiteral("writer"), false, true, host};
        call.request.body = route.path == "/api/v1/write" ? remoteWrite() : "cpu load=1\n";
        headers = {{"content-type", route.path == "/api/v1/write" ? "application/x-protobuf" : "text/plain"}};
        if (route.path.starts_with("/metrics")) {
            call.request.body = "load 1\n";
            call.pathValues = {"job", "x"};
        }
        if (std::string json = jsonPush(route.path); !json.empty()) {
            call.request.body = std::move(json);
            headers = {{"content-type", "application/json"}};
        }
        if (route.path.find("{type}") != std::string_view::npos)
            call.pathValues = {"gauge", "x", "1"};
        if (route.path.starts_with("/value"))
            call.request.body = "{\"id\": \"x\", \"type\": \"gauge\"}";
    } else if (route.path == "/api/v1/keys") {
        call.request.body = body({{QStringLiteral("name"), QStringLiteral("telegraf")},
            {QStringLiteral("rights"), QJsonArray{QStringLiteral("ingest")}}});
    } else if (route.path.ends_with("/series")) {
        call.request.head.target.query = {{"family", "cpu"}, {"match[]", "up"}};
    } else if (route.path.starts_with("/api/v1/query") || route.path == "/federate" || route.path == "/api/v1/export") {
        call.request.head.target.query = {
            {"query", "up"}, {"match[]", "up"}, {"start", "0"}, {"end", "1"}, {"step", "1"}};
    } else if (route.path.ends_with("{chart}")) {
        call.pathValues.back() = "cpu";
    } else if (route.path == "/api/v1/metrics/query") {
        call.request.head.target.query = {
            {"host", "h"}, {"name", "mem.used_pct"}, {"from", "2026-01-01T00:00:00Z"}, {"to", "2026-01-02T00:00:00Z"}};
    } else if (route.path.starts_with("/v1/")) {
        call.request.head.target.query = {{"query", "up"}, {"metric", "up"}};
        call.request.body = "{\"query\": \"up\"}";
    } else if (route.path == "/api/v1/format_query") {
        call.request.head.target.query = {{"query", "up"}};
    } else if (route.path.starts_with("/api/v1/label/")) {
        call.pathValues = {"job"};
    }
    return call;
}

/// What foreign agents ask for beside writing; it is answered from memory, too.
bool isForeignQuestion(const Route& route)
{
    return route.path == "/ping" || route.path == "/api/v1/agent/command" || route.path == "/api/v1/agent/config";
}

/// Those that are answered from memory. /metrics leaves out what it cannot read.
bool livesInMemory(const Route& route)
{
    return route.path == "/healthz" || route.path == "/metrics" || route.path == "/api/v1/me" ||
           route.path == "/api/v1/overview" || route.path == "/api/v1/hosts" || route.path == "/api/v1/live" ||
           route.path == "/api/v1/format_query" || route.path == "/api/v1/metadata" || route.path == "/api/v1/rules" ||
           route.path == "/api/v1/alerts" || route.path == "/api/v1/query_exemplars" ||
           route.path == "/api/v1/status/buildinfo";
}

} // namespace

class DatabaseAwayTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_parts = std::make_unique<Parts>(m_folder.path());
        HostState heard; // of a host that is silent nothing is read
        heard.lastSeenMs = systemNowMs();
        m_parts->overview.update(m_parts->host, heard);
        m_parts->takeDatabaseAway();
    }

    void everyRouteSaysSo_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < routes().size(); ++i) {
            const Route& route = routes()[i];
            const std::string name = std::string(http::toString(route.method)) + ' ' + std::string(route.path);
            QTest::newRow(name.c_str()) << i;
        }
    }
    void everyRouteSaysSo()
    {
        QFETCH(std::size_t, index);
        const Route& route = routes()[index];
        const http::Response response = ask(route);
        if (isForeignQuestion(route)) {
            QVERIFY(response.status == 200 || response.status == 204);
            return;
        }
        if (livesInMemory(route)) {
            QCOMPARE(response.status, 200);
            QVERIFY(!response.body.contains("sextant_server_store_blocks"));
            return;
        }
        QVERIFY2(response.status == 503, response.body.constData());
        // Where the file is concerns nobody who may not read the log; /readyz is for the one who runs the server.
        QVERIFY(route.path == "/readyz" || !response.body.contains("test.db"));
        QCOMPARE(std::ranges::count(response.headers, std::string("retry-after"), &http::Header::name), 1);
        if (route.parameters.data() == kAnyParameters.data()) { // Prometheus has an envelope of its own
            QCOMPARE(QJsonDocument::fromJson(response.body).object().value(QStringLiteral("errorType")).toString(),
                QStringLiteral("unavailable"));
            return;
        }
        QCOMPARE(response.contentType, std::string_view("application/problem+json"));
        const QString code = QJsonDocument::fromJson(response.body).object().value(QStringLiteral("code")).toString();
        QVERIFY2(code == QStringLiteral("io") || code == QStringLiteral("unreachable"), response.body.constData());
    }

private:
    http::Response ask(const Route& route)
    {
        const auto mailbox = std::make_shared<http::Mailbox>([] {});
        std::vector<http::Mailbox::Letter> letters;
        Call call = goodCall(route, m_parts->host);
        route.handle(m_parts->services, call, http::Responder(mailbox, 1, 1));
        for (int i = 0; i < 500 && letters.empty(); ++i) {
            letters = mailbox->takeAll();
            QTest::qWait(letters.empty() ? 10 : 0);
        }
        return letters.empty() ? http::emptyResponse(0)
                               : std::get<http::Mailbox::Answer>(letters.front().content).response;
    }

    QTemporaryDir m_folder;
    std::unique_ptr<Parts> m_parts;
};

QTEST_GUILESS_MAIN(DatabaseAwayTest)
#include "database_away_test.moc"
