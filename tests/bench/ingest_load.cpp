// SPDX-License-Identifier: GPL-3.0-or-later
// Load on the real server: made-up hosts enrol over HTTP, then send zstd batches (one tick of about 300 values each)
// over keep-alive connections with client certificates. Prints what was acknowledged, how long that took and what it
// cost the server, as JSON lines; each connection is a host. As fast as the server acknowledges (figures ingest_…), or
// with --every like a fleet, each host once per so many milliseconds, while a console asks for the overview (fleet_…).
// Usage: ingest_load [--seconds 10] [--connections 128] [--every MS]
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
#include <string>
#include <thread>
#include <vector>

using namespace sextant;
using namespace sextant::test;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kIntervalMs = 10'000;

struct Options {
    int seconds = 10;
    int connections = 128;
    int everyMs = 0; ///< 0: as fast as possible

    /// Batches that a connection can need: a million values a second in all, or its pace.
    [[nodiscard]] int batchesPerConnection() const
    {
        return everyMs > 0 ? seconds * 1'000 / everyMs + 1 : seconds * 3'500 / connections + 1;
    }
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

/// Waits until the lane may send its next batch; false when it is to stop.
bool awaitTurn(Clock::time_point turn, const std::atomic<bool>& stop)
{
    while (!stop && Clock::now() < turn)
        std::this_thread::sleep_for(std::min<Clock::duration>(turn - Clock::now(), std::chrono::milliseconds(100)));
    return !stop;
}

void sendAll(Lane& lane, Clock::time_point firstTurn, const Options& options, const QString& url,
    const QByteArray& caPem, const std::atomic<bool>& stop)
{
    Clock::time_point turn = firstTurn;
    HttpsClient client(url, caPem, lane.identity);
    const HttpsClient::Headers headers{{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "zstd"}};
    for (const Packed& batch : lane.batches) {
        if (!awaitTurn(turn, stop))
            return;
        turn += std::chrono::milliseconds(options.everyMs);
        const auto started = Clock::now();
        const Answer answer = client.request("POST", "/api/v1/agent/batches", batch.body, headers);
        if (stop)
            return; // what was answered after the end does not count
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

/// How long the overview takes, asked for once a second until the time is over: the median of the answers.
double overviewMilliseconds(HttpsClient& viewer, Clock::time_point end)
{
    std::vector<double> all;
    while (Clock::now() < end) {
        const auto started = Clock::now();
        if (viewer.get("/api/v1/overview").status == 200)
            all.push_back(std::chrono::duration<double, std::milli>(Clock::now() - started).count());
        std::this_thread::sleep_until(std::min(end, started + std::chrono::seconds(1)));
    }
    std::ranges::sort(all);
    return percentile(all, 0.5);
}

void print(const std::string& name, double value, const char* unit)
{
    std::printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name.c_str(), value, unit);
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
        else if (arguments[i] == QLatin1String("--every"))
            options.everyMs = value;
        else
            return std::nullopt;
    }
    return options;
}

/// Enrols the hosts that the lanes send as; false when the server refuses.
bool enrolLanes(ServerProcess& server, HttpsClient& admin, std::vector<Lane>& lanes)
{
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

void report(
    std::vector<Lane>& lanes, const std::string& prefix, double seconds, double serverCpuSeconds, double serverMiB)
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
    print(prefix + "_values_per_second", values / seconds, "values/s");
    print(prefix + "_batches_per_second", static_cast<double>(all.size()) / seconds, "batches/s");
    print(prefix + "_acknowledgement_p50", percentile(all, 0.5), "ms");
    print(prefix + "_acknowledgement_p99", percentile(all, 0.99), "ms");
    print(prefix + "_server_cpu_per_million_values", serverCpuSeconds / (values / 1e6), "s");
    print(prefix + "_server_cores", serverCpuSeconds / seconds, "cores");
    print(prefix + "_server_rss", serverMiB, "MiB");
    print(prefix + "_refused_batches", static_cast<double>(refused), "batches");
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const auto options = readOptions(QCoreApplication::arguments());
    if (!options)
        return fail(QStringLiteral("usage: ingest_load [--seconds N] [--connections N] [--every MS]"));

    ServerProcess server;
    if (!server.start())
        return fail(server.error());
    std::vector<Lane> lanes(static_cast<std::size_t>(options->connections));
    HttpsClient admin(server.url(), server.caPem());
    if (!enrolLanes(server, admin, lanes))
        return fail(QStringLiteral("the hosts could not enrol"));
    for (std::size_t i = 0; i < lanes.size(); ++i)
        makeBatches(lanes[i], static_cast<std::uint32_t>(i + 1), options->batchesPerConnection());

    std::atomic<bool> stop = false;
    const double cpuBefore = cpuSeconds(server.processId());
    const auto started = Clock::now();
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        // A fleet's hosts do not all speak at once: their turns are spread over the interval.
        const auto turn = started + std::chrono::milliseconds(options->everyMs) * i / lanes.size();
        threads.emplace_back([&, i, turn] { sendAll(lanes[i], turn, *options, server.url(), server.caPem(), stop); });
    }
    const auto end = started + std::chrono::seconds(options->seconds);
    if (options->everyMs > 0)
        print("fleet_overview", overviewMilliseconds(admin, end), "ms");
    else
        std::this_thread::sleep_until(end);
    stop = true;
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    const double serverCpuSeconds = cpuSeconds(server.processId()) - cpuBefore;
    for (std::thread& thread : threads)
        thread.join();
    report(
        lanes, options->everyMs > 0 ? "fleet" : "ingest", seconds, serverCpuSeconds, residentMiB(server.processId()));
    return server.stop() ? 0 : fail(QStringLiteral("the server did not end cleanly"));
}
