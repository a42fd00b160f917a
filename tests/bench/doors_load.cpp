// SPDX-License-Identifier: GPL-3.0-or-later
// How many values a second each way in for programs takes, from request to commit, over HTTPS on the real server: 8
// clients with a key and a connection each send bodies of 500 series, made beforehand, one after the other. Prints JSON
// lines {"name", "value", "unit"}, with "peer" where a Prometheus that is named took the same requests of remote write,
// over TLS with the same certificate. Agents' batches are fleet_load's.
// Usage: doors_load [--seconds 5] [--peer /usr/bin/prometheus]
#include "metrics/remote_write.h"
#include "support/https_client.h"
#include "support/server_process.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFile>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>

#include <protozero/pbf_writer.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace sextant;
using namespace sextant::test;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kClients = 8;
constexpr int kSeries = 500;
constexpr int kBodies = 400; ///< of a client, a second of samples each

/// A way in: where its bodies go and how they are made.
struct Door {
    const char* name;
    std::function<QByteArray(int client)> path;
    HttpsClient::Headers headers;
    std::function<std::string(int client, std::int64_t timeMs)> body;
};

double valueOf(int series, std::int64_t timeMs)
{
    return static_cast<double>((timeMs / 1'000 * (series + 7)) % 10'007) / 8;
}

std::string remoteWrite(int client, std::int64_t timeMs)
{
    std::vector<metrics::RemoteSeries> all;
    for (int series = 0; series < kSeries; ++series) {
        all.push_back({{{"__name__", "remote_written"}, {"client", std::to_string(client)}, {"job", "doors"},
                           {"series", std::to_string(series)}},
            {{timeMs, valueOf(series, timeMs)}}});
    }
    return metrics::encodeRemoteWrite(all);
}

std::string otlp(int client, std::int64_t timeMs)
{
    // opentelemetry-proto, metrics/v1: the numbers of the fields.
    std::string message;
    protozero::pbf_writer request(message);
    protozero::pbf_writer resource(request, 1);
    protozero::pbf_writer scope(resource, 2);
    protozero::pbf_writer metric(scope, 2);
    metric.add_string(1, "otlp_pushed");
    protozero::pbf_writer gauge(metric, 5);
    const auto attribute = [](protozero::pbf_writer& point, const char* key, const std::string& value) {
        protozero::pbf_writer pair(point, 7);
        pair.add_string(1, key);
        protozero::pbf_writer any(pair, 2);
        any.add_string(1, value);
    };
    for (int series = 0; series < kSeries; ++series) {
        protozero::pbf_writer point(gauge, 1);
        point.add_fixed64(3, static_cast<std::uint64_t>(timeMs) * 1'000'000);
        point.add_double(4, valueOf(series, timeMs));
        attribute(point, "client", std::to_string(client));
        attribute(point, "series", std::to_string(series));
    }
    gauge.commit();
    metric.commit();
    scope.commit();
    resource.commit();
    return message;
}

/// What stands before a line's client, series and value, and behind it.
struct LineParts {
    const char* client;
    const char* series;
    const char* value;
    std::string end;
};

/// A line per series.
std::string lines(const LineParts& parts, int client, std::int64_t timeMs)
{
    std::string text;
    for (int series = 0; series < kSeries; ++series) {
        char line[160];
        std::snprintf(line, sizeof line, "%s%d%s%d%s%.3f%s\n", parts.client, client, parts.series, series, parts.value,
            valueOf(series, timeMs), parts.end.c_str());
        text += line;
    }
    return text;
}

std::string isoTime(std::int64_t timeMs)
{
    return QDateTime::fromMSecsSinceEpoch(timeMs, Qt::UTC).toString(Qt::ISODateWithMs).toStdString();
}

/// JSON, in which ' stands for ": `opening`, an item per series of `item(series, value)`, `closing`.
template <typename Item>
std::string json(std::string opening, std::int64_t timeMs, Item item, const char* closing)
{
    for (int series = 0; series < kSeries; ++series)
        opening += (series > 0 ? "," : "") + item(std::to_string(series), std::to_string(valueOf(series, timeMs)));
    opening += closing;
    std::ranges::replace(opening, '\'', '"');
    return opening;
}

std::string otlpJson(int client, std::int64_t timeMs)
{
    const auto point = [&](const std::string& series, const std::string& value) {
        return "{'timeUnixNano':'" + std::to_string(timeMs) + "000000','asDouble':" + value +
               ",'attributes':[{'key':'client','value':{'stringValue':'" + std::to_string(client) +
               "'}},{'key':'series','value':{'stringValue':'" + series + "'}}]}";
    };
    return json("{'resourceMetrics':[{'scopeMetrics':[{'metrics':[{'name':'otlp_json','gauge':{'dataPoints':[", timeMs,
        point, "]}}]}]}]}");
}

std::string miniObserv(int client, std::int64_t timeMs)
{
    const std::string host = "'host':'h" + std::to_string(client) + "'";
    return json(
        '{' + host + ",'metrics':[", timeMs,
        [&](const std::string& series, const std::string&) { // its percentages are from 0 to 100
            return "{'time':'" + isoTime(timeMs) + "'," + host +
                   ",'name':'cpu.usage_pct','value':" + std::to_string((timeMs / 1'000 + std::stoi(series)) % 100) +
                   ".5,'labels':{'core':'" + series + "'}}";
        },
        "]}");
}

std::string tinyObs(int client, std::int64_t timeMs)
{
    const auto metric = [&](const std::string& series, const std::string& value) {
        return "{'name':'tinyobs_sent','type':'gauge','value':" + value + ",'labels':{'client':'" +
               std::to_string(client) + "','series':'" + series + "'},'timestamp':'" + isoTime(timeMs) + "'}";
    };
    return json("{'metrics':[", timeMs, metric, "]}");
}

/// Without a time, and with nothing but its name: what is sent is of when it comes.
std::string golectra(int client, std::int64_t timeMs)
{
    const auto metric = [&](const std::string& series, const std::string& value) {
        return "{'id':'golectra_" + std::to_string(client) + '_' + series + "','type':'gauge','value':" + value + '}';
    };
    return json("[", timeMs, metric, "]");
}

std::string metricsd(int client, std::int64_t timeMs)
{
    const auto metric = [&](const std::string& series, const std::string& value) {
        return "{'name':'metricsd_sent','type':'gauge','value':" + value + ",'labels':{'client':'" +
               std::to_string(client) + "','series':'" + series + "'}}";
    };
    return json("{'timestamp':" + std::to_string(timeMs / 1'000) + ",'metrics':[", timeMs, metric, "]}");
}

/// One envelope with a number for each of very many cores.
std::string spectra(int client, std::int64_t timeMs)
{
    return json(
        "[{'type':'cpu','timestamp':'" + isoTime(timeMs) + "','hostname':'h" + std::to_string(client) +
            "','data':{'cores':[",
        timeMs, [](const std::string&, const std::string& value) { return value; }, "]}}]");
}

std::vector<Door> doors()
{
    const HttpsClient::Headers asJson{{"Content-Type", "application/json"}};
    const auto at = [](const char* path) { return [path](int) { return QByteArray(path); }; };
    return {
        {"remote_write", at("/api/v1/write"),
            {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "snappy"},
                {"X-Prometheus-Remote-Write-Version", "0.1.0"}},
            remoteWrite},
        {"otlp_protobuf", at("/v1/metrics"), {{"Content-Type", "application/x-protobuf"}}, otlp},
        {"influx_lines", at("/api/v2/write"), {{"Content-Type", "text/plain"}},
            [](int client, std::int64_t timeMs) {
                return lines({"influx_sent,client=", ",series=", " value=", ' ' + std::to_string(timeMs * 1'000'000)},
                    client, timeMs);
            }},
        // Without a time: a push is of when it comes.
        {"text_push", [](int client) { return "/metrics/job/doors/client/" + QByteArray::number(client); },
            {{"Content-Type", "text/plain"}},
            [](int client, std::int64_t timeMs) {
                return lines({"text_pushed{from=\"", "\",series=\"", "\"} ", {}}, client, timeMs);
            }},
        {"otlp_json", at("/v1/metrics"), asJson, otlpJson},
        {"miniobserv", at("/api/v1/metrics"), asJson, miniObserv},
        {"tinyobs", at("/v1/ingest"), asJson, tinyObs},
        {"golectra", at("/updates"), asJson, golectra},
        {"metricsd", at("/compat/metricsd"), asJson, metricsd},
        {"spectra", at("/api/v1/agent/metrics"), asJson, spectra},
    };
}

struct Tally {
    std::atomic<int> taken = 0;
    std::atomic<int> refused = 0;
};

/// Who takes what is sent.
struct Target {
    QString url;
    QByteArray caPem;
    QByteArray key;
};

/// A Prometheus that takes remote write, with a folder of its own and the certificate of our server.
class Peer {
public:
    Peer() = default;
    ~Peer()
    {
        m_process.kill();
        m_process.waitForFinished(10'000);
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// Nothing when it did not become ready.
    std::optional<Target> start(const QString& program, const ServerProcess& server)
    {
        QTcpServer port; // a free one
        if (!port.listen(QHostAddress::LocalHost))
            return std::nullopt;
        const QString address = QStringLiteral("127.0.0.1:%1").arg(port.serverPort());
        port.close();
        const QByteArray folder = server.dataDir().toUtf8();
        if (!write("prometheus.yml", "global: {}\n") ||
            !write("web.yml", "tls_server_config: {cert_file: \"" + folder + "/server.pem\", key_file: \"" + folder +
                                  "/server.key\"}\n"))
            return std::nullopt;
        m_process.setStandardErrorFile(m_folder.filePath(QStringLiteral("log")));
        m_process.start(
            program, {QStringLiteral("--config.file=") + m_folder.filePath(QStringLiteral("prometheus.yml")),
                         QStringLiteral("--web.config.file=") + m_folder.filePath(QStringLiteral("web.yml")),
                         QStringLiteral("--storage.tsdb.path=") + m_folder.filePath(QStringLiteral("data")),
                         QStringLiteral("--web.listen-address=") + address,
                         QStringLiteral("--web.enable-remote-write-receiver")});
        Target target{QStringLiteral("https://") + address, server.caPem(), {}};
        const auto end = Clock::now() + std::chrono::seconds(30);
        while (Clock::now() < end) {
            if (HttpsClient(target.url, target.caPem).get("/-/ready").status == 200)
                return target;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return std::nullopt;
    }

private:
    bool write(const char* name, const QByteArray& text)
    {
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    }

    QTemporaryDir m_folder;
    QProcess m_process;
};

void sendAll(const Door& door, int client, const std::vector<std::string>& bodies, HttpsClient& connection,
    Clock::time_point end, Tally& tally)
{
    for (const std::string& body : bodies) {
        if (Clock::now() >= end)
            return;
        const Answer answer =
            connection.request("POST", door.path(client), QByteArray::fromStdString(body), door.headers);
        if (answer.status / 100 == 2 && !answer.body.contains("\"errors\""))
            ++tally.taken;
        else if (++tally.refused == 1)
            std::fprintf(stderr, "doors_load: %s: %d %s\n", door.name, answer.status, answer.body.constData());
    }
}

/// Values per second; less than 0 when something was refused.
double measure(const Door& door, const Target& target, int seconds)
{
    const std::int64_t firstMs = QDateTime::currentMSecsSinceEpoch() / 1'000 * 1'000 - kBodies * 1'000;
    std::vector<std::vector<std::string>> bodies(kClients);
    for (int client = 0; client < kClients; ++client) {
        for (int number = 0; number < kBodies; ++number)
            bodies[static_cast<std::size_t>(client)].push_back(door.body(client, firstMs + number * 1'000));
    }
    Tally tally;
    const auto start = Clock::now();
    std::vector<std::thread> threads;
    for (int client = 0; client < kClients; ++client) {
        threads.emplace_back([&, client] {
            HttpsClient connection(target.url, target.caPem);
            if (!target.key.isEmpty())
                connection.setToken(target.key);
            sendAll(door, client, bodies[static_cast<std::size_t>(client)], connection,
                start + std::chrono::seconds(seconds), tally);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    const double spent = std::chrono::duration<double>(Clock::now() - start).count();
    if (tally.refused > 0)
        std::fprintf(stderr, "doors_load: %s: %d of %d were refused\n", door.name, tally.refused.load(),
            tally.refused + tally.taken);
    return tally.refused > 0 ? -1 : tally.taken * double{kSeries} / spent;
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    const auto option = [&words](const char* name) {
        const auto at = words.indexOf(QLatin1String(name));
        return at < 0 ? QString() : words.value(at + 1);
    };
    const int seconds = option("--seconds").isEmpty() ? 5 : option("--seconds").toInt();
    const QString prometheus = option("--peer");
    ServerProcess server;
    if (seconds <= 0 || !server.start()) {
        std::fprintf(stderr, "doors_load: %s\n", qPrintable(server.error()));
        return 1;
    }
    bool good = true;
    for (const Door& door : doors()) {
        const Target ours{server.url(), server.caPem(), server.makeKey(QString::fromLatin1(door.name))};
        const double values = measure(door, ours, seconds);
        good = good && !ours.key.isEmpty() && values > 0;
        std::printf("{\"name\": \"doors_%s\", \"value\": %.6g, \"unit\": \"values/s\"", door.name, values);
        if (!prometheus.isEmpty() && std::string_view(door.name) == "remote_write") {
            Peer peer;
            const auto target = peer.start(prometheus, server);
            const double taken = target ? measure(door, *target, seconds) : -1;
            good = good && taken > 0;
            std::printf(", \"peer\": %.6g", taken);
        }
        std::printf("}\n");
        std::fflush(stdout);
    }
    return good ? 0 : 1;
}
