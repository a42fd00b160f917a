// SPDX-License-Identifier: GPL-3.0-or-later
// What it brings to hold a group of batches open for a while before it is committed. Made hosts deliver at a steady
// rate (batches of 250 values) through Ingest into a SQLite store; once as they come, and once let in together every
// HOLD milliseconds, which is what a group that is held open sees. Prints the rates of commits and values, the time
// from arrival to acknowledgement, and the CPU time per batch.
//
// Usage: group_bench FOLDER [BATCHES-PER-SECOND SECONDS]
#include "logging/log.h"
#include "metrics/codec.h"
#include "server/hosts/gap_ledger.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/ingest/ingest.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"

#include <QFile>
#include <QString>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

using namespace sextant;
using namespace sextant::server;
using Steady = std::chrono::steady_clock;

namespace {

constexpr int kHosts = 200;
constexpr int kCores = 20; ///< 12 columns each, and a few more of cpu: some 250 values

metrics::DecodedBatch batchOf(int number, std::int64_t timeMs)
{
    metrics::DecodedBatch batch;
    batch.batch.id = metrics::BatchId::make(
        timeMs, {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16), 0,
                    static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
    const metrics::Family& family = metrics::family("cpu_core");
    metrics::Frame frame(family, timeMs, 10'000);
    for (int core = 0; core < kCores; ++core) {
        const std::size_t row = frame.addRow({std::to_string(core)});
        for (std::size_t column = 0; column < family.columns.size(); ++column)
            frame.setCell(row, column, metrics::Value::fixed((number * 7 + core * 13) % 10'000));
    }
    batch.batch.frames.push_back(std::move(frame));
    batch.places = {0};
    return batch;
}

double cpuSeconds()
{
    std::timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

double millisecondsAt(std::vector<double>& sorted, double share)
{
    return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void run(const QString& folder, int perSecond, int seconds, int holdMs)
{
    const QString path = folder + QStringLiteral("/group_bench.db");
    for (const char* suffix : {"", "-wal", "-shm"})
        QFile::remove(path + QLatin1String(suffix));
    auto database = Database::open({.path = path}).value();
    const auto store = makeStore(*database, systemNowMs);
    HostRegistry registry(*database, systemNowMs);
    Overview overview(registry, systemNowMs);
    GapLedger ledger(*database);
    logging::Log log(logging::Level::Error, logging::Format::Logfmt);
    Ingest ingest(*store, overview, ledger, log, systemNowMs, [](HostId, CommittedFrames) {});
    ingest.start();

    std::mutex mutex;
    std::vector<double> waits;
    const double cpuBefore = cpuSeconds();
    const auto start = Steady::now();
    const int total = perSecond * seconds;
    for (int number = 0; number < total; ++number) {
        const auto arrives = start + std::chrono::microseconds(1'000'000LL * number / perSecond);
        // A group that is held open lets all that arrived go at its end.
        auto lets = arrives;
        if (holdMs > 0)
            lets =
                start + std::chrono::milliseconds(((arrives - start) / std::chrono::milliseconds(holdMs) + 1) * holdMs);
        std::this_thread::sleep_until(lets);
        const auto submitted = ingest.submit(HostId{1 + number % kHosts}, batchOf(number, systemNowMs() + number % 7),
            [&, arrives](const Result<StoredBatch>& stored) {
                const std::lock_guard lock(mutex);
                if (stored)
                    waits.push_back(std::chrono::duration<double, std::milli>(Steady::now() - arrives).count());
            });
        if (!submitted)
            std::fprintf(stderr, "turned away: %s\n", submitted.error().message.c_str());
    }
    ingest.stop();
    const double cpu = cpuSeconds() - cpuBefore;
    const IngestCounts counts = ingest.counts();
    std::ranges::sort(waits);
    std::printf(
        "%5d/s held %2d ms: %6.1f commits/s, %zu of %d stored, p50 %6.1f ms, p99 %6.1f ms, %5.2f ms CPU a batch\n",
        perSecond, holdMs, static_cast<double>(counts.groups) / seconds, waits.size(), total,
        millisecondsAt(waits, 0.5), millisecondsAt(waits, 0.99), cpu * 1'000 / total);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2 && argc != 4) {
        std::fprintf(stderr, "usage: group_bench FOLDER [BATCHES-PER-SECOND SECONDS]\n");
        return 2;
    }
    const QString folder = QString::fromLocal8Bit(argv[1]);
    const std::vector<int> rates =
        argc == 4 ? std::vector<int>{std::atoi(argv[2])} : std::vector<int>{20, 100, 500, 2'000};
    for (const int rate : rates) {
        for (const int holdMs : {0, 50, 0, 50})
            run(folder, rate, argc == 4 ? std::atoi(argv[3]) : 10, holdMs);
    }
    return 0;
}
