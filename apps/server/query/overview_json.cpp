// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/overview_json.h"

#include "server/hosts/overview.h"
#include "server/query/json_text.h"

namespace sextant::server {
namespace {

/// Bytes that hosts seldom have more of.
constexpr std::size_t kMostOfAHost = 1'500;

void appendDisk(std::string& json, const FullestDisk& disk)
{
    appendJsonKey(json, "disk");
    json += '{';
    appendJsonKey(json, "mount");
    appendJsonString(json, disk.mount);
    appendJsonMember(json, "usedPercent", disk.usedPercent);
    appendJsonMember(json, "usedBytes", disk.usedBytes);
    appendJsonMember(json, "totalBytes", disk.totalBytes);
    json += '}';
}

void appendTags(std::string& json, const metrics::Labels& tags)
{
    appendJsonKey(json, "tags");
    json += '{';
    for (const metrics::Label& tag : tags) {
        appendJsonKey(json, tag.name); // nothing to escape: see checkTag()
        appendJsonString(json, tag.value);
    }
    json += '}';
}

void appendTrend(std::string& json, const CpuTrend& trend)
{
    appendJsonKey(json, "cpuTrend");
    json += '{';
    appendJsonMember(json, "from", trend.fromMs);
    appendJsonMember(json, "stepMs", CpuTrend::kStepMs);
    appendJsonKey(json, "values");
    json += '[';
    for (const double value : trend.values) {
        appendJsonHundredths(json, value);
        json += ',';
    }
    json.back() = ']';
    json += '}';
}

} // namespace

void appendJson(std::string& json, const OverviewHost& host, bool trend)
{
    const HostState& state = host.state;
    json += '{';
    appendJsonMember(json, "id", host.id.value);
    appendJsonMember(json, "name", host.description.name);
    appendJsonKey(json, "state");
    appendJsonString(json, healthName(host.health));
    if (state.lastSeenMs)
        appendJsonMember(json, "lastSeen", *state.lastSeenMs);
    if (host.clockAheadMs)
        appendJsonMember(json, "clockAheadMs", *host.clockAheadMs);
    if (state.intervalMs != 0)
        appendJsonMember(json, "intervalMs", std::int64_t{state.intervalMs});
    appendJsonMember(json, "os", host.description.os);
    appendJsonMember(json, "osFamily", host.description.osFamily);
    appendJsonMember(json, "kernel", host.description.kernel);
    appendJsonMember(json, "architecture", host.description.architecture);
    appendJsonMember(json, "agentVersion", host.description.agentVersion);
    appendTags(json, state.tags);
    appendJsonMember(json, "cores", state.cores);
    appendJsonMember(json, "cpuPercent", state.cpuPercent);
    appendJsonMember(json, "memoryPercent", state.memoryPercent);
    appendJsonMember(json, "memoryUsedBytes", state.memoryUsedBytes);
    appendJsonMember(json, "memoryTotalBytes", state.memoryTotalBytes);
    if (state.disk)
        appendDisk(json, *state.disk);
    appendJsonMember(json, "receiveBytesPerSecond", state.receiveBytesPerSecond);
    appendJsonMember(json, "transmitBytesPerSecond", state.transmitBytesPerSecond);
    appendJsonMember(json, "load1", state.load1);
    appendJsonMember(json, "uptimeSeconds", state.uptimeSeconds);
    if (trend)
        appendTrend(json, host.trend);
    json += '}';
}

QByteArray overviewJson(const Overview& overview)
{
    std::string text("{");
    appendJsonMember(text, "now", overview.now());
    appendJsonKey(text, "hosts");
    text += '[';
    QByteArray json;
    json.reserve(static_cast<qsizetype>(overview.hostCount() * kMostOfAHost)); // what is not used costs nothing
    const auto moveOver = [&] {
        json.append(text.data(), static_cast<qsizetype>(text.size()));
        text.clear();
    };
    moveOver();
    overview.visitHosts(true, [&](const OverviewHost& host) {
        if (!json.endsWith('['))
            text += ',';
        appendJson(text, host, true);
        moveOver();
    });
    json += "]}";
    return json;
}

} // namespace sextant::server
