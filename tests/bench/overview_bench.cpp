// SPDX-License-Identifier: GPL-3.0-or-later
// What the fleet page costs: the overview of 1,000 and 10,000 hosts, each with every number and an hour of trend, as a
// function and as a console gets it from the real server, over TLS. Prints JSON lines {"name", "value", "unit"}.
// Usage: overview_bench [HOSTS …]
#include "metrics/families.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/live/live_overview.h"
#include "server/query/overview_json.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "support/https_client.h"
#include "support/process_usage.h"
#include "support/server_process.h"

#include <QCoreApplication>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QVariant>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

using namespace sextant;
using namespace sextant::server;
using BenchClock = std::chrono::steady_clock;

namespace {

constexpr int kRuns = 21;
constexpr std::int64_t kMinuteMs = 60'000;

[[noreturn]] void die(const std::string& why)
{
    std::fprintf(stderr, "overview_bench: %s\n", why.c_str());
    std::exit(1);
}

void report(const char* name, int hosts, double value, const char* unit)
{
    std::printf("{\"name\": \"overview_%d_%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", hosts, name, value, unit);
    std::fflush(stdout);
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// Wall and CPU milliseconds of `work`, medians of some runs; `before` is not counted.
template <typename Before, typename Work>
void measure(const char* name, int hosts, Before before, Work work)
{
    std::vector<double> wall;
    std::vector<double> cpu;
    for (int run = 0; run < kRuns; ++run) {
        before(run);
        const auto started = BenchClock::now();
        const std::clock_t cpuStarted = std::clock();
        work();
        cpu.push_back(static_cast<double>(std::clock() - cpuStarted) * 1'000 / CLOCKS_PER_SEC);
        wall.push_back(std::chrono::duration<double, std::milli>(BenchClock::now() - started).count());
    }
    report(name, hosts, median(wall), "ms");
    report((std::string(name) + "_cpu").c_str(), hosts, median(cpu), "ms");
}

/// A number with as many digits as percentages and loads have.
double made(std::int64_t seed, double most)
{
    auto bits = static_cast<std::uint64_t>(seed) * 0x9e3779b97f4a7c15;
    bits = (bits ^ (bits >> 31)) * 0xbf58476d1ce4e5b9;
    return static_cast<double>((bits ^ (bits >> 29)) % 10'000) / 10'000 * most;
}

HostState madeState(std::int64_t host, std::int64_t nowMs)
{
    HostState state;
    state.lastSeenMs = nowMs - host % 10'000;
    state.intervalMs = 10'000;
    state.cpuTimeMs = state.memoryTimeMs = state.diskTimeMs = state.networkTimeMs = state.systemTimeMs = nowMs - 10'000;
    state.cpuPercent = made(host + nowMs, 100);
    state.load1 = made(host + 1, 9);
    state.cores = 8;
    state.memoryPercent = made(host + 2, 100);
    state.memoryTotalBytes = 34'359'738'368.0;
    state.memoryUsedBytes = std::floor(made(host + 3, 34'359'738'368.0));
    state.disk = FullestDisk{"/var/lib", made(host + 4, 100), std::floor(made(host + 5, 1e12)), 1e12};
    state.receiveBytesPerSecond = made(host + 6, 1e8) / 3;
    state.transmitBytesPerSecond = made(host + 7, 1e8) / 3;
    state.uptimeSeconds = made(host + 8, 1e7);
    return state;
}

/// Puts the hosts into the table without the work of enrolling: no certificate of theirs is ever used.
void insertHosts(Database& database, int hosts)
{
    const auto done = database.write([&](QSqlDatabase& writer) -> Result<void> {
        QSqlQuery insert(writer);
        insert.prepare(QStringLiteral("INSERT INTO hosts (name, machine_id, os_family, os, kernel, architecture, "
                                      "agent_version, enrolled_ms, certificate_not_after_ms) VALUES (?, ?, 'linux', "
                                      "'Debian GNU/Linux 12 (bookworm)', '6.1.0-26-amd64', 'x86_64', '0.1.0', 1, 0)"));
        for (int host = 1; host <= hosts; ++host) {
            insert.bindValue(
                0, QStringLiteral("web-%1.example.org").arg(host * 7'919 % 99'991, 5, 10, QLatin1Char('0')));
            insert.bindValue(1, QStringLiteral("machine-%1").arg(host));
            if (!insert.exec())
                return fail(ErrorCode::Internal, insert.lastError().text().toStdString());
        }
        QSqlQuery version(writer);
        if (!version.exec(QStringLiteral("UPDATE hosts_version SET version = version + 1")))
            return fail(ErrorCode::Internal, version.lastError().text().toStdString());
        return {};
    });
    if (!done)
        die(done.error().message);
}

void benchFunction(int hosts)
{
    const QTemporaryDir folder;
    auto database = Database::open({.path = folder.filePath(QStringLiteral("bench.db"))});
    if (!database)
        die(database.error().message);
    insertHosts(**database, hosts);
    HostRegistry registry(**database, systemNowMs);
    if (!registry.load())
        die("the registry cannot be read");
    Overview overview(registry, systemNowMs);
    const std::int64_t now = systemNowMs();
    for (int host = 1; host <= hosts; ++host) {
        std::vector<CpuReading> readings;
        for (int tick = 0; tick < 360; ++tick)
            readings.push_back({now - tick * 10'000, made(host * 10'007 + tick, 100)});
        overview.addReadings(HostId{host}, readings);
    }
    const auto changeAll = [&](int run) {
        for (int host = 1; host <= hosts; ++host)
            overview.update(HostId{host}, madeState(host, systemNowMs() + run));
    };
    qsizetype bytes = 0;
    measure("json", hosts, changeAll, [&] { bytes = overviewJson(overview).size(); });
    report("json_bytes", hosts, static_cast<double>(bytes), "bytes");
    LiveOverview live;
    (void)live.changes(overview);
    measure("live_event_all_changed", hosts, changeAll, [&] { bytes = live.changes(overview).size(); });
    const auto changeTenth = [&](int run) {
        for (int host = 1 + run % 10; host <= hosts; host += 10)
            overview.update(HostId{host}, madeState(host, systemNowMs() + run));
    };
    measure("live_event_a_tenth_changed", hosts, changeTenth, [&] { bytes = live.changes(overview).size(); });
}

/// A minute's usage of every host, an hour long, and their states: what the server reads when it starts.
void fillStore(Database& database, int hosts)
{
    const auto store = makeStore(database, systemNowMs);
    const std::int64_t now = systemNowMs() / kMinuteMs * kMinuteMs;
    for (int minute = 59; minute >= 0; --minute) {
        std::vector<metrics::Batch> batches(static_cast<std::size_t>(hosts));
        std::vector<HostBatch> group;
        std::vector<StoredHostState> states;
        for (int host = 1; host <= hosts; ++host) {
            metrics::Batch& batch = batches[static_cast<std::size_t>(host - 1)];
            const auto byte = [host](int shift) { return static_cast<std::uint8_t>(host >> shift); };
            batch.id = metrics::BatchId::make(now - minute * kMinuteMs, {byte(0), byte(8), byte(16), byte(24)});
            metrics::Frame frame(metrics::family("cpu"), now - minute * kMinuteMs, 10'000);
            frame.addRow();
            frame.set(0, metrics::column("cpu", "usage_percent"), made(host * 10'007 + minute, 100));
            batch.frames.push_back(std::move(frame));
            group.push_back({HostId{host}, &batch});
            if (minute == 0)
                states.push_back({HostId{host}, madeState(host, now)});
        }
        if (const auto done = store->append(group, states); !done)
            die(done.error().message);
    }
}

void benchServer(int hosts)
{
    test::ServerProcess server;
    if (!server.start() || !server.stop())
        die(server.error().toStdString());
    {
        auto database = Database::open({.path = server.dataDir() + QStringLiteral("/sextant.db")});
        if (!database)
            die(database.error().message);
        insertHosts(**database, hosts);
        fillStore(**database, hosts);
    }
    if (!server.start(120'000))
        die(server.error().toStdString());
    test::HttpsClient client(server.url(), server.caPem());
    if (!client.logIn(QStringLiteral("admin"), server.adminPassword()))
        die("the login failed");
    const auto ask = [&](const char* name, const test::HttpsClient::Headers& headers) {
        std::vector<double> wall;
        qsizetype bytes = 0;
        const double cpuBefore = test::cpuSecondsOf(server.processId());
        for (int run = 0; run < kRuns; ++run) {
            const auto started = BenchClock::now();
            const test::Answer answer = client.request("GET", "/api/v1/overview", {}, headers);
            if (answer.status != 200)
                die("the server gave no overview");
            wall.push_back(std::chrono::duration<double, std::milli>(BenchClock::now() - started).count());
            bytes = answer.body.size();
        }
        const std::string text(name);
        report(name, hosts, median(wall), "ms");
        report((text + "_server_cpu").c_str(), hosts,
            (test::cpuSecondsOf(server.processId()) - cpuBefore) * 1'000 / kRuns, "ms");
        report((text + "_bytes").c_str(), hosts, static_cast<double>(bytes), "bytes");
    };
    ask("https", {});
    ask("https_zstd", {{"Accept-Encoding", "br, gzip, deflate, zstd"}}); // as the console's Qt asks
    if (!server.stop())
        die("the server did not end cleanly");
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    std::vector<int> fleets;
    for (int i = 1; i < argc; ++i)
        fleets.push_back(std::atoi(argv[i]));
    if (fleets.empty())
        fleets = {1'000, 10'000};
    for (const int hosts : fleets) {
        if (hosts <= 0)
            die("usage: overview_bench [HOSTS …]");
        benchFunction(hosts);
        benchServer(hosts);
    }
    return 0;
}
