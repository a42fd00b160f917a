// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/live/live_overview.h"

#include "server/hosts/overview.h"
#include "server/query/json_text.h"
#include "server/query/overview_json.h"

#include <utility>
#include <vector>

namespace sextant::server {
namespace {

std::unordered_map<HostId, QByteArray> describe(const std::vector<OverviewHost>& hosts)
{
    std::unordered_map<HostId, QByteArray> texts;
    for (const OverviewHost& host : hosts)
        appendJson(texts[host.id], host, false);
    return texts;
}

} // namespace

QByteArray LiveOverview::changes(const Overview& overview)
{
    const std::vector<OverviewHost> hosts = overview.hosts(false);
    std::unordered_map<HostId, QByteArray> now = describe(hosts);
    QByteArray changed("[");
    for (const OverviewHost& host : hosts) { // in order of name
        const QByteArray& text = now[host.id];
        const auto known = m_known.find(host.id);
        if (known != m_known.end() && known->second == text)
            continue;
        if (changed.size() > 1)
            changed += ',';
        changed += text;
    }
    QByteArray removed("[");
    for (const auto& [id, text] : m_known) {
        if (now.contains(id))
            continue;
        if (removed.size() > 1)
            removed += ',';
        appendJsonNumber(removed, id.value);
    }
    m_known = std::move(now);
    if (changed.size() == 1 && removed.size() == 1)
        return {};
    QByteArray json("{");
    appendJsonMember(json, "now", overview.now());
    json += ",\"hosts\":" + changed + "],\"removed\":" + removed + "]}";
    return json;
}

} // namespace sextant::server
