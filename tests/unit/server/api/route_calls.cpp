// SPDX-License-Identifier: GPL-3.0-or-later
#include "route_calls.h"

#include "metrics/codec.h"
#include "metrics/families.h"
#include "metrics/remote_write.h"
#include "server/http/content_coding.h"
#include "server/http/mailbox.h"
#include "server/storage/scan_rows.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <array>
#include <utility>

namespace sextant::server {
namespace {

std::string body(const QJsonObject& object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

/// The unpacked body of a request with one sample.
std::string remoteWrite()
{
    const metrics::RemoteSeries series{{{"__name__", "up"}, {"host", "h"}}, {{systemNowMs(), 1}}};
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
               std::to_string(systemNowMs()) +
               "000000\", \"asDouble\": 1, \"attributes\": [{\"key\": \"host\", \"value\": {\"stringValue\": "
               "\"h\"}}]}]}}]}]}]}";
    if (path == "/api/v1/metrics")
        return "{\"host\": \"h\", \"metrics\": [{\"time\": \"" + now +
               "\", \"host\": \"h\", \"name\": \"mem.used_pct\", \"value\": 1}]}";
    if (path == "/v1/ingest" || path == "/v1/import")
        return "{\"metrics\": [{\"name\": \"x\", \"value\": 1, \"labels\": {\"host\": \"h\"}}]}";
    if (path == "/compat/metricsd")
        return "{\"timestamp\": " + std::to_string(systemNowMs() / 1'000) +
               ", \"metrics\": [{\"name\": \"x\", \"value\": 1, \"labels\": {\"host\": \"h\"}}]}";
    if (path == "/api/v1/agent/metrics")
        return "[{\"type\": \"system\", \"timestamp\": \"" + now +
               "\", \"hostname\": \"h\", \"data\": {\"users\": 1}}]";
    if (path.starts_with("/updates"))
        return '[' + metric + ']';
    return path == "/update" || path == "/update/" ? metric : std::string();
}

} // namespace

http::Response Parts::ask(const Route& route, Call call, bool isGone)
{
    const auto mailbox = std::make_shared<http::Mailbox>([] {});
    const auto gone = std::make_shared<const std::atomic<bool>>(isGone);
    std::vector<http::Mailbox::Letter> letters;
    route.handle(services, call, http::Responder(mailbox, 1, 1, gone));
    for (int i = 0; i < 500 && letters.empty(); ++i) {
        letters = mailbox->takeAll();
        QTest::qWait(letters.empty() ? 10 : 0);
    }
    return letters.empty() ? http::emptyResponse(0) : std::get<http::Mailbox::Answer>(letters.front().content).response;
}

std::unique_lock<std::mutex> Parts::fillQueue()
{
    std::unique_lock held(gate);
    const auto submit = [this](int number) {
        metrics::DecodedBatch batch;
        const std::int64_t timeMs = systemNowMs() - number;
        batch.batch = test::makeBatch(timeMs);
        // So many cores that it alone fills the queue.
        const metrics::Family& family = metrics::family("cpu_core");
        metrics::Frame cores(family, timeMs, 10'000);
        const std::size_t rows = ingestLimits.queueBytes / (family.columns.size() * sizeof(metrics::Value));
        for (std::size_t core = 0; core <= rows; ++core)
            cores.addRow({std::to_string(core)});
        batch.batch.frames.push_back(std::move(cores));
        (void)ingest.submit(host, std::move(batch), [](const Result<StoredBatch>&) {});
    };
    // Whoever was told that his batch is stored may be told before ingest is done with it: one that comes now may be
    // the one that ingest stops at, or have to wait already.
    submit(0);
    while (!isAtGate)
        QTest::qWait(1);
    if (ingest.counts().queuedBatches == 0)
        submit(1);
    return held;
}

std::map<std::string, double> Parts::newest()
{
    constexpr const metrics::Family& kCustom = metrics::family("custom");
    std::map<std::int64_t, std::string> names;
    const InstanceList instances = store.instances(host, kCustom).value();
    for (const Instance& instance : instances)
        names[instance.id] = instance.labels[0] + '{' + instance.labels[1] + '}';
    constexpr std::array<std::size_t, 1> kColumns{0};
    std::map<std::string, std::pair<std::int64_t, double>> found;
    (void)scanRows(store, {host, &kCustom, kColumns, 0, systemNowMs() * 2, false}, [&](const ScannedRow& row) {
        auto& [timeMs, value] = found[names[row.instance]];
        if (row.timeMs >= timeMs && !row.cells[0].isAbsent()) {
            timeMs = row.timeMs;
            value = row.cells[0].asReal();
        }
        return true;
    });
    std::map<std::string, double> values;
    for (const auto& [name, sample] : found)
        values[name] = sample.second;
    return values;
}

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
    const QJsonObject machine{{QStringLiteral("hostname"), QStringLiteral("web02")},
        {QStringLiteral("os"), QJsonObject{{QStringLiteral("family"), QStringLiteral("linux")}}}};
    if (route.path == "/api/v1/login") {
        call.request.body = body({{QStringLiteral("name"), QStringLiteral("admin")},
            {QStringLiteral("password"), QStringLiteral("a password")}});
    } else if (route.path == "/api/v1/agent/enroll") {
        QJsonObject enrolment = machine;
        enrolment.insert(QStringLiteral("secret"), QStringLiteral("x"));
        enrolment.insert(QStringLiteral("csr"), csr);
        call.request.body = body(enrolment);
    } else if (route.path == "/api/v1/agent/host") {
        call.request.body = body(machine);
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
        call.request.body = route.path == "/api/v1/write" ? remoteWrite() : "cpu,host=h load=1\n";
        headers = {{"content-type", route.path == "/api/v1/write" ? "application/x-protobuf" : "text/plain"}};
        if (route.path.starts_with("/metrics")) {
            call.request.body = "load{host=\"h\"} 1\n";
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
    } else if (route.path == "/api/v1/overview/fleet/chart") {
        call.request.head.target.query = {{"metric", "cpu"}};
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

bool writesSamples(const Route& route)
{
    return route.need == Need::Ingest && route.bodyBytes > 0 && !route.path.starts_with("/value");
}

void addRouteRows()
{
    QTest::addColumn<std::size_t>("index");
    for (std::size_t i = 0; i < routes().size(); ++i) {
        const Route& route = routes()[i];
        const std::string name = std::string(http::toString(route.method)) + ' ' + std::string(route.path);
        QTest::newRow(name.c_str()) << i;
    }
}

} // namespace sextant::server
