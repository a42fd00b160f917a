// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/refused_rows.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <cstddef>
#include <string_view>
#include <utility>

namespace sextant::agent {
namespace {

constexpr std::size_t kMostKinds = 20; ///< remembered, so that a server that makes up reasons cannot fill our memory
constexpr qint64 kMostRows = 10'000'000;
constexpr qsizetype kReasonLength = 64;

/// What to do about a reason that this agent knows.
std::string_view adviceFor(std::string_view reason)
{
    constexpr std::pair<std::string_view, std::string_view> kAdvice[] = {
        {"unknown_family", "the server is older than this agent and does not know all that it collects: update it"},
        {"bad_text", "a name on this host (a mount point, a device, an interface) is not UTF-8: rename it"},
        {"long_label", "a name on this host (a mount point, a device, an interface) is longer than 4096 bytes"},
        {"not_finite", "a value was infinite or not a number; please report it"},
        {"time_ahead", "this host's clock is more than 10 minutes ahead of the server's: set one of them (NTP)"},
        {"time_too_old",
            "samples are older than the server keeps them (its retention.raw), or this host's clock is far "
            "behind: look at the clock (NTP)"},
        {"too_many_instances", "this host has more disks, interfaces or the like than the server keeps (its "
                               "limits.instances_per_family and limits.instances_per_host): raise these"},
    };
    for (const auto& [name, advice] : kAdvice) {
        if (name == reason)
            return advice;
    }
    return "see docs/api.md of the server's version";
}

} // namespace

void RefusedRows::note(const std::string& body)
{
    const QJsonObject reasons =
        QJsonDocument::fromJson(QByteArray::fromStdString(body)).object().value(QLatin1String("reasons")).toObject();
    for (auto reason = reasons.begin(); reason != reasons.end(); ++reason) {
        const qint64 rows = reason.value().toInteger();
        if (rows <= 0 || rows > kMostRows)
            continue;
        m_count += static_cast<std::uint64_t>(rows);
        const std::string name = reason.key().left(kReasonLength).toStdString();
        if (m_said.size() < kMostKinds && m_said.insert(name).second)
            m_log.warning("uplink", "the server left rows out of a batch: " + std::string(adviceFor(name)),
                {{"reason", name}, {"rows", std::to_string(rows)}});
    }
}

} // namespace sextant::agent
