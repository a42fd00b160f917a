// SPDX-License-Identifier: GPL-3.0-or-later
// A day of 1,000 series of an application, every 15 s, twice: in a new database of a server, its ended hours sealed as
// a server seals them, and as text for `promtool tsdb create-blocks-from openmetrics`. Prints the first and the last
// time (Unix seconds) as one JSON line. Usage: promql_samples DATABASE OPENMETRICS
//
// 20 instances, each with 25 counters (http_requests_total by code and handler), 14 of a histogram (request_seconds)
// and 11 gauges (memory_used_bytes by pool).
#include "metrics/batch.h"
#include "metrics/families.h"
#include "metrics/labels.h"
#include "server/hosts/host_registry.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kStepMs = 15'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kSealAfterMs = 10 * 60'000; // as Maintenance does
constexpr int kInstances = 20;
constexpr std::size_t kTicksPerGroup = 60;
constexpr std::array kBounds{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"};

[[noreturn]] void giveUp(const std::string& why)
{
    std::fprintf(stderr, "promql_samples: %s\n", why.c_str());
    std::exit(1);
}

struct MadeSeries {
    std::string name;
    std::string labels;
    double value = 0;
};

/// The application: one tick after the other.
class Application {
public:
    Application()
    {
        for (int number = 0; number < kInstances; ++number) {
            const std::string instance = "app-" + std::to_string(number) + ":8080";
            for (const char* handler : {"/", "/api/items", "/api/orders", "/login", "/search"}) {
                for (const char* code : {"200", "304", "404", "500", "503"})
                    add("http_requests_total", {{"code", code}, {"handler", handler}, {"instance", instance}});
            }
            for (const char* bound : kBounds)
                add("request_seconds_bucket", {{"instance", instance}, {"le", bound}});
            add("request_seconds_count", {{"instance", instance}});
            add("request_seconds_sum", {{"instance", instance}});
            for (int pool = 0; pool < 11; ++pool) {
                add("memory_used_bytes", {{"instance", instance}, {"pool", "pool-" + std::to_string(pool)}});
                m_all.back().value = static_cast<double>(below(1U << 30));
            }
        }
    }

    void tick()
    {
        double below_bound = 0; // what the bucket before this one grew by
        double grown = 0;
        for (MadeSeries& series : m_all) {
            if (series.name == "http_requests_total") {
                series.value += static_cast<double>(below(40));
                below_bound = 0;
            } else if (series.name == "request_seconds_bucket") {
                below_bound += static_cast<double>(below(30));
                grown = below_bound;
                series.value += below_bound;
            } else if (series.name == "request_seconds_count") {
                series.value += grown;
            } else if (series.name == "request_seconds_sum") {
                series.value += grown * static_cast<double>(below(1'000)) / 1'000;
            } else {
                series.value = std::max(0.0, series.value + 4'096 * (static_cast<double>(below(401)) - 200));
            }
        }
    }

    [[nodiscard]] const std::vector<MadeSeries>& all() const { return m_all; }

private:
    void add(std::string name, metrics::Labels labels)
    {
        labels.push_back({"job", "app"});
        if (auto arranged = metrics::arrange(labels); !arranged)
            giveUp(arranged.error().message);
        m_all.push_back({std::move(name), metrics::labelText(labels)});
    }
    std::uint64_t below(std::uint64_t end) { return m_random() % end; }

    std::mt19937_64 m_random{42};
    std::vector<MadeSeries> m_all;
};

metrics::Batch batchOf(const Application& application, std::int64_t timeMs)
{
    metrics::Batch batch;
    batch.id = metrics::BatchId::make(timeMs, {1});
    metrics::Frame& frame =
        batch.frames.emplace_back(metrics::family("custom"), timeMs, static_cast<std::uint32_t>(kStepMs));
    for (const MadeSeries& series : application.all())
        frame.setCell(frame.addRow({series.name, series.labels}), 0, metrics::Value::real(series.value));
    return batch;
}

void writeText(std::ostream& to, const Application& application, std::int64_t timeMs)
{
    std::array<char, 64> sample{};
    for (const MadeSeries& series : application.all()) {
        std::snprintf(
            sample.data(), sample.size(), "} %.17g %lld\n", series.value, static_cast<long long>(timeMs / 1'000));
        to << series.name << '{' << series.labels << sample.data();
    }
}

void append(SqlStore& store, HostId host, const std::vector<metrics::Batch>& batches)
{
    std::vector<HostBatch> group;
    for (const metrics::Batch& batch : batches)
        group.push_back({host, &batch});
    if (const auto stored = store.append(group, {}); !stored)
        giveUp(stored.error().message);
}

void seal(SqlStore& store, std::int64_t endedByMs)
{
    for (bool more = true; more;) {
        const auto sealed = store.seal(endedByMs, 0);
        if (!sealed)
            giveUp(sealed.error().message);
        more = *sealed;
    }
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication program(argc, argv);
    if (argc != 3)
        giveUp("usage: promql_samples DATABASE OPENMETRICS");
    std::ofstream text(argv[2]);
    DatabaseOptions options;
    options.path = QString::fromLocal8Bit(argv[1]);
    auto database = Database::open(options);
    if (!database)
        giveUp(database.error().message);
    const auto store = makeStore(**database, systemNowMs);
    HostRegistry hosts(**database, systemNowMs);
    const auto source =
        hosts.addSource(QStringLiteral("app"), [](QSqlDatabase&, HostId) -> Result<void> { return {}; });
    if (!source)
        giveUp(source.error().message);

    const std::int64_t endMs = startOf(systemNowMs(), kStepMs);
    Application application;
    std::vector<metrics::Batch> batches;
    for (std::int64_t timeMs = endMs - kDayMs + kStepMs; timeMs <= endMs; timeMs += kStepMs) {
        application.tick();
        writeText(text, application, timeMs);
        batches.push_back(batchOf(application, timeMs));
        const bool hourEnds = startOf(timeMs + kStepMs, kHourMs) != startOf(timeMs, kHourMs);
        if (batches.size() == kTicksPerGroup || hourEnds || timeMs == endMs) {
            append(*store, source->id, batches);
            batches.clear();
        }
        if (hourEnds)
            seal(*store, std::min(timeMs + kStepMs, endMs - kSealAfterMs));
    }
    seal(*store, endMs - kSealAfterMs);
    text << "# EOF\n";
    if (!text.flush())
        giveUp(std::string(argv[2]) + " cannot be written");
    std::printf("{\"from\": %lld, \"to\": %lld}\n", static_cast<long long>((endMs - kDayMs + kStepMs) / 1'000),
        static_cast<long long>(endMs / 1'000));
    return 0;
}
