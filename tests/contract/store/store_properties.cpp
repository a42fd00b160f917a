// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_properties.h"

#include "metrics/families.h"
#include "server/query/series.h"

#include <QTest>

#include <algorithm>
#include <numeric>
#include <optional>

namespace sextant::testing {
namespace {

using metrics::Family;
using metrics::Frame;
using metrics::Value;
using server::Aggregate;
using server::HostBatch;
using server::HostId;
using server::kHourMs;
using server::Tier;

constexpr std::int64_t kFiveMinutes = 300'000;
constexpr std::int64_t kNow = StoreFixture::kStartMs;
constexpr std::int64_t kStart = kNow - 30 * kHourMs; ///< not a multiple of a day
constexpr int kInstances = 3;
constexpr std::array kHosts{HostId{1}, HostId{2}, HostId{3}};
/// The third host sends seldom: what its counters grow from lies hours back.
constexpr std::array kIntervals{10'000, 60'000, 3'600'000};

/// Counters, gauges of whole and of real numbers, with instances and without.
const std::array kFamilies{&metrics::family("cpu"), &metrics::family("network"), &metrics::family("custom")};

} // namespace

void StoreProperties::init()
{
    m_fixture = m_factory();
    QVERIFY(m_fixture);
    m_model = {};
    m_sent.clear();
    m_liveMs.clear();
    m_counters.clear();
    m_goneBeforeMs.clear();
    m_tierReads = 0;
}

void StoreProperties::cleanup()
{
    m_fixture.reset();
}

Value StoreProperties::cell(const metrics::Column& column, std::int64_t& counter)
{
    if (pick(12) == 0)
        return {};
    if (column.kind == metrics::Kind::Counter) {
        counter = pick(60) == 0 ? pick(100) : counter + pick(1'000'000);
        return Value::fixed(counter);
    }
    if (column.storage == metrics::Storage::Real)
        return Value::real(static_cast<double>(pick(2'000'000) - 1'000'000) / 7.0);
    return Value::fixed(pick(20'000) - 5'000);
}

/// Not every instance is in every frame; a family without labels has one.
Frame StoreProperties::frame(HostId host, const Family& family, std::int64_t timeMs)
{
    const auto interval = kIntervals[static_cast<std::size_t>(host.value - 1)];
    Frame frame(family, timeMs, static_cast<std::uint32_t>(interval));
    for (int instance = 0; instance < (family.labels.empty() ? 1 : kInstances); ++instance) {
        if (pick(8) == 0)
            continue;
        const std::size_t row = frame.addRow(std::vector<std::string>(family.labels.size(), std::to_string(instance)));
        auto& counters = m_counters[{host.value, &family, instance}];
        counters.resize(family.columns.size());
        for (std::size_t column = 0; column < family.columns.size(); ++column)
            frame.setCell(row, column, cell(family.columns[column], counters[column]));
    }
    return frame;
}

/// At uneven times, with gaps.
std::vector<Frame> StoreProperties::frames(HostId host, std::int64_t fromMs, std::int64_t toMs)
{
    const std::int64_t spread = kIntervals[static_cast<std::size_t>(host.value - 1)] + 50'000;
    std::vector<Frame> frames;
    for (std::int64_t time = fromMs + pick(spread); time < toMs; time += 1 + spread / 2 + pick(spread)) {
        if (pick(80) == 0)
            time += pick(3 * kHourMs);
        if (time >= toMs)
            break;
        for (const Family* family : kFamilies) {
            if (pick(10) == 0)
                continue;
            Frame made = frame(host, *family, time);
            if (made.rowCount() > 0)
                frames.push_back(std::move(made));
        }
    }
    return frames;
}

/// In groups of batches of a few frames each. What comes back has to be what the model says of them.
std::string StoreProperties::send(HostId host, std::vector<Frame> frames)
{
    for (std::size_t begin = 0; begin < frames.size();) {
        std::vector<metrics::Batch> batches;
        for (std::int64_t left = 1 + pick(4); left > 0 && begin < frames.size(); --left) {
            const std::size_t end = std::min(frames.size(), begin + 1 + static_cast<std::size_t>(pick(400)));
            metrics::Batch& batch = batches.emplace_back();
            std::array<std::uint8_t, 10> random{};
            std::ranges::generate(random, [this] { return static_cast<std::uint8_t>(m_random()); });
            batch.id = metrics::BatchId::make(kNow, random);
            batch.frames.assign(
                frames.begin() + static_cast<std::ptrdiff_t>(begin), frames.begin() + static_cast<std::ptrdiff_t>(end));
            begin = end;
        }
        std::vector<HostBatch> group;
        for (const metrics::Batch& batch : batches)
            group.push_back({host, &batch});
        const auto outcomes = store().append(group, {});
        if (!outcomes)
            return outcomes.error().message;
        for (std::size_t i = 0; i < batches.size(); ++i) {
            std::size_t rows = 0;
            std::size_t fresh = 0;
            for (const Frame& frame : batches[i].frames) {
                rows += frame.rowCount();
                fresh += m_model.add(host, frame);
            }
            const server::BatchOutcome& outcome = (*outcomes)[i];
            if (outcome.duplicate || outcome.storedRows != fresh || outcome.repeatedRows != rows - fresh)
                return "of " + std::to_string(rows) + " rows " + std::to_string(outcome.storedRows) +
                       " were stored and not " + std::to_string(fresh);
        }
        m_sent.push_back({host, std::move(batches.back())});
    }
    return {};
}

std::string StoreProperties::sendLive()
{
    const HostId host = oneOf(kHosts);
    std::int64_t& live = m_liveMs.try_emplace(host.value, kStart + pick(2 * kHourMs)).first->second;
    const std::int64_t from = live;
    live = std::min(kNow, from + kHourMs + pick(6 * kHourMs));
    return send(host, frames(host, from, live));
}

/// Rows that come after their hour is over: in between, at the end of an hour (then counters of the hour after it
/// change), or at times that are there already. Not where the hours they belong to are gone.
std::string StoreProperties::sendLate()
{
    const HostId host = oneOf(kHosts);
    std::int64_t earliest = kStart;
    for (const Family* family : kFamilies) {
        if (const std::int64_t gone = goneBefore(*family, Tier::Raw); gone > 0)
            earliest = std::max(earliest, gone + kHourMs);
    }
    if (earliest >= kNow - 2 * kHourMs)
        return {};
    const std::int64_t from = earliest + pick(kNow - 2 * kHourMs - earliest);
    const std::int64_t to = pick(3) > 0 ? server::startOf(from, kHourMs) + kHourMs : from + pick(kHourMs);
    std::vector<Frame> late = frames(host, from, to);
    if (const auto& there = m_model.family(host, *kFamilies[0]); !there.empty()) {
        const StoreModel::Samples& samples = there.begin()->second;
        for (auto it = samples.lower_bound(from); it != samples.end() && it->first < to; ++it)
            late.push_back(frame(host, *kFamilies[0], it->first));
        std::erase_if(late, [](const Frame& frame) { return frame.rowCount() == 0; });
    }
    return send(host, std::move(late));
}

/// A batch that was acknowledged, or whose acknowledgement was lost.
std::string StoreProperties::sendAgain()
{
    if (m_sent.empty())
        return {};
    const Sent& sent = oneOf(m_sent);
    const HostBatch again{sent.host, &sent.batch};
    const auto outcomes = store().append({&again, 1}, {});
    if (!outcomes)
        return outcomes.error().message;
    return outcomes->front().duplicate ? std::string() : "a batch that came again was stored again";
}

std::string StoreProperties::seal()
{
    const std::int64_t endedBy = kNow - pick(30 * kHourMs);
    for (std::int64_t hours = 1 + pick(60); hours > 0; --hours) {
        const auto sealed = m_fixture->upkeep().seal(endedBy);
        if (!sealed)
            return sealed.error().message;
        if (!*sealed)
            break;
    }
    return {};
}

std::string StoreProperties::step(const Steps& steps)
{
    std::int64_t chosen = pick(std::accumulate(steps.begin(), steps.end(), 0));
    std::size_t kind = 0;
    while (chosen >= steps[kind])
        chosen -= steps[kind++];
    switch (kind) {
    case 0:
        return sendLive();
    case 1:
        return sendLate();
    case 2:
        return sendAgain();
    case 3:
        return seal();
    default:
        m_fixture->restart();
        return {};
    }
}

std::int64_t StoreProperties::goneBefore(const Family& family, Tier tier) const
{
    const auto found = m_goneBeforeMs.find({&family, tier});
    return found == m_goneBeforeMs.end() ? 0 : found->second;
}

/// Any question that what is kept of the range can be asked: nothing finer than the buckets that are left.
std::string StoreProperties::ask()
{
    const Family& family = *oneOf(kFamilies);
    constexpr std::array<std::int64_t, 8> kSteps{7'000, 60'000, 300'000, 900'000, 3'600'000, 7'200'000, 86'400'000, 0};
    server::SeriesQuery query{oneOf(kHosts), std::string(family.name), {}, 0, 0, std::nullopt, {}};
    const std::int64_t step = oneOf(kSteps);
    query.fromMs = kStart + pick(30 * kHourMs);
    query.toMs = query.fromMs + 1 + pick(std::min<std::int64_t>(30 * kHourMs, (step == 0 ? kHourMs : step) * 5'000));
    std::int64_t finest = 0;
    for (const Tier tier : {Tier::Raw, Tier::FiveMinutes}) {
        if (query.fromMs < goneBefore(family, tier) + kFiveMinutes) // a counter's first rate is gone with its ancestor
            finest = server::bucketMs(tier == Tier::Raw ? Tier::FiveMinutes : Tier::Hour);
    }
    if (finest > 0 || pick(2) == 0) {
        const std::int64_t width = std::max(finest, kFiveMinutes);
        query.fromMs = server::startOf(query.fromMs, width);
        query.toMs = server::startOf(query.toMs, width) + width;
    }
    if (step > 0)
        query.stepMs = finest > 0 && step % finest != 0 ? finest : step;
    else if (finest > 0 && server::defaultStep(query.fromMs, query.toMs) % finest != 0)
        query.stepMs = finest;
    for (const metrics::Column& column : family.columns) {
        if (pick(3) == 0)
            query.columns.emplace_back(column.name);
    }
    query.aggregates.clear();
    for (const Aggregate aggregate : {Aggregate::Last, Aggregate::Max, Aggregate::Avg, Aggregate::Min}) {
        if (query.aggregates.empty() || pick(2) == 0)
            query.aggregates.push_back(aggregate);
    }
    const auto answer = server::readSeries(store(), query);
    if (!answer)
        return answer.error().message;
    m_tierReads += std::ranges::any_of(answer->tiers, [](Tier tier) { return tier != Tier::Raw; }) ? 1 : 0;
    const std::string found = m_model.difference(*answer);
    return found.empty() ? found
                         : std::string(family.name) + " of host " + std::to_string(query.host.value) + " from " +
                               std::to_string(query.fromMs - kStart) + " to " + std::to_string(query.toMs - kStart) +
                               " step " + std::to_string(answer->stepMs) + ": " + found;
}

std::string StoreProperties::askRaw()
{
    const Family& family = *oneOf(kFamilies);
    const std::int64_t from = std::max(kStart, goneBefore(family, Tier::Raw)) + pick(20 * kHourMs);
    return m_model.rawDifference(store(), oneOf(kHosts), family, from, from + 1 + pick(10 * kHourMs));
}

/// Everything is sealed now: each tier has, of what it still keeps, each bucket once, and in it what the samples say.
std::string StoreProperties::checkTiers()
{
    for (;;) {
        const auto sealed = m_fixture->upkeep().seal(kNow + kHourMs);
        if (!sealed)
            return sealed.error().message;
        if (!*sealed)
            break;
    }
    for (const HostId host : kHosts) {
        for (const Family* family : kFamilies) {
            for (const Tier tier : server::kRollupTiers) {
                const std::int64_t from = std::max(kStart - kStart % kHourMs, goneBefore(*family, tier));
                const std::string found = m_model.tierDifference(store(), host, *family, tier, from, kNow + kHourMs);
                if (!found.empty())
                    return std::string(tierName(tier)) + " of " + std::string(family->name) + ", host " +
                           std::to_string(host.value) + ": " + found;
            }
        }
    }
    return {};
}

void StoreProperties::agreesWithThePlainModel_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 1; seed <= 3; ++seed)
        QTest::addRow("seed %d", seed) << seed;
}

void StoreProperties::agreesWithThePlainModel()
{
    QFETCH(int, seed);
    m_random.seed(static_cast<std::uint64_t>(seed));
    for (int round = 0; round < 12; ++round) {
        for (int i = 0; i < 5; ++i) {
            const std::string failed = step({6, 4, 2, 6, 1});
            QVERIFY2(failed.empty(), failed.c_str());
        }
        for (int question = 0; question < 15; ++question) {
            const std::string found = question % 5 == 0 ? askRaw() : ask();
            QVERIFY2(found.empty(), found.c_str());
        }
    }
    QVERIFY(m_tierReads > 10);
    const std::string found = checkTiers();
    QVERIFY2(found.empty(), found.c_str());
}

} // namespace sextant::testing
