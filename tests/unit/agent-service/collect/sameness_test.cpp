// SPDX-License-Identifier: GPL-3.0-or-later
// The same thing happens on each system: its bytes, in the form of that system, become the same columns with the same
// figures. A column is absent exactly where docs/platforms.tsv says that the system does not have it.
#include "agent-service/collect/cpu_collector.h"
#include "agent-service/collect/disk_collector.h"
#include "agent-service/collect/network_collector.h"
#include "parse/raw_structure.h"
#include "platform/file_system_prober.h"
#include "platform/load_mean.h"
#include "platform/parse/bsd_cpu.h"
#include "platform/parse/bsd_interfaces.h"
#include "platform/parse/bsd_mounts.h"
#include "platform/parse/windows_cpu.h"
#include "platform/parse/windows_interfaces.h"
#include "platform/parse/windows_volumes.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <map>

using namespace sextant;
using namespace sextant::agent;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

const Tick kTick{1'767'225'600'000, 1'000, {}};

/// A Linux machine in a folder.
class Machine {
public:
    void write(const char* file, const std::string& text) const
    {
        const QString path = m_folder.filePath(QLatin1String(file));
        QDir().mkpath(QFileInfo(path).path());
        QFile out(path);
        QVERIFY2(out.open(QIODevice::WriteOnly), qPrintable(path));
        out.write(text.data(), static_cast<qint64>(text.size()));
    }
    [[nodiscard]] Roots roots() const
    {
        const std::string folder = m_folder.path().toStdString();
        return {folder + "/proc", folder + "/sys", folder + "/root"};
    }

private:
    QTemporaryDir m_folder;
};

/// One CPU after so many hundredths of a second of each, with a load of 2.
struct Work {
    std::int64_t user, system, interrupt, idle;
};

/// A link that has carried what it has carried, and is up or not.
struct Link {
    bool up;
};
constexpr std::uint64_t kReceived = 5'000'000'000; // more than 32 bits hold
constexpr std::uint64_t kTransmitted = 600;

/// What a system makes of each scenario.
struct System {
    const char* name;
    Result<CpuReading> (*cpu)(const Work&);
    Result<NetworkReading> (*network)(const Link&);
    Result<DisksReading> (*fullDisk)();
};

// ---- Linux ----

Result<CpuReading> linuxCpu(const Work& work)
{
    const std::string times = std::to_string(work.user) + " 0 " + std::to_string(work.system) + ' ' +
                              std::to_string(work.idle) + " 0 " + std::to_string(work.interrupt) + " 0 0 0 0\n";
    const Machine machine;
    machine.write("proc/stat", "cpu  " + times + "cpu0 " + times);
    machine.write("proc/loadavg", "2.00 2.00 2.00 1/80 11206\n");
    return CpuReader(machine.roots()).read();
}

Result<NetworkReading> linuxNetwork(const Link& link)
{
    const Machine machine;
    machine.write("proc/1/net/dev", "Inter-|\nface |bytes\n e: " + std::to_string(kReceived) + " 15 4 3 0 0 0 0 " +
                                        std::to_string(kTransmitted) + " 10 8 7 0 0 0 0\n");
    machine.write("sys/class/net/e/operstate", link.up ? "up\n" : "down\n");
    machine.write("sys/class/net/e/speed", "1000\n");
    machine.write("sys/class/net/e/mtu", "1500\n");
    machine.write("sys/class/net/e/flags", "0x1003\n");
    machine.write("sys/class/net/e/device/vendor", "0x8086\n");
    return NetworkReader(machine.roots()).read();
}

/// 100,000 bytes and 1,000 inodes, all in use.
Result<FileSystemSpace> fullSpace(const std::string&)
{
    return FileSystemSpace{100'000, 100'000, 0, 1'000, 1'000};
}

Result<DisksReading> linuxFullDisk()
{
    const Machine machine;
    machine.write("proc/1/mountinfo", "26 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n");
    machine.write("proc/filesystems", "nodev\tproc\n\text4\n");
    DisksOptions options;
    options.probe = fullSpace;
    return DisksReader(machine.roots(), options).read();
}

// ---- Windows ----

CpuReading withLoad(std::vector<CoreTimes> cores, const Result<LoadAverages>& load)
{
    std::optional<CpuReading> none;
    return completed(readingOf(std::move(cores)), none, load);
}

Result<CpuReading> windowsCpu(const Work& work)
{
    constexpr std::int64_t kHundredth = 100'000; // in 100 ns
    RawStructure bytes(48);                      // SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION
    bytes.put(0, work.idle * kHundredth).put(8, (work.idle + work.system + work.interrupt) * kHundredth);
    bytes.put(16, work.user * kHundredth).put(32, work.interrupt * kHundredth);
    LoadMean mean;
    mean.add(2, 1s);
    return parse::parseProcessorTimes(bytes.bytes(), 0).map([&](const auto& cores) {
        return withLoad(cores, *mean.averages());
    });
}

Result<NetworkReading> windowsNetwork(const Link& link)
{
    RawStructure row(1352); // MIB_IF_ROW2
    row.put(28, u'e').put<std::uint32_t>(1124, 1500).put<std::uint32_t>(1128, 6).put<std::uint8_t>(1152, 1);
    row.put<std::uint32_t>(1156, link.up ? 1 : 2);
    row.put<std::uint64_t>(1192, 1'000'000'000).put<std::uint64_t>(1200, 1'000'000'000);
    row.put(1208, kReceived).put<std::uint64_t>(1216, 10).put<std::uint64_t>(1224, 5);
    row.put<std::uint64_t>(1232, 3).put<std::uint64_t>(1240, 4).put(1280, kTransmitted);
    row.put<std::uint64_t>(1288, 10).put<std::uint64_t>(1304, 7).put<std::uint64_t>(1312, 8);
    RawStructure table(8);
    return parse::parseInterfaceTable(table.put<std::uint32_t>(0, 1).append(row).bytes()).map([](const auto& all) {
        return NetworkReading{all, {}};
    });
}

DisksReading probedFull(std::vector<FileSystem> fileSystems, const FileSystemProbe& probe)
{
    FileSystemProber prober(probe, 1s, 1);
    return probed(std::move(fileSystems), DisksOptions{}, prober);
}

Result<DisksReading> windowsFullDisk()
{
    FileSystem volume;
    volume.mountPoint = parse::mountPointOf({"C:\\data\\", "C:\\"}).value_or("");
    volume.type = "NTFS";
    return probedFull({volume}, [](const std::string&) -> Result<FileSystemSpace> {
        return FileSystemSpace{100'000, 100'000, 0, {}, {}};
    });
}

// ---- FreeBSD and macOS ----

/// struct loadavg: fixed-point numbers and their scale.
Result<LoadAverages> bsdLoad()
{
    constexpr std::uint32_t kScale = 2'048;
    RawStructure bytes(24);
    bytes.put(0, 2 * kScale).put(4, 2 * kScale).put(8, 2 * kScale).put<std::int64_t>(16, kScale);
    return parse::parseLoadAverage(bytes.bytes());
}

Result<CpuReading> freeBsdCpu(const Work& work)
{
    RawStructure bytes(40); // kern.cp_times
    bytes.put(0, work.user).put(16, work.system).put(24, work.interrupt).put(32, work.idle);
    return parse::parseCpTimes(bytes.bytes(), 100).map([](const auto& cores) { return withLoad(cores, bsdLoad()); });
}

Result<CpuReading> darwinCpu(const Work& work)
{
    RawStructure bytes(16); // processor_cpu_load_info
    bytes.put(0, static_cast<std::uint32_t>(work.user)).put(8, static_cast<std::uint32_t>(work.idle));
    bytes.put(4, static_cast<std::uint32_t>(work.system + work.interrupt));
    return parse::parseProcessorTicks(bytes.bytes()).map([](const auto& cores) { return withLoad(cores, bsdLoad()); });
}

/// Both kernels keep an interface "running" while its cable is out. FreeBSD says so with the link's state.
Result<std::vector<NetworkInterface>> bsdInterfaces(
    const parse::InterfaceLayout& layout, const Link& link, std::uint64_t received, std::uint64_t transmitted)
{
    constexpr std::int32_t kUpAndRunning = 0x1 | 0x40;
    constexpr std::size_t kAddress = 20;
    RawStructure message(layout.size + kAddress);
    message.put(0, static_cast<std::uint16_t>(layout.size + kAddress));
    message.put(3, static_cast<std::uint8_t>(layout.messageType)).put<std::uint8_t>(layout.type, 6);
    message.put(layout.flags, kUpAndRunning);
    if (layout.linkState)
        message.put<std::uint8_t>(*layout.linkState, link.up ? 2 : 1);
    message.put<std::uint32_t>(layout.mtu, 1500).put<std::uint64_t>(layout.bitsPerSecond, 1'000'000'000);
    message.put(layout.receiveBytes, received).put<std::uint64_t>(layout.receivePackets, 15);
    message.put<std::uint64_t>(layout.receiveErrors, 4).put<std::uint64_t>(layout.receiveDrops, 3);
    message.put(layout.transmitBytes, transmitted).put<std::uint64_t>(layout.transmitPackets, 10);
    message.put<std::uint64_t>(layout.transmitErrors, 8);
    message.put<std::uint32_t>(layout.transmitDrops, 7); // little-endian: right in 8 bytes, too
    message.put<std::uint8_t>(layout.size + 5, 1).put(layout.size + 8, 'e');
    return parse::parseInterfaces(message.bytes(), layout);
}

Result<NetworkReading> freeBsdNetwork(const Link& link)
{
    return bsdInterfaces(parse::kFreeBsdInterface, link, kReceived, kTransmitted).map([](const auto& all) {
        return NetworkReading{all, {}};
    });
}

/// macOS lists bytes in 32 bits and 1,024 at a time; ifmib(4) has them whole, and the driver knows of the link.
Result<NetworkReading> darwinNetwork(const Link& link)
{
    const auto cut = [](std::uint64_t bytes) { return static_cast<std::uint32_t>(bytes & ~std::uint64_t{1023}); };
    auto all = bsdInterfaces(parse::kDarwinInterface, link, cut(kReceived), cut(kTransmitted));
    RawStructure counters(180); // struct ifmibdata
    counters.put(0, 'e').put(52 + 64, kReceived).put(52 + 72, kTransmitted);
    constexpr int kKnown = 1, kActive = 2;
    return std::move(all).and_then([&](std::vector<NetworkInterface> interfaces) {
        parse::applyMediaStatus(link.up ? kKnown | kActive : kKnown, interfaces.at(0));
        return parse::applyInterfaceCounters(counters.bytes(), interfaces.at(0)).map([&] {
            return NetworkReading{interfaces, {}};
        });
    });
}

/// Full to the last block, that which is kept for root included: FreeBSD then counts below 0 what is left for others.
Result<DisksReading> bsdFullDisk(const parse::MountLayout& layout, std::string_view type, std::int64_t leftForOthers)
{
    constexpr std::uint32_t kLocal = 0x1000;
    RawStructure mount(layout.size);
    mount.put(layout.flags, kLocal)
        .text(layout.type, type)
        .text(layout.device, "/dev/disk")
        .text(layout.mountPoint, "/");
    mount.put<std::uint32_t>(layout.blockSize, 1'000).put<std::uint64_t>(layout.blocks, 100);
    mount.put(layout.availableBlocks, leftForOthers).put<std::uint64_t>(layout.files, 1'000);
    return parse::parseMounts(mount.bytes(), layout).map([&](const auto& mounts) {
        return probedFull(
            mounts, [mount, &layout](const std::string&) { return parse::parseSpace(mount.bytes(), layout); });
    });
}

const System kLinux{"Linux", linuxCpu, linuxNetwork, linuxFullDisk};
const std::array kOthers{System{"Windows", windowsCpu, windowsNetwork, windowsFullDisk},
    System{"FreeBSD", freeBsdCpu, freeBsdNetwork, [] { return bsdFullDisk(parse::kFreeBsdMount, "ufs", -8); }},
    System{"macOS", darwinCpu, darwinNetwork, [] { return bsdFullDisk(parse::kDarwinMount, "apfs", 0); }}};

using Columns = std::map<std::string, double>;

/// The columns of the only row that have a value.
Columns columnsOf(const metrics::Frame& frame)
{
    Columns columns;
    for (std::size_t i = 0; frame.rowCount() == 1 && i < frame.family().columns.size(); ++i) {
        if (const auto value = frame.number(0, {&frame.family(), i}))
            columns[std::string(frame.family().columns[i].name)] = *value;
    }
    return columns;
}

/// Whether docs/platforms.tsv says that a system does not have a column.
bool isMissing(const std::string& family, const std::string& column, const char* system)
{
    QFile file(QStringLiteral(SEXTANT_SOURCE_DIR "/docs/platforms.tsv"));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("no docs/platforms.tsv");
    const QString subject = QString::fromStdString(family) + QLatin1Char('.');
    for (const QString& line : QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'))) {
        const QStringList fields = line.split(QLatin1Char('\t'));
        if (fields.size() < 3 || fields[2] != QLatin1String("none") || !fields[0].startsWith(subject) ||
            !fields[1].split(QLatin1Char(',')).contains(QLatin1String(system)))
            continue;
        for (const QString& pattern : fields[0].mid(subject.size()).split(QLatin1Char(','))) {
            const QRegularExpression matches(QRegularExpression::wildcardToRegularExpression(pattern));
            if (matches.match(QString::fromStdString(column)).hasMatch())
                return true;
        }
    }
    return false;
}

/// What differs between what Linux and another system say.
QStringList differences(const metrics::Frame& reference, const metrics::Frame& other, const char* system)
{
    const Columns here = columnsOf(reference);
    Columns there = columnsOf(other);
    QStringList found;
    if (here.empty())
        found.append(QStringLiteral("Linux has no columns"));
    for (const auto& [column, value] : here) {
        const bool missing = isMissing(std::string(reference.family().name), column, system);
        const auto same = there.extract(column);
        const QString name = QLatin1String(system) + QLatin1Char(' ') + QString::fromStdString(column);
        if (missing != same.empty())
            found.append(name + (missing ? QStringLiteral(": is there") : QStringLiteral(": is not there")));
        else if (!missing && !qFuzzyCompare(1 + same.mapped(), 1 + value))
            found.append(QStringLiteral("%1: %2, not %3").arg(name).arg(same.mapped()).arg(value));
    }
    for (const auto& [column, value] : there)
        found.append(QLatin1String(system) + QStringLiteral(" alone has ") + QString::fromStdString(column));
    return found;
}

} // namespace

class SamenessTest : public QObject {
    Q_OBJECT

private slots:
    void aBusyCpu_data();
    void aBusyCpu();
    void aLinkThatComesAndGoes();
    void aFullDisk();
};

void SamenessTest::aBusyCpu_data()
{
    QTest::addColumn<int>("interrupts");
    QTest::newRow("no interrupts") << 0;
    QTest::newRow("5 % interrupts") << 5;
}

/// A second: 60 % user, 15 % idle, the rest the kernel's.
void SamenessTest::aBusyCpu()
{
    QFETCH(int, interrupts);
    const Work before{1'000, 500, 100, 8'000};
    const Work after{1'060, 525 - interrupts, 100 + interrupts, 8'015};
    const auto framesOf = [&](const System& system) {
        const auto first = system.cpu(before);
        const auto second = system.cpu(after);
        return first && second ? cpuFrames(kTick, *second, *first) : std::vector<metrics::Frame>();
    };
    const auto reference = framesOf(kLinux);
    QCOMPARE(reference.size(), 2U);
    const Columns shares = columnsOf(reference.front());
    QVERIFY(shares.at("usage_percent") == 85 && shares.at("user_percent") == 60 && shares.at("idle_percent") == 15);
    QVERIFY(shares.at("load1") == 2 && shares.at("logical_count") == 1);
    for (const System& system : kOthers) {
        const auto frames = framesOf(system);
        QCOMPARE(frames.size(), 2U);
        // macOS counts interrupts as the kernel's own time: these columns hold them there.
        const bool countsApart = !isMissing("cpu", "irq_percent", system.name);
        QStringList found = differences(reference[0], frames[0], system.name);
        found += differences(reference[1], frames[1], system.name);
        if (!countsApart)
            found.removeIf([](const QString& one) { return one.contains(QLatin1String(" system_")); });
        QVERIFY2(found.isEmpty(), qPrintable(found.join(QStringLiteral("; "))));
        const Columns theirs = columnsOf(frames.front());
        QCOMPARE(theirs.at("system_percent"), countsApart ? 25.0 - interrupts : 25.0);
    }
}

void SamenessTest::aLinkThatComesAndGoes()
{
    for (const bool up : {true, false, true}) {
        const auto onLinux = kLinux.network({up});
        QVERIFY(onLinux.has_value());
        const metrics::Frame reference = networkFrame(kTick, *onLinux);
        const Columns link = columnsOf(reference);
        QVERIFY(link.at("up") == (up ? 1 : 0) && link.contains("speed_bytes_per_second") == up);
        for (const System& system : kOthers) {
            const auto reading = system.network({up});
            QVERIFY(reading.has_value());
            const QStringList found = differences(reference, networkFrame(kTick, *reading), system.name);
            QVERIFY2(found.isEmpty(), qPrintable(found.join(QStringLiteral("; "))));
        }
    }
}

void SamenessTest::aFullDisk()
{
    const auto onLinux = kLinux.fullDisk();
    QVERIFY(onLinux.has_value());
    const metrics::Frame reference = diskFrame(kTick, *onLinux);
    const Columns disk = columnsOf(reference);
    QVERIFY(disk.at("used_percent") == 100 && disk.at("available_bytes") == 0 && disk.at("responding") == 1);
    for (const System& system : kOthers) {
        const auto reading = system.fullDisk();
        QVERIFY(reading.has_value());
        const QStringList found = differences(reference, diskFrame(kTick, *reading), system.name);
        QVERIFY2(found.isEmpty(), qPrintable(found.join(QStringLiteral("; "))));
    }
}

QTEST_GUILESS_MAIN(SamenessTest)
#include "sameness_test.moc"
