// SPDX-License-Identifier: GPL-3.0-or-later
// Load on the real server: made-up hosts enrol over HTTP, then send zstd batches (one tick of about 300 values each)
// over keep-alive connections with client certificates. Prints what was acknowledged, how long that took and what it
// cost the server, as JSON lines; each connection is a host. Usage: ingest_load [--seconds 10] [--connections 32]
#include "metrics/codec.h"
#include "metrics/compression.h"
#include "store/made_batches.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFile>
#include <QJsonObject>
#include <QJsonValue>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>
#include <vector>

using namespace sextant;
using namespace sextant::test;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kIntervalMs = 10'000;

struct Options {
    int seconds = 10;
    int connections = 32;
};

/// One batch, packed, and how many values are in it.
struct Packed {
    QByteArray body;
    std::size_t values = 0;
};

/// What one connection sends and what became of it.
struct Lane {
    Identity identity;
    std::vector<Packed> batches;
    std::size_t acknowledgedValues = 0;
    std::size_t refused = 0;
    std::vector<double> milliseconds;
};

double cpuSeconds(qint64 processId)
{
    QFile file(QStringLiteral("/proc/%1/stat").arg(processId));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray line = file.readAll();
    const QByteArrayList fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    return (fields.value(11).toDouble() + fields.value(12).toDouble()) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double residentMiB(qint64 processId)
{
    QFile file(QStringLiteral("/proc/%1/statm").arg(processId));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    return file.readAll().split(' ').value(1).toDouble() * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// Ticks of one host, in order, up to now.
void makeBatches(Lane& lane, std::uint32_t seed, int count)
{
    testing::MadeHost host(seed);
    const std::int64_t startMs = QDateTime::currentMSecsSinceEpoch() - std::int64_t{count} * kIntervalMs;
    for (int i = 0; i < count; ++i) {
        const metrics::Batch batch = host.tick(startMs + i * kIntervalMs);
        if (const auto packed = metrics::zstdCompress(metrics::encodeBatch(batch)))
            lane.batches.push_back({QByteArray::fromStdString(*packed), testing::valueCount(batch)});
    }
}

void sendAll(Lane& lane, const QString& url, const QByteArray& caPem, const std::atomic<bool>& stop)
{
    HttpsClient client(url, caPem, lane.identity);
    const HttpsClient::Headers headers{{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "zstd"}};
    for (const Packed& batch : lane.batches) {
        if (stop)
            return;
        const auto started = Clock::now();
        const Answer answer = client.request("POST", "/api/v1/agent/batches", batch.body, headers);
        lane.milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - started).count());
        if (answer.status == 204)
            lane.acknowledgedValues += batch.values;
        else
            ++lane.refused;
    }
}

double percentile(std::vector<double>& sorted, double share)
{
    if (sorted.empty())
        return 0;
    return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

void print(const char* name, double value, const char* unit)
{
    std::printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name, value, unit);
}

int fail(const QString& why)
{
    std::fprintf(stderr, "ingest_load: %s\n", qPrintable(why));
    return 1;
}

std::optional<Options> readOptions(const QStringList& arguments)
{
    Options options;
    for (qsizetype i = 1; i < arguments.size(); i += 2) {
        const int value = arguments.value(i + 1).toInt();
        if (value <= 0)
            return std::nullopt;
        if (arguments[i] == QLatin1String("--seconds"))
            options.seconds = value;
        else if (arguments[i] == QLatin1String("--connections"))
            options.connections = value;
        else
            return std::nullopt;
    }
    return options;
}

/// Enrols the hosts that the lanes send as; false when the server refuses.
bool enrolLanes(ServerProcess& server, std::vector<Lane>& lanes)
{
    HttpsClient admin(server.url(), server.caPem());
    if (!admin.logIn(QStringLiteral("admin"), server.adminPassword()))
        return false;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        const QString token = admin.post("/api/v1/tokens", {}).json().value(QStringLiteral("token")).toString();
        const auto host = enrolHost(server.url(), server.caPem(), token, QStringLiteral("load-%1").arg(i));
        if (!host)
            return false;
        lanes[i].identity = host->identity;
    }
    return true;
}

void report(std::vector<Lane>& lanes, double seconds, double serverCpuSeconds, double serverMiB)
{
    std::vector<double> all;
    double values = 0;
    std::size_t refused = 0;
    for (Lane& lane : lanes) {
        all.insert(all.end(), lane.milliseconds.begin(), lane.milliseconds.end());
        values += static_cast<double>(lane.acknowledgedValues);
        refused += lane.refused;
    }
    std::ranges::sort(all);
    print("ingest_values_per_second", values / seconds, "values/s");
    print("ingest_batches_per_second", static_cast<double>(all.size()) / seconds, "batches/s");
    print("ingest_acknowledgement_p50", percentile(all, 0.5), "ms");
    print("ingest_acknowledgement_p99", percentile(all, 0.99), "ms");
    print("ingest_server_cpu_per_million_values", serverCpuSeconds / (values / 1e6), "s");
    print("ingest_server_cores", serverCpuSeconds / seconds, "cores");
    print("ingest_server_rss", serverMiB, "MiB");
    print("ingest_refused_batches", static_cast<double>(refused), "batches");
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const auto options = readOptions(QCoreApplication::arguments());
    if (!options)
        return fail(QStringLiteral("usage: ingest_load [--seconds N] [--connections N]"));

    ServerProcess server;
    if (!server.start())
        return fail(server.error());
    std::vector<Lane> lanes(static_cast<std::size_t>(options->connections));
    if (!enrolLanes(server, lanes))
        return fail(QStringLiteral("the hosts could not enrol"));
    // Enough for a million values a second.
    const int perLane = options->seconds * 3'500 / options->connections + 1;
    for (std::size_t i = 0; i < lanes.size(); ++i)
        makeBatches(lanes[i], static_cast<std::uint32_t>(i + 1), perLane);

    std::atomic<bool> stop = false;
    const double cpuBefore = cpuSeconds(server.processId());
    const auto started = Clock::now();
    std::vector<std::thread> threads;
    for (Lane& lane : lanes)
        threads.emplace_back([&] { sendAll(lane, server.url(), server.caPem(), stop); });
    std::this_thread::sleep_for(std::chrono::seconds(options->seconds));
    stop = true;
    for (std::thread& thread : threads)
        thread.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    report(lanes, seconds, cpuSeconds(server.processId()) - cpuBefore, residentMiB(server.processId()));
    return server.stop() ? 0 : fail(QStringLiteral("the server did not end cleanly"));
}
