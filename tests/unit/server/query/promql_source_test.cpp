// SPDX-License-Identifier: GPL-3.0-or-later
// Which series the store shows to PromQL, under which labels, and that what it reads of a tier is what the samples say.
#include "metrics/batch.h"
#include "metrics/families.h"
#include "server/hosts/overview.h"
#include "server/query/promql_source.h"
#include "server/query/stored_samples.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/upkeep.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <random>

using namespace sextant;
using namespace sextant::server;
using metrics::Batch;
using metrics::column;
using metrics::family;
using metrics::Frame;
using promql::Labels;
using promql::Matcher;
using promql::MatchOp;
using promql::SelectHints;
using promql::Series;

namespace {

constexpr std::int64_t kStart = 1'767'225'600'000; // midnight
constexpr std::int64_t kDays = 8;
constexpr std::int64_t kEnd = kStart + kDays * 24 * kHourMs;
constexpr std::int64_t kTick = 60'000;

Matcher matcher(std::string label, MatchOp op, std::string value)
{
    return *Matcher::make(std::move(label), op, std::move(value));
}

Matcher named(std::string name)
{
    return matcher("__name__", MatchOp::Equal, std::move(name));
}

/// One value of the two columns that the random data has.
struct Sample {
    std::int64_t timeMs;
    double gauge;
    double counter; ///< with resets
};

} // namespace

class PromqlSourceTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void namesColumnsAndTheirLabels();
    void answersToAliases();
    void answersToAliasesOfItsSystemOnly();
    void leavesOutColumnsOfOtherSystems();
    void tellsTheHostByUname();
    void tellsWhatIsKnownOfTheHost();
    void givesMetricsOfApplicationsTheirLabels();
    void nobodyWritesIntoTheSeriesOfAnotherHost();
    void keepsEveryBitOfAValue();
    void makesOneSeriesOfAPair();
    void tellsHostsOfOneNameApart();
    void matchesLikePrometheus();
    void stopsWhenCancelledOrOverTheLimit();
    void listsLabelsOfWhatIsStored();
    void readsLongQuestionsFromTiers_data();
    void readsLongQuestionsFromTiers();
    void readsShortQuestionsFromSamples();
    void readsWhatIsLeftWhenSamplesExpired();

private:
    void send(HostId host, std::vector<Frame> frames)
    {
        Batch batch;
        batch.id = metrics::BatchId::make(kStart, {1, m_next++});
        batch.frames = std::move(frames);
        const HostBatch one{host, &batch};
        const auto stored = m_store->append({&one, 1}, {});
        QVERIFY2(stored.has_value(), stored ? "" : stored.error().message.c_str());
    }
    void sendCustom(HostId host, const std::string& name, const std::string& labels, std::int64_t timeMs, double value)
    {
        Frame frame(family("custom"), timeMs, 0);
        frame.set(frame.addRow({name, labels}), column("custom", "value"), value);
        send(host, {frame});
    }
    std::vector<Series> select(const std::vector<Matcher>& matchers, SelectHints hints = {kStart, kEnd})
    {
        promql::Budget budget({});
        const PromqlSource source(*m_store, m_hosts);
        auto found = source.select(matchers, hints, budget);
        if (!found) {
            m_error = found.error();
            return {};
        }
        std::ranges::sort(*found, {}, &Series::labels);
        return std::move(*found);
    }
    std::vector<std::string> names(const std::vector<Matcher>& matchers)
    {
        std::vector<std::string> texts;
        for (const Series& series : select(matchers))
            texts.push_back(promql::toText(series.labels));
        return texts;
    }
    void fillRandomly();

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<SqlStore> m_store;
    std::vector<QueryHost> m_hosts;
    std::vector<Sample> m_samples;
    Error m_error;
    std::uint8_t m_next = 0;
};

void PromqlSourceTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
    QVERIFY(opened.has_value());
    m_database = std::move(*opened);
    m_store = makeStore(*m_database, [] { return kEnd; });
    m_hosts = {{HostId{1}, "web", metrics::kLinux,
                   {QStringLiteral("web"), {}, QStringLiteral("linux"), {}, QStringLiteral("6.1"), {}, {}}},
        {HostId{2}, "pc", metrics::kWindows, {}}};
    m_next = 0;
}

void PromqlSourceTest::cleanup()
{
    m_store.reset();
    m_database.reset();
    m_folder.reset();
    m_samples.clear();
}

void PromqlSourceTest::namesColumnsAndTheirLabels()
{
    Frame frame(family("disk"), kStart, 10'000);
    const auto row = frame.addRow({"/data", "sda1", "ext4"});
    frame.set(row, column("disk", "used_percent"), 71.32);
    send(HostId{1}, {frame});
    const auto found = select({named("system_disk_used_percent")});
    QCOMPARE(found.size(), std::size_t{1});
    QCOMPARE(promql::toText(found[0].labels),
        std::string(
            R"(system_disk_used_percent{device="sda1", fstype="ext4", instance="web", job="sextant", mount="/data"})"));
    QCOMPARE(found[0].timesMs, std::vector<std::int64_t>{kStart});
    QCOMPARE(found[0].values, std::vector<double>{71.32}); // to the last bit
    // Columns without a value are no series.
    QVERIFY(select({named("system_disk_used_bytes")}).empty());
}

void PromqlSourceTest::answersToAliases()
{
    Frame core(family("cpu_core"), kStart, 10'000);
    const auto row = core.addRow({"3"});
    core.set(row, column("cpu_core", "user_seconds_total"), 10.5);
    core.set(row, column("cpu_core", "guest_seconds_total"), 2.25);
    core.set(row, column("cpu_core", "idle_seconds_total"), 100);
    Frame disk(family("disk"), kStart, 10'000);
    const auto mounted = disk.addRow({"/", "sda1", "ext4"});
    disk.set(mounted, column("disk", "total_bytes"), 1'000);
    disk.set(mounted, column("disk", "used_bytes"), 400);
    disk.set(mounted, column("disk", "responding"), 1);
    Frame pressure(family("pressure"), kStart, 10'000);
    pressure.set(pressure.addRow({"io"}), column("pressure", "some_seconds_total"), 7);
    pressure.set(pressure.addRow({"cpu"}), column("pressure", "some_seconds_total"), 8);
    send(HostId{1}, {core, disk, pressure});

    const auto cpu = select({named("node_cpu_seconds_total")});
    QCOMPARE(cpu.size(), std::size_t{2});
    QCOMPARE(promql::toText(cpu[0].labels),
        std::string(R"(node_cpu_seconds_total{cpu="3", instance="web", job="sextant", mode="idle"})"));
    QCOMPARE(cpu[0].values, std::vector<double>{100});
    QCOMPARE(promql::labelValue(cpu[1].labels, "mode"), std::string_view("user"));
    QCOMPARE(cpu[1].values, std::vector<double>{12.75}); // node_exporter counts guests as user
    const auto free = select({named("node_filesystem_free_bytes")});
    QCOMPARE(free.size(), std::size_t{1});
    QCOMPARE(promql::labelValue(free[0].labels, "mountpoint"), std::string_view("/"));
    QCOMPARE(free[0].values, std::vector<double>{600});
    QCOMPARE(select({named("node_filesystem_device_error")}).at(0).values, std::vector<double>{0});
    const auto io = select({named("node_pressure_io_waiting_seconds_total")});
    QCOMPARE(io.size(), std::size_t{1});
    QCOMPARE(io[0].values, std::vector<double>{7});
}

void PromqlSourceTest::answersToAliasesOfItsSystemOnly()
{
    Frame memory(family("memory"), kStart, 10'000);
    memory.set(memory.addRow(), column("memory", "total_bytes"), 5);
    send(HostId{1}, {memory});
    send(HostId{2}, {memory});
    QCOMPARE(names({named("node_memory_MemTotal_bytes")}),
        std::vector<std::string>{R"(node_memory_MemTotal_bytes{instance="web", job="sextant"})"});
    QCOMPARE(names({named("windows_cs_physical_memory_bytes")}),
        std::vector<std::string>{R"(windows_cs_physical_memory_bytes{instance="pc", job="sextant"})"});
    // Who asks for no name gets everything once, under its own name.
    QCOMPARE(names({matcher("job", MatchOp::Equal, "sextant")}),
        (std::vector<std::string>{R"(system_memory_total_bytes{instance="pc", job="sextant"})",
            R"(system_memory_total_bytes{instance="web", job="sextant"})"}));
}

void PromqlSourceTest::leavesOutColumnsOfOtherSystems()
{
    // A Mac has no guests: its user time is that of user alone.
    m_hosts[0].os = metrics::kDarwin;
    Frame core(family("cpu_core"), kStart, 10'000);
    core.set(core.addRow({"0"}), column("cpu_core", "user_seconds_total"), 4);
    send(HostId{1}, {core});
    const auto cpu = select({named("node_cpu_seconds_total")});
    QCOMPARE(cpu.size(), std::size_t{1});
    QCOMPARE(cpu[0].values, std::vector<double>{4});
}

void PromqlSourceTest::tellsTheHostByUname()
{
    Frame system(family("system"), kStart, 10'000);
    system.set(system.addRow(), column("system", "uptime_seconds"), 77);
    send(HostId{1}, {system});
    QCOMPARE(names({named("node_uname_info")}),
        std::vector<std::string>{
            R"(node_uname_info{instance="web", job="sextant", nodename="web", release="6.1", sysname="Linux"})"});
    QCOMPARE(select({named("node_uname_info")})[0].values, std::vector<double>{1});
}

void PromqlSourceTest::tellsWhatIsKnownOfTheHost()
{
    const HostRegistry registry(*m_database, [] { return kEnd; });
    Overview overview(registry, [] { return kEnd; });
    HostState state;
    state.tags = {{"instance", "mine"}, {"os", "mine"}, {"role", "web"}, {"tag_os", "too"}};
    overview.update(HostId{1}, state);
    std::vector<HostFacts> facts(2);
    facts[0].id = HostId{1};
    facts[0].description = {QStringLiteral("web"), {}, QStringLiteral("linux"), QStringLiteral("Debian 12"),
        QStringLiteral("6.1"), QStringLiteral("x86_64"), QStringLiteral("0.1")};
    facts[1].id = HostId{2};
    facts[1].description.name = QStringLiteral("pc");
    m_hosts = queryHosts(facts, &overview);
    Frame system(family("system"), kStart, 10'000);
    system.set(system.addRow(), column("system", "uptime_seconds"), 77);
    send(HostId{1}, {system});
    send(HostId{2}, {system});
    const std::string web =
        R"(sextant_host_info{agent_version="0.1", architecture="x86_64", instance="web", job="sextant", kernel="6.1", )"
        R"(os="Debian 12", os_family="linux", role="web", tag_instance="mine", tag_os="mine", tag_tag_os="too"})";
    QCOMPARE(names({named("sextant_host_info")}),
        (std::vector<std::string>{web, R"(sextant_host_info{instance="pc", job="sextant"})"}));
    QCOMPARE(
        names({named("sextant_host_info"), matcher("role", MatchOp::Equal, "web")}), std::vector<std::string>{web});
    QCOMPARE(select({named("sextant_host_info")})[0].values, std::vector<double>{1});
    QVERIFY(names({matcher("role", MatchOp::Equal, "web")}).empty()); // only by name
}

void PromqlSourceTest::givesMetricsOfApplicationsTheirLabels()
{
    sendCustom(HostId{1}, "orders_total", R"(shop="a \"b\"\\c\nd",zone="x")", kStart, 3.5);
    sendCustom(HostId{1}, "up", R"(instance="db:9100",job="node")", kStart, 1);
    sendCustom(HostId{1}, "broken", "no labels at all", kStart, 2);
    QCOMPARE(names({matcher("__name__", MatchOp::Regex, "orders.*|up|broken")}),
        (std::vector<std::string>{R"(broken{instance="web", job="sextant", labels="no labels at all"})",
            "orders_total{instance=\"web\", job=\"sextant\", shop=\"a \\\"b\\\"\\\\c\\nd\", zone=\"x\"}",
            R"(up{instance="db:9100", job="node"})"}));
    QCOMPARE(names({matcher("zone", MatchOp::NotEqual, "")}).size(), std::size_t{1});
}

/// Whatever a program claims: what has the labels that the server gives a host's own series came from that host.
void PromqlSourceTest::nobodyWritesIntoTheSeriesOfAnotherHost()
{
    Frame cpu(family("cpu"), kStart, 10'000);
    cpu.set(cpu.addRow(), column("cpu", "load1"), 1);
    send(HostId{1}, {cpu});
    for (const char* claim : {R"(instance="web",job="sextant")", R"(instance="web")", R"(instance="web",job="")",
             R"(exported_instance="x",instance="web",job="sextant")"}) {
        sendCustom(HostId{2}, "system_cpu_load1", claim, kStart, 99);
        sendCustom(HostId{2}, "node_load1", claim, kStart, 99);
    }
    for (const char* name : {"system_cpu_load1", "node_load1"}) {
        const auto own = select({named(name), matcher("instance", MatchOp::Equal, "web")});
        QCOMPARE(own.size(), std::size_t{1});
        QCOMPARE(own[0].values, std::vector<double>{1});
    }
    QCOMPARE(names({named("system_cpu_load1"), matcher("exported_instance", MatchOp::NotEqual, "")}),
        (std::vector<std::string>{
            R"(system_cpu_load1{exported_exported_instance="web", exported_instance="x", instance="pc", job="sextant"})",
            R"(system_cpu_load1{exported_instance="web", instance="pc", job="sextant"})"}));
    // A program's own jobs are its own affair, and of its own host it may say so.
    sendCustom(HostId{2}, "up", R"(instance="web",job="node")", kStart, 1);
    sendCustom(HostId{2}, "up", R"(instance="pc",job="sextant")", kStart, 1);
    QCOMPARE(names({named("up")}),
        (std::vector<std::string>{R"(up{instance="pc", job="sextant"})", R"(up{instance="web", job="node"})"}));
}

void PromqlSourceTest::keepsEveryBitOfAValue()
{
    const double odd = std::bit_cast<double>(std::uint64_t{0x7ff0000000000abc});
    const std::vector<double> values{promql::staleMarker(), odd, -0.0, std::numeric_limits<double>::denorm_min()};
    for (std::size_t i = 0; i < values.size(); ++i)
        sendCustom(HostId{1}, "odd", "", kStart + static_cast<std::int64_t>(i), values[i]);
    const auto compare = [&] {
        const auto found = select({named("odd")});
        QCOMPARE(found.size(), std::size_t{1});
        QCOMPARE(found[0].values.size(), values.size());
        for (std::size_t i = 0; i < values.size(); ++i)
            QCOMPARE(std::bit_cast<std::uint64_t>(found[0].values[i]), std::bit_cast<std::uint64_t>(values[i]));
    };
    compare();
    while (m_store->seal(kStart + kHourMs, 0).value_or(false))
        ;
    compare();
}

void PromqlSourceTest::makesOneSeriesOfAPair()
{
    sendCustom(HostId{1}, "up", R"(instance="db",job="node")", kStart, 1);
    sendCustom(HostId{1}, "up", R"(instance="db",job="node")", kStart + 20, 2);
    sendCustom(HostId{2}, "up", R"(instance="db",job="node")", kStart + 10, 3);
    sendCustom(HostId{2}, "up", R"(instance="db",job="node")", kStart + 20, 4);
    sendCustom(HostId{2}, "up", R"(instance="db",job="node")", kStart + 30, 5);
    const auto found = select({named("up")});
    QCOMPARE(found.size(), std::size_t{1});
    QCOMPARE(found[0].timesMs, (std::vector<std::int64_t>{kStart, kStart + 10, kStart + 20, kStart + 30}));
    QCOMPARE(found[0].values, (std::vector<double>{1, 3, 2, 5}));
}

void PromqlSourceTest::tellsHostsOfOneNameApart()
{
    std::vector<HostFacts> facts(3);
    facts[0].id = HostId{3};
    facts[1].id = HostId{9};
    facts[2].id = HostId{4};
    facts[0].description.name = facts[1].description.name = QStringLiteral("web");
    facts[2].description = {
        QStringLiteral("win"), {}, QStringLiteral("windows"), {}, QStringLiteral("10.0"), QStringLiteral("x86_64"), {}};
    const auto hosts = queryHosts(facts);
    QCOMPARE(hosts[0].instance, std::string("web"));
    QCOMPARE(hosts[1].instance, std::string("web#9"));
    QCOMPARE(hosts[2].instance, std::string("win"));
    QCOMPARE(hosts[2].os, metrics::kWindows);
    QCOMPARE(hosts[2].description, facts[2].description);
}

void PromqlSourceTest::matchesLikePrometheus()
{
    Frame memory(family("memory"), kStart, 10'000);
    memory.set(memory.addRow(), column("memory", "free_bytes"), 5);
    send(HostId{1}, {memory});
    send(HostId{2}, {memory});
    const Matcher free = named("system_memory_free_bytes");
    QCOMPARE(names({free, matcher("instance", MatchOp::NotRegex, "w.*")}).size(), std::size_t{1});
    QCOMPARE(names({free, matcher("nothing", MatchOp::Equal, "")}).size(), std::size_t{2});
    QCOMPARE(names({free, matcher("nothing", MatchOp::NotEqual, "")}).size(), std::size_t{0});
    QCOMPARE(names({free, matcher("job", MatchOp::Regex, "sext")}).size(), std::size_t{0}); // anchored
    QCOMPARE(names({free, named("node_memory_MemFree_bytes")}).size(), std::size_t{0});
    QVERIFY(select({free}, {kStart + 1, kEnd}).empty());
    QCOMPARE(select({free}, {kStart - 9, kStart}).size(), std::size_t{2}); // the end counts
}

void PromqlSourceTest::stopsWhenCancelledOrOverTheLimit()
{
    Frame memory(family("memory"), kStart, 10'000);
    memory.set(memory.addRow(), column("memory", "free_bytes"), 5);
    send(HostId{1}, {memory});
    send(HostId{2}, {memory});
    const PromqlSource source(*m_store, m_hosts);
    const std::vector<Matcher> matchers{named("system_memory_free_bytes")};
    const auto codeOf = [&](promql::Budget budget) {
        const auto found = source.select(matchers, {kStart, kEnd}, budget);
        return found ? ErrorCode::NotFound : found.error().code;
    };
    QCOMPARE(codeOf(promql::Budget({})), ErrorCode::NotFound);
    QCOMPARE(codeOf(promql::Budget({}, [] { return true; })), ErrorCode::Busy);
    promql::Limits limits;
    limits.samples = 1;
    QCOMPARE(codeOf(promql::Budget(limits)), ErrorCode::TooLarge);
    limits.samples = 2;
    limits.series = 1;
    QCOMPARE(codeOf(promql::Budget(limits)), ErrorCode::TooLarge);
}

void PromqlSourceTest::listsLabelsOfWhatIsStored()
{
    sendCustom(HostId{1}, "old", "", kStart, 1);
    Frame memory(family("memory"), kStart + 30 * kHourMs, 10'000);
    memory.set(memory.addRow(), column("memory", "free_bytes"), 5);
    send(HostId{2}, {memory});
    const PromqlSource source(*m_store, m_hosts);
    promql::Budget budget({});
    const std::vector<Matcher> old{named("old")};
    const auto then = source.labels(old, kStart, kStart + kHourMs, budget);
    QVERIFY(then.has_value());
    QCOMPARE(then->size(), std::size_t{1});
    const auto later = source.labels(old, kStart + 29 * kHourMs, kEnd, budget);
    QVERIFY(later && later->empty());
}

/// A host with a gauge and a counter that is reset now and then, every hour but the last two sealed.
void PromqlSourceTest::fillRandomly()
{
    std::mt19937_64 random(5);
    double counter = 1'000;
    for (std::int64_t hour = kStart; hour < kEnd; hour += kHourMs) {
        std::vector<Frame> frames;
        for (std::int64_t time = hour + 7'000; time < hour + kHourMs; time += kTick) {
            counter = random() % 500 == 0 ? 5 : counter + static_cast<double>(random() % 1'000);
            const double gauge = static_cast<double>(random() % 10'000) / 100;
            m_samples.push_back({time, gauge, counter});
            Frame frame(family("cpu"), time, kTick);
            const auto row = frame.addRow();
            frame.set(row, column("cpu", "usage_percent"), gauge);
            frame.set(row, column("cpu", "user_seconds_total"), counter);
            frames.push_back(std::move(frame));
        }
        send(HostId{1}, std::move(frames));
    }
    while (m_store->seal(kEnd - 2 * kHourMs, 0).value_or(false)) {
    }
}

void PromqlSourceTest::readsLongQuestionsFromTiers_data()
{
    QTest::addColumn<qint64>("rangeMs");
    QTest::addColumn<qint64>("bucketMs");
    QTest::newRow("5m") << qint64{6 * kHourMs} << qint64{bucketMs(Tier::FiveMinutes)};
    QTest::newRow("1h") << qint64{24 * kHourMs} << qint64{bucketMs(Tier::Hour)};
}

void PromqlSourceTest::readsLongQuestionsFromTiers()
{
    QFETCH(qint64, rangeMs);
    QFETCH(qint64, bucketMs);
    fillRandomly();
    const SelectHints hints{kStart, kEnd - 1, 0, rangeMs, {}};
    const auto ask = [&](std::string_view function, const char* name) {
        SelectHints with = hints;
        with.function = function;
        auto found = select({named(name)}, with);
        return found.size() == 1 ? found[0] : Series{};
    };
    const Series sum = ask("avg_over_time", "system_cpu_usage_percent");
    const Series max = ask("max_over_time", "system_cpu_usage_percent");
    const Series min = ask("min_over_time", "system_cpu_usage_percent");
    const Series grown = ask("rate", "system_cpu_user_seconds_total");
    const auto inTier = static_cast<std::size_t>((kEnd - 2 * kHourMs - kStart) / bucketMs);
    for (const Series* series : {&sum, &max, &min, &grown})
        QCOMPARE(series->timesMs.size(), inTier + 120); // and two hot hours of samples
    QCOMPARE(sum.weights.size(), sum.values.size());
    // Window after window whose ends are those of buckets: what the samples say, exactly but for rounding.
    for (std::int64_t from = kStart; from + rangeMs <= kEnd; from += rangeMs) {
        double added = 0, weights = 0, largest = -1, smallest = 1e9, increase = 0;
        std::size_t count = 0;
        double truth = 0, most = -1, least = 1e9, grew = 0;
        for (std::size_t i = 0; i < sum.timesMs.size(); ++i) {
            if (sum.timesMs[i] < from || sum.timesMs[i] >= from + rangeMs)
                continue;
            added += sum.values[i] * sum.weights[i];
            weights += sum.weights[i];
            largest = std::max(largest, max.values[i]);
            smallest = std::min(smallest, min.values[i]);
            if (i > 0) {
                QVERIFY(grown.values[i] >= grown.values[i - 1]);
                increase += grown.values[i] - grown.values[i - 1];
            }
        }
        for (std::size_t i = 0; i < m_samples.size(); ++i) {
            const Sample& sample = m_samples[i];
            if (sample.timeMs < from || sample.timeMs >= from + rangeMs)
                continue;
            ++count;
            truth += sample.gauge;
            most = std::max(most, sample.gauge);
            least = std::min(least, sample.gauge);
            const auto firstBucketEnds = static_cast<std::size_t>(bucketMs / kTick);
            if (i >= firstBucketEnds) // what grew within the first bucket of all has nothing before it
                grew += sample.counter >= m_samples[i - 1].counter ? sample.counter - m_samples[i - 1].counter
                                                                   : sample.counter;
        }
        QCOMPARE(weights, static_cast<double>(count));
        QVERIFY(std::abs(added - truth) <= 1e-9 * truth);
        QCOMPARE(largest, most);
        QCOMPARE(smallest, least);
        QVERIFY2(std::abs(increase - grew) <= 1e-9 * grew, qPrintable(QString::number(increase - grew)));
    }
}

void PromqlSourceTest::readsShortQuestionsFromSamples()
{
    fillRandomly();
    for (const SelectHints& hints : {SelectHints{kStart, kStart + 10 * kHourMs, 60'000, kHourMs, "rate"}, // short
             SelectHints{kStart, kEnd, 60'000, kHourMs, "rate"},                   // windows hold few buckets
             SelectHints{kStart, kEnd, 60'000, 6 * kHourMs, "quantile_over_time"}, // no bucket says that
             SelectHints{kStart, kEnd, 60'000, 0, "sum"}}) {                       // a step finer than buckets
        const auto found = select({named("system_cpu_user_seconds_total")}, hints);
        QCOMPARE(found.size(), std::size_t{1});
        std::vector<double> values;
        for (const Sample& sample : m_samples) {
            if (sample.timeMs >= hints.fromMs && sample.timeMs <= hints.toMs)
                values.push_back(sample.counter);
        }
        QCOMPARE(found[0].values.size(), values.size());
        QVERIFY(found[0].values == values);
        QVERIFY(found[0].weights.empty());
    }
    // Steps of 5 minutes: the last sample of each bucket, one every 5 minutes, each new enough for the look-back.
    const auto steps = select({named("system_cpu_usage_percent")}, {kStart, kEnd - 2 * kHourMs - 1, 300'000, 0, ""});
    QCOMPARE(steps.size(), std::size_t{1});
    for (std::size_t i = 0; i < steps[0].values.size(); ++i) {
        QCOMPARE(steps[0].timesMs[i], kStart + static_cast<std::int64_t>(i + 1) * 300'000 - 1);
        QCOMPARE(steps[0].values[i], m_samples[i * 5 + 4].gauge);
    }
}

void PromqlSourceTest::readsWhatIsLeftWhenSamplesExpired()
{
    fillRandomly();
    Retention retention;
    retention.all = {24 * kHourMs, 3 * 24 * kHourMs, 365 * 24 * kHourMs};
    while (m_store->expire(retention).value_or(0) > 0) {
    }
    // Only hours are left: rate(x[5m]) finds its samples all the same, and the increase is that of the hour.
    const std::int64_t to = kStart + 10 * kHourMs - 1;
    const auto hours = select({named("system_cpu_user_seconds_total")}, {kStart, to, 60'000, 300'000, "rate"});
    QCOMPARE(hours.size(), std::size_t{1});
    QCOMPARE(hours[0].timesMs.size(), std::size_t{360});
    QVERIFY(std::ranges::is_sorted(hours[0].values));
    double grew = 0;
    for (std::size_t i = 60; i < 600; ++i)
        grew += m_samples[i].counter >= m_samples[i - 1].counter ? m_samples[i].counter - m_samples[i - 1].counter
                                                                 : m_samples[i].counter;
    QVERIFY(std::abs(hours[0].values.back() - hours[0].values[35] - grew) < 1e-6);
    // And an instant vector finds one at any time.
    const auto instants = select({named("system_cpu_usage_percent")}, {kStart, to, 60'000, 0, ""});
    QCOMPARE(instants.size(), std::size_t{1});
    QCOMPARE(instants[0].timesMs.size(), std::size_t{120});
    QCOMPARE(instants[0].values[11], m_samples[59].gauge);
}

QTEST_GUILESS_MAIN(PromqlSourceTest)
#include "promql_source_test.moc"
