// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/families.h"
#include "server/hosts/state_tracker.h"

#include <QTest>

using namespace sextant;
using namespace sextant::server;
using metrics::column;
using metrics::family;
using metrics::Frame;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;
constexpr HostId kHost{7};

Frame cpu(std::int64_t timeMs, double usage, std::uint32_t intervalMs = 10'000)
{
    Frame frame(family("cpu"), timeMs, intervalMs);
    frame.addRow();
    frame.set(0, column("cpu", "usage_percent"), usage);
    frame.set(0, column("cpu", "logical_count"), 8);
    return frame;
}

struct Interface {
    const char* name;
    std::int64_t receive;
    std::int64_t transmit;
    int loopback = 0;
    int isVirtual = 0;
};

Frame network(std::int64_t timeMs, const std::vector<Interface>& interfaces)
{
    Frame frame(family("network"), timeMs, 10'000);
    for (const Interface& interface : interfaces) {
        const auto row = frame.addRow({interface.name});
        frame.set(row, column("network", "receive_bytes_total"), interface.receive);
        frame.set(row, column("network", "transmit_bytes_total"), interface.transmit);
        frame.set(row, column("network", "loopback"), interface.loopback);
        frame.set(row, column("network", "virtual"), interface.isVirtual);
    }
    return frame;
}

struct DiskRow {
    const char* mount;
    std::optional<double> used;
    int readOnly = 0;
    int remote = 0;
};

Frame disks(std::int64_t timeMs, const std::vector<DiskRow>& rows)
{
    Frame frame(family("disk"), timeMs, 10'000);
    for (const DiskRow& disk : rows) {
        const auto row = frame.addRow({disk.mount, "dev", "ext4"});
        frame.set(row, column("disk", "used_percent"), disk.used);
        frame.set(row, column("disk", "read_only"), disk.readOnly);
        frame.set(row, column("disk", "remote"), disk.remote);
    }
    return frame;
}

} // namespace

class StateTrackerTest : public QObject {
    Q_OBJECT

private slots:
    void takesTheHeadlineNumbers();
    void oldDataNeverReplacesNewer();
    void aClockThatIsSetBackFreezesNothing();
    void picksTheFullestWritableLocalDisk();
    void addsUpPhysicalInterfaces();
    void fallsBackToOthersButNeverLoopback();
    void tellsNoRateAcrossAGap();
    void survivesACounterReset();
    void keepsRatesWhenABatchComesAgain();
    void tagsAreThoseOfTheNewestFrame();
};

void StateTrackerTest::takesTheHeadlineNumbers()
{
    StateTracker tracker;
    HostState state;
    Frame memory(family("memory"), kNow, 10'000);
    memory.addRow();
    memory.set(0, column("memory", "used_percent"), 41.5);
    memory.set(0, column("memory", "total_bytes"), 1'000);
    Frame system(family("system"), kNow, 10'000);
    system.addRow();
    system.set(0, column("system", "uptime_seconds"), 12.5);
    tracker.apply(kHost, std::vector<Frame>({cpu(kNow, 17.25), memory, system}), kNow + 5, state);
    QCOMPARE(state.lastSeenMs, kNow + 5);
    QCOMPARE(state.intervalMs, 10'000U);
    QCOMPARE(state.cpuPercent, 17.25);
    QCOMPARE(state.cores, 8.0);
    QVERIFY(!state.load1);
    QCOMPARE(state.memoryPercent, 41.5);
    QCOMPARE(state.memoryTotalBytes, 1'000.0);
    QVERIFY(!state.memoryUsedBytes);
    QCOMPARE(state.uptimeSeconds, 12.5);
}

void StateTrackerTest::oldDataNeverReplacesNewer()
{
    StateTracker tracker;
    HostState state;
    tracker.apply(kHost, std::vector<Frame>({cpu(kNow, 50)}), kNow, state);
    tracker.apply(kHost, std::vector<Frame>({cpu(kNow - 60'000, 99, 60'000), cpu(kNow, 98)}), kNow + 1'000, state);
    QCOMPARE(state.cpuPercent, 50.0);
    QCOMPARE(state.intervalMs, 10'000U);
    QCOMPARE(state.lastSeenMs, kNow + 1'000); // but the host was heard of
    // Within one batch the newest counts, whatever the order.
    tracker.apply(kHost, std::vector<Frame>({cpu(kNow + 20'000, 70), cpu(kNow + 10'000, 60)}), kNow + 2'000, state);
    QCOMPARE(state.cpuPercent, 70.0);
}

void StateTrackerTest::picksTheFullestWritableLocalDisk()
{
    StateTracker tracker;
    HostState state;
    tracker.apply(kHost,
        std::vector<Frame>(
            {disks(kNow, {{"/", 40}, {"/cdrom", 100, 1}, {"/nfs", 99, 0, 1}, {"/var", 62.1}, {"/hung", {}}})}),
        kNow, state);
    QVERIFY(state.disk.has_value());
    QCOMPARE(state.disk->mount, std::string("/var"));
    QCOMPARE(state.disk->usedPercent, 62.1);
    tracker.apply(kHost, std::vector<Frame>({disks(kNow + 1, {{"/cdrom", 100, 1}})}), kNow, state);
    QVERIFY(!state.disk);
}

void StateTrackerTest::addsUpPhysicalInterfaces()
{
    StateTracker tracker;
    HostState state;
    tracker.apply(kHost,
        std::vector<Frame>({network(kNow, {{"lo", 0, 0, 1}, {"eth0", 1'000, 0}, {"eth1", 0, 0}, {"br0", 0, 0, 0, 1}})}),
        kNow, state);
    QVERIFY(!state.receiveBytesPerSecond); // one reading is no rate
    tracker.apply(kHost,
        std::vector<Frame>({network(kNow + 10'000, {{"lo", 9'999'999, 9'999'999, 1}, {"eth0", 11'000, 500},
                                                       {"eth1", 5'000, 0}, {"br0", 99'999, 9'999, 0, 1}})}),
        kNow, state);
    QCOMPARE(state.receiveBytesPerSecond, 1'500.0);
    QCOMPARE(state.transmitBytesPerSecond, 50.0);
}

void StateTrackerTest::fallsBackToOthersButNeverLoopback()
{
    StateTracker tracker;
    HostState state;
    for (const std::int64_t tick : {0, 1})
        tracker.apply(kHost,
            std::vector<Frame>(
                {network(kNow + tick * 10'000, {{"lo", tick * 777'777, 0, 1}, {"wg0", tick * 20'000, 0, 0, 1}})}),
            kNow, state);
    QCOMPARE(state.receiveBytesPerSecond, 2'000.0);
}

void StateTrackerTest::tellsNoRateAcrossAGap()
{
    StateTracker tracker;
    HostState state;
    for (const std::int64_t time : {std::int64_t{0}, std::int64_t{10'000}, std::int64_t{10'000 + 301'000}}) {
        tracker.apply(kHost, std::vector<Frame>({network(kNow + time, {{"eth0", time, time}})}), kNow, state);
        QCOMPARE(state.receiveBytesPerSecond.has_value(), time == 10'000);
    }
}

void StateTrackerTest::survivesACounterReset()
{
    StateTracker tracker;
    HostState state;
    tracker.apply(kHost, std::vector<Frame>({network(kNow, {{"eth0", 1'000'000, 1'000'000}})}), kNow, state);
    tracker.apply(kHost, std::vector<Frame>({network(kNow + 10'000, {{"eth0", 500, 0}})}), kNow, state);
    QCOMPARE(state.receiveBytesPerSecond, 50.0);
    QCOMPARE(state.transmitBytesPerSecond, 0.0);
}

void StateTrackerTest::keepsRatesWhenABatchComesAgain()
{
    StateTracker tracker;
    HostState state;
    tracker.apply(kHost, std::vector<Frame>({network(kNow, {{"eth0", 0, 0}})}), kNow, state);
    tracker.apply(kHost, std::vector<Frame>({network(kNow + 10'000, {{"eth0", 10'000, 0}})}), kNow, state);
    const HostState before = state;
    HostState lost = state;
    // The commit of the next batch fails, so its state is thrown away; then the batch comes again.
    tracker.apply(kHost, std::vector<Frame>({network(kNow + 20'000, {{"eth0", 30'000, 0}})}), kNow, lost);
    tracker.apply(kHost, std::vector<Frame>({network(kNow + 20'000, {{"eth0", 30'000, 0}})}), kNow, state);
    QCOMPARE(state.receiveBytesPerSecond, before.receiveBytesPerSecond);
}

void StateTrackerTest::aClockThatIsSetBackFreezesNothing()
{
    StateTracker tracker;
    HostState state;
    const std::vector<Frame> ahead{cpu(kNow + 300'000, 10), network(kNow + 300'000, {{"eth0", 1'000, 1'000}})};
    tracker.apply(kHost, ahead, kNow, state, kNow + 300'010);
    QCOMPARE(state.cpuPercent.value(), 10.0);
    // Set right: what it says now is older than what it said before, and yet is how it is.
    const std::vector<Frame> right{cpu(kNow + 10'000, 20), network(kNow + 10'000, {{"eth0", 2'000, 2'000}})};
    tracker.apply(kHost, right, kNow + 10'020, state, kNow + 10'010);
    QCOMPARE(state.cpuPercent.value(), 20.0);
    QCOMPARE(state.cpuTimeMs, kNow + 10'000);
    QVERIFY(!state.receiveBytesPerSecond); // nothing to compare with
    const std::vector<Frame> next{network(kNow + 20'000, {{"eth0", 12'000, 2'000}})};
    tracker.apply(kHost, next, kNow + 20'020, state, kNow + 20'010);
    QCOMPARE(state.receiveBytesPerSecond.value(), 1'000.0);
    // An older frame beside it stays old news.
    const std::vector<Frame> old{cpu(kNow, 99)};
    tracker.apply(kHost, old, kNow + 20'030, state, kNow + 20'020);
    QCOMPARE(state.cpuPercent.value(), 20.0);
}

void StateTrackerTest::tagsAreThoseOfTheNewestFrame()
{
    using metrics::Labels;
    const Labels web{{"role", "web"}};
    const Labels db{{"role", "db"}};
    StateTracker tracker;
    HostState state;
    const auto apply = [&](std::int64_t timeMs, const Labels& tags, std::optional<std::int64_t> sentMs = {}) {
        const std::vector<Frame> frames{cpu(timeMs - 10, 1), cpu(timeMs, 1)};
        tracker.apply(kHost, frames, kNow, state, sentMs);
        StateTracker::applyTags(frames, tags, state);
    };
    apply(kNow, web);
    QVERIFY(state.tags == web);
    apply(kNow - 10'000, db); // out of order: no news
    QVERIFY(state.tags == web);
    StateTracker::applyTags({}, db, state); // nothing that is current came with them
    QVERIFY(state.tags == web);
    apply(kNow + 10'000, db);
    QVERIFY(state.tags == db);
    apply(kNow + 20'000, {});
    QVERIFY(state.tags.empty());
    apply(kNow - 3'600'000, web, kNow - 3'600'000); // the host's clock was set back by an hour
    QVERIFY(state.tags == web);
}

QTEST_GUILESS_MAIN(StateTrackerTest)
#include "state_tracker_test.moc"
