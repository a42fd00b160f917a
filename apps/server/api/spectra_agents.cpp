// SPDX-License-Identifier: GPL-3.0-or-later
// The hosts as Spectra's pages list them: those with an agent of ours, and those that Spectra's agents write for.
#include "server/api/compat.h"
#include "server/api/compat_query.h"
#include "server/api/handlers.h"
#include "server/api/host_path.h"
#include "server/api/services.h"
#include "server/api/spectra.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/receivers/rfc3339.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <array>
#include <charconv>
#include <cmath>
#include <map>

namespace sextant::server {
namespace {

constexpr std::string_view kUuidBegin = "00000000-0000-4000-8000-";
constexpr std::size_t kUuidDigits = 12;
constexpr std::int64_t kListedMs = 30LL * 24 * 60 * 60'000;

constexpr std::int64_t kFreshMs = 5 * 60'000;

/// What the state of a host says that is not older than `sinceMs`.
using Held = std::optional<double> (*)(const HostState& state, std::int64_t sinceMs);

std::optional<double> loadPerCore(const HostState& state, std::int64_t sinceMs)
{
    if (state.cpuTimeMs < sinceMs || !state.load1 || state.cores.value_or(0) <= 0)
        return std::nullopt;
    return *state.load1 / *state.cores;
}

std::optional<double> fullestDisk(const HostState& state, std::int64_t sinceMs)
{
    return state.diskTimeMs >= sinceMs && state.disk ? state.disk->usedPercent : std::nullopt;
}

std::optional<double> lastSeen(const HostState& state, std::int64_t)
{
    return state.lastSeenMs ? std::optional(static_cast<double>(*state.lastSeenMs) / 1'000) : std::nullopt;
}

/// A member of the state, from a frame that is new enough.
template <std::int64_t HostState::*Time, std::optional<double> HostState::*Number>
std::optional<double> held(const HostState& state, std::int64_t sinceMs)
{
    return state.*Time >= sinceMs ? state.*Number : std::nullopt;
}

/// The newest numbers of every host. One query each, `last_over_time(x[5m])` for each `$x`; of our own agents' hosts
/// what the fleet page knows without reading the store.
struct Newest {
    std::string_view json;
    std::string_view query;
    Held held = nullptr;
};
constexpr std::array kNewest{
    Newest{"cpu_usage", "max by (instance) ($spectra_cpu_usage)", held<&HostState::cpuTimeMs, &HostState::cpuPercent>},
    Newest{"cpu_cores", "count by (instance) ($spectra_cpu_cores)", held<&HostState::cpuTimeMs, &HostState::cores>},
    Newest{"load_normalized", "max by (instance) ($spectra_cpu_load_1m) / count by (instance) ($spectra_cpu_cores)",
        loadPerCore},
    Newest{"ram_total", "max by (instance) ($spectra_memory_ram_total)",
        held<&HostState::memoryTimeMs, &HostState::memoryTotalBytes>},
    Newest{"ram_percent", "max by (instance) ($spectra_memory_ram_used_pct)",
        held<&HostState::memoryTimeMs, &HostState::memoryPercent>},
    Newest{"swap_percent", "max by (instance) ($spectra_memory_swap_pct or $system_memory_swap_used_percent)"},
    Newest{"disk_max_percent", "max by (instance) ($spectra_disk_disk_used_pct)", fullestDisk},
    Newest{"net_rx_bytes", "sum by (instance) ($spectra_network_rx_bytes)",
        held<&HostState::networkTimeMs, &HostState::receiveBytesPerSecond>},
    Newest{"net_tx_bytes", "sum by (instance) ($spectra_network_tx_bytes)",
        held<&HostState::networkTimeMs, &HostState::transmitBytesPerSecond>},
    Newest{"max_temp", "max by (instance) ($spectra_temperature_temperature or $system_temperature_celsius)"},
    Newest{"uptime", "max by (instance) ($spectra_system_uptime)",
        held<&HostState::systemTimeMs, &HostState::uptimeSeconds>},
    Newest{"process_count", "max by (instance) ($spectra_system_processes or $system_processes)"},
    Newest{"reboot_required", "max by (instance) (last_over_time(spectra_updates_reboot_required[2d]))"}, // once a day
    Newest{"last_seen", "max by (instance) (timestamp(spectra_cpu_usage) or timestamp(spectra_cpu_usage offset 5m))",
        lastSeen}};

std::string queryOf(std::string_view pattern)
{
    std::string query;
    bool isName = false;
    for (const char c : pattern) {
        const bool goesOn = c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (isName && !goesOn)
            query += "[5m])";
        isName = c == '$' || (isName && goesOn);
        query += c == '$' ? std::string("last_over_time(") : std::string(1, c);
    }
    return query;
}

/// The instances that Spectra's agents wrote for, and the name that each has there.
tl::expected<std::map<std::string, std::string>, PrometheusFailure> pushingHosts(
    const Services& services, const PromqlSource& source, const http::Responder& responder)
{
    const auto pushed = promql::Matcher::make(std::string(promql::kMetricName), promql::MatchOp::Regex, "spectra_.*");
    promql::Budget budget({}, [responder] { return responder.isAbandoned(); });
    if (!pushed)
        return executionFailed(services, pushed.error(), budget);
    const std::int64_t now = services.clock();
    const auto all = source.labels({&*pushed, 1}, now - kListedMs, now, budget);
    if (!all)
        return executionFailed(services, all.error(), budget);
    std::map<std::string, std::string> names;
    for (const promql::Labels& labels : *all)
        names[std::string(promql::labelValue(labels, "instance"))] = promql::labelValue(labels, "host");
    return names;
}

QJsonValue textOrNull(const QString& text)
{
    return text.isEmpty() ? QJsonValue() : QJsonValue(text);
}

QJsonValue timeOrNull(std::optional<std::int64_t> timeMs)
{
    return timeMs ? QJsonValue(QString::fromStdString(timeText(*timeMs))) : QJsonValue();
}

} // namespace

std::string spectraId(HostId host)
{
    std::array<char, 16> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), host.value, 16);
    const std::string digits(text.data(), written.ptr);
    return std::string(kUuidBegin) + std::string(kUuidDigits - std::min(kUuidDigits, digits.size()), '0') + digits;
}

std::optional<HostId> spectraHost(const Services& services, const Call& call)
{
    const std::string_view id = call.pathValues.at(0);
    if (!id.starts_with(kUuidBegin))
        return hostOfPath(services, call);
    const std::string_view digits = id.substr(kUuidBegin.size());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    const bool isHost = error == std::errc() && end == digits.data() + digits.size() && digits.size() == kUuidDigits &&
                        services.hosts.contains(HostId{number});
    return isHost ? std::optional(HostId{number}) : std::nullopt;
}

http::Response noSuchAgent()
{
    return errorOf(404, "agent not found");
}

tl::expected<std::vector<SpectraAgent>, PrometheusFailure> spectraAgents(
    const Services& services, std::optional<HostId> only, const http::Responder& responder)
{
    const PromqlSource source = only ? prometheusSource(services, *only) : prometheusSource(services);
    const auto pushing = pushingHosts(services, source, responder);
    if (!pushing)
        return tl::unexpected(pushing.error());
    const auto hosts = services.hosts.list();
    const std::vector<QueryHost> known = queryHosts(*hosts);
    std::vector<SpectraAgent> agents;
    for (std::size_t i = 0; i < hosts->size(); ++i) {
        const HostFacts& facts = (*hosts)[i];
        const auto pushed = pushing->find(known[i].instance);
        const bool isPushed = pushed != pushing->end();
        if ((facts.kind == HostKind::Agent || isPushed) && (!only || facts.id == *only))
            agents.push_back({facts, known[i].instance,
                isPushed ? QString::fromStdString(pushed->second) : facts.description.name, {}});
    }
    return agents;
}

tl::expected<void, PrometheusFailure> fillNumbers(const Services& services, std::span<SpectraAgent> agents,
    std::span<const std::string_view> names, const http::Responder& responder)
{
    std::map<std::string_view, SpectraAgent*> byInstance;
    std::vector<HostId> ids;
    for (SpectraAgent& agent : agents) {
        byInstance.emplace(agent.instance, &agent);
        ids.push_back(agent.facts.id);
    }
    const PromqlSource source = prometheusSource(services, ids);
    promql::QueryTimes now;
    now.startMs = now.endMs = services.clock();
    const auto isAsked = [names](const Newest& number) {
        return names.empty() || std::ranges::find(names, number.json) != names.end();
    };
    for (const Newest& asked : kNewest) {
        if (!isAsked(asked))
            continue;
        promql::Budget budget({}, [responder] { return responder.isAbandoned(); });
        const auto result = runPromql(services, queryOf(asked.query), now, source, budget);
        if (!result)
            return tl::unexpected(result.error());
        for (const promql::VectorSeries& series : std::get<promql::VectorValue>(result->value)) {
            const auto agent = byInstance.find(promql::labelValue(series.labels, "instance"));
            if (agent != byInstance.end() && !std::isnan(series.point.value))
                agent->second->numbers[asked.json] = series.point.value;
        }
    }
    for (SpectraAgent& agent : agents) {
        const HostState state = services.overview.state(agent.facts.id);
        for (const Newest& asked : kNewest) {
            if (agent.facts.kind != HostKind::Agent || !asked.held || !isAsked(asked))
                continue;
            if (const auto number = asked.held(state, now.startMs - kFreshMs))
                agent.numbers[asked.json] = *number;
        }
    }
    return {};
}

bool isSpectraNumber(std::string_view name)
{
    return std::ranges::find(kNewest, name, &Newest::json) != kNewest.end();
}

QJsonObject spectraRow(const SpectraAgent& agent)
{
    const HostDescription& about = agent.facts.description;
    QJsonObject row{{QStringLiteral("id"), QString::fromStdString(spectraId(agent.facts.id))},
        {QStringLiteral("hostname"), agent.name}, {QStringLiteral("os"), textOrNull(about.osFamily)},
        {QStringLiteral("platform"), textOrNull(about.os)}, {QStringLiteral("arch"), textOrNull(about.architecture)},
        {QStringLiteral("version"), textOrNull(about.agentVersion)},
        {QStringLiteral("registered_at"), timeOrNull(agent.facts.enrolledMs)}};
    for (const char* unknown : {"commit", "binary_hash", "update_available"})
        row.insert(QLatin1String(unknown), QJsonValue());
    const auto numberOf = [&agent](std::string_view name) -> std::optional<double> {
        const auto found = agent.numbers.find(name);
        return found == agent.numbers.end() ? std::nullopt : std::optional(found->second);
    };
    for (const Newest& asked : kNewest) {
        const auto number = numberOf(asked.json);
        row.insert(QString::fromLatin1(asked.json.data(), static_cast<qsizetype>(asked.json.size())),
            number ? QJsonValue(*number) : QJsonValue());
    }
    std::optional<std::int64_t> seenMs;
    if (const auto seen = numberOf("last_seen"))
        seenMs = static_cast<std::int64_t>(*seen * 1'000);
    row.insert(QStringLiteral("last_seen"), timeOrNull(seenMs));
    row.insert(QStringLiteral("metrics_updated_at"), timeOrNull(seenMs));
    if (const auto reboot = numberOf("reboot_required"))
        row.insert(QStringLiteral("reboot_required"), *reboot != 0);
    return row;
}

void listSpectraAgents(Services& services, Call&, const http::Responder& responder)
{
    auto agents = spectraAgents(services, std::nullopt, responder);
    if (!agents)
        return responder.send(queryFailed(agents.error(), errorOf));
    if (const auto filled = fillNumbers(services, *agents, {}, responder); !filled)
        return responder.send(queryFailed(filled.error(), errorOf));
    QJsonArray rows;
    for (const SpectraAgent& agent : *agents)
        rows.append(spectraRow(agent));
    responder.send(http::jsonResponse(200, QJsonDocument(rows).toJson(QJsonDocument::Compact)));
}

void showSpectraAgent(Services& services, Call& call, const http::Responder& responder)
{
    const auto host = spectraHost(services, call);
    if (!host)
        return responder.send(noSuchAgent());
    auto agents = spectraAgents(services, host, responder);
    if (!agents)
        return responder.send(queryFailed(agents.error(), errorOf));
    if (agents->empty())
        return responder.send(noSuchAgent());
    if (const auto filled = fillNumbers(services, *agents, {}, responder); !filled)
        return responder.send(queryFailed(filled.error(), errorOf));
    responder.send(jsonOf(200, spectraRow(agents->front())));
}

} // namespace sextant::server
