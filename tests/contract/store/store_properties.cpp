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
using server::Store;
using server::Tier;

constexpr std::int64_t kFiveMinutes = 300'000;
constexpr std::int64_t kNow = StoreFixture::kStartMs;
constexpr std::int64_t kStart = kNow - 30 * kHourMs; ///< not a multiple of a day
constexpr std::size_t kExpire = 5;                   ///< its place in Steps
constexpr int kInstances = 2;
constexpr int kRounds = 6; ///< of steps and questions
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
    const std::int64_t spread = kIntervals[static_cast<std::size_t>(host.value - 1)] + 110'000;
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

/// From here on every family takes samples, however late.
std::int64_t StoreProperties::earliestTaken() const
{
    std::int64_t earliest = kStart;
    for (const Family* family : kFamilies)
        earliest = std::max(earliest, goneBefore(*family, Tier::Raw) + Store::kLateMarginMs);
    return earliest;
}

std::string StoreProperties::sendLive()
{
    const HostId host = oneOf(kHosts);
    std::int64_t& live = m_liveMs.try_emplace(host.value, kStart + pick(2 * kHourMs)).first->second;
    const std::int64_t from = std::max(live, earliestTaken());
    live = std::min(kNow, from + kHourMs + pick(6 * kHourMs));
    return send(host, frames(host, from, live));
}

/// Rows that come after their hour is over: in between, at the end of an hour (then counters of the hour after it
/// change), or at times that are there already. Not where the hours they belong to are gone.
std::string StoreProperties::sendLate()
{
    const HostId host = oneOf(kHosts);
    const std::int64_t earliest = earliestTaken();
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
        const auto sealed = m_fixture->upkeep().seal(endedBy, 0);
        if (!sealed)
            return sealed.error().message;
        if (!*sealed)
            break;
    }
    return {};
}

/// One family of one tier: what was removed of it is known.
std::string StoreProperties::expire()
{
    const Family& family = *oneOf(kFamilies);
    const Tier tier = pick(3) > 0 ? Tier::Raw : Tier::FiveMinutes;
    if (tier == Tier::FiveMinutes && goneBefore(family, Tier::Raw) < kStart + 12 * kHourMs)
        return {}; // raw samples go first
    const std::int64_t keptMs = tier == Tier::Raw ? (4 + pick(18)) * kHourMs : 2 * kHourMs;
    server::Retention retention;
    retention.all.fill(std::int64_t{10} * 365 * 24 * kHourMs);
    retention.families[std::string(family.name)] = retention.all;
    retention.families[std::string(family.name)][static_cast<std::size_t>(tier)] = keptMs;
    std::size_t removed = 0;
    for (;;) {
        const auto step = m_fixture->upkeep().expire(retention);
        if (!step)
            return step.error().message;
        if (*step == 0)
            break;
        removed += *step;
    }
    m_removed += removed;
    if (removed > 0) {
        std::int64_t& gone = m_goneBeforeMs[{&family, tier}];
        gone = std::max(gone,
            server::startOf(kNow - keptMs - (tier == Tier::Raw ? Store::kLateMarginMs : 0), server::blockMs(tier)));
    }
    return {};
}

/// As when the disk is too small: the oldest blocks of all families.
std::string StoreProperties::evict()
{
    const auto evicted = m_fixture->upkeep().evict(1);
    if (!evicted)
        return evicted.error().message;
    if (evicted->blocks == 0)
        return {};
    m_removed += evicted->blocks;
    if (evicted->toMs > kNow - kHourMs - Store::kLateMarginMs)
        return "blocks up to " + std::to_string(evicted->toMs - kNow) + " went for want of room";
    for (const Family* family : kFamilies) {
        std::int64_t& gone = m_goneBeforeMs[{family, evicted->tier}];
        gone = std::max(gone, evicted->toMs);
    }
    return {};
}

/// Rows of hours that are gone are refused, and change nothing.
std::string StoreProperties::sendTooLate()
{
    const HostId host = oneOf(kHosts);
    const Family& family = *oneOf(kFamilies);
    if (goneBefore(family, Tier::Raw) == 0)
        return {};
    // What is really gone may end up to some hours earlier: hot hours stay.
    metrics::Batch batch;
    batch.id =
        metrics::BatchId::make(kNow, {9, static_cast<std::uint8_t>(pick(256)), static_cast<std::uint8_t>(pick(256))});
    batch.frames.push_back(frame(host, family, kStart - 100 * kHourMs));
    const HostBatch late{host, &batch};
    const auto outcomes = store().append({&late, 1}, {});
    if (!outcomes)
        return outcomes.error().message;
    const server::BatchOutcome& outcome = outcomes->front();
    const bool isRefused = outcome.storedRows == 0 && outcome.goneRows == batch.frames.front().rowCount();
    return isRefused || outcome.duplicate ? std::string() : "rows of an hour that is gone were taken";
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
    case 4:
        m_fixture->restart();
        return {};
    case kExpire:
        return expire();
    case 6:
        return evict();
    default:
        return sendTooLate();
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
        const auto sealed = m_fixture->upkeep().seal(kNow + kHourMs, 0);
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

namespace {

void addSeeds(int first)
{
    const auto setting = [](const char* name, int otherwise) {
        return qEnvironmentVariableIsSet(name) ? qEnvironmentVariableIntValue(name) : otherwise;
    };
    const int begin = setting("SEXTANT_FIRST_SEED", first);
    QTest::addColumn<int>("seed");
    for (int seed = begin; seed < begin + setting("SEXTANT_SEEDS", 2); ++seed)
        QTest::addRow("seed %d", seed) << seed;
}

} // namespace

void StoreProperties::agreesWithThePlainModel_data()
{
    addSeeds(1);
}

void StoreProperties::agreesWithThePlainModel()
{
    QFETCH(int, seed);
    m_random.seed(static_cast<std::uint64_t>(seed));
    const std::string found = rounds({6, 4, 2, 6, 1, 0, 0, 0});
    QVERIFY2(found.empty(), found.c_str());
}

void StoreProperties::agreesWithThePlainModelWhileSamplesGo_data()
{
    addSeeds(11);
}

void StoreProperties::agreesWithThePlainModelWhileSamplesGo()
{
    QFETCH(int, seed);
    m_random.seed(static_cast<std::uint64_t>(seed));
    const std::string found = rounds({6, 4, 1, 8, 1, 2, seed % 2, 1});
    QVERIFY2(found.empty(), found.c_str());
    ++m_removing;
}

/// Steps and questions in turn; at the end, the tiers.
std::string StoreProperties::rounds(const Steps& steps)
{
    for (int round = 0; round < kRounds; ++round) {
        if (steps[kExpire] > 0) {
            if (const std::string failed = seal() + expire(); !failed.empty())
                return failed;
        }
        for (int i = 0; i < 5; ++i) {
            if (const std::string failed = step(steps); !failed.empty())
                return failed;
        }
        for (int question = 0; question < 12; ++question) {
            ++m_questions;
            if (const std::string found = question % 5 == 0 ? askRaw() : ask(); !found.empty())
                return "round " + std::to_string(round) + ": " + found;
        }
    }
    ++m_histories;
    return checkTiers();
}

void StoreProperties::cleanupTestCase()
{
    QVERIFY(m_tierReads > 5 * m_histories);
    QVERIFY(m_removing == 0 || m_removed > 0);
    qInfo("%d random histories, %d questions: every answer is that of the plain model", m_histories, m_questions);
}

} // namespace sextant::testing
