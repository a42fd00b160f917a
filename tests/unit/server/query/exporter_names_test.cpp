// SPDX-License-Identifier: GPL-3.0-or-later
// What boards for node_exporter and windows_exporter ask for, each name with its labels and its value, as those
// programs write them of such a machine.
#include "metrics/batch.h"
#include "metrics/families.h"
#include "server/query/promql_source.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace sextant;
using namespace sextant::server;
using metrics::Frame;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;

struct Cell {
    std::string_view column;
    double value;
};

/// One instance of a family.
Frame frame(std::string_view name, std::vector<std::string> labels, const std::vector<Cell>& cells)
{
    const metrics::Family& family = *metrics::findFamily(name);
    Frame frame(family, kNow, 10'000);
    const auto row = frame.addRow(std::move(labels));
    for (const Cell& cell : cells) {
        const auto column = std::ranges::find(family.columns, cell.column, &metrics::Column::name);
        if (column == family.columns.end())
            qFatal("%s has no such column", name.data());
        frame.set(row, {&family, static_cast<std::size_t>(column - family.columns.begin())}, cell.value);
    }
    return frame;
}

/// A line each.
QStringList lines(const char* text)
{
    return QString::fromUtf8(text).split(u'\n', Qt::SkipEmptyParts);
}

} // namespace

class ExporterNamesTest : public QObject {
    Q_OBJECT

private slots:
    void init();

    void answersAsNodeExporterOnLinux();
    void answersAsNodeExporterOnFreeBsd();
    void answersAsNodeExporterOnMac();
    void answersAsWindowsExporter();
    void everyNameOfTheManualWasAskedFor();

private:
    void store(const std::vector<Frame>& frames)
    {
        for (std::uint8_t number = 0; number < frames.size(); ++number) {
            metrics::Batch batch;
            batch.id = metrics::BatchId::make(kNow, {number});
            batch.frames = {frames[number]};
            const HostBatch one{HostId{1}, &batch};
            QVERIFY(m_store->append({&one, 1}, {}).has_value());
        }
    }
    /// `name{label="value", …} value` of every series of that exporter, without instance and job; sorted.
    QStringList answers(metrics::OsMask os, const std::string& exporter)
    {
        HostDescription description;
        description.name = QStringLiteral("web");
        description.osFamily = QStringLiteral("linux");
        description.kernel = QStringLiteral("6.1");
        description.architecture = QStringLiteral("x86_64");
        const PromqlSource source(*m_store, {{HostId{1}, "web", os, description}});
        promql::Budget budget({});
        const std::vector<promql::Matcher> named{
            *promql::Matcher::make("__name__", promql::MatchOp::Regex, exporter + "_.*")};
        const auto found = source.select(named, {kNow, kNow}, budget);
        QStringList lines;
        for (const promql::Series& series : found.value()) {
            m_asked.insert(std::string(promql::labelValue(series.labels, "__name__")));
            promql::Labels own;
            for (const promql::Label& label : series.labels) {
                if (label != promql::Label{"instance", "web"} && label != promql::Label{"job", "sextant"})
                    own.push_back(label);
            }
            lines.append(
                QString::fromStdString(promql::toText(own)) + u' ' + QString::number(series.values.at(0), 'g', 15));
        }
        lines.sort();
        return lines;
    }

    static void compare(const QStringList& answers, QStringList wanted)
    {
        wanted.sort();
        for (qsizetype i = 0; i < std::min(answers.size(), wanted.size()); ++i)
            QCOMPARE(answers[i], wanted[i]);
        QCOMPARE(answers.size(), wanted.size());
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<SqlStore> m_store;
    std::set<std::string> m_asked;
};

void ExporterNamesTest::init()
{
    m_store.reset();
    m_database.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
    QVERIFY(opened.has_value());
    m_database = std::move(*opened);
    m_store = makeStore(*m_database, [] { return kNow; });
}

void ExporterNamesTest::answersAsNodeExporterOnLinux()
{
    store({frame("cpu", {}, {{"load1", 1.5}, {"load5", 1.25}, {"load15", 0.75}}),
        frame("cpu_core", {"3"},
            {{"user_seconds_total", 10.5}, {"guest_seconds_total", 2.25}, {"nice_seconds_total", 3.5},
                {"guest_nice_seconds_total", 0.25}, {"idle_seconds_total", 100}, {"iowait_seconds_total", 4},
                {"irq_seconds_total", 5}, {"softirq_seconds_total", 6}, {"steal_seconds_total", 7},
                {"system_seconds_total", 8}}),
        frame("memory", {},
            {{"total_bytes", 1'000}, {"available_bytes", 600}, {"free_bytes", 300}, {"buffers_bytes", 41},
                {"cached_bytes", 200}, {"shared_bytes", 50}, {"slab_reclaimable_bytes", 47}, {"swap_total_bytes", 900},
                {"swap_used_bytes", 150}, {"committed_bytes", 46}, {"commit_limit_bytes", 48}, {"oom_kills_total", 2},
                {"page_faults_total", 49}, {"major_page_faults_total", 3}}),
        frame("disk", {"/srv", "sda1", "ext4"},
            {{"total_bytes", 5'000}, {"used_bytes", 2'000}, {"available_bytes", 2'700}, {"inodes", 1'000},
                {"inodes_used", 400}, {"read_only", 1}, {"responding", 1}}),
        frame("diskio", {"sda"},
            {{"in_flight", 21}, {"busy_seconds_total", 22.5}, {"weighted_seconds_total", 23.5},
                {"read_bytes_total", 24}, {"read_seconds_total", 25.5}, {"reads_total", 26}, {"reads_merged_total", 27},
                {"write_seconds_total", 28.5}, {"writes_total", 29}, {"writes_merged_total", 30},
                {"write_bytes_total", 31}}),
        frame("network", {"eth0"},
            {{"mtu_bytes", 1'500}, {"receive_bytes_total", 51}, {"receive_drops_total", 52},
                {"receive_errors_total", 53}, {"receive_packets_total", 54}, {"speed_bytes_per_second", 125'000'000},
                {"transmit_bytes_total", 56}, {"transmit_drops_total", 57}, {"transmit_errors_total", 58},
                {"transmit_packets_total", 59}, {"up", 1}}),
        frame("pressure", {"cpu"}, {{"some_seconds_total", 61.5}, {"full_seconds_total", 60}}),
        frame("pressure", {"io"}, {{"some_seconds_total", 63.5}, {"full_seconds_total", 62.5}}),
        frame("pressure", {"irq"}, {{"full_seconds_total", 64.5}}),
        frame("pressure", {"memory"}, {{"some_seconds_total", 66.5}, {"full_seconds_total", 65.5}}),
        frame("system", {},
            {{"boot_time_seconds", 1'767'000'000}, {"uptime_seconds", 225'600}, {"context_switches_total", 11},
                {"open_files", 12}, {"open_files_limit", 13}, {"forks_total", 14}, {"interrupts_total", 15},
                {"processes", 16}, {"threads", 17}, {"processes_blocked", 18}, {"processes_running", 19}}),
        frame("temperature", {"coretemp", "hwmon3", "temp1"},
            {{"celsius", 41.5}, {"high_celsius", 90}, {"critical_celsius", 100}}),
        frame("wifi", {"wlan0", "office"},
            {{"frequency_hertz", 5'180'000'000}, {"beacon_losses_total", 67}, {"receive_rate_bytes_per_second", 68},
                {"signal_dbm", -69.5}, {"transmit_rate_bytes_per_second", 70}, {"transmit_failures_total", 71},
                {"transmit_retries_total", 72}})});
    compare(answers(metrics::kLinux, "node"), lines(R"(
node_boot_time_seconds 1767000000
node_context_switches_total 11
node_cpu_guest_seconds_total{cpu="3", mode="nice"} 0.25
node_cpu_guest_seconds_total{cpu="3", mode="user"} 2.25
node_cpu_seconds_total{cpu="3", mode="idle"} 100
node_cpu_seconds_total{cpu="3", mode="iowait"} 4
node_cpu_seconds_total{cpu="3", mode="irq"} 5
node_cpu_seconds_total{cpu="3", mode="nice"} 3.75
node_cpu_seconds_total{cpu="3", mode="softirq"} 6
node_cpu_seconds_total{cpu="3", mode="steal"} 7
node_cpu_seconds_total{cpu="3", mode="system"} 8
node_cpu_seconds_total{cpu="3", mode="user"} 12.75
node_disk_io_now{device="sda"} 21
node_disk_io_time_seconds_total{device="sda"} 22.5
node_disk_io_time_weighted_seconds_total{device="sda"} 23.5
node_disk_read_bytes_total{device="sda"} 24
node_disk_read_time_seconds_total{device="sda"} 25.5
node_disk_reads_completed_total{device="sda"} 26
node_disk_reads_merged_total{device="sda"} 27
node_disk_write_time_seconds_total{device="sda"} 28.5
node_disk_writes_completed_total{device="sda"} 29
node_disk_writes_merged_total{device="sda"} 30
node_disk_written_bytes_total{device="sda"} 31
node_filefd_allocated 12
node_filefd_maximum 13
node_filesystem_avail_bytes{device="sda1", fstype="ext4", mountpoint="/srv"} 2700
node_filesystem_device_error{device="sda1", fstype="ext4", mountpoint="/srv"} 0
node_filesystem_files{device="sda1", fstype="ext4", mountpoint="/srv"} 1000
node_filesystem_files_free{device="sda1", fstype="ext4", mountpoint="/srv"} 600
node_filesystem_free_bytes{device="sda1", fstype="ext4", mountpoint="/srv"} 3000
node_filesystem_readonly{device="sda1", fstype="ext4", mountpoint="/srv"} 1
node_filesystem_size_bytes{device="sda1", fstype="ext4", mountpoint="/srv"} 5000
node_forks_total 14
node_hwmon_temp_celsius{chip="hwmon3", chip_name="coretemp", sensor="temp1"} 41.5
node_hwmon_temp_crit_celsius{chip="hwmon3", chip_name="coretemp", sensor="temp1"} 100
node_hwmon_temp_max_celsius{chip="hwmon3", chip_name="coretemp", sensor="temp1"} 90
node_intr_total 15
node_load1 1.5
node_load15 0.75
node_load5 1.25
node_memory_Buffers_bytes 41
node_memory_Cached_bytes 250
node_memory_CommitLimit_bytes 48
node_memory_Committed_AS_bytes 46
node_memory_MemAvailable_bytes 600
node_memory_MemFree_bytes 300
node_memory_MemTotal_bytes 1000
node_memory_SReclaimable_bytes 47
node_memory_Shmem_bytes 50
node_memory_SwapFree_bytes 750
node_memory_SwapTotal_bytes 900
node_network_mtu_bytes{device="eth0"} 1500
node_network_receive_bytes_total{device="eth0"} 51
node_network_receive_drop_total{device="eth0"} 52
node_network_receive_errs_total{device="eth0"} 53
node_network_receive_packets_total{device="eth0"} 54
node_network_speed_bytes{device="eth0"} 125000000
node_network_transmit_bytes_total{device="eth0"} 56
node_network_transmit_drop_total{device="eth0"} 57
node_network_transmit_errs_total{device="eth0"} 58
node_network_transmit_packets_total{device="eth0"} 59
node_network_up{device="eth0"} 1
node_pressure_cpu_waiting_seconds_total 61.5
node_pressure_io_stalled_seconds_total 62.5
node_pressure_io_waiting_seconds_total 63.5
node_pressure_irq_stalled_seconds_total 64.5
node_pressure_memory_stalled_seconds_total 65.5
node_pressure_memory_waiting_seconds_total 66.5
node_processes_pids 16
node_processes_threads 17
node_procs_blocked 18
node_procs_running 19
node_time_seconds 1767225600
node_uname_info{machine="x86_64", nodename="web", release="6.1", sysname="Linux"} 1
node_vmstat_oom_kill 2
node_vmstat_pgfault 49
node_vmstat_pgmajfault 3
node_wifi_interface_frequency_hertz{device="wlan0", ssid="office"} 5180000000
node_wifi_station_beacon_loss_total{device="wlan0", ssid="office"} 67
node_wifi_station_receive_bits_per_second{device="wlan0", ssid="office"} 544
node_wifi_station_signal_dbm{device="wlan0", ssid="office"} -69.5
node_wifi_station_transmit_bits_per_second{device="wlan0", ssid="office"} 560
node_wifi_station_transmit_failed_total{device="wlan0", ssid="office"} 71
node_wifi_station_transmit_retries_total{device="wlan0", ssid="office"} 72
)"));
}

void ExporterNamesTest::answersAsNodeExporterOnFreeBsd()
{
    store({frame("memory", {},
        {{"total_bytes", 1'000}, {"free_bytes", 300}, {"buffers_bytes", 41}, {"swap_total_bytes", 900},
            {"swap_used_bytes", 150}})});
    compare(answers(metrics::kFreeBsd, "node"), lines(R"(
node_memory_buffer_bytes 41
node_memory_free_bytes 300
node_memory_size_bytes 1000
node_memory_swap_size_bytes 900
node_memory_swap_used_bytes 150
)"));
}

void ExporterNamesTest::answersAsNodeExporterOnMac()
{
    store({frame("memory", {},
        {{"total_bytes", 1'000}, {"free_bytes", 300}, {"swap_total_bytes", 900}, {"swap_used_bytes", 150}})});
    compare(answers(metrics::kDarwin, "node"), lines(R"(
node_memory_free_bytes 300
node_memory_swap_total_bytes 900
node_memory_swap_used_bytes 150
node_memory_total_bytes 1000
)"));
}

void ExporterNamesTest::answersAsWindowsExporter()
{
    store({frame("cpu", {}, {{"logical_count", 8}}),
        frame("cpu_core", {"0,0"},
            {{"user_seconds_total", 10.5}, {"system_seconds_total", 4}, {"irq_seconds_total", 0.25},
                {"softirq_seconds_total", 0.5}, {"idle_seconds_total", 100}}),
        frame("memory", {},
            {{"total_bytes", 16'000}, {"available_bytes", 6'000}, {"cached_bytes", 700}, {"page_faults_total", 88},
                {"swap_total_bytes", 4'000}, {"swap_used_bytes", 1'500}, {"committed_bytes", 9'000},
                {"commit_limit_bytes", 20'000}}),
        frame("disk", {"C:", "Volume1", "NTFS"}, {{"total_bytes", 1'000}, {"available_bytes", 300}, {"read_only", 1}}),
        frame("diskio", {"0 C:"},
            {{"read_bytes_total", 24}, {"read_seconds_total", 25.5}, {"reads_total", 77}, {"in_flight", 2},
                {"write_bytes_total", 31}, {"write_seconds_total", 1.5}, {"writes_total", 29}}),
        frame("network", {"Intel_R_ Ethernet"},
            {{"receive_bytes_total", 900}, {"receive_drops_total", 52}, {"receive_errors_total", 53},
                {"receive_packets_total", 54}, {"speed_bytes_per_second", 125'000'000}, {"transmit_bytes_total", 56},
                {"transmit_drops_total", 3}, {"transmit_errors_total", 58}, {"transmit_packets_total", 59}}),
        frame("system", {},
            {{"boot_time_seconds", 1'767'000'000}, {"uptime_seconds", 225'600}, {"context_switches_total", 11},
                {"processes", 16}, {"threads", 2'100}, {"users", 4}})});
    compare(answers(metrics::kWindows, "windows"), lines(R"(
windows_cpu_time_total{core="0,0", mode="dpc"} 0.5
windows_cpu_time_total{core="0,0", mode="idle"} 100
windows_cpu_time_total{core="0,0", mode="interrupt"} 0.25
windows_cpu_time_total{core="0,0", mode="privileged"} 4.75
windows_cpu_time_total{core="0,0", mode="user"} 10.5
windows_cs_logical_processors 8
windows_cs_physical_memory_bytes 16000
windows_logical_disk_free_bytes{volume="C:"} 300
windows_logical_disk_readonly{volume="C:"} 1
windows_logical_disk_size_bytes{volume="C:"} 1000
windows_memory_available_bytes 6000
windows_memory_cache_bytes 700
windows_memory_commit_limit 20000
windows_memory_committed_bytes 9000
windows_memory_page_faults_total 88
windows_memory_physical_free_bytes 6000
windows_memory_physical_total_bytes 16000
windows_net_bytes_received_total{nic="Intel_R_ Ethernet"} 900
windows_net_bytes_sent_total{nic="Intel_R_ Ethernet"} 56
windows_net_current_bandwidth_bytes{nic="Intel_R_ Ethernet"} 125000000
windows_net_packets_outbound_discarded_total{nic="Intel_R_ Ethernet"} 3
windows_net_packets_outbound_errors_total{nic="Intel_R_ Ethernet"} 58
windows_net_packets_received_discarded_total{nic="Intel_R_ Ethernet"} 52
windows_net_packets_received_errors_total{nic="Intel_R_ Ethernet"} 53
windows_net_packets_received_total{nic="Intel_R_ Ethernet"} 54
windows_net_packets_sent_total{nic="Intel_R_ Ethernet"} 59
windows_os_paging_free_bytes 2500
windows_os_paging_limit_bytes 4000
windows_os_physical_memory_free_bytes 6000
windows_os_processes 16
windows_os_time 1767225600
windows_os_users 4
windows_os_visible_memory_bytes 16000
windows_physical_disk_read_bytes_total{disk="0 C:"} 24
windows_physical_disk_read_seconds_total{disk="0 C:"} 25.5
windows_physical_disk_reads_total{disk="0 C:"} 77
windows_physical_disk_requests_queued{disk="0 C:"} 2
windows_physical_disk_write_bytes_total{disk="0 C:"} 31
windows_physical_disk_write_seconds_total{disk="0 C:"} 1.5
windows_physical_disk_writes_total{disk="0 C:"} 29
windows_system_boot_time_timestamp_seconds 1767000000
windows_system_context_switches_total 11
windows_system_processes 16
windows_system_system_up_time 1767000000
windows_system_threads 2100
)"));
}

/// docs/metrics.md, Aliases.
void ExporterNamesTest::everyNameOfTheManualWasAskedFor()
{
    QFile manual(QStringLiteral(SEXTANT_SOURCE_DIR "/docs/metrics.md"));
    QVERIFY(manual.open(QIODevice::ReadOnly));
    static const QRegularExpression kRow(
        QStringLiteral("^\\| `((?:node|windows)_\\w+)`"), QRegularExpression::MultilineOption);
    std::set<std::string> told;
    for (auto rows = kRow.globalMatch(QString::fromUtf8(manual.readAll())); rows.hasNext();)
        told.insert(rows.next().captured(1).toStdString());
    QVERIFY(told.size() > 100);
    for (const std::string& name : told)
        QVERIFY2(m_asked.contains(name), name.c_str());
    QCOMPARE(m_asked.size(), told.size());
}

QTEST_APPLESS_MAIN(ExporterNamesTest)
#include "exporter_names_test.moc"
