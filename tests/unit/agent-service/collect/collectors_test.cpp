// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/collectors.h"
#include "agent-service/collect/wifi_collector.h"
#include "agent-service/commands/once.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

using namespace sextant;
using namespace sextant::agent;
using metrics::column;

namespace {

platform::Roots recorded(const std::string& host)
{
    const std::string folder = std::string(SEXTANT_SOURCE_DIR) + "/tests/fixtures/linux/" + host;
    return {folder + "/proc", folder + "/sys", folder + "/root"};
}

/// Runs the collector of that name once on a recorded machine.
std::vector<metrics::Frame> collected(const std::string& host, std::string_view name, int runs = 1)
{
    std::vector<metrics::Frame> frames;
    for (const auto& collector : makeCollectors(Settings(), recorded(host))) {
        for (int run = 0; collector->name() == name && run < runs; ++run) {
            auto result = collector->collect({1'000 * (run + 1), 10'000, {}});
            frames = result ? std::move(result->frames) : std::vector<metrics::Frame>();
        }
    }
    return frames;
}

std::size_t rowOf(const metrics::Frame& frame, std::string_view label)
{
    for (std::size_t row = 0; row < frame.rowCount(); ++row) {
        if (frame.labels(row)[0] == label)
            return row;
    }
    return frame.rowCount();
}

} // namespace

class CollectorsTest : public QObject {
    Q_OBJECT
private slots:
    void processList()
    {
        Settings settings;
        settings.processListTop = 2;
        std::vector<std::string> documents;
        for (const auto& collector : makeCollectors(settings, recorded("recorded-vm"))) {
            if (collector->name() != "process_list")
                continue;
            for (const std::int64_t timeMs : {1'000, 60'999, 61'000, 500}) {
                const auto collected = collector->collect({timeMs, 10'000, {}});
                QVERIFY(collected.has_value());
                QVERIFY(collected->frames.empty());
                for (const metrics::Document& document : collected->documents) {
                    QCOMPARE(document.kind, std::string("processes"));
                    QCOMPARE(document.timeMs, timeMs);
                    documents.push_back(document.text);
                }
            }
        }
        QCOMPARE(documents.size(), std::size_t(3)); // not at 60,999; again when the clock was set back
        const QJsonObject first = QJsonDocument::fromJson(QByteArray::fromStdString(documents[0])).object();
        const QJsonArray listed = first.value(QLatin1String("processes")).toArray();
        const int total = first.value(QLatin1String("total")).toInt();
        QVERIFY(total > 0);
        QVERIFY(!listed.isEmpty() && listed.size() <= std::min(4, total));
        QVERIFY(!listed[0].toObject().contains(QLatin1String("cpuPercent"))); // nothing to compare with
        QCOMPARE(documents[0].find("command"), std::string::npos);
        int named = 0;
        for (const QJsonValue& count : first.value(QLatin1String("names")).toObject())
            named += count.toInt();
        QCOMPARE(named, total);
        const QJsonObject second = QJsonDocument::fromJson(QByteArray::fromStdString(documents[1])).object();
        for (const QJsonValue& process : second.value(QLatin1String("processes")).toArray())
            QCOMPARE(process.toObject().value(QLatin1String("cpuPercent")).toDouble(-1), 0.0);
    }

    void memory()
    {
        const auto frames = collected("recorded-vm", "memory");
        QCOMPARE(frames.size(), std::size_t(1));
        const metrics::Frame& frame = frames[0];
        QCOMPARE(frame.timeMs(), 1'000);
        QCOMPARE(frame.intervalMs(), 10'000u);
        QCOMPARE(frame.number(0, column("memory", "total_bytes")), std::optional(24'684'092.0 * 1024));
        QCOMPARE(frame.number(0, column("memory", "available_bytes")), std::optional(23'632'692.0 * 1024));
        QCOMPARE(frame.number(0, column("memory", "used_bytes")), std::optional((24'684'092.0 - 23'632'692.0) * 1024));
        QCOMPARE(frame.number(0, column("memory", "committed_bytes")), std::optional(645'860.0 * 1024));
        QCOMPARE(frame.number(0, column("memory", "commit_limit_bytes")), std::optional(12'342'044.0 * 1024));
        QVERIFY(!frame.number(0, column("memory", "committed_percent"))); // this kernel promises more
        QCOMPARE(frame.number(0, column("memory", "page_faults_total")), std::optional(42'378'228.0));
        QCOMPARE(frame.number(0, column("memory", "oom_kills_total")), std::optional(0.0));
    }

    void cpuSharesAreAbsentInTheFirstRun()
    {
        const auto frames = collected("recorded-vm", "cpu");
        QCOMPARE(frames.size(), std::size_t(2));
        QVERIFY(frames[0].at(0, column("cpu", "usage_percent")).isAbsent());
        QVERIFY(frames[1].at(0, column("cpu_core", "usage_percent")).isAbsent());
        QCOMPARE(frames[0].number(0, column("cpu", "user_seconds_total")), std::optional(715.07));
        QCOMPARE(frames[0].number(0, column("cpu", "steal_seconds_total")), std::optional(1.35));
        QCOMPARE(frames[0].number(0, column("cpu", "load1")), std::optional(1.87));
        QCOMPARE(frames[0].number(0, column("cpu", "logical_count")), std::optional(2.0));
        QCOMPARE(frames[1].rowCount(), std::size_t(2));
        QCOMPARE(frames[1].labels(1)[0], std::string("1"));
        QCOMPARE(frames[1].number(1, column("cpu_core", "iowait_seconds_total")), std::optional(22.67));
        // No time passes in a recording: shares stay absent in the second run too, and are never 0.
        const auto again = collected("recorded-vm", "cpu", 2);
        QVERIFY(again[0].at(0, column("cpu", "usage_percent")).isAbsent());
    }

    void network()
    {
        const auto frames = collected("recorded-vm", "network");
        const std::size_t eth = rowOf(frames.at(0), "eth0");
        QVERIFY(eth < frames[0].rowCount());
        QCOMPARE(frames[0].number(eth, column("network", "receive_bytes_total")), std::optional(878'483'247.0));
        QCOMPARE(frames[0].number(eth, column("network", "transmit_packets_total")), std::optional(11'359.0));
        QCOMPARE(frames[0].number(rowOf(frames[0], "lo"), column("network", "loopback")), std::optional(1.0));
    }

    void pressure()
    {
        const auto frames = collected("recorded-vm", "pressure");
        const std::size_t io = rowOf(frames.at(0), "io");
        QCOMPARE(frames[0].number(io, column("pressure", "some_avg300_percent")), std::optional(0.41));
        QCOMPARE(frames[0].number(io, column("pressure", "full_seconds_total")), std::optional(18.648126));
        // A kernel without it: no frames, and no failure.
        for (const auto& collector : makeCollectors(Settings(), recorded("made-arm-board"))) {
            if (collector->name() == "pressure")
                QCOMPARE(collector->collect({1'000, 10'000, {}}).error().code, ErrorCode::NotAvailable);
        }
    }

    void battery()
    {
        QTemporaryDir folder;
        const QString supplies = folder.path() + QStringLiteral("/class/power_supply/");
        for (const auto& [name, text] : {std::pair{"BAT0", "POWER_SUPPLY_NAME=BAT0\nPOWER_SUPPLY_TYPE=Battery\n"
                                                           "POWER_SUPPLY_CAPACITY=81\nPOWER_SUPPLY_STATUS=Full\n"},
                 {"AC", "POWER_SUPPLY_NAME=AC\nPOWER_SUPPLY_TYPE=Mains\nPOWER_SUPPLY_ONLINE=1\n"}}) {
            QVERIFY(QDir().mkpath(supplies + QLatin1String(name)));
            QFile file(supplies + QLatin1String(name) + QStringLiteral("/uevent"));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) > 0);
        }
        for (const auto& collector : makeCollectors(Settings(), {"/none", folder.path().toStdString(), "/none"})) {
            if (collector->name() != "battery")
                continue;
            const auto result = collector->collect({1'000, 10'000, {}});
            QVERIFY(result && result->frames.size() == 1);
            const metrics::Frame& frame = result->frames[0];
            QCOMPARE(frame.rowCount(), std::size_t(1));
            QCOMPARE(frame.labels(0)[0], std::string("BAT0"));
            QCOMPARE(frame.number(0, column("battery", "charge_percent")), std::optional(81.0));
            QCOMPARE(frame.number(0, column("battery", "charging")), std::optional(0.0));
            QCOMPARE(frame.number(0, column("battery", "outside_power")), std::optional(1.0));
            QVERIFY(frame.at(0, column("battery", "remaining_seconds")).isAbsent());
        }
        for (const auto& collector : makeCollectors(Settings(), recorded("recorded-vm"))) {
            if (collector->name() == "battery")
                QCOMPARE(collector->collect({1'000, 10'000, {}}).error().code, ErrorCode::NotAvailable);
        }
    }

    void gpu()
    {
        QTemporaryDir folder;
        const QString device = folder.path() + QStringLiteral("/devices/0000:0b:00.0");
        const QString card = folder.path() + QStringLiteral("/class/drm/card0");
        QVERIFY(QDir().mkpath(device) && QDir().mkpath(card));
        QVERIFY(QFile::link(device, card + QStringLiteral("/device")));
        QVERIFY(QFile::link(QStringLiteral("/drivers/amdgpu"), device + QStringLiteral("/driver")));
        QFile file(device + QStringLiteral("/gpu_busy_percent"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("63\n") > 0);
        file.close();
        int found = 0;
        for (const auto& collector : makeCollectors(Settings(), {"/none", folder.path().toStdString(), "/none"})) {
            if (collector->name() != "gpu")
                continue;
            ++found;
            const auto result = collector->collect({1'000, 10'000, {}});
            QVERIFY(result && result->frames.size() == 1);
            const metrics::Frame& frame = result->frames[0];
            QCOMPARE(frame.rowCount(), std::size_t(1));
            QCOMPARE(frame.labels(0)[0], std::string("0000:0b:00.0"));
            QCOMPARE(frame.number(0, column("gpu", "usage_percent")), std::optional(63.0));
            QVERIFY(frame.at(0, column("gpu", "temperature_celsius")).isAbsent());
        }
        QCOMPARE(found, 1);
    }

    void container()
    {
        QTemporaryDir folder;
        const QString group = folder.path() + QStringLiteral("/fs/cgroup/lxc.payload.web");
        QVERIFY(QDir().mkpath(group));
        const auto write = [](const QString& name, const char* text) {
            QFile file(name);
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) > 0);
        };
        write(folder.path() + QStringLiteral("/fs/cgroup/cgroup.controllers"), "cpu memory\n");
        write(group + QStringLiteral("/cpu.stat"), "usage_usec 1000000\nthrottled_usec 5\n");
        write(group + QStringLiteral("/memory.current"), "250\n");
        write(group + QStringLiteral("/memory.max"), "1000\n");
        int found = 0;
        for (const auto& collector : makeCollectors(Settings(), {"/none", folder.path().toStdString(), "/none"})) {
            if (collector->name() != "container")
                continue;
            ++found;
            auto result = collector->collect({1'000, 10'000, {}});
            QVERIFY(result && result->frames.size() == 1);
            const metrics::Frame& frame = result->frames[0];
            QCOMPARE(frame.rowCount(), std::size_t(1));
            QCOMPARE(frame.labels(0)[0] + '|' + frame.labels(0)[1], std::string("web|lxc"));
            QCOMPARE(frame.number(0, column("container", "cpu_seconds_total")), std::optional(1.0));
            QCOMPARE(frame.number(0, column("container", "cpu_throttled_seconds_total")), std::optional(0.000'005));
            QCOMPARE(frame.number(0, column("container", "memory_used_percent")), std::optional(25.0));
            QVERIFY(frame.at(0, column("container", "cpu_percent")).isAbsent());
            QVERIFY(frame.at(0, column("container", "cpu_limit_cores")).isAbsent());
            QVERIFY(frame.at(0, column("container", "network_receive_bytes_total")).isAbsent());
            QThread::msleep(20);
            write(group + QStringLiteral("/cpu.stat"), "usage_usec 1010000\n"); // 10 ms of a little more than 20
            result = collector->collect({11'000, 10'000, {}});
            const double percent = result->frames[0].number(0, column("container", "cpu_percent")).value_or(-1);
            QVERIFY2(percent > 0 && percent <= 50, QByteArray::number(percent).constData());
            write(group + QStringLiteral("/cpu.stat"), "usage_usec 500000\n"); // started again
            result = collector->collect({21'000, 10'000, {}});
            QVERIFY(result->frames[0].at(0, column("container", "cpu_percent")).isAbsent());
        }
        QCOMPARE(found, 1);
        for (const auto& collector : makeCollectors(Settings(), recorded("recorded-vm"))) {
            if (collector->name() == "container")
                QCOMPARE(collector->collect({1'000, 10'000, {}}).error().code, ErrorCode::NotAvailable);
        }
    }

    void diskHealth()
    {
        QTemporaryDir folder;
        const QString power = folder.path() + QStringLiteral("/block/sda/device/power");
        QVERIFY(QDir().mkpath(power));
        for (const auto& [name, text] : {std::pair{"power/runtime_status", "suspended\n"}, {"vendor", "ATA     \n"},
                 {"model", "ST4000VN008-2DR1\n"}}) {
            QFile file(folder.path() + QStringLiteral("/block/sda/device/") + QLatin1String(name));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) > 0);
        }
        int found = 0;
        for (const auto& collector : makeCollectors(Settings(), {"/none", folder.path().toStdString(), "/none"})) {
            if (collector->name() != "disk_health")
                continue;
            ++found;
            const auto result = collector->collect({1'000'000, 10'000, {}});
            QVERIFY(result && result->frames.size() == 1);
            const metrics::Frame& frame = result->frames[0];
            QCOMPARE(frame.intervalMs(), std::uint32_t(300'000)); // not that of the ticks
            QCOMPARE(frame.rowCount(), std::size_t(1));
            QCOMPARE(frame.labels(0)[0], std::string("sda"));
            QCOMPARE(frame.labels(0)[1], std::string("ST4000VN008-2DR1"));
            QCOMPARE(frame.number(0, column("disk_health", "asleep")), std::optional(1.0)); // and was not touched
            QVERIFY(frame.at(0, column("disk_health", "healthy")).isAbsent());
            QVERIFY(collector->collect({1'299'999, 10'000, {}})->frames.empty());
            QCOMPARE(collector->collect({1'300'000, 10'000, {}})->frames.size(), std::size_t(1));
        }
        QCOMPARE(found, 1);
        // An account that may not ask the disks is told so, once.
        QVERIFY(QFile::remove(power + QStringLiteral("/runtime_status")));
        for (const auto& collector : makeCollectors(Settings(), {"/none", folder.path().toStdString(), "/none"})) {
            if (collector->name() != "disk_health")
                continue;
            const auto refused = collector->collect({1'000'000, 10'000, {}});
            QVERIFY(refused && refused->warnings.size() == 1 && refused->frames.at(0).rowCount() == 0);
            QVERIFY(refused->warnings[0].find("may not ask sda for their health") != std::string::npos);
            QVERIFY(collector->collect({1'300'000, 10'000, {}})->warnings.empty());
        }
        for (const auto& collector : makeCollectors(Settings(), recorded("recorded-vm"))) {
            if (collector->name() == "disk_health")
                QCOMPARE(collector->collect({1'000, 10'000, {}}).error().code, ErrorCode::NotAvailable);
        }
    }

    void wifi()
    {
        platform::WifiLink link;
        link.interfaceName = "wlan0";
        link.ssid = "office";
        link.signalDbm = -62.5;
        link.frequencyHertz = 5'180'000'000;
        link.transmitBytesPerSecond = 108'337'500;
        link.transmitRetries = 912;
        link.connected = std::chrono::seconds(3'723);
        const metrics::Frame frame = frameOf({{link, platform::WifiLink{}}, {}}, 1'000, 30'000);
        QCOMPARE(frame.rowCount(), std::size_t(2));
        QCOMPARE(frame.intervalMs(), std::uint32_t(30'000));
        QCOMPARE(frame.labels(0)[0] + '|' + frame.labels(0)[1], std::string("wlan0|office"));
        QCOMPARE(frame.number(0, column("wifi", "signal_dbm")), std::optional(-62.5));
        QCOMPARE(frame.number(0, column("wifi", "frequency_hertz")), std::optional(5.18e9));
        QCOMPARE(frame.number(0, column("wifi", "transmit_rate_bytes_per_second")), std::optional(108'337'500.0));
        QCOMPARE(frame.number(0, column("wifi", "transmit_retries_total")), std::optional(912.0));
        QCOMPARE(frame.number(0, column("wifi", "connected_seconds")), std::optional(3'723.0));
        for (const metrics::Column& one : metrics::family("wifi").columns)
            QVERIFY(frame.at(1, {&metrics::family("wifi"), *metrics::columnIndex(metrics::family("wifi"), one.name)})
                        .isAbsent());
        int found = 0;
        for (const auto& collector : makeCollectors(Settings(), recorded("recorded-vm"))) {
            if (collector->name() != "wifi")
                continue;
            ++found;
            QCOMPARE(collector->collect({1'000'000, 10'000, {}}).error().code, ErrorCode::NotAvailable);
            QVERIFY(collector->collect({1'029'999, 10'000, {}})->frames.empty()); // not yet again
            QCOMPARE(collector->collect({1'030'000, 10'000, {}}).error().code, ErrorCode::NotAvailable);
        }
        QCOMPARE(found, 1);
    }

    void temperature()
    {
        QTemporaryDir folder;
        const QString chip = folder.path() + QStringLiteral("/class/hwmon/hwmon0");
        QVERIFY(QDir().mkpath(chip));
        for (const auto& [name, text] :
            {std::pair{"name", "k10temp\n"}, {"temp1_input", "61250\n"}, {"temp1_label", "Tctl\n"}}) {
            QFile file(chip + u'/' + QLatin1String(name));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) > 0);
        }
        for (const auto& collector : makeCollectors(Settings(), {"/none", folder.path().toStdString(), "/none"})) {
            if (collector->name() != "temperature")
                continue;
            const auto result = collector->collect({1'000, 10'000, {}});
            QVERIFY(result && result->frames.size() == 1 && result->warnings.empty());
            const metrics::Frame& frame = result->frames[0];
            QCOMPARE(frame.rowCount(), std::size_t(1));
            QCOMPARE(
                frame.labels(0)[0] + '|' + frame.labels(0)[1] + '|' + frame.labels(0)[2], std::string("k10temp||Tctl"));
            QCOMPARE(frame.number(0, column("temperature", "celsius")), std::optional(61.25));
            QVERIFY(frame.at(0, column("temperature", "critical_celsius")).isAbsent());
        }
    }

    void diskio()
    {
        const auto frames = collected("made-arm-board", "diskio");
        const std::size_t card = rowOf(frames.at(0), "mmcblk0");
        QVERIFY(card < frames[0].rowCount());
        QCOMPARE(frames[0].number(card, column("diskio", "read_bytes_total")), std::optional(700'000.0 * 512));
        QCOMPARE(frames[0].number(card, column("diskio", "writes_total")), std::optional(2'500.0));
        QCOMPARE(frames[0].number(card, column("diskio", "busy_seconds_total")), std::optional(31.0));
        QVERIFY(frames[0].at(card, column("diskio", "busy_percent")).isAbsent());
    }

    void processesAreCountedOnlyNowAndThen()
    {
        const auto first = collected("recorded-vm", "system", 1);
        QVERIFY(first.at(0).number(0, column("system", "processes")).value_or(0) > 5);
        QCOMPARE(first[0].number(0, column("system", "boot_time_seconds")), std::optional(1'795'254'258.0));
        QCOMPARE(first[0].number(0, column("system", "context_switches_total")), std::optional(2'474'010.0));
        QCOMPARE(first[0].number(0, column("system", "open_files")), std::optional(1'538.0));
        const auto second = collected("recorded-vm", "system", 2);
        QVERIFY(second.at(0).at(0, column("system", "processes")).isAbsent());
        QCOMPARE(second[0].number(0, column("system", "uptime_seconds")), std::optional(3'435.82));
    }

    void theAgentTellsWhatItDelivered()
    {
        for (const auto& collector : makeCollectors(Settings(), recorded("recorded-vm"))) {
            if (collector->name() != "agent")
                continue;
            DeliveryStats delivery;
            delivery.sent = 12;
            delivery.dropped = 3;
            const auto result = collector->collect({1'000, 10'000, delivery});
            QVERIFY(result);
            QCOMPARE(result->frames.at(0).number(0, column("agent", "batches_sent_total")), std::optional(12.0));
            QCOMPARE(result->frames[0].number(0, column("agent", "batches_dropped_total")), std::optional(3.0));
            QVERIFY(result->frames[0].number(0, column("agent", "resident_bytes")).value_or(0) > 1e6);
        }
    }

    void collectorsCanBeTurnedOff()
    {
        Settings settings;
        QCOMPARE(makeCollectors(settings, {}).size(), std::size_t(20));
        settings.cpu = settings.disk = settings.pressure = settings.temperature = settings.battery = settings.gpu =
            settings.diskHealth = settings.wifi = settings.processList = settings.services = settings.packages =
                settings.updates = settings.hardware = settings.container = settings.containers = false;
        QStringList names;
        for (const auto& collector : makeCollectors(settings, {}))
            names << QString::fromUtf8(collector->name().data());
        QCOMPARE(names.join(u' '), QStringLiteral("memory diskio network system agent"));
    }

    void jsonLeavesOutWhatIsAbsent()
    {
        metrics::Frame frame(metrics::family("cpu_core"), 5, 10'000);
        frame.addRow({"3"});
        frame.set(0, column("cpu_core", "usage_percent"), 12.5);
        const std::string text = framesAsJson(std::vector{frame});
        const QJsonObject row = QJsonDocument::fromJson(QByteArray::fromStdString(text))
                                    .object()
                                    .value(QLatin1String("families"))
                                    .toObject()
                                    .value(QLatin1String("cpu_core"))
                                    .toArray()
                                    .at(0)
                                    .toObject();
        QCOMPARE(
            row.value(QLatin1String("labels")).toObject().value(QLatin1String("core")).toString(), QStringLiteral("3"));
        const QJsonObject values = row.value(QLatin1String("values")).toObject();
        QCOMPARE(values.size(), 1);
        QCOMPARE(values.value(QLatin1String("usage_percent")).toDouble(), 12.5);
    }
};

QTEST_GUILESS_MAIN(CollectorsTest)
#include "collectors_test.moc"
