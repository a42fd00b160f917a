// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"
#include "metrics/families.h"
#include "server/hosts/gap_ledger.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/ingest/ingest.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/scan_rows.h"

#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <future>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <thread>

using namespace sextant;
using namespace sextant::server;
using metrics::column;
using metrics::family;
using metrics::Frame;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;

metrics::DecodedBatch batchAt(std::int64_t timeMs, double usage = 50, std::uint16_t number = 0)
{
    static std::atomic<std::uint16_t> numbers{0};
    const std::uint16_t id = number != 0 ? number : ++numbers;
    metrics::DecodedBatch decoded;
    decoded.batch.id = metrics::BatchId::make(
        kNow, {0, 0, 0, static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id & 0xff)});
    Frame frame(family("cpu"), timeMs, 10'000);
    frame.addRow();
    frame.set(0, column("cpu", "usage_percent"), usage);
    decoded.batch.frames.push_back(std::move(frame));
    return decoded;
}

/// A store that does as it is told: holds appends until released, refuses what it should.
class ScriptedStore final : public Store {
public:
    Result<std::vector<BatchOutcome>> append(
        std::span<const HostBatch> group, std::span<const StoredHostState> states) override
    {
        std::unique_lock lock(mutex);
        ++waiting;
        changed.notify_all();
        changed.wait(lock, [this] { return open; });
        groups.push_back(group.size());
        if (failure)
            return tl::unexpected(*failure);
        for (const HostBatch& one : group) {
            if (one.host == poisoned)
                return fail(ErrorCode::Internal, "this batch cannot be stored");
        }
        for (const StoredHostState& state : states)
            stored[state.host] = state.state;
        return std::vector<BatchOutcome>(group.size(), BatchOutcome{false, 1, 0, 0});
    }
    Result<InstanceList> instances(HostId, const metrics::Family&) const override { return {}; }
    Result<void> scan(const SeriesScan&, const BlockVisitor&) const override { return {}; }
    Result<Coverage> coverage(HostId, const metrics::Family&, std::int64_t, std::int64_t) const override { return {}; }
    Result<void> scanTier(const TierScan&, const BlockVisitor&) const override { return {}; }
    Result<std::vector<StoredHostState>> hostStates() const override { return {}; }

    void waitForAppend()
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return waiting > 0; });
    }
    void release(bool yes = true)
    {
        const std::lock_guard lock(mutex);
        open = yes;
        changed.notify_all();
    }

    std::mutex mutex;
    std::condition_variable changed;
    bool open = true;
    int waiting = 0;
    std::optional<Error> failure;
    HostId poisoned{-1};
    std::vector<std::size_t> groups;
    std::map<HostId, HostState> stored;
};

/// A database with troubles: each append takes its time and may fail, as the script says; keeps the ids that it stored.
class FaultyStore final : public Store {
public:
    explicit FaultyStore(std::chrono::milliseconds pace, std::vector<std::optional<ErrorCode>> script)
        : m_pace(pace), m_script(std::move(script))
    {
    }
    Result<std::vector<BatchOutcome>> append(
        std::span<const HostBatch> group, std::span<const StoredHostState>) override
    {
        std::this_thread::sleep_for(m_pace);
        const auto fault = m_script[m_appends++ % m_script.size()];
        if (fault)
            return fail(*fault, "as the script says");
        const std::lock_guard lock(m_mutex);
        for (const HostBatch& one : group)
            m_ids.insert(one.batch->id);
        return std::vector<BatchOutcome>(group.size(), BatchOutcome{false, 1, 0, 0});
    }
    Result<InstanceList> instances(HostId, const metrics::Family&) const override { return {}; }
    Result<void> scan(const SeriesScan&, const BlockVisitor&) const override { return {}; }
    Result<Coverage> coverage(HostId, const metrics::Family&, std::int64_t, std::int64_t) const override { return {}; }
    Result<void> scanTier(const TierScan&, const BlockVisitor&) const override { return {}; }
    Result<std::vector<StoredHostState>> hostStates() const override { return {}; }

    [[nodiscard]] bool has(const metrics::BatchId& id) const
    {
        const std::lock_guard lock(m_mutex);
        return m_ids.contains(id);
    }
    [[nodiscard]] std::size_t size() const
    {
        const std::lock_guard lock(m_mutex);
        return m_ids.size();
    }

private:
    std::chrono::milliseconds m_pace;
    std::vector<std::optional<ErrorCode>> m_script;
    std::size_t m_appends = 0;
    mutable std::mutex m_mutex;
    std::set<metrics::BatchId> m_ids;
};

/// What the senders were told.
class Answers {
public:
    Ingest::Done expect()
    {
        return [this](Result<StoredBatch> result) {
            const std::lock_guard lock(m_mutex);
            m_results.push_back(std::move(result));
        };
    }
    [[nodiscard]] std::size_t good() const
    {
        return count([](const auto& result) { return result.has_value(); });
    }
    [[nodiscard]] std::size_t failed(ErrorCode code) const
    {
        return count([code](const auto& result) { return !result && result.error().code == code; });
    }
    [[nodiscard]] StoredBatch stored(std::size_t index) const
    {
        const std::lock_guard lock(m_mutex);
        return m_results.at(index).value();
    }
    [[nodiscard]] std::size_t all() const
    {
        return count([](const auto&) { return true; });
    }

private:
    [[nodiscard]] std::size_t count(auto predicate) const
    {
        const std::lock_guard lock(m_mutex);
        return static_cast<std::size_t>(std::ranges::count_if(m_results, predicate));
    }
    mutable std::mutex m_mutex;
    std::vector<Result<StoredBatch>> m_results;
};

} // namespace

Q_DECLARE_METATYPE(std::vector<std::optional<ErrorCode>>)

class IngestTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void answersAfterTheCommit();
    void aLoneBatchWaitsForNothing();
    void groupsEndAtWhatIsPromised();
    void gathersAGroupWhileOneIsCommitted();
    void closesAGroupAtItsLimits();
    void isBusyWhenTheQueueIsFull();
    void leavesOutTimesThatCannotBe();
    void aFamilyMayBeKeptForATimeOfItsOwn();
    void replayedFramesNeverShowAsNow();
    void tagsComeWithWhatIsCurrent();
    void aWrongClockShowsTheHostAndNoReplay();
    void instancesPastALimitAreRefusedByPlace();
    void oneBadBatchDoesNotFailItsGroup();
    void aFailingStoreFailsEveryBatchAndMovesNothing();
    void aStuckStoreIsSaidAtOnce();
    void aFaultyStoreLosesNothingAcknowledged_data();
    void aFaultyStoreLosesNothingAcknowledged();
    void stopStoresWhatWaits();
    void handsOnFramesOfNewBatchesOnly();
    void manySendersAreStoredOnce();
    void refusesWhileTheDiskIsFullAndRecovers();

private:
    std::unique_ptr<Ingest> make(Store& store, IngestLimits limits = {})
    {
        auto ingest = std::make_unique<Ingest>(
            store, *m_overview, *m_ledger, m_log, [] { return kNow; },
            [this](HostId, CommittedFrames frames) {
                m_handedOn += frames.current.size();
                m_replayed += frames.replayed.size();
            },
            limits);
        ingest->start();
        return ingest;
    }
    std::unique_ptr<Database> openDatabase(std::int64_t maxBytes = 0)
    {
        auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db")), .maxBytes = maxBytes});
        return opened ? std::move(*opened) : nullptr;
    }
    static std::size_t rowsOf(Store& store, HostId host)
    {
        std::size_t rows = 0;
        const std::array columns{std::size_t{0}};
        const auto done =
            scanRows(store, {host, &family("cpu"), columns, 0, kNow * 2, false}, [&rows](const ScannedRow&) {
                ++rows;
                return true;
            });
        return done ? rows : 0;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<HostRegistry> m_registry;
    std::unique_ptr<Overview> m_overview;
    std::unique_ptr<GapLedger> m_ledger;
    logging::Log m_log{logging::Level::Error, logging::Format::Logfmt, [](logging::Level, std::string_view) {}};
    std::atomic<std::size_t> m_handedOn{0}; ///< current frames
    std::atomic<std::size_t> m_replayed{0};
};

void IngestTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_database = openDatabase();
    QVERIFY(m_database);
    m_registry = std::make_unique<HostRegistry>(*m_database, [] { return kNow; });
    m_overview = std::make_unique<Overview>(*m_registry, [] { return kNow; });
    m_ledger = std::make_unique<GapLedger>(*m_database);
    m_handedOn = 0;
    m_replayed = 0;
}

void IngestTest::cleanup()
{
    m_ledger.reset();
    m_overview.reset();
    m_registry.reset();
    m_database.reset();
    m_folder.reset();
}

void IngestTest::answersAfterTheCommit()
{
    ScriptedStore store;
    store.release(false);
    Answers answers;
    const auto ingest = make(store);
    QVERIFY(ingest->submit(HostId{1}, batchAt(kNow, 33), answers.expect()).has_value());
    store.waitForAppend();
    QCOMPARE(answers.all(), std::size_t{0});
    QVERIFY(!m_overview->state(HostId{1}).cpuPercent);
    store.release();
    ingest->stop();
    QCOMPARE(answers.good(), std::size_t{1});
    QCOMPARE(m_overview->state(HostId{1}).cpuPercent, 33.0);
    QVERIFY(store.stored[HostId{1}] == m_overview->state(HostId{1}));
}

/// A batch is stored within 50 ms of its coming where the store is fast: there is no timer to run out, and nothing else
/// has to come. The fastest of many tells it, however busy the machine is.
void IngestTest::aLoneBatchWaitsForNothing()
{
    ScriptedStore store;
    const auto ingest = make(store);
    auto fastest = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 30; ++i) {
        const auto answered = std::make_shared<std::promise<bool>>();
        const auto sent = std::chrono::steady_clock::now();
        QVERIFY(ingest
                    ->submit(HostId{1}, batchAt(kNow + i),
                        [answered](const Result<StoredBatch>& stored) { answered->set_value(stored.has_value()); })
                    .has_value());
        auto answer = answered->get_future();
        QCOMPARE(answer.wait_for(std::chrono::seconds(20)), std::future_status::ready);
        fastest = std::min(fastest, std::chrono::steady_clock::now() - sent);
        QVERIFY(answer.get());
    }
    QVERIFY(fastest < std::chrono::milliseconds(50));
    QCOMPARE(store.groups, std::vector<std::size_t>(30, 1));
}

void IngestTest::groupsEndAtWhatIsPromised()
{
    const IngestLimits limits;
    QCOMPARE(limits.groupValues, std::size_t{50'000});
    QCOMPARE(limits.groupBytes, std::size_t{8} << 20);
    QCOMPARE(limits.queueBytes, std::size_t{128} << 20);
    QCOMPARE(limits.answerWithin, std::chrono::milliseconds(10'000));
}

void IngestTest::gathersAGroupWhileOneIsCommitted()
{
    ScriptedStore store;
    store.release(false);
    Answers answers;
    const auto ingest = make(store);
    QVERIFY(ingest->submit(HostId{1}, batchAt(kNow), answers.expect()).has_value());
    store.waitForAppend();
    for (int i = 1; i <= 20; ++i)
        QVERIFY(ingest->submit(HostId{i}, batchAt(kNow + i), answers.expect()).has_value());
    QCOMPARE(ingest->counts().queuedBatches, std::size_t{20});
    store.release();
    ingest->stop();
    QCOMPARE(store.groups, (std::vector<std::size_t>{1, 20}));
    QCOMPARE(answers.good(), std::size_t{21});
    QCOMPARE(ingest->counts().groups, std::uint64_t{2});
    QCOMPARE(ingest->counts().queuedBytes, std::size_t{0});
}

void IngestTest::closesAGroupAtItsLimits()
{
    const Admitted one = admit(batchAt(kNow), kNow, {}, kNow);
    for (const IngestLimits& limits :
        {IngestLimits{.groupValues = 5 * one.values}, IngestLimits{.groupBytes = 5 * one.bytes}}) {
        ScriptedStore store;
        store.release(false);
        Answers answers;
        const auto ingest = make(store, limits);
        QVERIFY(ingest->submit(HostId{1}, batchAt(kNow), answers.expect()).has_value());
        store.waitForAppend();
        for (int i = 1; i <= 12; ++i)
            QVERIFY(ingest->submit(HostId{1}, batchAt(kNow + i), answers.expect()).has_value());
        store.release();
        ingest->stop();
        QCOMPARE(store.groups, (std::vector<std::size_t>{1, 5, 5, 2}));
        QCOMPARE(answers.good(), std::size_t{13});
    }
}

void IngestTest::isBusyWhenTheQueueIsFull()
{
    ScriptedStore store;
    store.release(false);
    Answers answers;
    const auto ingest = make(store, {.queueBytes = 10'000});
    std::size_t taken = 0;
    Result<void> last;
    for (int i = 0; i < 100 && last; ++i) {
        last = ingest->submit(HostId{1}, batchAt(kNow + i), answers.expect());
        taken += last ? 1U : 0U;
    }
    QVERIFY(!last);
    QCOMPARE(last.error().code, ErrorCode::Busy);
    QVERIFY(taken > 1);
    QVERIFY(ingest->counts().queuedBytes <= 10'000);
    QCOMPARE(ingest->counts().busy, std::uint64_t{1});
    store.release();
    ingest->stop();
    QCOMPARE(answers.good(), taken);
}

void IngestTest::leavesOutTimesThatCannotBe()
{
    ScriptedStore store;
    Answers answers;
    const auto ingest = make(store, {.admission = {.keptMs = 30 * 86'400'000LL}});
    metrics::DecodedBatch batch = batchAt(kNow + 600'000);
    batch.places = {0};
    const std::array<std::int64_t, 5> bad{kNow + 600'001, kNow - 30 * 86'400'000LL - 1, 0,
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    for (std::size_t i = 0; i < bad.size(); ++i) {
        batch.batch.frames.push_back(batchAt(bad[i]).batch.frames[0]);
        batch.places.push_back(2 * i + 2); // as if frames in between were left out before
    }
    batch.batch.frames.push_back(batchAt(kNow - 30 * 86'400'000LL).batch.frames[0]);
    batch.places.push_back(99);
    QVERIFY(ingest->submit(HostId{1}, std::move(batch), answers.expect()).has_value());
    ingest->stop();
    QCOMPARE(answers.good(), std::size_t{1});
    const StoredBatch stored = answers.stored(0);
    QCOMPARE(stored.rows, std::size_t{2});
    using metrics::RefusalReason;
    const std::vector<metrics::Refusal> expected{{2, std::nullopt, RefusalReason::TimeAhead},
        {4, std::nullopt, RefusalReason::TimeTooOld}, {6, std::nullopt, RefusalReason::TimeTooOld},
        {8, std::nullopt, RefusalReason::TimeTooOld}, {10, std::nullopt, RefusalReason::TimeAhead}};
    QVERIFY(stored.refusals.listed() == expected);
    QCOMPARE(stored.refusals.rows(), std::size_t{5});
    QCOMPARE(ingest->counts().refusedRows[static_cast<std::size_t>(RefusalReason::TimeAhead)], std::uint64_t{2});
    QCOMPARE(ingest->counts().refusedRows[static_cast<std::size_t>(RefusalReason::TimeTooOld)], std::uint64_t{3});
}

void IngestTest::aFamilyMayBeKeptForATimeOfItsOwn()
{
    constexpr std::int64_t kDayMs = 86'400'000;
    const metrics::DecodedBatch sent = batchAt(kNow - 20 * kDayMs);
    const std::string family(sent.batch.frames[0].family().name);
    const auto rowsWith = [&](std::int64_t allMs, std::int64_t ownMs) {
        const AdmissionLimits limits{.keptMs = allMs, .familiesKeptMs = {{family, ownMs}}};
        return admit(batchAt(kNow - 20 * kDayMs), kNow, limits, kNow).rows;
    };
    QCOMPARE(rowsWith(30 * kDayMs, 19 * kDayMs), std::size_t{0});
    QCOMPARE(rowsWith(19 * kDayMs, 30 * kDayMs), std::size_t{1});
}

void IngestTest::replayedFramesNeverShowAsNow()
{
    ScriptedStore store;
    Answers answers;
    const auto ingest = make(store);
    // A host that was cut off: what it says now may come before or after what it has kept, in one batch or in many.
    metrics::DecodedBatch batch = batchAt(kNow - 20'001, 99);
    batch.batch.frames.push_back(batchAt(kNow - 20'000, 11).batch.frames[0]);
    batch.batch.frames.push_back(batchAt(kNow - 3'600'000, 98).batch.frames[0]);
    QVERIFY(ingest->submit(HostId{1}, std::move(batch), answers.expect()).has_value());
    QVERIFY(ingest->submit(HostId{2}, batchAt(kNow - 3'600'000, 97), answers.expect()).has_value());
    ingest->stop();
    QCOMPARE(answers.good(), std::size_t{2});
    QCOMPARE(m_handedOn.load(), std::size_t{1});
    QCOMPARE(m_replayed.load(), std::size_t{3});
    QCOMPARE(m_overview->state(HostId{1}).cpuPercent, 11.0);
    QVERIFY(!m_overview->state(HostId{2}).cpuPercent); // older than nothing is still no news
    QVERIFY(m_overview->state(HostId{2}).lastSeenMs);  // but the host lives
    QCOMPARE(ingest->counts().replayedFrames, std::uint64_t{3});
    QCOMPARE(ingest->counts().values, std::uint64_t{4});
}

void IngestTest::tagsComeWithWhatIsCurrent()
{
    ScriptedStore store;
    Answers answers;
    const auto ingest = make(store);
    const auto send = [&](std::int64_t timeMs, const char* role, Sender sender = Sender::Agent) {
        metrics::DecodedBatch batch = batchAt(timeMs);
        batch.batch.tags = {{"role", role}};
        batch.refusedTags = 2;
        QVERIFY(ingest->submit(HostId{1}, std::move(batch), answers.expect(), kNow, sender).has_value());
    };
    send(kNow - 1'000, "web");
    send(kNow - 3'600'000, "old"); // from the spool, after an outage
    send(kNow, "none", Sender::Program);
    ingest->stop();
    QCOMPARE(answers.good(), std::size_t{3});
    QVERIFY((m_overview->state(HostId{1}).tags == metrics::Labels{{"role", "web"}}));
    QVERIFY(store.stored[HostId{1}] == m_overview->state(HostId{1}));
    QCOMPARE(ingest->counts().refusedTags, std::uint64_t{6});
}

void IngestTest::aWrongClockShowsTheHostAndNoReplay()
{
    ScriptedStore store;
    Answers answers;
    const auto ingest = make(store);
    constexpr std::int64_t kBehind = 2 * 3'600'000;
    // The host's clock is two hours behind. What it measured now is current; what it measured long before is not.
    const std::int64_t itsNow = kNow - kBehind;
    metrics::DecodedBatch batch = batchAt(itsNow - 20'001, 99);
    batch.batch.frames.push_back(batchAt(itsNow - 20'000, 11).batch.frames[0]);
    QVERIFY(ingest->submit(HostId{1}, std::move(batch), answers.expect(), itsNow).has_value());
    // Without the time that the host has, all of it would look late.
    QVERIFY(ingest->submit(HostId{2}, batchAt(itsNow, 12), answers.expect()).has_value());
    // Ahead by more than ten minutes is refused whatever the host thinks.
    QVERIFY(ingest->submit(HostId{3}, batchAt(kNow + 600'001, 13), answers.expect(), kNow + 600'002).has_value());
    QVERIFY(ingest->submit(HostId{4}, batchAt(kNow + 600'000, 14), answers.expect(), kNow + 600'001).has_value());
    ingest->stop();
    QCOMPARE(answers.good(), std::size_t{4});
    QCOMPARE(m_overview->state(HostId{1}).cpuPercent.value(), 11.0);
    QVERIFY(!m_overview->state(HostId{2}).cpuPercent);
    QVERIFY(!m_overview->state(HostId{3}).cpuPercent);
    QVERIFY(m_overview->state(HostId{3}).lastSeenMs);
    QCOMPARE(m_overview->state(HostId{4}).cpuPercent.value(), 14.0);
    QCOMPARE(m_handedOn.load(), std::size_t{2});
    QCOMPARE(m_replayed.load(), std::size_t{2});
}

void IngestTest::instancesPastALimitAreRefusedByPlace()
{
    InstanceLimits limits;
    limits.perFamily = 4;
    limits.custom = 6;
    limits.perHost = 8;
    const auto store = makeStore(
        *m_database, [] { return kNow; }, limits);
    Answers answers;
    const auto ingest = make(*store);
    const auto disks = [](std::int64_t timeMs, int from, int to) {
        Frame frame(family("diskio"), timeMs, 10'000);
        for (int i = from; i < to; ++i)
            frame.addRow({"sd" + std::to_string(i)});
        return frame;
    };
    const auto custom = [](int from, int to) {
        Frame frame(family("custom"), kNow, 0);
        for (int i = from; i < to; ++i)
            frame.addRow({"m" + std::to_string(i), ""});
        return frame;
    };
    const auto send = [&](std::vector<Frame> frames, std::vector<std::size_t> places, metrics::Refusals before = {}) {
        metrics::DecodedBatch batch = batchAt(kNow);
        batch.batch.frames = std::move(frames);
        batch.places = std::move(places);
        batch.refusals = std::move(before);
        return ingest->submit(HostId{1}, std::move(batch), answers.expect()).has_value();
    };
    // At the limit of a family, then past it; a late frame stands first in the message and last in the store.
    QVERIFY(send({disks(kNow - 60'000, 0, 4)}, {0}));
    metrics::Refusals before;
    before.addRow(5, 0, metrics::RefusalReason::BadText); // a row of the same frame that never got here
    QVERIFY(send({disks(kNow - 50'000, 3, 5), disks(kNow, 2, 6)}, {2, 5}, before));
    // Up to the limit of the host (4 disks and 4 others), then past it.
    QVERIFY(send({custom(0, 4)}, {0}));
    QVERIFY(send({custom(3, 6), disks(kNow + 10'000, 0, 4)}, {0, 1}));
    ingest->stop();
    QCOMPARE(answers.good(), std::size_t{4});
    using metrics::Refusal;
    constexpr auto kTooMany = metrics::RefusalReason::TooManyInstances;
    QVERIFY(!answers.stored(0).refusals.any());
    const StoredBatch second = answers.stored(1);
    QVERIFY((second.refusals.listed() == std::vector<Refusal>{{5, 0, metrics::RefusalReason::BadText}, {5, 3, kTooMany},
                                             {5, 4, kTooMany}, {2, 1, kTooMany}}));
    QCOMPARE(second.rows, std::size_t{3});
    QVERIFY(!answers.stored(2).refusals.any());
    const StoredBatch fourth = answers.stored(3);
    QVERIFY((fourth.refusals.listed() == std::vector<Refusal>{{0, 1, kTooMany}, {0, 2, kTooMany}}));
    QCOMPARE(fourth.rows, std::size_t{5}); // known instances go on
    QCOMPARE(ingest->overCardinality().at(HostId{1}), std::uint64_t{5});
    QCOMPARE(ingest->counts().refusedRows[static_cast<std::size_t>(kTooMany)], std::uint64_t{5});
    const auto counts = store->instanceCounts(HostId{1});
    QVERIFY(counts.has_value());
    QCOMPARE(counts->size(), std::size_t{2});
    QCOMPARE(counts->at(0).family, std::string("custom"));
    QCOMPARE(counts->at(0).instances + counts->at(1).instances, std::size_t{8});
    // After a restart the limit of the host still holds.
    const auto again = makeStore(
        *m_database, [] { return kNow; }, limits);
    metrics::Batch more = batchAt(kNow).batch;
    more.frames = {custom(10, 11)};
    const HostBatch one{HostId{1}, &more};
    const auto outcomes = again->append(std::span(&one, 1), {});
    QVERIFY(outcomes.has_value());
    QCOMPARE(outcomes->front().overCardinality, std::size_t{1});
}

void IngestTest::oneBadBatchDoesNotFailItsGroup()
{
    ScriptedStore store;
    store.poisoned = HostId{5};
    store.release(false);
    Answers answers;
    const auto ingest = make(store);
    QVERIFY(ingest->submit(HostId{1}, batchAt(kNow), answers.expect()).has_value());
    store.waitForAppend();
    for (int i = 2; i <= 8; ++i)
        QVERIFY(ingest->submit(HostId{i}, batchAt(kNow, i), answers.expect()).has_value());
    store.release();
    ingest->stop();
    QCOMPARE(answers.good(), std::size_t{7});
    QCOMPARE(answers.failed(ErrorCode::Internal), std::size_t{1});
    QVERIFY(!m_overview->state(HostId{5}).lastSeenMs);
    QVERIFY(!store.stored.contains(HostId{5}));
    QCOMPARE(m_overview->state(HostId{8}).cpuPercent, 8.0);
}

void IngestTest::aFailingStoreFailsEveryBatchAndMovesNothing()
{
    ScriptedStore store;
    store.failure = Error{ErrorCode::Io, "the disk is on fire"};
    Answers answers;
    const auto ingest = make(store);
    for (int i = 1; i <= 3; ++i)
        QVERIFY(ingest->submit(HostId{i}, batchAt(kNow), answers.expect()).has_value());
    ingest->stop();
    QCOMPARE(answers.failed(ErrorCode::Io), std::size_t{3});
    QCOMPARE(ingest->counts().failed, std::uint64_t{3});
    QCOMPARE(ingest->counts().batches, std::uint64_t{0});
    QCOMPARE(m_handedOn.load(), std::size_t{0});
    for (int i = 1; i <= 3; ++i)
        QVERIFY(!m_overview->state(HostId{i}).lastSeenMs);
}

void IngestTest::aStuckStoreIsSaidAtOnce()
{
    ScriptedStore store;
    store.release(false);
    Answers answers;
    const auto ingest = make(store, {.answerWithin = std::chrono::milliseconds(300)});
    QVERIFY(ingest->submit(HostId{1}, batchAt(kNow), answers.expect()).has_value());
    store.waitForAppend();
    for (int i = 0; i < 3; ++i)
        QVERIFY(ingest->submit(HostId{1}, batchAt(kNow + i), answers.expect()).has_value());
    ingest->answerOverdue();
    QCOMPARE(answers.all(), std::size_t{0}); // not yet
    QVERIFY(!ingest->trouble());
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    const auto refused = ingest->submit(HostId{1}, batchAt(kNow + 9), answers.expect());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Busy);
    QVERIFY(ingest->trouble().has_value());
    ingest->answerOverdue();
    QCOMPARE(answers.failed(ErrorCode::Busy), std::size_t{3});
    QCOMPARE(ingest->counts().queuedBytes, std::size_t{0});
    store.release();
    QTRY_VERIFY(!ingest->trouble());
    QVERIFY(ingest->submit(HostId{1}, batchAt(kNow + 10), answers.expect()).has_value());
    ingest->stop();
    QCOMPARE(answers.good(), std::size_t{2});
    QCOMPARE(store.groups, (std::vector<std::size_t>{1, 1})); // what was answered Busy is not stored behind its back
}

void IngestTest::aFaultyStoreLosesNothingAcknowledged_data()
{
    using Script = std::vector<std::optional<ErrorCode>>;
    QTest::addColumn<int>("paceMs");
    QTest::addColumn<Script>("script");
    QTest::newRow("busy now and then") << 1 << Script{std::nullopt, ErrorCode::Busy, std::nullopt};
    QTest::newRow("disk errors") << 1 << Script{ErrorCode::Io, std::nullopt};
    QTest::newRow("away for a while") << 5
                                      << Script{std::nullopt, ErrorCode::Unreachable, ErrorCode::Unreachable,
                                             ErrorCode::Unreachable, std::nullopt, std::nullopt};
    QTest::newRow("a bug") << 1 << Script{std::nullopt, ErrorCode::Internal};
    QTest::newRow("slow") << 1'000 << Script{std::nullopt};
    QTest::newRow("slow and busy") << 400 << Script{std::nullopt, ErrorCode::Busy};
}

void IngestTest::aFaultyStoreLosesNothingAcknowledged()
{
    QFETCH(int, paceMs);
    QFETCH(std::vector<std::optional<ErrorCode>>, script);
    FaultyStore store(std::chrono::milliseconds(paceMs), script);
    constexpr std::size_t kQueueBytes = 40'000;
    const auto ingest = make(store, {.queueBytes = kQueueBytes, .answerWithin = std::chrono::milliseconds(700)});
    std::mutex mutex;
    std::set<metrics::BatchId> acknowledged;
    std::size_t answered = 0;
    std::size_t taken = 0;
    std::size_t turnedAway = 0;
    std::size_t mostBytes = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1'500);
    for (int i = 1; std::chrono::steady_clock::now() < end && i < 60'000; ++i) {
        auto batch = batchAt(kNow, 1, static_cast<std::uint16_t>(i));
        const metrics::BatchId id = batch.batch.id;
        const auto submitted = ingest->submit(HostId{1 + i % 5}, std::move(batch), [&, id](const auto& result) {
            const std::lock_guard lock(mutex);
            ++answered;
            if (result)
                acknowledged.insert(id);
        });
        ++(submitted ? taken : turnedAway);
        QVERIFY(submitted || submitted.error().code == ErrorCode::Busy);
        mostBytes = std::max(mostBytes, ingest->counts().queuedBytes);
        ingest->answerOverdue();
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    ingest->stop();
    QCOMPARE(answered, taken);
    QVERIFY(taken > 0 && !acknowledged.empty());
    QVERIFY2(mostBytes <= kQueueBytes, std::to_string(mostBytes).c_str());
    QVERIFY(std::ranges::all_of(acknowledged, [&](const auto& id) { return store.has(id); }));
    QCOMPARE(store.size(), acknowledged.size()); // and nothing that was refused was stored all the same
    if (paceMs >= 400)
        QVERIFY(turnedAway > 0);
}

void IngestTest::stopStoresWhatWaits()
{
    ScriptedStore store;
    store.release(false);
    Answers answers;
    const auto ingest = make(store);
    for (int i = 0; i < 10; ++i)
        QVERIFY(ingest->submit(HostId{1}, batchAt(kNow + i), answers.expect()).has_value());
    std::thread stopper([&] { ingest->stop(); });
    store.release();
    stopper.join();
    QCOMPARE(answers.good(), std::size_t{10});
    const auto late = ingest->submit(HostId{1}, batchAt(kNow), answers.expect());
    QVERIFY(!late);
    QCOMPARE(late.error().code, ErrorCode::Unreachable);
    QCOMPARE(answers.all(), std::size_t{10});
}

void IngestTest::handsOnFramesOfNewBatchesOnly()
{
    const auto store = makeStore(*m_database, [] { return kNow; });
    Answers answers;
    const auto ingest = make(*store);
    for (int time = 0; time < 3; ++time)
        QVERIFY(ingest->submit(HostId{1}, batchAt(kNow, 50, 40'000), answers.expect()).has_value());
    ingest->stop();
    QCOMPARE(answers.good(), std::size_t{3});
    QCOMPARE(m_handedOn.load(), std::size_t{1});
    const IngestCounts counts = ingest->counts();
    QCOMPARE(counts.batches, std::uint64_t{1});
    QCOMPARE(counts.duplicates, std::uint64_t{2});
    QCOMPARE(counts.rows, std::uint64_t{1});
    QCOMPARE(counts.values, std::uint64_t{1});
}

void IngestTest::manySendersAreStoredOnce()
{
    const auto store = makeStore(*m_database, [] { return kNow; });
    Answers answers;
    const auto ingest = make(*store, {.groupValues = 7});
    constexpr int kSenders = 4;
    constexpr int kBatches = 50;
    std::vector<std::thread> senders;
    for (int sender = 0; sender < kSenders; ++sender) {
        senders.emplace_back([&, sender] {
            for (int i = 0; i < kBatches; ++i) {
                const auto number = static_cast<std::uint16_t>(50'000 + i);
                for (int again = 0; again <= i % 2; ++again) {
                    if (!ingest->submit(HostId{sender + 1}, batchAt(kNow - i * 1'000, i, number), answers.expect()))
                        return;
                }
            }
        });
    }
    for (std::thread& sender : senders)
        sender.join();
    ingest->stop();
    QCOMPARE(answers.good(), std::size_t{kSenders * kBatches * 3 / 2});
    for (int sender = 0; sender < kSenders; ++sender) {
        QCOMPARE(rowsOf(*store, HostId{sender + 1}), std::size_t{kBatches});
        QCOMPARE(m_overview->state(HostId{sender + 1}).cpuPercent, 0.0); // the newest, which came first
    }
}

void IngestTest::refusesWhileTheDiskIsFullAndRecovers()
{
    m_registry.reset();
    m_database.reset();
    m_database = openDatabase(1'000'000);
    QVERIFY(m_database);
    m_registry = std::make_unique<HostRegistry>(*m_database, [] { return kNow; });
    m_overview = std::make_unique<Overview>(*m_registry, [] { return kNow; });
    m_ledger = std::make_unique<GapLedger>(*m_database);
    const auto store = makeStore(*m_database, [] { return kNow; });
    QVERIFY(m_database
                ->write([](QSqlDatabase& database) -> Result<void> {
                    if (!database.exec(QStringLiteral("CREATE TABLE filler (x)")).isActive())
                        return fail(ErrorCode::Internal, "no filler");
                    return {};
                })
                .has_value());
    // Everything but the last pages is taken by something else.
    const auto fill = [&] {
        return m_database->write([](QSqlDatabase& database) -> Result<void> {
            if (!database.exec(QStringLiteral("INSERT INTO filler VALUES (zeroblob(40000))")).isActive())
                return fail(ErrorCode::Busy, "full");
            return {};
        });
    };
    while (fill()) {
    }
    Answers answers;
    const auto ingest = make(*store);
    std::size_t acknowledged = 0;
    std::size_t sent = 0;
    while (answers.failed(ErrorCode::Busy) < 5 && sent < 5'000) {
        auto batch = batchAt(kNow - static_cast<std::int64_t>(sent) * 1'000);
        QVERIFY(ingest->submit(HostId{1}, std::move(batch), answers.expect()).has_value());
        ++sent;
        while (answers.all() < sent)
            std::this_thread::yield();
    }
    QVERIFY(answers.failed(ErrorCode::Busy) >= 5);
    acknowledged = answers.good();
    QCOMPARE(rowsOf(*store, HostId{1}), acknowledged);
    // Room again: the next batch is taken without anybody's help.
    QVERIFY(m_database
                ->write([](QSqlDatabase& database) -> Result<void> {
                    if (!database.exec(QStringLiteral("DELETE FROM filler")).isActive())
                        return fail(ErrorCode::Internal, "cannot delete");
                    return {};
                })
                .has_value());
    QVERIFY(ingest->submit(HostId{1}, batchAt(kNow + 1'000, 61), answers.expect()).has_value());
    ingest->stop();
    QCOMPARE(answers.good(), acknowledged + 1);
    QCOMPARE(rowsOf(*store, HostId{1}), acknowledged + 1);
    QCOMPARE(m_overview->state(HostId{1}).cpuPercent, 61.0);
}

QTEST_GUILESS_MAIN(IngestTest)
#include "ingest_test.moc"
