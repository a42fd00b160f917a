// SPDX-License-Identifier: GPL-3.0-or-later
// Load on the real server: simulated agents enrol over HTTP, then send zstd batches (one tick of about 300 values each)
// over keep-alive connections with a client certificate of their own. Without --interval as fast as the server
// acknowledges, a thread per host (figures ingest_…); with it like a fleet, each host once per so many milliseconds,
// their turns spread over the interval, from few threads, while a console asks for the overview (figures fleet_…).
// Every second it says on standard error how it goes; at the end it prints figures as JSON lines.
// With --history each host of a fleet first delivers so many minutes of the hour before this one, so that there is
// something to seal. Usage: fleet_load [--seconds 10] [--hosts 128] [--interval MS [--history MINUTES]]
#include "metrics/codec.h"
#include "metrics/compression.h"
#include "store/made_batches.h"
#include "support/https_client.h"
#include "support/process_usage.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDirIterator>
#include <QFile>
#include <QJsonObject>
#include <QJsonValue>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace sextant;
using namespace sextant::test;
using Clock = std::chrono::steady_clock;

namespace {

/// The interval that batches name when they come as fast as they can.
constexpr std::int64_t kFastIntervalMs = 10'000;
/// In that time, and in its first interval, a fleet's hosts connect: the whole handshake would count as waiting.
constexpr std::int64_t kConnectMs = 10'000;
/// A fleet's hosts share threads, this many at least, and so many that each has as long for an acknowledgement.
constexpr std::size_t kFleetThreads = 48;
constexpr std::size_t kTurnMs = 250;

struct Options {
    int seconds = 10;
    int hosts = 128;
    int intervalMs = 0; ///< 0: as fast as possible
    int historyMinutes = 0;

    [[nodiscard]] bool isFleet() const { return intervalMs > 0; }
    [[nodiscard]] std::size_t fleetThreads() const
    {
        const auto all = static_cast<std::size_t>(hosts);
        return std::min(all, std::max(kFleetThreads, all * kTurnMs / static_cast<std::size_t>(intervalMs)));
    }
    /// Batches that a host can need when it sends as fast as it can: three million values a second in all.
    [[nodiscard]] int batchesPerHost() const { return seconds * 11'000 / hosts + 1; }
};

/// One batch, packed, and how many values are in it.
struct Packed {
    QByteArray body;
    std::size_t values = 0;
};

/// A simulated agent: who it is and what it sends.
struct Agent {
    Identity identity;
    std::vector<Packed> batches; ///< made beforehand when speed is measured
    std::unique_ptr<testing::MadeHost> host;
    std::unique_ptr<HttpsClient> client; ///< of the thread that the agent sends on
};

/// What was acknowledged, for all threads.
class Tally {
public:
    struct Figures {
        std::vector<double> milliseconds;   ///< one per answer
        double values = 0;                  ///< acknowledged
        std::map<int, std::size_t> refused; ///< how many, by status; 0: no answer
    };

    void add(double milliseconds, int status, std::size_t values)
    {
        const std::lock_guard lock(m_mutex);
        m_now.milliseconds.push_back(milliseconds);
        if (status == 204)
            m_now.values += static_cast<double>(values);
        else
            ++m_now.refused[status];
    }
    /// What came since the last call.
    [[nodiscard]] Figures take()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_now, {});
    }

private:
    std::mutex m_mutex;
    Figures m_now;
};

double filesMiB(const QString& folder)
{
    qint64 bytes = 0;
    for (QDirIterator files(folder, {QStringLiteral("sextant.db*")}, QDir::Files); files.hasNext();) {
        files.next();
        bytes += files.fileInfo().size();
    }
    return static_cast<double>(bytes) / (1 << 20);
}

Packed pack(const metrics::Batch& batch)
{
    const auto packed = metrics::zstdCompress(metrics::encodeBatch(batch));
    return packed ? Packed{QByteArray::fromStdString(*packed), testing::valueCount(batch)} : Packed{};
}

void send(Agent& agent, const Packed& batch, Tally& tally, const std::atomic<bool>& stop)
{
    const HttpsClient::Headers headers{{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "zstd"}};
    const auto started = Clock::now();
    const Answer answer = agent.client->request("POST", "/api/v1/agent/batches", batch.body, headers);
    if (!stop) // what was answered after the end does not count
        tally.add(
            std::chrono::duration<double, std::milli>(Clock::now() - started).count(), answer.status, batch.values);
}

/// One host, as fast as it is acknowledged.
void sendFast(Agent& agent, const ServerProcess& server, Tally& tally, const std::atomic<bool>& stop)
{
    agent.client = std::make_unique<HttpsClient>(server.url(), server.caPem(), agent.identity);
    for (const Packed& batch : agent.batches) {
        if (stop)
            return;
        send(agent, batch, tally, stop);
    }
    agent.client.reset();
}

/// Waits for a turn; false when it is to stop.
bool awaitTurn(Clock::time_point turn, const std::atomic<bool>& stop)
{
    while (!stop && Clock::now() < turn)
        std::this_thread::sleep_for(std::min<Clock::duration>(turn - Clock::now(), std::chrono::milliseconds(100)));
    return !stop;
}

/// The last minutes of the hour before this one, as a spool delivers them: many ticks in a batch.
void sendHistory(Agent& agent, const Options& options, Tally& tally, const std::atomic<bool>& stop)
{
    constexpr std::int64_t kHourMs = 3'600'000;
    constexpr std::int64_t kBatchMs = 10 * 60'000;
    const std::int64_t endMs = QDateTime::currentMSecsSinceEpoch() / kHourMs * kHourMs;
    for (std::int64_t time = endMs - std::int64_t{options.historyMinutes} * 60'000; time < endMs && !stop;) {
        metrics::Batch batch = agent.host->tick(time, static_cast<std::uint32_t>(options.intervalMs));
        const std::int64_t batchEndMs = std::min(endMs, time + kBatchMs);
        for (time += options.intervalMs; time < batchEndMs; time += options.intervalMs) {
            metrics::Batch more = agent.host->tick(time, static_cast<std::uint32_t>(options.intervalMs));
            std::ranges::move(more.frames, std::back_inserter(batch.frames));
        }
        send(agent, pack(batch), tally, stop);
    }
}

/// Every `threads`-th host, from `first` on, each when its turn comes, again and again.
void sendInTurn(std::vector<Agent>& agents, std::size_t first, const ServerProcess& server, const Options& options,
    Tally& tally, const std::atomic<bool>& stop)
{
    const std::size_t threads = options.fleetThreads();
    const std::chrono::milliseconds interval(options.intervalMs);
    for (std::size_t i = first; i < agents.size(); i += threads)
        agents[i].client = std::make_unique<HttpsClient>(server.url(), server.caPem(), agents[i].identity);
    for (std::size_t i = first; i < agents.size() && options.historyMinutes > 0; i += threads)
        sendHistory(agents[i], options, tally, stop);
    bool going = true;
    for (auto round = Clock::now(); going; round += interval) {
        for (std::size_t i = first; going && i < agents.size(); i += threads) {
            going = awaitTurn(round + interval * i / agents.size(), stop);
            if (going)
                send(agents[i],
                    pack(agents[i].host->tick(
                        QDateTime::currentMSecsSinceEpoch(), static_cast<std::uint32_t>(options.intervalMs))),
                    tally, stop);
        }
    }
    for (std::size_t i = first; i < agents.size(); i += threads)
        agents[i].client.reset();
}

/// The PostgreSQL that `scripts/timescale run` made; nothing: the server stores in a file.
std::optional<qint64> databaseProcess()
{
    QFile file(qEnvironmentVariable("SEXTANT_POSTGRES_DATA") + QStringLiteral("/postmaster.pid"));
    if (qEnvironmentVariableIsEmpty("SEXTANT_SERVER_DATABASE_URL") || !file.open(QIODevice::ReadOnly))
        return std::nullopt;
    return file.readLine().trimmed().toLongLong();
}

double percentile(std::vector<double>& sorted, double share)
{
    if (sorted.empty())
        return 0;
    return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

void print(const std::string& name, double value, const char* unit)
{
    std::printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name.c_str(), value, unit);
}

int fail(const QString& why)
{
    std::fprintf(stderr, "fleet_load: %s\n", qPrintable(why));
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
        else if (arguments[i] == QLatin1String("--hosts"))
            options.hosts = value;
        else if (arguments[i] == QLatin1String("--interval"))
            options.intervalMs = value;
        else if (arguments[i] == QLatin1String("--history"))
            options.historyMinutes = value;
        else
            return std::nullopt;
    }
    return options;
}

/// Enrols the hosts; false when the server refuses one.
bool enrolAll(ServerProcess& server, HttpsClient& admin, std::vector<Agent>& agents)
{
    if (!admin.logIn(QStringLiteral("admin"), server.adminPassword()))
        return false;
    for (std::size_t i = 0; i < agents.size(); ++i) {
        const QString token = admin.post("/api/v1/tokens", {}).json().value(QStringLiteral("token")).toString();
        const auto host = enrolHost(server.url(), server.caPem(), token, QStringLiteral("load-%1").arg(i));
        if (!host)
            return false;
        agents[i].identity = host->identity;
        agents[i].host = std::make_unique<testing::MadeHost>(static_cast<std::uint32_t>(i + 1));
    }
    return true;
}

/// Ticks of one host, in order, up to now.
void makeBatches(Agent& agent, int count)
{
    const std::int64_t startMs = QDateTime::currentMSecsSinceEpoch() - std::int64_t{count} * kFastIntervalMs;
    for (int i = 0; i < count; ++i)
        agent.batches.push_back(pack(agent.host->tick(startMs + i * kFastIntervalMs)));
}

/// Everything that was measured over a run.
class Run {
public:
    Run(ServerProcess& server, HttpsClient& viewer, Tally& tally, const Options& options)
        : m_server(server), m_viewer(viewer), m_tally(tally), m_options(options)
    {
    }

    /// Looks once a second until the time is over, and says what it sees.
    void watch()
    {
        const double cpuBefore = test::cpuSecondsOf(m_server.processId());
        double cpuLast = cpuBefore;
        const auto database = databaseProcess();
        const double databaseBefore = database ? test::cpuSecondsWithChildrenOf(*database) : 0;
        const auto started = Clock::now();
        for (int second = 1; second <= m_options.seconds; ++second) {
            if (m_options.isFleet())
                askForOverview();
            std::this_thread::sleep_until(started + std::chrono::seconds(second));
            const double cpu = test::cpuSecondsOf(m_server.processId());
            look(second, cpu - cpuLast);
            cpuLast = cpu;
        }
        m_seconds = std::chrono::duration<double>(Clock::now() - started).count();
        m_cpuSeconds = cpuLast - cpuBefore;
        if (database)
            m_databaseCpuSeconds = test::cpuSecondsWithChildrenOf(*database) - databaseBefore;
    }

    void report()
    {
        const std::string prefix = m_options.isFleet() ? "fleet" : "ingest";
        std::ranges::sort(m_all.milliseconds);
        std::ranges::sort(m_overview);
        print(prefix + "_values_per_second", m_all.values / m_seconds, "values/s");
        print(prefix + "_batches_per_second", static_cast<double>(m_batches) / m_seconds, "batches/s");
        print(prefix + "_acknowledgement_p50", percentile(m_all.milliseconds, 0.5), "ms");
        print(prefix + "_acknowledgement_p99", percentile(m_all.milliseconds, 0.99), "ms");
        print(prefix + "_server_cpu_per_million_values", m_cpuSeconds / (m_all.values / 1e6), "s");
        if (m_databaseCpuSeconds > 0)
            print(prefix + "_database_cpu_per_million_values", m_databaseCpuSeconds / (m_all.values / 1e6), "s");
        print(prefix + "_server_cores", m_cpuSeconds / m_seconds, "cores");
        std::size_t refused = 0;
        for (const auto& [status, batches] : m_all.refused)
            refused += batches;
        print(prefix + "_refused_batches", static_cast<double>(refused), "batches");
        print(prefix + "_server_rss", m_residentMiB.back(), "MiB");
        if (!m_options.isFleet())
            return;
        print("fleet_server_rss_at_half", m_residentMiB[m_residentMiB.size() / 2], "MiB");
        print("fleet_server_rss_most", *std::ranges::max_element(m_residentMiB), "MiB");
        print("fleet_overview", percentile(m_overview, 0.5), "ms");
        print("fleet_database_files", filesMiB(m_server.dataDir()), "MiB");
    }

private:
    void askForOverview()
    {
        const auto started = Clock::now();
        if (m_viewer.get("/api/v1/overview").status == 200)
            m_overview.push_back(std::chrono::duration<double, std::milli>(Clock::now() - started).count());
    }

    void look(int second, double cpu)
    {
        Tally::Figures now = m_tally.take();
        m_all.values += now.values;
        for (const auto& [status, batches] : now.refused)
            m_all.refused[status] += batches;
        m_batches += now.milliseconds.size();
        if (!m_options.isFleet() ||
            std::int64_t{second} * 1'000 > std::max<std::int64_t>(m_options.intervalMs, kConnectMs))
            m_all.milliseconds.insert(m_all.milliseconds.end(), now.milliseconds.begin(), now.milliseconds.end());
        std::ranges::sort(now.milliseconds);
        m_residentMiB.push_back(test::residentMiBOf(m_server.processId()));
        std::fprintf(stderr,
            "%5d s  %6zu batches  %9.0f values  p50 %6.1f ms  p99 %6.1f ms  %4.2f cores  %5.1f MiB  "
            "files %6.1f MiB\n",
            second, now.milliseconds.size(), now.values, percentile(now.milliseconds, 0.5),
            percentile(now.milliseconds, 0.99), cpu, m_residentMiB.back(), filesMiB(m_server.dataDir()));
        for (const auto& [status, batches] : now.refused)
            std::fprintf(stderr, "         %zu batches not taken: status %d\n", batches, status);
    }

    ServerProcess& m_server;
    HttpsClient& m_viewer;
    Tally& m_tally;
    const Options& m_options;
    Tally::Figures m_all;
    std::size_t m_batches = 0;
    std::vector<double> m_overview;
    std::vector<double> m_residentMiB;
    double m_seconds = 0;
    double m_cpuSeconds = 0;
    double m_databaseCpuSeconds = 0; ///< 0: not a database of its own
};

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const auto options = readOptions(QCoreApplication::arguments());
    if (!options)
        return fail(QStringLiteral("usage: fleet_load [--seconds N] [--hosts N] [--interval MS [--history MINUTES]]"));

    ServerProcess server;
    if (!server.start())
        return fail(server.error());
    std::vector<Agent> agents(static_cast<std::size_t>(options->hosts));
    HttpsClient admin(server.url(), server.caPem());
    if (!enrolAll(server, admin, agents))
        return fail(QStringLiteral("the hosts could not enrol"));

    Tally tally;
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    if (options->isFleet()) {
        for (std::size_t first = 0; first < options->fleetThreads(); ++first)
            threads.emplace_back([&, first] { sendInTurn(agents, first, server, *options, tally, stop); });
    } else {
        for (Agent& agent : agents)
            makeBatches(agent, options->batchesPerHost());
        for (Agent& agent : agents)
            threads.emplace_back([&] { sendFast(agent, server, tally, stop); });
    }
    Run run(server, admin, tally, *options);
    run.watch();
    stop = true;
    for (std::thread& thread : threads)
        thread.join();
    run.report();
    return server.stop() ? 0 : fail(QStringLiteral("the server did not end cleanly"));
}
