// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_removal.h"

#include "made_batches.h"
#include "metrics/families.h"
#include "server/query/series.h"
#include "server/storage/scan_rows.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace sextant::testing {
namespace {

using metrics::Batch;
using metrics::column;
using metrics::family;
using metrics::Frame;
using server::HostBatch;
using server::HostId;
using server::kHourMs;

constexpr std::int64_t kNow = StoreFixture::kStartMs;
constexpr std::int64_t kStep = 60'000;
constexpr HostId kHost{7};

Result<server::BatchOutcome> append(server::Store& store, const Batch& batch, HostId host = kHost)
{
    const HostBatch one{host, &batch};
    const auto outcomes = store.append({&one, 1}, {});
    if (!outcomes)
        return tl::unexpected(outcomes.error());
    return outcomes->front();
}

Batch batchOf(std::uint8_t number, std::vector<Frame> frames)
{
    Batch batch;
    batch.id = metrics::BatchId::make(kNow, {1, number});
    batch.frames = std::move(frames);
    return batch;
}

/// Usage is the minute of the hour.
Frame cpuFrame(std::int64_t timeMs)
{
    Frame frame(family("cpu"), timeMs, kStep);
    frame.addRow();
    frame.set(0, column("cpu", "usage_percent"), static_cast<double>(timeMs % kHourMs / kStep));
    return frame;
}

/// The times of the rows of cpu that are there.
std::vector<std::int64_t> cpuTimes(const server::Store& store)
{
    std::vector<std::int64_t> times;
    const std::array columns{column("cpu", "usage_percent").index};
    const auto done = server::scanRows(store, {kHost, &family("cpu"), columns, 0, kNow + 10 * kHourMs, false},
        [&times](const server::ScannedRow& row) {
            times.push_back(row.timeMs);
            return true;
        });
    if (!done)
        qWarning("%s", done.error().message.c_str());
    return times;
}

/// Up to which bucket cpu has averages, each that of the samples. Nothing: one is wrong, or there is a hole. `hours`:
/// how many at the beginning have but the average of the hour, for nothing finer is left. Steps are an hour or parts of
/// one.
struct Filled {
    std::size_t hours = 0;
    std::size_t end = 0;
};
std::optional<Filled> filledBuckets(
    const server::Store& store, std::int64_t fromMs, std::int64_t toMs, std::int64_t stepMs)
{
    const auto answer =
        server::readSeries(store, {kHost, "cpu", {"usage_percent"}, fromMs, toMs, stepMs, {server::Aggregate::Avg}});
    if (!answer)
        return std::nullopt;
    Filled filled;
    if (answer->instances.empty())
        return filled;
    const std::vector<double>& averages = answer->instances[0].values[0][0];
    const auto isMissing = [](double value) { return std::isnan(value); };
    const auto isAverage = [](double value, std::int64_t inHourMs, std::int64_t ofMs) {
        return std::abs(value - static_cast<double>(inHourMs) / kStep - static_cast<double>(ofMs / kStep - 1) / 2) <
               1e-6;
    };
    const auto perHour = static_cast<std::size_t>(kHourMs / stepMs);
    while (perHour > 1 && filled.end < averages.size() && isAverage(averages[filled.end], 0, kHourMs) &&
           std::all_of(&averages[filled.end] + 1, &averages[filled.end] + perHour, isMissing)) {
        ++filled.hours;
        filled.end += perHour;
    }
    while (filled.end < averages.size() && !isMissing(averages[filled.end])) {
        if (!isAverage(averages[filled.end], static_cast<std::int64_t>(filled.end) * stepMs % kHourMs, stepMs))
            return std::nullopt;
        ++filled.end;
    }
    const bool hasHole =
        !std::all_of(averages.begin() + static_cast<std::ptrdiff_t>(filled.end), averages.end(), isMissing);
    return hasHole ? std::nullopt : std::optional(filled);
}

} // namespace

void StoreRemoval::init()
{
    m_fixture = m_factory();
    QVERIFY(m_fixture);
}

void StoreRemoval::cleanup()
{
    m_fixture.reset();
}

void StoreRemoval::sizesAreThoseOfWhatIsHeld()
{
    constexpr std::int64_t kFrom = kNow - 2 * kHourMs;
    const auto rowsOf = [](const server::StoreSizes& sizes) {
        std::vector<std::int64_t> rows;
        for (const server::TierSize& tier : sizes.tiers)
            rows.push_back(tier.rows);
        return rows;
    };
    const auto sizes = [this] { return m_fixture->upkeep().sizes().value(); };
    QCOMPARE(rowsOf(sizes()), (std::vector<std::int64_t>{0, 0, 0}));
    QCOMPARE(sizes().hotHours, std::size_t{0});
    QCOMPARE(sizes().oldestHotMs, std::int64_t{0});
    QVERIFY(m_fixture->upkeep().instanceCounts(kHost).value().empty());

    std::vector<Frame> frames;
    for (std::int64_t time = kFrom; time < kNow; time += kStep)
        frames.push_back(cpuFrame(time));
    QVERIFY(append(store(), batchOf(1, frames)).has_value());
    QCOMPARE(rowsOf(sizes()), (std::vector<std::int64_t>{0, 0, 0}));
    QCOMPARE(sizes().hotHours, std::size_t{2});
    QCOMPARE(sizes().oldestHotMs, kFrom);
    const auto counts = m_fixture->upkeep().instanceCounts(kHost).value();
    QCOMPARE(counts.size(), std::size_t{1});
    QCOMPARE(counts[0].family, std::string("cpu"));
    QCOMPARE(counts[0].instances, std::size_t{1});

    while (m_fixture->upkeep().seal(kNow, 0).value()) {
    }
    m_fixture->restart();
    QCOMPARE(rowsOf(sizes()), (std::vector<std::int64_t>{120, 24, 2}));
    QCOMPARE(sizes().hotHours, std::size_t{0});
    QCOMPARE(sizes().tiers[0].blocks, std::int64_t{2});
    QCOMPARE(sizes().tiers[0].oldestMs.value_or(0), kFrom);
    QVERIFY(sizes().tiers[0].bytes > 0 && sizes().tiers[0].bytes < sizes().usedBytes);

    m_fixture->nowMs = kNow + server::Store::kLateMarginMs + 2 * kHourMs;
    server::Retention retention;
    retention.all[0] = kHourMs;
    while (m_fixture->upkeep().expire(retention).value() > 0) {
    }
    QCOMPARE(rowsOf(sizes()), (std::vector<std::int64_t>{0, 24, 2}));
    QCOMPARE(sizes().tiers[0].blocks, std::int64_t{0});
    QCOMPARE(sizes().tiers[0].bytes, std::int64_t{0});
}

void StoreRemoval::expiresWholeBlocks()
{
    const std::int64_t hour = kNow - 9 * kHourMs;
    QVERIFY(append(store(), batchOf(1, {cpuFrame(hour), cpuFrame(hour + kHourMs)})).has_value());
    while (*m_fixture->upkeep().seal(kNow, 0)) {
    }
    server::Retention retention;
    retention.all[0] = 2 * kHourMs + 1; // the first hour ended 8 hours ago
    QCOMPARE(*m_fixture->upkeep().expire(retention), std::size_t{0});
    retention.all[0] = 2 * kHourMs;
    QCOMPARE(*m_fixture->upkeep().expire(retention), std::size_t{1});
    QCOMPARE(cpuTimes(store()), std::vector{hour + kHourMs});
    const auto keptFrom = [&] { return store().coverage(kHost, family("cpu"), hour, kNow)->keptFromMs; };
    QCOMPARE(keptFrom(), std::int64_t{0}); // its buckets are there
    m_fixture->nowMs = kNow + 60 * server::Retention::kDayMs;
    retention.all = {0, 0, 0};
    while (*m_fixture->upkeep().expire(retention) > 0) {
    }
    QCOMPARE(keptFrom(), hour + 2 * kHourMs); // the end of what the raw samples were
    QCOMPARE(server::readSeries(store(), {kHost, "cpu", {}, hour, kNow, kHourMs})->keptFromMs, keptFrom());
    QVERIFY(!server::readSeries(store(), {kHost, "cpu", {}, kNow, kNow + 1, kHourMs})->keptFromMs);
}

/// A day of buckets is in several parts. Readers take what they find of a block for all of it: no step may leave some.
void StoreRemoval::removesABlockWithAllOfItsParts()
{
    constexpr int kHosts = 10;
    constexpr int kHours = 11;
    constexpr std::int64_t kDay = kNow - 72 * kHourMs;
    const auto hostAt = [](int number) { return HostId{6 * number + 1}; }; // whose days are in six parts by then
    std::set<const metrics::Family*> families;
    for (int number = 0; number < kHosts; ++number) {
        MadeHost machine(static_cast<std::uint32_t>(number));
        Batch batch = machine.tick(kDay);
        for (int hour = 1; hour < kHours; ++hour)
            std::ranges::move(machine.tick(kDay + hour * kHourMs).frames, std::back_inserter(batch.frames));
        QVERIFY(append(store(), batch, hostAt(number)).has_value());
        for (const Frame& frame : batch.frames)
            families.insert(&frame.family());
    }
    while (*m_fixture->upkeep().seal(kNow, 0)) {
    }
    const auto bucketsOf = [&](HostId host, const metrics::Family* of) {
        std::set<std::int64_t> times;
        const auto done = store().scanTier(
            {host, of, server::Tier::FiveMinutes, {}, kDay, kNow}, [&times](const metrics::Block& block) {
                times.insert(block.timesMs.begin(), block.timesMs.end());
                return true;
            });
        return done ? times.size() : std::numeric_limits<std::size_t>::max();
    };
    QVERIFY(m_fixture->upkeep().sizes()->tiers[1].blocks > 550); // more than go in one step
    server::Retention retention;
    retention.all = {kHourMs, kHourMs, 400 * server::Retention::kDayMs};
    int steps = 0;
    for (std::size_t removed = 1; removed > 0; ++steps) {
        const auto step = m_fixture->upkeep().expire(retention);
        QVERIFY(step.has_value());
        removed = *step;
        for (int number = 0; number < kHosts; ++number) {
            for (const metrics::Family* of : families) {
                const std::size_t buckets = bucketsOf(hostAt(number), of);
                QVERIFY2(buckets == 0 || buckets == kHours, std::string(of->name).c_str());
            }
        }
    }
    QVERIFY(steps > 3);
    const auto sizes = m_fixture->upkeep().sizes();
    QCOMPARE(sizes->tiers[0].blocks + sizes->tiers[1].blocks, std::int64_t{0});
    QCOMPARE(sizes->tiers[0].bytes + sizes->tiers[1].bytes, std::int64_t{0});
}

void StoreRemoval::evictsTheOldestAndKeepsAccepting()
{
    const std::int64_t hour = kNow - 8 * kHourMs;
    QVERIFY(append(store(), batchOf(1, {cpuFrame(hour)})).has_value());
    QVERIFY(*m_fixture->upkeep().seal(kNow, 0));
    QCOMPARE(m_fixture->upkeep().evict(std::int64_t{1} << 50)->blocks, std::size_t{0});
    const auto evicted = m_fixture->upkeep().evict(1);
    QVERIFY(evicted.has_value());
    QCOMPARE(evicted->blocks, std::size_t{1});
    QCOMPARE(evicted->fromMs, hour);
    QVERIFY(cpuTimes(store()).empty());
    QVERIFY(append(store(), batchOf(2, {cpuFrame(kNow)})).has_value());
    QCOMPARE(cpuTimes(store()).size(), std::size_t{1});
}

/// Days go by with no room at all: what may go goes at once. Every row that comes is taken, and whoever reads meanwhile
/// finds all hours, the older ones only as averages of the hour: the coarsest tier stays.
void StoreRemoval::evictsWhileItIsReadAndWrittenTo()
{
    constexpr int kHours = 60;
    constexpr std::int64_t kFrom = kNow - 72 * kHourMs;
    constexpr std::int64_t kTo = kFrom + kHours * kHourMs;
    std::atomic<bool> working{true};
    std::array<std::atomic<int>, 2> reads{};
    std::atomic<int> wrong{0};
    std::atomic<std::size_t> evicted{0};
    const auto read = [&](std::int64_t stepMs, std::atomic<int>& count) {
        std::size_t before = 0;
        while (working) {
            const auto filled = filledBuckets(store(), kFrom, kTo, stepMs);
            if (!filled || filled->end < before)
                ++wrong;
            before = filled ? filled->end : before;
            ++count;
        }
    };
    m_fixture->nowMs = kFrom;
    std::vector<std::thread> threads;
    threads.emplace_back(read, kHourMs, std::ref(reads[0]));
    threads.emplace_back(read, std::int64_t{300'000}, std::ref(reads[1]));
    threads.emplace_back([&] {
        while (working) {
            const auto step = m_fixture->upkeep().evict(1);
            if (!step || !m_fixture->upkeep().seal(m_fixture->nowMs, 0))
                ++wrong;
            evicted += step ? step->blocks : 0;
        }
    });
    std::size_t stored = 0;
    bool inTime = true;
    for (int hour = 0; hour < kHours && inTime; ++hour) {
        std::vector<Frame> frames;
        for (int minute = 0; minute < 60; ++minute)
            frames.push_back(cpuFrame(kFrom + hour * kHourMs + minute * kStep));
        m_fixture->nowMs += kHourMs;
        if (const auto outcome = append(store(), batchOf(static_cast<std::uint8_t>(hour), std::move(frames))); outcome)
            stored += outcome->storedRows;
        inTime = QTest::qWaitFor([&] { return m_fixture->upkeep().sizes()->hotHours == 0; }, 30'000);
        // No reader is at work for hours.
        const std::array before{reads[0] + 0, reads[1] + 0};
        inTime = inTime && QTest::qWaitFor([&] { return reads[0] > before[0] && reads[1] > before[1]; }, 30'000);
    }
    working = false;
    for (std::thread& thread : threads)
        thread.join();
    QVERIFY(inTime);
    QCOMPARE(stored, std::size_t{kHours * 60});
    QCOMPARE(wrong.load(), 0);
    QVERIFY(evicted > kHours / 2);
    const auto hours = filledBuckets(store(), kFrom, kTo, kHourMs);
    QVERIFY(hours && hours->end == kHours);
    const auto fine = filledBuckets(store(), kFrom, kTo, 300'000);
    QVERIFY(fine && fine->hours >= 24); // of days too some went
}

} // namespace sextant::testing
