// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the store takes batches and answers queries, on a file in a temporary folder. Prints JSON lines
// {"name", "value", "unit"}. Usage: store_bench [store | append | ingest | query | hosts | seal |
// instances]; append and ingest run on PostgreSQL where SEXTANT_POSTGRES_URL says so (scripts/timescale run).
#include "logging/log.h"
#include "metrics/codec.h"
#include "server/hosts/gap_ledger.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/ingest/ingest.h"
#include "server/query/series.h"
#include "server/storage/block_table.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/rollup.h"
#include "server/storage/rollup_table.h"
#include "store/made_batches.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QTemporaryDir>

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

using namespace sextant;
using namespace sextant::server;
using BenchClock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kIntervalMs = 10'000;

void report(const char* name, double value, const char* unit)
{
    std::printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name, value, unit);
    std::fflush(stdout);
}

double secondsSince(BenchClock::time_point start)
{
    return std::chrono::duration<double>(BenchClock::now() - start).count();
}

/// CPU time of the whole process: tells the cost where other work shares the machine.
double cpuSeconds()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double percentile(std::vector<double>& values, double share)
{
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

/// The store with what it needs, on a new file.
struct Bench {
    QTemporaryDir folder;
    std::unique_ptr<Database> database;
    std::unique_ptr<SqlStore> store;

    Bench()
    {
        DatabaseOptions options;
        options.path = folder.filePath(QStringLiteral("bench.db"));
        options.postgresUrl = qEnvironmentVariable("SEXTANT_POSTGRES_URL");
        auto opened = Database::open(options);
        if (!opened) {
            std::fprintf(stderr, "%s\n", opened.error().message.c_str());
            std::exit(1);
        }
        database = std::move(*opened);
        store = makeStore(*database, systemNowMs);
    }

    /// What the database takes, closed: the last connection that writes folds the log into SQLite's file.
    [[nodiscard]] double usedBytes()
    {
        if (database->dialect() == Dialect::Postgres) {
            const auto sizes = store->sizes();
            return sizes ? static_cast<double>(sizes->usedBytes) : 0;
        }
        store.reset();
        database->stop();
        return static_cast<double>(QFileInfo(folder.filePath(QStringLiteral("bench.db"))).size());
    }
};

/// Groups straight into the store: what one thread can write.
void benchAppend(Bench& bench, int hosts, int ticks, std::int64_t end)
{
    std::vector<testing::MadeHost> machines;
    for (int host = 0; host < hosts; ++host)
        machines.emplace_back(static_cast<std::uint32_t>(host + 1));
    std::size_t values = 0;
    double spent = 0;
    double cpu = 0;
    for (int tick = 0; tick < ticks; ++tick) {
        std::vector<metrics::Batch> batches;
        std::vector<HostBatch> group;
        std::size_t groupValues = 0;
        for (auto& machine : machines)
            batches.push_back(machine.tick(end - (ticks - tick) * kIntervalMs));
        const auto flush = [&] {
            const auto start = BenchClock::now();
            const double cpuStart = cpuSeconds();
            if (const auto done = bench.store->append(group, {}); !done) {
                std::fprintf(stderr, "%s\n", done.error().message.c_str());
                std::exit(1);
            }
            spent += secondsSince(start);
            cpu += cpuSeconds() - cpuStart;
            values += groupValues;
            group.clear();
            groupValues = 0;
        };
        for (int host = 0; host < hosts; ++host) {
            group.push_back({HostId{host + 1}, &batches[static_cast<std::size_t>(host)]});
            groupValues += testing::valueCount(batches[static_cast<std::size_t>(host)]);
            if (groupValues >= 50'000)
                flush();
        }
        if (!group.empty())
            flush();
    }
    report("store_append", static_cast<double>(values) / spent, "values/s");
    report("store_append_per_cpu_second", static_cast<double>(values) / cpu, "values/s");
    report("store_bytes_per_value", bench.usedBytes() / static_cast<double>(values), "bytes");
}

/// Encoded batches from two threads through decoding and ingest, as the HTTP workers hand them on.
void benchIngest(int hosts, int ticks, std::int64_t end)
{
    Bench bench;
    HostRegistry registry(*bench.database, systemNowMs);
    Overview overview(registry, systemNowMs);
    logging::Log log;
    GapLedger ledger(*bench.database);
    Ingest ingest(*bench.store, overview, ledger, log, systemNowMs, [](HostId, CommittedFrames) {});
    ingest.start();
    std::vector<std::vector<std::string>> bodies(static_cast<std::size_t>(hosts));
    std::size_t values = 0;
    for (int host = 0; host < hosts; ++host) {
        testing::MadeHost machine(static_cast<std::uint32_t>(host + 1));
        for (int tick = 0; tick < ticks; ++tick) {
            const metrics::Batch batch = machine.tick(end - (ticks - tick) * kIntervalMs);
            values += testing::valueCount(batch);
            bodies[static_cast<std::size_t>(host)].push_back(metrics::encodeBatch(batch));
        }
    }
    std::mutex mutex;
    std::vector<double> latencies;
    std::atomic<int> open{0};
    const double cpuStart = cpuSeconds();
    const auto start = BenchClock::now();
    for (int tick = 0; tick < ticks; ++tick) {
        for (int host = 0; host < hosts; ++host) {
            auto decoded = metrics::decodeBatch(bodies[static_cast<std::size_t>(host)][static_cast<std::size_t>(tick)]);
            if (!decoded)
                std::exit(1);
            while (open.load() > 2 * hosts) // each host waits for its answer before it sends the next but one
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            ++open;
            const auto submitted = BenchClock::now();
            const auto taken =
                ingest.submit(HostId{host + 1}, std::move(*decoded), [&, submitted](const Result<StoredBatch>& done) {
                    if (!done)
                        std::exit(1);
                    const std::lock_guard lock(mutex);
                    latencies.push_back(secondsSince(submitted) * 1'000);
                    --open;
                });
            if (!taken)
                std::exit(1);
        }
    }
    ingest.stop();
    const double spent = secondsSince(start);
    report("store_decode_to_commit", static_cast<double>(values) / spent, "values/s");
    report(
        "store_decode_to_commit_per_cpu_second", static_cast<double>(values) / (cpuSeconds() - cpuStart), "values/s");
    report(
        "store_values_per_group", static_cast<double>(values) / static_cast<double>(ingest.counts().groups), "values");
    report("store_acknowledgement_p50_full_load", percentile(latencies, 0.5), "ms");
    report("store_acknowledgement_p99_full_load", percentile(latencies, 0.99), "ms");
}

void benchQueries(std::int64_t end)
{
    Bench bench;
    testing::MadeHost machine(7);
    constexpr int kTicks = 8'640;
    for (int tick = 0; tick < kTicks; tick += 100) {
        std::vector<metrics::Batch> batches;
        std::vector<HostBatch> group;
        for (int i = 0; i < 100 && tick + i < kTicks; ++i)
            batches.push_back(machine.tick(end - (kTicks - tick - i) * kIntervalMs));
        for (const metrics::Batch& batch : batches)
            group.push_back({HostId{1}, &batch});
        if (!bench.store->append(group, {}))
            std::exit(1);
    }
    const auto measure = [&](const char* name, std::string family, std::vector<std::string> columns,
                             std::optional<std::int64_t> stepMs = {}) {
        std::vector<double> times;
        for (int run = 0; run < 9; ++run) {
            const auto start = BenchClock::now();
            const auto answer = readSeries(*bench.store,
                {HostId{1}, family, columns, end - 86'400'000, end, stepMs, {Aggregate::Avg, Aggregate::Max}});
            if (!answer || answer->instances.empty())
                std::exit(1);
            const QByteArray json = toJson(*answer);
            times.push_back(secondsSince(start) * 1'000);
        }
        report(name, percentile(times, 0.5), "ms");
    };
    measure("query_24h_unsealed_one_cpu_gauge", "cpu", {"usage_percent"});
    // As a server has it: all but the last hours are sealed and rolled up.
    for (bool more = true; more;) {
        const auto sealed = bench.store->seal(end, 0);
        if (!sealed)
            std::exit(1);
        more = *sealed;
    }
    measure("query_24h_one_cpu_gauge", "cpu", {"usage_percent"});
    measure("query_24h_all_cpu_columns", "cpu", {});
    measure("query_24h_one_counter_of_8_cores", "cpu_core", {"user_seconds_total"});
    measure("query_24h_raw_one_cpu_gauge", "cpu", {"usage_percent"}, 10'000);
}

/// An hour of a host and its buckets, as sealing leaves them.
Result<void> putHour(
    QSqlDatabase& database, const BlockKey& key, const metrics::Block& hour, const metrics::Block& before)
{
    if (auto done = putBlock(database, key, hour); !done)
        return done;
    const auto rolled = encodeRollups(database, key.host, *key.family, key.startMs, hour, before);
    return rolled ? put(database, *rolled) : tl::unexpected(rolled.error());
}

/// An hour of `family` of one host, one instance, a row every 10 s: gauges that wander, counters that grow.
metrics::Block madeHour(const metrics::Family& family, std::int64_t instance, std::int64_t hourMs)
{
    metrics::Block block;
    for (const metrics::Column& column : family.columns)
        block.columns.push_back({column.number, column.storage, {}});
    for (std::int64_t time = hourMs; time < hourMs + kHourMs; time += kIntervalMs) {
        block.instances.push_back(instance);
        block.timesMs.push_back(time);
        block.intervalsMs.push_back(static_cast<std::uint32_t>(kIntervalMs));
        for (std::size_t i = 0; i < family.columns.size(); ++i) {
            const std::int64_t wander = (time / kIntervalMs * 7'919 + static_cast<std::int64_t>(i) * 31) % 4'000;
            const bool isCounter = family.columns[i].kind == metrics::Kind::Counter;
            block.columns[i].cells.push_back(metrics::Value::fixed(isCounter ? time / 3 + wander : wander));
        }
    }
    return block;
}

/// A month of one host at a step of an hour, and finer.
void benchMonth(std::int64_t end)
{
    Bench bench;
    const metrics::Family& family = metrics::family("cpu");
    testing::MadeHost machine(1);
    const metrics::Batch batch = machine.tick(end);
    const HostBatch one{HostId{1}, &batch};
    if (!bench.store->append({&one, 1}, {}))
        std::exit(1);
    const auto instances = bench.store->instances(HostId{1}, family);
    if (!instances || instances->empty())
        std::exit(1);
    const std::int64_t last = startOf(end, kHourMs) - kHourMs;
    const std::int64_t first = last - 30 * 24 * kHourMs;
    metrics::Block before;
    for (std::int64_t hourMs = first; hourMs < last; hourMs += kHourMs) {
        const metrics::Block hour = madeHour(family, instances->front().id, hourMs);
        const auto done = bench.database->write([&](QSqlDatabase& database) -> Result<void> {
            return putHour(database, {HostId{1}, &family, Tier::Raw, hourMs}, hour, before);
        });
        if (!done)
            std::exit(1);
        before = hour;
    }
    const auto measure = [&](const char* name, std::int64_t step, std::vector<std::string> columns) {
        std::vector<double> spent;
        for (int run = 0; run < 15; ++run) {
            const auto start = BenchClock::now();
            const auto answer = readSeries(
                *bench.store, {HostId{1}, "cpu", columns, first, last, step, {Aggregate::Avg, Aggregate::Max}});
            if (!answer || answer->instances.empty() || answer->tiers.front() == Tier::Raw)
                std::exit(1);
            const QByteArray json = toJson(*answer);
            spent.push_back(secondsSince(start) * 1'000);
        }
        report(name, percentile(spent, 0.5), "ms");
    };
    measure("query_30d_at_1h_one_gauge", kHourMs, {"usage_percent"});
    measure("query_30d_at_1h_one_counter", kHourMs, {"user_seconds_total"});
    measure("query_30d_at_1h_all_cpu_columns", kHourMs, {});
    measure("query_30d_at_5min_one_gauge", bucketMs(Tier::FiveMinutes), {"usage_percent"});
}

/// A day of one gauge of a hundred hosts, sealed but for the last half hour: what a chart of many hosts asks for.
void benchManyHosts(std::int64_t now)
{
    constexpr int kHosts = 100;
    Bench bench;
    const metrics::Family& family = metrics::family("cpu");
    const std::int64_t running = startOf(now, kHourMs) - kHourMs;
    const std::int64_t end = running + kHourMs / 2;
    for (int host = 1; host <= kHosts; ++host) {
        testing::MadeHost machine(static_cast<std::uint32_t>(host));
        std::vector<metrics::Batch> batches;
        for (std::int64_t time = running; time <= end; time += kIntervalMs)
            batches.push_back(machine.tick(time));
        std::vector<HostBatch> group;
        for (const metrics::Batch& batch : batches)
            group.push_back({HostId{host}, &batch});
        if (!bench.store->append(group, {}))
            std::exit(1);
        const auto instances = bench.store->instances(HostId{host}, family);
        if (!instances || instances->empty())
            std::exit(1);
        const auto filled = bench.database->write([&](QSqlDatabase& database) -> Result<void> {
            metrics::Block before;
            for (std::int64_t hourMs = running - 25 * kHourMs; hourMs < running; hourMs += kHourMs) {
                const metrics::Block hour = madeHour(family, instances->front().id, hourMs);
                if (auto done = putHour(database, {HostId{host}, &family, Tier::Raw, hourMs}, hour, before); !done)
                    return done;
                before = hour;
            }
            return {};
        });
        if (!filled)
            std::exit(1);
    }
    std::vector<double> times;
    std::vector<double> cpu;
    for (int run = 0; run < 9; ++run) {
        const auto start = BenchClock::now();
        const double cpuStart = cpuSeconds();
        for (int host = 1; host <= kHosts; ++host) {
            const auto answer = readSeries(
                *bench.store, {HostId{host}, "cpu", {"usage_percent"}, end - 24 * kHourMs, end, {}, {Aggregate::Avg}});
            if (!answer || answer->instances.empty() || toJson(*answer).isEmpty())
                std::exit(1);
        }
        cpu.push_back((cpuSeconds() - cpuStart) * 1'000);
        times.push_back(secondsSince(start) * 1'000);
    }
    report("query_24h_one_gauge_of_100_hosts", percentile(times, 0.5), "ms");
    report("query_24h_one_gauge_of_100_hosts_cpu", percentile(cpu, 0.5), "ms");
}

/// What sealing costs a server: hours of whole hosts, all families, one after another for a day and more, while small
/// batches go on being stored. A probe that waits long was kept waiting by a write job of the sealing.
void benchSealing()
{
    constexpr int kHosts = 3;
    constexpr int kHours = 26;
    Bench bench;
    std::vector<testing::MadeHost> machines;
    for (int host = 0; host < kHosts; ++host)
        machines.emplace_back(static_cast<std::uint32_t>(host + 1));
    testing::MadeHost prober(99);
    const std::int64_t last = startOf(systemNowMs(), kHourMs) - kHourMs;
    std::vector<double> waits;
    std::vector<double> costs; // CPU seconds of one host's hour
    std::size_t values = 0;
    for (std::int64_t hourMs = last - kHours * kHourMs; hourMs < last; hourMs += kHourMs) {
        for (int host = 0; host < kHosts; ++host) {
            std::vector<metrics::Batch> batches;
            std::vector<HostBatch> group;
            for (std::int64_t time = hourMs; time < hourMs + kHourMs; time += kIntervalMs) {
                batches.push_back(machines[static_cast<std::size_t>(host)].tick(time));
                values += testing::valueCount(batches.back());
            }
            for (const metrics::Batch& batch : batches)
                group.push_back({HostId{host + 1}, &batch});
            if (!bench.store->append(group, {}))
                std::exit(1);
        }
        std::atomic<bool> stop = false;
        std::thread probe([&] {
            while (!stop) {
                const metrics::Batch batch = prober.tick(last + kHourMs + static_cast<std::int64_t>(waits.size()) * 10);
                const HostBatch one{HostId{99}, &batch};
                const auto started = BenchClock::now();
                if (!bench.store->append({&one, 1}, {}))
                    std::exit(1);
                waits.push_back(secondsSince(started) * 1'000);
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
        });
        const double cpuStart = cpuSeconds();
        for (bool more = true; more;) {
            const auto sealed = bench.store->seal(hourMs + kHourMs, 0);
            if (!sealed)
                std::exit(1);
            more = *sealed;
        }
        costs.push_back((cpuSeconds() - cpuStart) / kHosts);
        stop = true;
        probe.join();
    }
    double sum = 0;
    for (const double cost : costs)
        sum += cost;
    report("seal_1000_hosts_hour", sum / static_cast<double>(costs.size()) * 1'000, "CPU s");
    report("seal_1000_hosts_hour_dearest", percentile(costs, 1) * 1'000, "CPU s");
    report("seal_append_meanwhile_p50", percentile(waits, 0.5), "ms");
    report("seal_append_meanwhile_p99", percentile(waits, 0.99), "ms");
    report("seal_append_meanwhile_most", percentile(waits, 1), "ms");
    const auto sizes = bench.store->sizes();
    if (!sizes)
        std::exit(1);
    report(
        "seal_database_bytes_per_value", static_cast<double>(sizes->usedBytes) / static_cast<double>(values), "bytes");
    report(
        "seal_raw_bytes_per_value", static_cast<double>(sizes->tiers[0].bytes) / static_cast<double>(values), "bytes");
    report("seal_tiers_bytes_per_value",
        static_cast<double>(sizes->tiers[1].bytes + sizes->tiers[2].bytes) / static_cast<double>(values), "bytes");
}

/// How much memory the process has taken at most.
double mostMiB()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// All instances' rows of `custom` at one time.
metrics::Batch customTick(int instances, std::int64_t timeMs)
{
    constexpr std::uint32_t kMinuteMs = 60'000;
    metrics::Batch batch;
    batch.id = metrics::BatchId::make(timeMs, {});
    metrics::Frame& frame = batch.frames.emplace_back(metrics::family("custom"), timeMs, kMinuteMs);
    for (int i = 0; i < instances; ++i) {
        const std::size_t row = frame.addRow({"requests", "path=\"/" + std::to_string(i) + '"'});
        frame.set(row, metrics::column("custom", "value"), 0.25 * static_cast<double>(i + timeMs / kMinuteMs % 97));
    }
    return batch;
}

/// Reads everything of `custom` in the hour, and of it what is of one instance; gives CPU milliseconds.
double readOneInstance(const SqlStore& store, Tier tier, std::int64_t fromMs, std::int64_t toMs, std::size_t rows)
{
    const metrics::Family& family = metrics::family("custom");
    const auto instances = store.instances(HostId{1}, family);
    if (!instances || instances->empty())
        std::exit(1);
    const std::int64_t wanted = (*instances)[instances->size() / 2].id;
    std::size_t found = 0;
    const auto take = [&](const metrics::Block& block) {
        found += static_cast<std::size_t>(std::ranges::count(block.instances, wanted));
        return true;
    };
    const double start = cpuSeconds();
    const std::size_t value = 0;
    const std::uint32_t sum = rollupColumn(family.columns[value].number, Stat::Sum);
    const auto read = tier == Tier::Raw ? store.scan({HostId{1}, &family, {&value, 1}, fromMs, toMs}, take)
                                        : store.scanTier({HostId{1}, &family, tier, {&sum, 1}, fromMs, toMs}, take);
    if (!read || found != rows)
        std::exit(1);
    return (cpuSeconds() - start) * 1'000;
}

/// A host with as many instances of `custom` as are taken, a row of each a minute: an hour of them, and a month whose
/// last hour is rolled up.
void benchManyInstances(std::int64_t end)
{
    constexpr int kInstances = 20'000;
    constexpr int kTicks = 60;
    constexpr std::int64_t kMonthHours = blockMs(Tier::Hour) / kHourMs;
    const metrics::Family& family = metrics::family("custom");
    Bench bench;
    const std::int64_t monthMs = startOf(end, blockMs(Tier::Hour)) - blockMs(Tier::Hour);
    const std::int64_t hourMs = monthMs + blockMs(Tier::Hour) - kHourMs;
    double spent = 0;
    for (int tick = 0; tick < kTicks; ++tick) {
        const metrics::Batch batch = customTick(kInstances, hourMs + tick * 60'000);
        const HostBatch one{HostId{1}, &batch};
        const double start = cpuSeconds();
        if (!bench.store->append({&one, 1}, {}))
            std::exit(1);
        spent += cpuSeconds() - start;
    }
    report("instances_append_per_cpu_second", kInstances * kTicks / spent, "values/s");
    report("instances_read_one_hot_hour_cpu",
        readOneInstance(*bench.store, Tier::Raw, hourMs, hourMs + kHourMs, kTicks), "ms");
    // The month's block before its last hour comes.
    const auto instances = bench.store->instances(HostId{1}, family);
    if (!instances)
        std::exit(1);
    metrics::Block month;
    for (const Stat stat : {Stat::Count, Stat::Sum, Stat::Min, Stat::Max, Stat::Last})
        month.columns.push_back({rollupColumn(family.columns[0].number, stat),
            stat == Stat::Count ? metrics::Storage::Fixed : metrics::Storage::Real, {}});
    std::vector<std::int64_t> ids;
    for (const Instance& instance : *instances)
        ids.push_back(instance.id);
    std::ranges::sort(ids);
    for (const std::int64_t id : ids) {
        for (std::int64_t hour = 0; hour + 1 < kMonthHours; ++hour) {
            month.instances.push_back(id);
            month.timesMs.push_back(monthMs + hour * kHourMs);
            month.intervalsMs.push_back(60'000);
            for (metrics::BlockColumn& column : month.columns)
                column.cells.push_back(column.storage == metrics::Storage::Fixed
                                           ? metrics::Value::fixed(60)
                                           : metrics::Value::real(0.25 * static_cast<double>(id + hour % 97)));
        }
    }
    const auto put = bench.database->write([&](QSqlDatabase& database) {
        return putBlock(database, {HostId{1}, &family, Tier::Hour, monthMs}, month);
    });
    if (!put)
        std::exit(1);
    month = {};
    report("instances_memory_before_sealing", mostMiB(), "MiB");
    const double start = cpuSeconds();
    for (bool more = true; more;) {
        const auto sealed = bench.store->seal(hourMs + kHourMs, 0);
        if (!sealed)
            std::exit(1);
        more = *sealed;
    }
    report("instances_seal_hour_and_month", cpuSeconds() - start, "CPU s");
    report("instances_memory_most", mostMiB(), "MiB");
    report("instances_read_one_hour_cpu", readOneInstance(*bench.store, Tier::Raw, hourMs, hourMs + kHourMs, kTicks),
        "ms");
    report("instances_read_one_month_cpu",
        readOneInstance(*bench.store, Tier::Hour, monthMs, monthMs + blockMs(Tier::Hour), kMonthHours), "ms");
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const std::string_view part = argc > 1 ? argv[1] : "";
    const std::int64_t end = systemNowMs() / kIntervalMs * kIntervalMs;
    if (part == "" || part == "store") {
        constexpr int kHosts = 300;
        constexpr int kTicks = 60;
        testing::MadeHost machine(1);
        report("store_values_per_batch", static_cast<double>(testing::valueCount(machine.tick(end))), "values");
        Bench bench;
        benchAppend(bench, kHosts, kTicks, end);
        benchIngest(kHosts, kTicks, end);
    }
    if (part == "append") {
        Bench bench;
        benchAppend(bench, 300, 60, end);
    }
    if (part == "ingest")
        benchIngest(300, 60, end);
    if (part == "" || part == "store" || part == "seal")
        benchSealing();
    if (part == "" || part == "query") {
        benchQueries(end);
        benchMonth(end);
    }
    if (part == "" || part == "query" || part == "hosts")
        benchManyHosts(end);
    if (part == "instances")
        benchManyInstances(end);
    return 0;
}
