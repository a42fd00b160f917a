// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/maintenance.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kNowMs = 1'000 * kHourMs;

/// A store of which only the sizes are made: hours that wait to be sealed, blocks of one megabyte each.
class MadeStore final : public Upkeep {
public:
    Result<bool> seal(std::int64_t endedByMs, std::int64_t quiet) override
    {
        quietMs = quiet;
        if (failures > 0) {
            --failures;
            return fail(ErrorCode::Busy, "locked");
        }
        if (hotHours.empty() || hotHours.front() + kHourMs > endedByMs)
            return false;
        hotHours.erase(hotHours.begin());
        return true;
    }
    Result<std::size_t> expire(const Retention& retention) override
    {
        rawKeptMs = retention.all[0];
        hotHoursAtExpiry = std::max(hotHoursAtExpiry, hotHours.size());
        return std::exchange(expired, 0);
    }
    Result<Evicted> evict(std::int64_t maxBytes) override
    {
        Evicted evicted{.usedBytes = usedBytes};
        if (usedBytes <= maxBytes)
            return evicted;
        for (std::size_t tier = 0; tier < blocks.size(); ++tier) {
            if (blocks[tier].empty())
                continue;
            evicted.blocks = 1;
            evicted.tier = static_cast<Tier>(tier);
            evicted.fromMs = blocks[tier].front();
            evicted.toMs = evicted.fromMs + blockMs(evicted.tier);
            blocks[tier].erase(blocks[tier].begin());
            evicted.usedBytes = usedBytes -= 1'000'000;
            break;
        }
        return evicted;
    }
    Result<std::size_t> pruneBatchIds() override { return 0; }
    Result<StoreSizes> sizes() const override { return StoreSizes{}; }
    Result<std::vector<InstanceCount>> instanceCounts(HostId) const override { return {}; }

    std::vector<std::int64_t> hotHours;
    std::array<std::vector<std::int64_t>, 3> blocks;
    std::int64_t quietMs = -1;
    std::int64_t usedBytes = 0;
    std::int64_t rawKeptMs = 0;
    std::size_t expired = 0;
    std::size_t hotHoursAtExpiry = 0; ///< at most
    int failures = 0;
};

} // namespace

class MaintenanceTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void sealsWhatEndedLongEnoughAgo();
    void expiresByTheRetentionOfTheSettings();
    void expiresWhileHoursKeepComing();
    void removesOldSnapshotsUntilNoneIsLeft();
    void goesOnAfterAFailure();
    void evictsWithSlackAndTellsTheStretch();
    void evictsSnapshotsWithTheSamplesOfTheirTime();
    void aLimitThatNothingCanMeetIsTold();

private:
    /// One round of a maintenance of its own.
    Maintenance::Counts round(Maintenance::Options options = {})
    {
        Maintenance maintenance(*m_store, [] { return kNowMs; }, std::move(options),
            {.failed = [this](const std::string& what, const Error&) { m_failed.push_back(what); },
                .evicted = [this](const Evicted& evicted) { m_evicted.push_back(evicted); }});
        maintenance.runOnce();
        return maintenance.counts();
    }

    std::unique_ptr<MadeStore> m_store;
    std::vector<std::string> m_failed;
    std::vector<Evicted> m_evicted;
};

void MaintenanceTest::init()
{
    m_store = std::make_unique<MadeStore>();
    m_failed.clear();
    m_evicted.clear();
}

void MaintenanceTest::sealsWhatEndedLongEnoughAgo()
{
    m_store->hotHours = {kNowMs - 3 * kHourMs, kNowMs - 2 * kHourMs, kNowMs - kHourMs};
    const auto counts = round();
    QCOMPARE(m_store->hotHours, (std::vector<std::int64_t>{kNowMs - kHourMs})); // has only just ended
    QCOMPARE(m_store->quietMs, std::int64_t{5 * 60'000});                       // rounds of a minute
    QCOMPARE(counts.lastSealMs, kNowMs);
    QCOMPARE(counts.sealFailures, std::uint64_t{0});
    QVERIFY(m_failed.empty());
}

void MaintenanceTest::expiresByTheRetentionOfTheSettings()
{
    m_store->expired = 3;
    round({.retention = {.all = {7, 8, 9}, .families = {}}});
    QCOMPARE(m_store->expired, std::size_t{0});
    QCOMPARE(m_store->rawKeptMs, std::int64_t{7});
}

/// Late samples may make hours to seal faster than they are sealed; what is too old has to go all the same.
void MaintenanceTest::expiresWhileHoursKeepComing()
{
    m_store->hotHours.assign(1'000, kNowMs - 3 * kHourMs);
    m_store->expired = 3;
    round();
    QVERIFY(m_store->hotHoursAtExpiry > 500);
    QVERIFY(m_store->hotHours.empty());
}

void MaintenanceTest::removesOldSnapshotsUntilNoneIsLeft()
{
    std::vector<Result<std::size_t>> steps{64, 64, 3, 0, 7};
    std::size_t calls = 0;
    Maintenance::Options options;
    options.snapshotsKeptMs = 5;
    options.removeSnapshots = [&](std::int64_t beforeMs) {
        return beforeMs == kNowMs - 5 ? steps.at(calls++) : Result<std::size_t>(0);
    };
    (void)round(options);
    QCOMPARE(calls, std::size_t{4});
    steps = {fail(ErrorCode::Io, "the disk failed")};
    calls = 0;
    (void)round(options);
    QCOMPARE(calls, std::size_t{1});
    QCOMPARE(m_failed, (std::vector<std::string>{"cannot remove old snapshots"}));
}

void MaintenanceTest::goesOnAfterAFailure()
{
    m_store->hotHours = {kNowMs - 2 * kHourMs};
    m_store->expired = 1;
    m_store->failures = 1;
    Maintenance maintenance(*m_store, [] { return kNowMs; }, {},
        {.failed = [this](const std::string& what, const Error&) { m_failed.push_back(what); }, .evicted = {}});
    maintenance.runOnce();
    QCOMPARE(m_failed, (std::vector<std::string>{"cannot seal an hour"}));
    QCOMPARE(maintenance.counts().sealFailures, std::uint64_t{1});
    QCOMPARE(maintenance.counts().lastSealMs, std::int64_t{0});
    QCOMPARE(m_store->expired, std::size_t{0}); // the other steps were done
    maintenance.runOnce();
    QVERIFY(m_store->hotHours.empty());
    QCOMPARE(maintenance.counts().lastSealMs, kNowMs);
}

void MaintenanceTest::evictsWithSlackAndTellsTheStretch()
{
    m_store->usedBytes = 100'000'000;
    m_store->blocks = {std::vector<std::int64_t>{0, kHourMs}, std::vector<std::int64_t>(50), {}};
    round({.retention = {}, .maxBytes = 100'000'000});
    QVERIFY(m_evicted.empty()); // at the limit is within it
    m_store->usedBytes = 101'000'000;
    round({.retention = {}, .maxBytes = 100'000'000});
    QCOMPARE(m_store->usedBytes, std::int64_t{95'000'000});
    QCOMPARE(m_evicted.size(), std::size_t{2}); // raw, and 5 minutes when that was used up
    QVERIFY(m_evicted[0].tier == Tier::Raw);
    QCOMPARE(m_evicted[0].blocks, std::size_t{2});
    QCOMPARE(m_evicted[0].fromMs, std::int64_t{0});
    QCOMPARE(m_evicted[0].toMs, 2 * kHourMs);
    QVERIFY(m_evicted[1].tier == Tier::FiveMinutes);
    QCOMPARE(m_evicted[1].blocks, std::size_t{4});
    QVERIFY(m_failed.empty());
}

void MaintenanceTest::evictsSnapshotsWithTheSamplesOfTheirTime()
{
    std::vector<std::int64_t> snapshots{kHourMs / 2, kHourMs * 3 / 2, kHourMs * 5 / 2}; // a megabyte each
    Maintenance::Options options{.retention = {}, .maxBytes = 100'000'000, .snapshotsKeptMs = kNowMs};
    options.removeSnapshots = [&](std::int64_t beforeMs) {
        const auto removed = std::erase_if(snapshots, [=](std::int64_t timeMs) { return timeMs < beforeMs; });
        m_store->usedBytes -= 1'000'000 * static_cast<std::int64_t>(removed);
        return Result<std::size_t>(removed);
    };
    m_store->blocks[0] = {0, kHourMs, 2 * kHourMs};
    m_store->usedBytes = 98'000'000;
    round(options);
    QCOMPARE(snapshots.size(), std::size_t{3}); // there is room
    m_store->usedBytes = 101'000'000;
    m_store->blocks[0] = {0, kHourMs, 2 * kHourMs, 3 * kHourMs, 4 * kHourMs};
    round(options);
    QVERIFY(snapshots.empty());
    QCOMPARE(m_store->blocks[0].size(), std::size_t{2}); // three blocks and as many snapshots are 6 of 101 megabytes
    snapshots = {kHourMs * 7 / 2};
    round(options);
    QCOMPARE(snapshots.size(), std::size_t{1});
    QVERIFY(m_failed.empty());
}

void MaintenanceTest::aLimitThatNothingCanMeetIsTold()
{
    m_store->usedBytes = 101'000'000;
    Maintenance maintenance(*m_store, [] { return kNowMs; }, {.retention = {}, .maxBytes = 100'000'000},
        {.failed = [this](const std::string& what, const Error&) { m_failed.push_back(what); }, .evicted = {}});
    maintenance.runOnce();
    maintenance.runOnce();
    QCOMPARE(m_failed.size(), std::size_t{1}); // once, not each minute
    m_store->usedBytes = 1;
    maintenance.runOnce();
    m_store->usedBytes = 101'000'000;
    maintenance.runOnce();
    QCOMPARE(m_failed.size(), std::size_t{2});
}

QTEST_GUILESS_MAIN(MaintenanceTest)
#include "maintenance_test.moc"
