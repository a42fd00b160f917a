// SPDX-License-Identifier: GPL-3.0-or-later
// The histories of one host as Spectra's pages ask for them: `/api/v1/agents/{id}/cpu?range=1h` and its like.
#include "server/api/compat.h"
#include "server/api/compat_query.h"
#include "server/api/handlers.h"
#include "server/api/services.h"
#include "server/api/spectra.h"
#include "server/query/json_text.h"
#include "server/receivers/rfc3339.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
constexpr std::int64_t kHour = 60 * kMinuteMs;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kLongestMs = 30 * kDay;
constexpr std::int64_t kRateMs = 5 * kMinuteMs; ///< what a rate looks back over at least: two samples of any agent

/// A label that tells the rows of one time apart: as it is answered, as Spectra's agents send it, as ours do.
struct Key {
    std::string_view json;
    std::string_view pushed;
    std::string_view measured;
};

/// A number of a row and the query that gives it. `$` is the bucket, `~` the same for rates, which need two samples.
struct Field {
    std::string_view json;
    std::string_view query;
};

struct Chart {
    std::string_view name;
    std::span<const Key> keys;
    std::span<const Field> fields;
};

constexpr std::array kCpu{
    Field{"usage", "avg_over_time(spectra_cpu_usage$) or avg_over_time(system_cpu_usage_percent$)"},
    Field{"load_1m", "avg_over_time(spectra_cpu_load_1m$) or avg_over_time(system_cpu_load1$)"},
    Field{"load_5m", "avg_over_time(spectra_cpu_load_5m$) or avg_over_time(system_cpu_load5$)"},
    Field{"load_15m", "avg_over_time(spectra_cpu_load_15m$) or avg_over_time(system_cpu_load15$)"},
    Field{"iowait", "avg_over_time(spectra_cpu_iowait$) or avg_over_time(system_cpu_iowait_percent$)"}};
constexpr std::array kMemory{
    Field{"ram_total", "avg_over_time(spectra_memory_ram_total$) or avg_over_time(system_memory_total_bytes$)"},
    Field{"ram_used", "avg_over_time(spectra_memory_ram_used$) or avg_over_time(system_memory_used_bytes$)"},
    Field{"ram_available",
        "avg_over_time(spectra_memory_ram_available$) or avg_over_time(system_memory_available_bytes$)"},
    Field{"ram_percent", "avg_over_time(spectra_memory_ram_used_pct$) or avg_over_time(system_memory_used_percent$)"},
    Field{"swap_total", "avg_over_time(spectra_memory_swap_total$) or avg_over_time(system_memory_swap_total_bytes$)"},
    Field{"swap_used", "avg_over_time(spectra_memory_swap_used$) or avg_over_time(system_memory_swap_used_bytes$)"},
    Field{
        "swap_percent", "avg_over_time(spectra_memory_swap_pct$) or avg_over_time(system_memory_swap_used_percent$)"}};
constexpr std::array kDiskKeys{Key{"device", "device", "device"}, Key{"mountpoint", "mountpoint", "mount"},
    Key{"filesystem", "filesystem", "fstype"}, Key{"disk_type", "disk_type", ""}};
constexpr std::array kDisk{
    Field{"total_bytes", "avg_over_time(spectra_disk_disk_total$) or avg_over_time(system_disk_total_bytes$)"},
    Field{"used_bytes", "avg_over_time(spectra_disk_disk_used$) or avg_over_time(system_disk_used_bytes$)"},
    Field{"free_bytes", "avg_over_time(spectra_disk_disk_available$) or avg_over_time(system_disk_available_bytes$)"},
    Field{"used_percent", "avg_over_time(spectra_disk_disk_used_pct$) or avg_over_time(system_disk_used_percent$)"},
    Field{"inodes_total", "avg_over_time(spectra_disk_inodes_total$) or avg_over_time(system_disk_inodes$)"},
    Field{"inodes_used", "avg_over_time(spectra_disk_inodes_used$) or avg_over_time(system_disk_inodes_used$)"},
    Field{"inodes_percent",
        "avg_over_time(spectra_disk_inodes_pct$) or avg_over_time(system_disk_inodes_used_percent$)"}};
constexpr std::array kDeviceKey{Key{"device", "device", "device"}};
constexpr std::array kDiskIo{
    Field{"read_bytes", "avg_over_time(spectra_disk_io_read_bytes$) or rate(system_diskio_read_bytes_total~)"},
    Field{"write_bytes", "avg_over_time(spectra_disk_io_write_bytes$) or rate(system_diskio_write_bytes_total~)"},
    Field{"read_ops", "avg_over_time(spectra_disk_io_read_ops$) or rate(system_diskio_reads_total~)"},
    Field{"write_ops", "avg_over_time(spectra_disk_io_write_ops$) or rate(system_diskio_writes_total~)"},
    Field{"read_latency", "avg_over_time(spectra_disk_io_read_time_ms$)"},
    Field{"write_latency", "avg_over_time(spectra_disk_io_write_time_ms$)"},
    Field{
        "io_in_progress", "avg_over_time(spectra_disk_io_io_in_progress$) or avg_over_time(system_diskio_in_flight$)"}};
constexpr std::array kInterfaceKey{Key{"interface", "interface", "interface"}};
constexpr std::array kNetwork{
    Field{"mtu", "avg_over_time(spectra_network_mtu$) or avg_over_time(system_network_mtu_bytes$)"},
    Field{
        "speed", "avg_over_time(spectra_network_speed$) or 8 * avg_over_time(system_network_speed_bytes_per_second$)"},
    Field{"rx_bytes", "avg_over_time(spectra_network_rx_bytes$) or rate(system_network_receive_bytes_total~)"},
    Field{"tx_bytes", "avg_over_time(spectra_network_tx_bytes$) or rate(system_network_transmit_bytes_total~)"},
    Field{"rx_packets", "avg_over_time(spectra_network_rx_packets$) or rate(system_network_receive_packets_total~)"},
    Field{"tx_packets", "avg_over_time(spectra_network_tx_packets$) or rate(system_network_transmit_packets_total~)"},
    Field{"rx_errors", "avg_over_time(spectra_network_rx_errors$) or rate(system_network_receive_errors_total~)"},
    Field{"tx_errors", "avg_over_time(spectra_network_tx_errors$) or rate(system_network_transmit_errors_total~)"},
    Field{"rx_drops", "avg_over_time(spectra_network_rx_drops$) or rate(system_network_receive_drops_total~)"},
    Field{"tx_drops", "avg_over_time(spectra_network_tx_drops$) or rate(system_network_transmit_drops_total~)"}};
constexpr std::array kSensorKey{Key{"sensor", "sensor", "sensor"}};
/// A machine has several chips of one kind, and each of them sensors of the same names: our agents' are told apart by
/// chip, sensor and device.
constexpr std::array kTemperature{
    Field{"temperature", "avg_over_time(spectra_temperature_temperature$) or "
                         "label_join(avg_over_time(system_temperature_celsius$), 'sensor', ' ', 'chip', 'sensor', "
                         "'device')"},
    Field{"max_temp", "avg_over_time(spectra_temperature_max_temp$) or "
                      "label_join(avg_over_time(system_temperature_high_celsius$) or "
                      "avg_over_time(system_temperature_critical_celsius$), 'sensor', ' ', 'chip', 'sensor', "
                      "'device')"}};
constexpr std::array kSystem{
    Field{"uptime", "last_over_time(spectra_system_uptime$) or last_over_time(system_uptime_seconds$)"},
    Field{"process_count", "avg_over_time(spectra_system_processes$) or avg_over_time(system_processes$)"},
    Field{"user_count", "avg_over_time(spectra_system_users$) or avg_over_time(system_users$)"},
    Field{"boot_time", "last_over_time(spectra_system_boot_time$) or last_over_time(system_boot_time_seconds$)"}};
constexpr std::array kContainerKeys{Key{"container_id", "id", ""}, Key{"name", "name", ""}, Key{"image", "image", ""},
    Key{"state", "state", ""}, Key{"source", "source", ""}, Key{"kind", "kind", ""}};
constexpr std::array kContainers{Field{"cpu_percent", "avg_over_time(spectra_container_list_cpu_percent$)"},
    Field{"cpu_cores", "avg_over_time(spectra_container_list_cpu_limit_cores$)"},
    Field{"memory_bytes", "avg_over_time(spectra_container_list_memory_bytes$)"},
    Field{"memory_limit", "avg_over_time(spectra_container_list_memory_limit$)"},
    Field{"net_rx_bytes", "last_over_time(spectra_container_list_net_rx_bytes$)"},
    Field{"net_tx_bytes", "last_over_time(spectra_container_list_net_tx_bytes$)"}};
constexpr std::array kWifiKeys{Key{"interface", "interface", ""}, Key{"ssid", "ssid", ""}};
constexpr std::array kWifi{Field{"frequency_mhz", "1000 * avg_over_time(spectra_wifi_frequency_ghz$)"},
    Field{"signal_dbm", "avg_over_time(spectra_wifi_signal_dbm$)"},
    Field{"link_quality", "avg_over_time(spectra_wifi_link_quality$)"},
    Field{"bitrate_mbps", "avg_over_time(spectra_wifi_bitrate_mbps$)"}};
/// Of a Raspberry Pi. What was throttled for a moment was throttled in that bucket.
constexpr std::array kPi{Field{"arm_freq_hz", "avg_over_time(spectra_clock_arm_freq_hz$)"},
    Field{"core_freq_hz", "avg_over_time(spectra_clock_core_freq_hz$)"},
    Field{"gpu_freq_hz", "avg_over_time(spectra_clock_gpu_freq_hz$)"},
    Field{"undervoltage", "max_over_time(spectra_throttle_undervoltage$)"},
    Field{"arm_freq_capped", "max_over_time(spectra_throttle_arm_freq_capped$)"},
    Field{"throttled", "max_over_time(spectra_throttle_throttled$)"},
    Field{"soft_temp_limit", "max_over_time(spectra_throttle_soft_temp_limit$)"},
    Field{"undervoltage_occurred", "max_over_time(spectra_throttle_undervoltage_occurred$)"},
    Field{"freq_cap_occurred", "max_over_time(spectra_throttle_freq_cap_occurred$)"},
    Field{"throttled_occurred", "max_over_time(spectra_throttle_throttled_occurred$)"},
    Field{"soft_temp_occurred", "max_over_time(spectra_throttle_soft_temp_occurred$)"},
    Field{"core_volts", "avg_over_time(spectra_voltage_core_volts$)"},
    Field{"sdram_c_volts", "avg_over_time(spectra_voltage_sdram_c_volts$)"},
    Field{"sdram_i_volts", "avg_over_time(spectra_voltage_sdram_i_volts$)"},
    Field{"sdram_p_volts", "avg_over_time(spectra_voltage_sdram_p_volts$)"},
    Field{"gpu_mem_total", "avg_over_time(spectra_gpu_gpu_mem_total$)"},
    Field{"gpu_mem_used", "avg_over_time(spectra_gpu_gpu_mem_used$)"}};

constexpr std::array kCharts{Chart{"cpu", {}, kCpu}, Chart{"memory", {}, kMemory}, Chart{"disk", kDiskKeys, kDisk},
    Chart{"diskio", kDeviceKey, kDiskIo}, Chart{"network", kInterfaceKey, kNetwork},
    Chart{"temperature", kSensorKey, kTemperature}, Chart{"system", {}, kSystem},
    Chart{"containers", kContainerKeys, kContainers}, Chart{"wifi", kWifiKeys, kWifi}, Chart{"pi", {}, kPi}};

struct Range {
    std::string_view name;
    std::int64_t ms;
};
constexpr std::array kRanges{Range{"5m", 5 * kMinuteMs}, Range{"15m", 15 * kMinuteMs}, Range{"1h", kHour},
    Range{"6h", 6 * kHour}, Range{"24h", kDay}, Range{"7d", 7 * kDay}, Range{"30d", kLongestMs}};

/// Spectra's widths. Up to an hour it gives what was sent; its agents send every 5 s at most.
std::int64_t widthFor(std::int64_t lengthMs)
{
    return lengthMs <= kHour       ? 5 * kSecondMs
           : lengthMs <= 6 * kHour ? kMinuteMs
           : lengthMs <= kDay      ? 5 * kMinuteMs
           : lengthMs <= 7 * kDay  ? 15 * kMinuteMs
                                   : kHour;
}

/// The rows of an answer, in order of time.
class Rows {
public:
    Rows(const Chart& chart, std::string id) : m_chart(chart), m_id(std::move(id)) {}

    void add(std::size_t field, const promql::MatrixValue& matrix)
    {
        for (const promql::MatrixSeries& series : matrix) {
            // Where several agents share a key, what each sent stays a row of its own.
            std::vector<std::string> keys{std::string(promql::labelValue(series.labels, "host"))};
            for (const Key& key : m_chart.keys) {
                const std::string_view pushed = promql::labelValue(series.labels, key.pushed);
                keys.emplace_back(pushed.empty() ? promql::labelValue(series.labels, key.measured) : pushed);
            }
            for (const promql::Point& point : series.points) {
                auto& row = m_rows[{point.timeMs, keys}];
                row.resize(m_chart.fields.size());
                row[field] = point.value;
            }
        }
    }
    /// Of each logical CPU.
    void addCores(const promql::MatrixValue& matrix)
    {
        for (const promql::MatrixSeries& series : matrix) {
            const std::string_view index = promql::labelValue(series.labels, "index");
            const std::string core(index.empty() ? promql::labelValue(series.labels, "core") : index);
            for (const promql::Point& point : series.points)
                m_cores[point.timeMs][{core.size(), core}] = point.value; // 2 before 10
        }
    }

    [[nodiscard]] std::string json() const
    {
        std::string json = "[";
        for (const auto& row : m_rows) {
            json += json.size() > 1 ? "," : "";
            appendRow(json, row);
        }
        return json + ']';
    }
    /// The newest row; empty when there is none.
    [[nodiscard]] std::string newestJson() const
    {
        std::string json;
        if (!m_rows.empty())
            appendRow(json, *m_rows.rbegin());
        return json;
    }

private:
    using Places = std::map<std::pair<std::int64_t, std::vector<std::string>>, std::vector<std::optional<double>>>;

    void appendRow(std::string& json, const Places::value_type& row) const
    {
        const auto& [place, values] = row;
        json += "{\"time\":\"" + timeText(place.first) + "\",\"agent_id\":\"" + m_id + '"';
        for (std::size_t i = 0; i < m_chart.keys.size(); ++i) {
            appendJsonKey(json, m_chart.keys[i].json);
            appendJsonString(json, place.second[i + 1]);
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            appendJsonKey(json, m_chart.fields[i].json);
            values[i] ? appendJsonNumber(json, *values[i]) : void(json += "null");
        }
        appendCores(json, place.first);
        json += '}';
    }
    void appendCores(std::string& json, std::int64_t timeMs) const
    {
        const auto cores = m_cores.find(timeMs);
        if (cores == m_cores.end())
            return;
        json += ",\"core_usages\":[";
        bool isFirst = true;
        for (const auto& [core, value] : cores->second) {
            json += std::exchange(isFirst, false) ? "" : ",";
            appendJsonNumber(json, value);
        }
        json += ']';
    }

    const Chart& m_chart;
    std::string m_id;
    Places m_rows;
    std::map<std::int64_t, std::map<std::pair<std::size_t, std::string>, double>> m_cores;
};

MatrixOutcome fillRows(Rows& rows, const Services& services, const Chart& chart, const Buckets& buckets,
    const PromqlSource& source, const http::Responder& responder)
{
    const auto ask = [&](std::string_view pattern) {
        return queryBuckets(services, responder, spectraQuery(pattern, buckets), buckets, source);
    };
    for (std::size_t i = 0; i < chart.fields.size(); ++i) {
        const auto matrix = ask(chart.fields[i].query);
        if (!matrix)
            return matrix;
        rows.add(i, *matrix);
    }
    if (chart.name == "cpu" && buckets.stepMs < kMinuteMs) {
        const auto matrix = ask("avg_over_time(spectra_cpu_cores$) or avg_over_time(system_cpu_core_usage_percent$)");
        if (!matrix)
            return matrix;
        rows.addCores(*matrix);
    }
    return promql::MatrixValue{};
}

} // namespace

Result<SpectraRange> spectraRange(const Call& call, std::int64_t nowMs)
{
    const std::string* start = call.parameter("start");
    const std::string* end = call.parameter("end");
    const std::string* name = call.parameter("range");
    if (!start && !end) {
        const auto range = std::ranges::find(kRanges, name ? std::string_view(*name) : "1h", &Range::name);
        if (range == kRanges.end())
            return fail(ErrorCode::Invalid, "range must be one of 5m, 15m, 1h, 6h, 24h, 7d, 30d");
        return SpectraRange{nowMs - range->ms, nowMs};
    }
    const auto to = end ? timeOf(*end) : std::optional(nowMs);
    const auto from = start ? timeOf(*start) : to ? std::optional(*to - kHour) : std::nullopt;
    if (!from || !to)
        return fail(ErrorCode::Invalid, "start and end must be RFC 3339");
    const std::int64_t last = std::min(*to, nowMs);
    if (*from >= last)
        return fail(ErrorCode::Invalid, "start must be before end");
    if (*from < nowMs - kLongestMs - 5 * kMinuteMs)
        return fail(ErrorCode::Invalid, "start must not be more than 30 days ago");
    return SpectraRange{*from, last};
}

std::string spectraQuery(std::string_view pattern, const Buckets& buckets)
{
    const Buckets wide{buckets.fromMs, std::max(buckets.stepMs, kRateMs), buckets.count};
    std::string query;
    for (const char c : pattern) {
        if (c == '$' || c == '~')
            query += overBucket(c == '$' ? buckets : wide);
        else
            query += c;
    }
    return query;
}

void spectraChart(Services& services, Call& call, const http::Responder& responder)
{
    const auto host = spectraHost(services, call);
    const auto* const chart = std::ranges::find(kCharts, call.pathValues.at(1), &Chart::name);
    if (!host || chart == kCharts.end())
        return responder.send(host ? errorOf(404, "there is no such history") : noSuchAgent());
    const auto range = spectraRange(call, services.clock());
    if (!range)
        return responder.send(errorOf(400, range.error().message));
    const Buckets buckets = bucketsOf(range->fromMs, range->toMs, widthFor(range->toMs - range->fromMs));
    Rows rows(*chart, spectraId(*host));
    const auto filled = fillRows(rows, services, *chart, buckets, prometheusSource(services, *host), responder);
    responder.send(filled ? http::jsonResponse(200, QByteArray::fromStdString(rows.json()))
                          : queryFailed(filled.error(), errorOf));
}

void spectraSystemNow(Services& services, Call& call, const http::Responder& responder)
{
    const auto host = spectraHost(services, call);
    if (!host)
        return responder.send(noSuchAgent());
    const Chart& chart = *std::ranges::find(kCharts, "system", &Chart::name);
    const std::int64_t now = services.clock();
    Rows rows(chart, spectraId(*host));
    const auto filled = fillRows(rows, services, chart, bucketsOf(now - kHour, now, widthFor(kHour)),
        prometheusSource(services, *host), responder);
    if (!filled)
        return responder.send(queryFailed(filled.error(), errorOf));
    const std::string newest = rows.newestJson();
    responder.send(newest.empty() ? errorOf(404, "nothing was heard of it within the last hour")
                                  : http::jsonResponse(200, QByteArray::fromStdString(newest)));
}

} // namespace sextant::server
