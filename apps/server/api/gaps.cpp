// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/gaps.h"

#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/host_path.h"
#include "server/api/parameters.h"
#include "server/api/services.h"
#include "server/hosts/overview.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <optional>
#include <string>

namespace sextant::server {
namespace {

constexpr std::int64_t kDefaultRangeMs = 24 * 3'600'000LL;
constexpr qsizetype kMostGaps = 1'000;

QString text(std::string_view bytes)
{
    return QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

QJsonObject toJson(const Gap& gap)
{
    QJsonObject object{{QStringLiteral("from"), static_cast<qint64>(gap.range.from)},
        {QStringLiteral("to"), static_cast<qint64>(gap.range.to)},
        {QStringLiteral("cause"), text(causeName(gap.cause))}, {QStringLiteral("late"), gap.late}};
    if (!gap.detail.empty())
        object.insert(QStringLiteral("detail"), text(gap.detail));
    if (!gap.family.empty())
        object.insert(QStringLiteral("family"), text(gap.family));
    return object;
}

} // namespace

http::Response gaps(Services& services, const Call& call)
{
    const auto host = hostOfPath(services, call);
    if (!host)
        return noSuchHost();
    const std::int64_t now = services.clock();
    const auto to = timeParameter(call, "to", now);
    const auto from = to ? timeParameter(call, "from", std::max<std::int64_t>(0, *to - kDefaultRangeMs)) : std::nullopt;
    if (!from || !to || *from >= *to) {
        const char* field = to ? "from" : "to";
        return http::problem(400, ErrorCode::Invalid,
            std::string(field) + ": expected Unix time in milliseconds, from before to", field);
    }
    const auto books = services.ledger.read(*host, *from, *to);
    if (!books)
        return failed(services, "gaps", "the ledger cannot be read", books.error());
    const std::uint32_t known = services.overview.state(*host).intervalMs;
    const auto found = explainGaps(*books, {*from, *to}, now, known != 0 ? known : kUsualIntervalMs);
    QJsonArray list;
    for (const Gap& gap : found) {
        if (list.size() == kMostGaps)
            break;
        list.append(toJson(gap));
    }
    const QJsonObject body{{QStringLiteral("host"), static_cast<qint64>(host->value)},
        {QStringLiteral("from"), static_cast<qint64>(*from)}, {QStringLiteral("to"), static_cast<qint64>(*to)},
        {QStringLiteral("lostBatches"), static_cast<qint64>(lostBatches(*books))},
        {QStringLiteral("truncated"), found.size() > static_cast<std::size_t>(kMostGaps)},
        {QStringLiteral("gaps"), list}};
    http::Response response = http::jsonResponse(200, QJsonDocument(body).toJson(QJsonDocument::Compact));
    response.secret = false;
    return response;
}

} // namespace sextant::server
