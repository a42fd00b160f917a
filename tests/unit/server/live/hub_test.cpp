// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/families.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/live/hub.h"
#include "server/storage/database.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <mutex>
#include <thread>

using namespace sextant;
using namespace sextant::server;
using metrics::column;
using metrics::family;
using metrics::Frame;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;

struct Event {
    qint64 id = 0;
    QByteArray name;
    QJsonObject data;
};

/// What a subscriber got, taken apart.
class Received {
public:
    Hub::Callback callback()
    {
        return [this](std::shared_ptr<const QByteArray> text) {
            const std::lock_guard lock(m_mutex);
            m_text += *text;
        };
    }
    [[nodiscard]] std::vector<Event> events(const char* name) const
    {
        const std::lock_guard lock(m_mutex);
        std::vector<Event> found;
        for (const QByteArray& block : blocks()) {
            Event event;
            for (const QByteArray& line : block.split('\n')) {
                if (line.startsWith("id: "))
                    event.id = line.mid(4).toLongLong();
                else if (line.startsWith("event: "))
                    event.name = line.mid(7);
                else if (line.startsWith("data: "))
                    event.data = QJsonDocument::fromJson(line.mid(6)).object();
            }
            if (event.name == name)
                found.push_back(event);
        }
        return found;
    }

private:
    [[nodiscard]] QList<QByteArray> blocks() const
    {
        QList<QByteArray> found;
        qsizetype from = 0;
        for (qsizetype end = m_text.indexOf("\n\n"); end >= 0; end = m_text.indexOf("\n\n", from)) {
            found.push_back(m_text.mid(from, end - from));
            from = end + 2;
        }
        return found;
    }
    mutable std::mutex m_mutex;
    QByteArray m_text;
};

std::vector<Frame> cores(std::int64_t timeMs, std::int64_t userMs)
{
    Frame frame(family("cpu_core"), timeMs, 10'000);
    frame.addRow({"0"});
    frame.set(0, column("cpu_core", "usage_percent"), 3.5);
    frame.setCell(0, column("cpu_core", "user_seconds_total").index, metrics::Value::fixed(userMs));
    return {frame};
}

} // namespace

class HubTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void tellsFramesOfSubscribedHostsWithRates();
    void tellsHistoryToNobody();
    void tellsOverviewChangesOnce();
    void isSilentAfterTheSubscriptionEnds();
    void keepsNothingForNobody();
    void manyThreadsComeAndGo();

private:
    HostId enrol(const char* name)
    {
        const auto host = m_registry->enrol({QString::fromLatin1(name), {}, {}, {}, {}, {}, {}},
            [this](QSqlDatabase&, HostId) -> Result<HostCertificate> {
                return HostCertificate{QByteArray(32, m_letter++), 0};
            });
        return host ? host->id : HostId{};
    }
    void seen(HostId host, double cpu)
    {
        HostState state;
        state.lastSeenMs = kNow;
        state.intervalMs = 10'000;
        state.cpuPercent = cpu;
        m_overview->update(host, state);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<HostRegistry> m_registry;
    std::unique_ptr<Overview> m_overview;
    std::unique_ptr<Hub> m_hub;
    std::atomic<std::int64_t> m_now{kNow};
    char m_letter = 'a';
};

void HubTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
    QVERIFY(opened.has_value());
    m_database = std::move(*opened);
    m_now = kNow;
    m_registry = std::make_unique<HostRegistry>(*m_database, [this] { return m_now.load(); });
    m_overview = std::make_unique<Overview>(*m_registry, [this] { return m_now.load(); });
    m_hub = std::make_unique<Hub>(*m_overview, std::chrono::milliseconds(10));
    m_hub->start();
}

void HubTest::cleanup()
{
    m_hub.reset();
    m_overview.reset();
    m_registry.reset();
    m_database.reset();
    m_folder.reset();
}

void HubTest::tellsFramesOfSubscribedHostsWithRates()
{
    Received seven;
    Received none;
    const auto first = m_hub->subscribe({HostId{7}}, seven.callback());
    const auto second = m_hub->subscribe({}, none.callback());
    m_hub->publish(HostId{7}, cores(kNow, 1'000));
    m_hub->publish(HostId{8}, cores(kNow, 1'000));
    m_hub->publish(HostId{7}, cores(kNow + 10'000, 6'000));
    QTRY_COMPARE(seven.events("frame").size(), std::size_t{2});
    const auto events = seven.events("frame");
    const auto columns = [](const Event& event) {
        return event.data.value(QStringLiteral("instances"))
            .toArray()
            .at(0)
            .toObject()
            .value(QStringLiteral("columns"))
            .toObject();
    };
    QCOMPARE(events[0].data.value(QStringLiteral("host")).toInt(), 7);
    QCOMPARE(events[0].data.value(QStringLiteral("family")).toString(), QStringLiteral("cpu_core"));
    QCOMPARE(events[0].data.value(QStringLiteral("time")).toInteger(), kNow);
    QCOMPARE(events[0].data.value(QStringLiteral("intervalMs")).toInt(), 10'000);
    QCOMPARE(columns(events[0]).keys(), QStringList{QStringLiteral("usage_percent")}); // no rate yet, nothing absent
    QCOMPARE(columns(events[0]).value(QStringLiteral("usage_percent")).toDouble(), 3.5);
    QCOMPARE(columns(events[1]).value(QStringLiteral("user_seconds_total")).toDouble(), 0.5);
    QCOMPARE(events[1]
                 .data.value(QStringLiteral("instances"))
                 .toArray()
                 .at(0)
                 .toObject()
                 .value(QStringLiteral("labels"))
                 .toObject(),
        (QJsonObject{{QStringLiteral("core"), QStringLiteral("0")}}));
    QVERIFY(events[1].id > events[0].id);
    QVERIFY(none.events("frame").empty());
}

void HubTest::tellsHistoryToNobody()
{
    Received received;
    const auto subscription = m_hub->subscribe({HostId{7}}, received.callback());
    m_hub->publish(HostId{7}, cores(kNow, 1'000));
    m_hub->publish(HostId{7}, cores(kNow - 60'000, 500));
    m_hub->publish(HostId{7}, cores(kNow + 10'000, 2'000));
    QTRY_COMPARE(received.events("frame").size(), std::size_t{2});
    QCOMPARE(received.events("frame")[1].data.value(QStringLiteral("time")).toInteger(), kNow + 10'000);
}

void HubTest::tellsOverviewChangesOnce()
{
    const HostId web = enrol("web01");
    const HostId db = enrol("db01");
    Received received;
    const auto subscription = m_hub->subscribe({}, received.callback());
    QTRY_COMPARE(received.events("overview").size(), std::size_t{1}); // nobody kept track: every host once
    QCOMPARE(received.events("overview")[0].data.value(QStringLiteral("hosts")).toArray().size(), qsizetype{2});
    seen(web, 12.5);
    QTRY_COMPARE(received.events("overview").size(), std::size_t{2});
    const QJsonArray hosts = received.events("overview")[1].data.value(QStringLiteral("hosts")).toArray();
    QCOMPARE(hosts.size(), qsizetype{1});
    QCOMPARE(hosts[0].toObject().value(QStringLiteral("name")).toString(), QStringLiteral("web01"));
    QCOMPARE(hosts[0].toObject().value(QStringLiteral("cpuPercent")).toDouble(), 12.5);
    QVERIFY(!hosts[0].toObject().contains(QStringLiteral("cpuTrend")));
    // Silence is a change too, and so is removal.
    m_now = kNow + 25'000;
    QTRY_COMPARE(received.events("overview").size(), std::size_t{3});
    QCOMPARE(received.events("overview")[2]
                 .data.value(QStringLiteral("hosts"))
                 .toArray()
                 .at(0)
                 .toObject()
                 .value(QStringLiteral("state"))
                 .toString(),
        QStringLiteral("late"));
    QVERIFY(m_registry->remove(db).has_value());
    QTRY_COMPARE(received.events("overview").size(), std::size_t{4});
    QCOMPARE(
        received.events("overview")[3].data.value(QStringLiteral("removed")).toArray(), QJsonArray{qint64{db.value}});
    QVERIFY(received.events("overview")[3].data.value(QStringLiteral("hosts")).toArray().isEmpty());
    // Nothing new, nothing told.
    QTest::qWait(50);
    QCOMPARE(received.events("overview").size(), std::size_t{4});
}

void HubTest::isSilentAfterTheSubscriptionEnds()
{
    Received received;
    Received witness;
    auto subscription = m_hub->subscribe({HostId{7}}, received.callback());
    const auto other = m_hub->subscribe({HostId{7}}, witness.callback());
    m_hub->publish(HostId{7}, cores(kNow, 1'000));
    QTRY_COMPARE(received.events("frame").size(), std::size_t{1});
    subscription.end();
    QCOMPARE(m_hub->subscribers(), std::size_t{1});
    m_hub->publish(HostId{7}, cores(kNow + 10'000, 2'000));
    QTRY_COMPARE(witness.events("frame").size(), std::size_t{2});
    QCOMPARE(received.events("frame").size(), std::size_t{1});
    // A subscription may outlive the hub.
    auto last = m_hub->subscribe({}, received.callback());
    m_hub.reset();
    last.end();
}

void HubTest::keepsNothingForNobody()
{
    for (int i = 0; i < 1'000; ++i)
        m_hub->publish(HostId{7}, cores(kNow + i, i));
    QCOMPARE(m_hub->dropped(), std::uint64_t{0});
    // A hub that cannot keep up drops the oldest frames and counts them.
    Hub stuck(*m_overview, std::chrono::hours(1));
    std::mutex held;
    std::unique_lock lock(held);
    stuck.start();
    std::atomic<int> calls{0};
    const auto subscription = stuck.subscribe({HostId{7}}, [&](std::shared_ptr<const QByteArray>) {
        ++calls;
        const std::lock_guard wait(held);
    });
    stuck.publish(HostId{7}, cores(kNow, 0));
    QTRY_COMPARE(calls.load(), 1);
    const auto more = static_cast<int>(Hub::kWaitingFrames) + 5;
    for (int i = 1; i <= more; ++i)
        stuck.publish(HostId{7}, cores(kNow + i, i));
    QCOMPARE(stuck.dropped(), std::uint64_t{5});
    lock.unlock();
    stuck.stop();
}

void HubTest::manyThreadsComeAndGo()
{
    const HostId web = enrol("web01");
    std::atomic<bool> going{true};
    std::atomic<int> heard{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            while (going) {
                std::atomic<bool> ended{false};
                auto subscription = m_hub->subscribe({web}, [&](std::shared_ptr<const QByteArray>) {
                    if (!ended)
                        ++heard;
                });
                std::this_thread::sleep_for(std::chrono::milliseconds(3));
                subscription.end();
                ended = true; // what the callback uses may go now
            }
        });
    }
    std::thread publisher([&] {
        for (int i = 0; going; ++i) {
            m_hub->publish(web, cores(kNow + i, i));
            seen(web, i % 100);
        }
    });
    QTRY_VERIFY(heard.load() > 100);
    going = false;
    publisher.join();
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(m_hub->subscribers(), std::size_t{0});
}

QTEST_GUILESS_MAIN(HubTest)
#include "hub_test.moc"
