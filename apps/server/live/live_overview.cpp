// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/live/live_overview.h"

#include "server/query/json_text.h"
#include "server/query/overview_json.h"

#include <string>
#include <utility>

namespace sextant::server {
QByteArray LiveOverview::changes(const Overview& overview)
{
    ++m_round;
    std::string json("{");
    appendJsonMember(json, "now", overview.now());
    appendJsonKey(json, "hosts");
    json += '[';
    const std::size_t nothing = json.size();
    overview.visitHosts(false, [&](const OverviewHost& host) {
        Known& known = m_known[host.id];
        const bool isNew = known.round == 0;
        known.round = m_round;
        Told told{host.description, host.health, host.revision};
        if (!isNew && known.told == told)
            return;
        known.told = std::move(told);
        if (!json.ends_with('['))
            json += ',';
        appendJson(json, host, false);
    });
    bool changed = json.size() != nothing;
    json += "],\"removed\":[";
    for (auto known = m_known.begin(); known != m_known.end();) {
        if (known->second.round == m_round) {
            ++known;
            continue;
        }
        if (!json.ends_with('['))
            json += ',';
        appendJsonNumber(json, known->first.value);
        known = m_known.erase(known);
        changed = true;
    }
    if (!changed)
        return {};
    json += "]}";
    return QByteArray::fromStdString(json);
}

} // namespace sextant::server
