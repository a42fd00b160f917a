// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_contract.h"

#include "made_batches.h"
#include "metrics/families.h"
#include "server/query/series.h"
#include "server/storage/scan_rows.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace sextant::testing {
namespace {

using metrics::Batch;
using metrics::column;
using metrics::family;
using metrics::Frame;
using metrics::Value;
using server::HostBatch;
using server::HostId;
using server::ScannedRow;
using server::Store;

constexpr std::int64_t kNow = 1'767'225'600'000;
constexpr HostId kHost{7};

/// A row as it was visited, with cells of its own.
struct Row {
    std::int64_t instance = 0;
    std::int64_t timeMs = 0;
    std::uint32_t intervalMs = 0;
    std::vector<Value> cells;

    friend bool operator==(const Row&, const Row&) = default;
};

std::vector<std::size_t> allColumns(const metrics::Family& of)
{
    std::vector<std::size_t> columns(of.columns.size());
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    return columns;
}

std::vector<Row> rows(const Store& store, HostId host, const metrics::Family& of, std::int64_t from = 0,
    std::int64_t to = kNow + 3'600'000, bool previous = false,
    std::optional<std::span<const std::int64_t>> instances = {})
{
    std::vector<Row> found;
    const auto columns = allColumns(of);
    const auto done =
        server::scanRows(store, {host, &of, columns, from, to, previous, instances}, [&found](const ScannedRow& row) {
            found.push_back({row.instance, row.timeMs, row.intervalMs, {row.cells.begin(), row.cells.end()}});
            return true;
        });
    if (!done)
        qWarning("%s", done.error().message.c_str());
    return found;
}

Result<std::vector<server::BatchOutcome>> append(Store& store, const Batch& batch, HostId host = kHost)
{
    const HostBatch one{host, &batch};
    return store.append({&one, 1}, {});
}

Batch batchOf(std::uint8_t number, std::vector<Frame> frames)
{
    Batch batch;
    batch.id = metrics::BatchId::make(kNow, {0, number});
    batch.frames = std::move(frames);
    return batch;
}

Frame cpuFrame(std::int64_t timeMs, double usage, std::uint32_t intervalMs = 10'000)
{
    Frame frame(family("cpu"), timeMs, intervalMs);
    frame.addRow();
    frame.set(0, column("cpu", "usage_percent"), usage);
    return frame;
}

std::map<std::int64_t, std::vector<std::string>> labelsById(const Store& store, HostId host, const metrics::Family& of)
{
    std::map<std::int64_t, std::vector<std::string>> labels;
    const auto instances = store.instances(host, of);
    if (!instances)
        return labels;
    for (const server::Instance& instance : *instances)
        labels[instance.id] = instance.labels;
    return labels;
}

} // namespace

void StoreContract::init()
{
    m_fixture = m_factory();
    QVERIFY(m_fixture);
}

void StoreContract::cleanup()
{
    m_fixture.reset();
}

void StoreContract::givesBackEveryCellOfEveryFamily()
{
    MadeHost machine(1);
    const Batch batch = machine.tick(kNow);
    const auto outcomes = append(store(), batch);
    QVERIFY(outcomes.has_value());
    std::size_t rowCount = 0;
    for (const Frame& frame : batch.frames) {
        rowCount += frame.rowCount();
        const auto labels = labelsById(store(), kHost, frame.family());
        const auto found = rows(store(), kHost, frame.family());
        QCOMPARE(found.size(), frame.rowCount());
        for (const Row& row : found) {
            QCOMPARE(row.timeMs, frame.timeMs());
            QCOMPARE(row.intervalMs, frame.intervalMs());
            std::size_t original = 0;
            while (!std::ranges::equal(frame.labels(original), labels.at(row.instance)))
                ++original;
            QVERIFY2(std::ranges::equal(row.cells, frame.cells(original)), std::string(frame.family().name).c_str());
        }
    }
    QCOMPARE(outcomes->front().storedRows, rowCount);
}

void StoreContract::keepsExtremeValuesExactly()
{
    Frame counters(family("network"), kNow, 10'000);
    counters.addRow({"eth0"});
    counters.setCell(0, 0, Value::fixed(std::numeric_limits<std::int64_t>::max()));
    counters.setCell(0, 1, Value::fixed(std::numeric_limits<std::int64_t>::min()));
    counters.setCell(0, 2, Value::fixed(0));
    Frame custom(family("custom"), kNow, 0);
    const std::vector<double> reals{-0.0, 1e308, 5e-324, std::numeric_limits<double>::infinity(), 0.1,
        // The three NaNs of Prometheus' writers: a series that ended, Go's NaN, and the one of most machines.
        std::bit_cast<double>(std::uint64_t{0x7ff0000000000002}),
        std::bit_cast<double>(std::uint64_t{0x7ff8000000000001}), std::numeric_limits<double>::quiet_NaN()};
    for (std::size_t i = 0; i < reals.size(); ++i) {
        const auto row = custom.addRow({"metric", "n=\"" + std::to_string(i) + "\""});
        custom.setCell(row, 0, Value::real(reals[i]));
    }
    QVERIFY(append(store(), batchOf(1, {counters, custom})).has_value());
    const auto network = rows(store(), kHost, family("network"));
    QCOMPARE(network.size(), std::size_t{1});
    QVERIFY(std::ranges::equal(network[0].cells, counters.cells(0)));
    const auto values = rows(store(), kHost, family("custom"));
    QCOMPARE(values.size(), reals.size());
    for (std::size_t i = 0; i < reals.size(); ++i)
        QCOMPARE(std::bit_cast<quint64>(values[i].cells[0].asReal()), std::bit_cast<quint64>(reals[i]));
}

void StoreContract::storesABatchOnceHoweverOftenItComes()
{
    const Batch batch = batchOf(1, {cpuFrame(kNow, 50)});
    for (int time = 0; time < 3; ++time) {
        const auto outcomes = append(store(), batch);
        QVERIFY(outcomes.has_value());
        QCOMPARE(outcomes->front().duplicate, time > 0);
        QCOMPARE(outcomes->front().storedRows, std::size_t{time > 0 ? 0U : 1U});
    }
    QCOMPARE(rows(store(), kHost, family("cpu")).size(), std::size_t{1});
}

void StoreContract::storesABatchOnceWithinOneGroup()
{
    const Batch first = batchOf(1, {cpuFrame(kNow, 50)});
    const Batch second = batchOf(2, {cpuFrame(kNow + 10'000, 60)});
    const std::vector<HostBatch> group{{kHost, &first}, {kHost, &second}, {kHost, &first}};
    const auto outcomes = store().append(group, {});
    QVERIFY(outcomes.has_value());
    QVERIFY(!(*outcomes)[0].duplicate);
    QVERIFY(!(*outcomes)[1].duplicate);
    QVERIFY((*outcomes)[2].duplicate);
    QCOMPARE(rows(store(), kHost, family("cpu")).size(), std::size_t{2});
}

void StoreContract::storesABatchOnceAcrossARestart()
{
    const Batch batch = batchOf(1, {cpuFrame(kNow, 50)});
    QVERIFY(append(store(), batch).has_value());
    m_fixture->restart();
    const auto outcomes = append(store(), batch);
    QVERIFY(outcomes.has_value());
    QVERIFY(outcomes->front().duplicate);
    QCOMPARE(rows(store(), kHost, family("cpu")).size(), std::size_t{1});
}

void StoreContract::tellsTheSameIdOfTwoHostsApart()
{
    const Batch batch = batchOf(1, {cpuFrame(kNow, 50)});
    QVERIFY(append(store(), batch, HostId{1}).has_value());
    const auto outcomes = append(store(), batch, HostId{2});
    QVERIFY(outcomes.has_value());
    QVERIFY(!outcomes->front().duplicate);
    QCOMPARE(rows(store(), HostId{1}, family("cpu")).size(), std::size_t{1});
    QCOMPARE(rows(store(), HostId{2}, family("cpu")).size(), std::size_t{1});
}

void StoreContract::keepsTheFirstRowOfAnInstanceAndTime()
{
    QVERIFY(append(store(), batchOf(1, {cpuFrame(kNow, 50)})).has_value());
    const auto outcomes = append(store(), batchOf(2, {cpuFrame(kNow, 99), cpuFrame(kNow + 1, 98)}));
    QVERIFY(outcomes.has_value());
    QCOMPARE(outcomes->front().storedRows, std::size_t{1});
    QCOMPARE(outcomes->front().repeatedRows, std::size_t{1});
    const auto found = rows(store(), kHost, family("cpu"));
    QCOMPARE(found.size(), std::size_t{2});
    QCOMPARE(found[0].cells[0].scaled(), 5'000);
    QCOMPARE(found[1].cells[0].scaled(), 9'800);
}

void StoreContract::boundsAScanByTimeAndHost()
{
    std::vector<Frame> frames;
    for (int i = 0; i < 10; ++i)
        frames.push_back(cpuFrame(kNow + i * 10'000, i));
    QVERIFY(append(store(), batchOf(1, frames)).has_value());
    QVERIFY(append(store(), batchOf(2, {cpuFrame(kNow + 20'000, 77)}), HostId{8}).has_value());
    const auto found = rows(store(), kHost, family("cpu"), kNow + 20'000, kNow + 50'000);
    QCOMPARE(found.size(), std::size_t{3});
    for (std::size_t i = 0; i < found.size(); ++i) {
        QCOMPARE(found[i].timeMs, kNow + 20'000 + static_cast<std::int64_t>(i) * 10'000);
        QCOMPARE(found[i].cells[0].scaled(), 200 + static_cast<std::int64_t>(i) * 100);
    }
    QVERIFY(rows(store(), HostId{9}, family("cpu")).empty());
}

void StoreContract::givesThePreviousRowsThatACounterNeeds()
{
    std::vector<Frame> frames{
        cpuFrame(kNow - 400'000, 1), cpuFrame(kNow - 20'000, 2), cpuFrame(kNow - 10'000, 3), cpuFrame(kNow, 4)};
    QVERIFY(append(store(), batchOf(1, frames)).has_value());
    const auto found = rows(store(), kHost, family("cpu"), kNow, kNow + 10'000, true);
    QVERIFY(found.size() >= 2);
    QCOMPARE(found.back().timeMs, kNow);
    QCOMPARE(found[found.size() - 2].timeMs, kNow - 10'000);
    QVERIFY2(found.front().timeMs > kNow - 400'000, "a row too old to be joined was read");
    // A long interval reaches farther back.
    QVERIFY(append(store(), batchOf(2, {cpuFrame(kNow - 1'800'000, 5, 900'000), cpuFrame(kNow, 6, 900'000)}), HostId{8})
                .has_value());
    QCOMPARE(rows(store(), HostId{8}, family("cpu"), kNow, kNow + 10'000, true).front().timeMs, kNow - 1'800'000);
}

void StoreContract::stopsWhenTheVisitorSaysNo()
{
    std::vector<Frame> frames;
    for (int i = 0; i < 10; ++i)
        frames.push_back(cpuFrame(kNow + i * 10'000, i));
    QVERIFY(append(store(), batchOf(1, frames)).has_value());
    int visited = 0;
    const std::array columns{std::size_t{0}};
    const auto done = server::scanRows(store(), {kHost, &family("cpu"), columns, kNow, kNow + 100'000, false},
        [&visited](const ScannedRow&) { return ++visited < 3; });
    QVERIFY(done.has_value());
    QCOMPARE(visited, 3);
}

void StoreContract::keepsInstancesApartAndAcrossARestart()
{
    // Labels that a careless joining or quoting would mix up.
    const std::vector<std::vector<std::string>> labels{{"/", "a b", "ext4"}, {"/ a", "b", "ext4"}, {"", "", ""},
        {"/\"quoted\"", "x\\y", "ä€😀"}, {"/a,b", "{}", "[1]"}};
    const auto send = [&](std::uint8_t number, std::int64_t timeMs) {
        Frame frame(family("disk"), timeMs, 10'000);
        for (std::size_t i = 0; i < labels.size(); ++i)
            frame.set(frame.addRow(labels[i]), column("disk", "used_bytes"), static_cast<int>(i));
        return append(store(), batchOf(number, {frame})).has_value();
    };
    QVERIFY(send(1, kNow));
    m_fixture->restart();
    QVERIFY(send(2, kNow + 10'000));
    const auto byId = labelsById(store(), kHost, family("disk"));
    QCOMPARE(byId.size(), labels.size());
    const auto found = rows(store(), kHost, family("disk"));
    QCOMPARE(found.size(), 2 * labels.size());
    constexpr auto kUsed = column("disk", "used_bytes").index;
    for (const Row& row : found)
        QCOMPARE(byId.at(row.instance), labels[static_cast<std::size_t>(row.cells[kUsed].scaled())]);
    // What comes after somebody asked is seen by who asks again.
    Frame more(family("disk"), kNow + 20'000, 10'000);
    more.set(more.addRow({"/more", "c", "xfs"}), column("disk", "used_bytes"), 7);
    QVERIFY(append(store(), batchOf(3, {more})));
    QCOMPARE(labelsById(store(), kHost, family("disk")).size(), labels.size() + 1);
    QVERIFY(labelsById(store(), HostId{kHost.value + 1}, family("disk")).empty());
}

void StoreContract::leavesOutInstancesPastTheLimit()
{
    const auto limit = server::InstanceLimits{}.perFamily;
    Frame frame(family("network"), kNow, 10'000);
    for (std::size_t i = 0; i < limit + 3; ++i)
        frame.set(frame.addRow({"veth" + std::to_string(i)}), column("network", "up"), 1);
    const auto outcomes = append(store(), batchOf(1, {frame, cpuFrame(kNow, 50)}));
    QVERIFY(outcomes.has_value());
    QCOMPARE(outcomes->front().overCardinality, std::size_t{3});
    QCOMPARE(outcomes->front().storedRows, limit + 1);
    QCOMPARE(rows(store(), kHost, family("network")).size(), limit);
    QCOMPARE(rows(store(), kHost, family("cpu")).size(), std::size_t{1});
    // Known instances go on; another host has room of its own.
    Frame next(family("network"), kNow + 10'000, 10'000);
    next.addRow({"veth0"});
    QCOMPARE(append(store(), batchOf(2, {next}))->front().storedRows, std::size_t{1});
    QCOMPARE(append(store(), batchOf(3, {frame}), HostId{8})->front().storedRows, limit);
}

void StoreContract::keepsHostStates()
{
    server::HostState full;
    full.lastSeenMs = kNow;
    full.intervalMs = 10'000;
    full.cpuTimeMs = kNow - 1;
    full.cpuPercent = 17.25;
    full.load1 = 0.42;
    full.cores = 8;
    full.memoryTimeMs = kNow - 2;
    full.memoryPercent = 41.5;
    full.memoryUsedBytes = 6e9;
    full.memoryTotalBytes = 16e9;
    full.diskTimeMs = kNow - 3;
    full.disk = server::FullestDisk{R"(/mnt/{a}, "b" 'c' \d)", 62.1, 1e9, {}};
    full.networkTimeMs = kNow - 4;
    full.receiveBytesPerSecond = 1'234.5;
    full.transmitBytesPerSecond = 0.0;
    full.systemTimeMs = kNow - 5;
    full.uptimeSeconds = 86'400.5;
    full.tagsTimeMs = kNow - 6;
    full.tags = {{"note", R"({a}, "b" 'c' \d ä)"}, {"role", "web"}};
    const std::vector<server::StoredHostState> states{{HostId{1}, full}, {HostId{2}, {}}};
    const Batch batch = batchOf(1, {cpuFrame(kNow, 50)});
    const HostBatch one{HostId{1}, &batch};
    QVERIFY(store().append({&one, 1}, states).has_value());
    m_fixture->restart();
    auto found = store().hostStates();
    QVERIFY(found.has_value());
    QCOMPARE(found->size(), std::size_t{2});
    QVERIFY(found->at(0).host == HostId{1} && found->at(0).state == full);
    QVERIFY(found->at(1).host == HostId{2} && found->at(1).state == server::HostState{});
    // A state replaces the one before.
    full.disk.reset();
    full.cpuPercent.reset();
    full.tags.clear();
    const Batch next = batchOf(2, {cpuFrame(kNow + 10'000, 50)});
    const HostBatch two{HostId{1}, &next};
    const server::StoredHostState replaced{HostId{1}, full};
    QVERIFY(store().append({&two, 1}, {&replaced, 1}).has_value());
    found = store().hostStates();
    QVERIFY(found.has_value() && found->at(0).state == full);
}

void StoreContract::readsWhileItWrites()
{
    // A group is seen wholly or not at all: every group brings two rows of the same time.
    constexpr int kGroups = 100;
    std::atomic<bool> writing{true};
    std::atomic<int> torn{0};
    std::atomic<int> scans{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back([&] {
            do {
                if (rows(store(), kHost, family("cpu_core")).size() % 2 != 0)
                    ++torn;
                ++scans;
            } while (writing);
        });
    }
    bool stored = true;
    for (int i = 0; i < kGroups; ++i) {
        Frame frame(family("cpu_core"), kNow + i * 1'000, 1'000);
        frame.addRow({"0"});
        frame.addRow({"1"});
        stored = stored && append(store(), batchOf(static_cast<std::uint8_t>(i), {frame})).has_value();
    }
    writing = false;
    for (std::thread& reader : readers)
        reader.join();
    QVERIFY(stored);
    QCOMPARE(torn.load(), 0);
    QVERIFY(scans.load() >= 2);
    QCOMPARE(rows(store(), kHost, family("cpu_core")).size(), std::size_t{2 * kGroups});
}

/// Three hours of one host, the last of which is not over.
static std::vector<Batch> threeHours()
{
    MadeHost machine(5);
    std::vector<Batch> batches;
    for (std::int64_t time = kNow - 3 * server::kHourMs; time < kNow - 600'000; time += 60'000)
        batches.push_back(machine.tick(time, 60'000));
    return batches;
}

void StoreContract::sealingChangesNothingThatAScanGives()
{
    for (const Batch& batch : threeHours())
        QVERIFY(append(store(), batch).has_value());
    std::map<std::string_view, std::vector<Row>> before;
    for (const metrics::Family& of : metrics::families())
        before[of.name] = rows(store(), kHost, of, kNow - 5'000'000, kNow, true);
    for (int hour = 0; hour < 2; ++hour) {
        const auto sealed = m_fixture->upkeep().seal(kNow - server::kHourMs, 0);
        QVERIFY2(sealed.has_value(), sealed ? "" : sealed.error().message.c_str());
        QVERIFY(*sealed);
        for (const metrics::Family& of : metrics::families()) {
            QVERIFY2(rows(store(), kHost, of, kNow - 5'000'000, kNow, true) == before[of.name],
                std::string(of.name).c_str());
            if (before[of.name].empty())
                continue;
            for (const std::int64_t instance : {before[of.name].front().instance, before[of.name].back().instance}) {
                std::vector<Row> own = before[of.name];
                std::erase_if(own, [instance](const Row& row) { return row.instance != instance; });
                QVERIFY2(rows(store(), kHost, of, kNow - 5'000'000, kNow, true, {{&instance, 1}}) == own,
                    std::string(of.name).c_str());
            }
        }
    }
    QVERIFY(!*m_fixture->upkeep().seal(kNow - server::kHourMs, 0));
    const auto sizes = m_fixture->upkeep().sizes();
    QVERIFY(sizes.has_value());
    QVERIFY(sizes->tiers[0].rows > 0 && sizes->tiers[1].rows > 0 && sizes->tiers[2].rows > 0);
    QCOMPARE(sizes->hotHours, std::size_t{1});
}

void StoreContract::lateRowsAreSealedAgain()
{
    const std::int64_t hour = kNow - 2 * server::kHourMs;
    QVERIFY(append(store(), batchOf(1, {cpuFrame(hour, 10), cpuFrame(hour + 20'000, 30)})).has_value());
    QVERIFY(*m_fixture->upkeep().seal(kNow, 0));
    const auto late = append(store(), batchOf(2, {cpuFrame(hour, 99), cpuFrame(hour + 10'000, 20)}));
    QVERIFY(late.has_value());
    QCOMPARE(late->front().repeatedRows, std::size_t{1}); // sealed: the first one stays
    QCOMPARE(late->front().storedRows, std::size_t{1});
    for (int time = 0; time < 2; ++time) { // hot beside sealed, then sealed together
        const auto found = rows(store(), kHost, family("cpu"));
        QCOMPARE(found.size(), std::size_t{3});
        for (std::size_t i = 0; i < found.size(); ++i)
            QCOMPARE(found[i].cells[0].scaled(), 1'000 * static_cast<std::int64_t>(i + 1));
        QCOMPARE(*m_fixture->upkeep().seal(kNow, 0), time == 0);
    }
}

void StoreContract::anHourIsSealedAgainWhenItIsQuiet()
{
    constexpr std::int64_t kQuiet = 5 * 60'000;
    const std::int64_t hour = kNow - 2 * server::kHourMs;
    const auto late = [&](int minute) {
        m_fixture->nowMs = kNow + minute * 60'000;
        return append(store(), batchOf(static_cast<std::uint8_t>(minute), {cpuFrame(hour + minute, minute)}))
            .has_value();
    };
    const auto seal = [&] { return m_fixture->upkeep().seal(kNow, kQuiet).value_or(false); };
    QVERIFY(late(0));
    QVERIFY(!seal());
    m_fixture->nowMs = kNow + kQuiet;
    QVERIFY(seal());
    int sealed = 0;
    for (int minute = 10; minute < 130; ++minute) { // a row each minute, a round each minute
        QVERIFY(late(minute));
        sealed += seal() ? 1 : 0;
        QCOMPARE(rows(store(), kHost, family("cpu")).size(), static_cast<std::size_t>(minute - 8));
    }
    QCOMPARE(sealed, 1); // after an hour of it, and not 120 times
    m_fixture->restart();
    QVERIFY(seal()); // what waited is not known any more
    QVERIFY(!seal());
}

/// Whoever asks while hours come, get late rows, are sealed and expire sees every hour as it was at one moment: not at
/// all, or with the averages of all that had come.
void StoreContract::readsOneMomentWhileHoursAreSealedAndExpire()
{
    constexpr int kHours = 16;
    constexpr std::int64_t kFrom = kNow - 24 * server::kHourMs;
    constexpr std::int64_t kStep = 60'000;
    // Late rows have the values of those beside them, so that averages of an hour do not depend on how many came; and
    // part of an hour, or part of it twice, has another average.
    const auto frameAt = [](std::int64_t timeMs, const char* core) {
        Frame frame(family("cpu_core"), timeMs, 60'000);
        frame.addRow({core});
        frame.set(0, column("cpu_core", "usage_percent"), static_cast<double>(timeMs % server::kHourMs / kStep));
        frame.set(0, column("cpu_core", "user_seconds_total"), static_cast<double>((timeMs - kFrom) / 1'000));
        return frame;
    };
    const auto hourOf = [&](int hour, const char* core) {
        std::vector<Frame> frames;
        for (std::int64_t time = kFrom + hour * server::kHourMs; time < kFrom + (hour + 1) * server::kHourMs;
             time += kStep)
            frames.push_back(frameAt(time, core));
        return frames;
    };
    std::atomic<bool> working{true};
    std::atomic<int> reads{0};
    std::atomic<int> wrong{0};
    const auto read = [&](std::int64_t stepMs, std::size_t buckets) {
        std::map<std::string, std::size_t> seen; // by core: hours so far
        do {
            const auto answer =
                server::readSeries(store(), {kHost, "cpu_core", {"usage_percent", "user_seconds_total"}, kFrom,
                                                kFrom + kHours * server::kHourMs, stepMs, {server::Aggregate::Avg}});
            if (!answer) {
                ++wrong;
                break;
            }
            for (const server::SeriesInstance& instance : answer->instances) {
                std::size_t filled = 0;
                for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
                    const double usage = instance.values[0][0][bucket];
                    const double rate = instance.values[1][0][bucket];
                    if (std::isnan(usage))
                        break;
                    ++filled;
                    const auto inHour =
                        static_cast<double>(static_cast<std::int64_t>(bucket) * stepMs % server::kHourMs);
                    const double expected = inHour / kStep + static_cast<double>(stepMs / kStep - 1) / 2;
                    if (std::abs(usage - expected) > 1e-6 || std::abs(rate - 1) > 1e-6)
                        ++wrong;
                }
                std::size_t& before = seen[instance.labels[0]];
                if (filled < before)
                    ++wrong; // a hole where there was none
                before = filled;
            }
            ++reads;
        } while (working);
    };
    std::vector<std::thread> threads;
    threads.emplace_back(read, server::kHourMs, kHours);
    threads.emplace_back(read, std::int64_t{300'000}, kHours * 12);
    threads.emplace_back([&] {
        server::Retention retention;
        retention.all[0] = 5 * server::kHourMs; // of the last hours something stays
        while (working) {
            if (!m_fixture->upkeep().seal(kNow, 0) || !m_fixture->upkeep().expire(retention))
                ++wrong;
        }
    });
    bool stored = true;
    for (int hour = 0; hour < kHours; ++hour) {
        stored = stored && append(store(), batchOf(static_cast<std::uint8_t>(hour), hourOf(hour, "0"))).has_value();
        if (hour % 2 == 1) { // the other core is late by an hour
            std::vector<Frame> late = hourOf(hour - 1, "1");
            std::ranges::move(hourOf(hour, "1"), std::back_inserter(late));
            stored = stored && append(store(), batchOf(static_cast<std::uint8_t>(100 + hour), late)).has_value();
        }
    }
    const auto isDone = [&] {
        const auto sizes = m_fixture->upkeep().sizes();
        return sizes && sizes->hotHours == 0 && sizes->tiers[0].oldestMs.value_or(0) >= kNow - 11 * server::kHourMs;
    };
    const bool done = QTest::qWaitFor(isDone, 30'000);
    working = false;
    for (std::thread& thread : threads)
        thread.join();
    QVERIFY(stored);
    QVERIFY(done);
    QCOMPARE(wrong.load(), 0);
    QVERIFY(reads > 4);
}

} // namespace sextant::testing
