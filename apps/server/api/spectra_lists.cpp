// SPDX-License-Identifier: GPL-3.0-or-later
// What Spectra's pages list of a host as it is now: its processes, services, applications and the updates that wait.
#include "server/api/compat.h"
#include "server/api/compat_query.h"
#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/services.h"
#include "server/api/spectra.h"
#include "server/receivers/rfc3339.h"
#include "server/storage/snapshots.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <vector>

namespace sextant::server {
namespace {

constexpr std::int64_t kFreshMs = 5LL * 60'000;         ///< what is older says nothing about now
constexpr std::int64_t kUnchangedMs = 25LL * 3'600'000; ///< what did not change comes once a day
constexpr int kDefaultProcesses = 20;
constexpr int kMaxProcesses = 100;

/// `?sort=cpu|memory&limit=1…100`.
struct ProcessOrder {
    QString field = QStringLiteral("cpuPercent"); ///< of our document
    int limit = kDefaultProcesses;
};

Result<ProcessOrder> readOrder(const Call& call)
{
    ProcessOrder order;
    if (const std::string* sort = call.parameter("sort")) {
        if (*sort != "cpu" && *sort != "memory")
            return fail(ErrorCode::Invalid, "sort must be cpu or memory");
        if (*sort == "memory")
            order.field = QStringLiteral("residentBytes");
    }
    if (const std::string* limit = call.parameter("limit")) {
        const auto [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), order.limit);
        if (error != std::errc() || end != limit->data() + limit->size() || order.limit < 1 ||
            order.limit > kMaxProcesses)
            return fail(ErrorCode::Invalid, "limit must be 1 to 100");
    }
    return order;
}

/// The four words that Spectra has.
QString statusOf(const QString& state)
{
    if (state == QLatin1String("running"))
        return state;
    const bool waits =
        state == QLatin1String("sleeping") || state == QLatin1String("idle") || state == QLatin1String("blocked");
    return waits ? QStringLiteral("waiting") : QStringLiteral("other");
}

/// The newest value of each series that a query gives now.
tl::expected<promql::VectorValue, PrometheusFailure> newest(
    const Services& services, HostId host, std::string_view query, const http::Responder& responder)
{
    promql::QueryTimes now;
    now.startMs = now.endMs = services.clock();
    promql::Budget budget({}, [responder] { return responder.isAbandoned(); });
    auto result = runPromql(services, query, now, prometheusSource(services, host), budget);
    if (!result)
        return tl::unexpected(result.error());
    return std::get<promql::VectorValue>(std::move(result->value));
}

/// The newest document of a kind; empty where there is none that is younger than `withinMs`.
Result<QJsonObject> newestDocument(const Services& services, HostId host, std::string_view kind, std::int64_t withinMs)
{
    const std::int64_t now = services.clock();
    return services.snapshots.at(host, kind, now).map([&](const std::optional<Snapshot>& snapshot) {
        if (!snapshot || snapshot->timeMs < now - withinMs)
            return QJsonObject();
        return QJsonDocument::fromJson(QByteArray::fromStdString(snapshot->document)).object();
    });
}

QJsonValue orNull(const QJsonValue& value)
{
    return value.isUndefined() ? QJsonValue() : value;
}

/// systemd's "active (running)" are Spectra's two words; of other managers our state is the first.
QJsonObject serviceRow(HostId host, const QJsonObject& service)
{
    const QString state = service.value(QStringLiteral("state")).toString();
    QString status = state == QLatin1String("failed") ? state : QStringLiteral("inactive");
    if (state == QLatin1String("running") || state == QLatin1String("finished"))
        status = QStringLiteral("active");
    QString between = service.value(QStringLiteral("stateWords")).toString();
    if (const qsizetype bracket = between.indexOf(QLatin1String(" (")); bracket > 0 && between.endsWith(u')')) {
        status = between.left(bracket);
        between = between.mid(bracket + 2, between.size() - bracket - 3);
    }
    return {{QStringLiteral("agent_id"), QString::fromStdString(spectraId(host))},
        {QStringLiteral("name"), service.value(QStringLiteral("name"))}, {QStringLiteral("status"), status},
        {QStringLiteral("sub_status"), between.isEmpty() ? QJsonValue() : QJsonValue(between)}};
}

QJsonArray processRows(const Snapshot& snapshot, const ProcessOrder& order, HostId host, std::optional<double> memory)
{
    const QJsonArray listed = QJsonDocument::fromJson(QByteArray::fromStdString(snapshot.document))
                                  .object()
                                  .value(QStringLiteral("processes"))
                                  .toArray();
    std::vector<QJsonObject> processes;
    for (const QJsonValue& process : listed)
        processes.push_back(process.toObject());
    std::ranges::stable_sort(processes, [&](const QJsonObject& a, const QJsonObject& b) {
        return a.value(order.field).toDouble() > b.value(order.field).toDouble();
    });
    QJsonArray rows;
    for (const QJsonObject& process : processes) {
        if (rows.size() == order.limit)
            break;
        const QJsonValue resident = process.value(QStringLiteral("residentBytes"));
        const bool hasShare = memory && *memory > 0 && resident.isDouble();
        const auto field = [&](const char* name) { // null where it is not known
            const QJsonValue value = process.value(QLatin1String(name));
            return value.isUndefined() ? QJsonValue() : value;
        };
        rows.append(QJsonObject{{QStringLiteral("agent_id"), QString::fromStdString(spectraId(host))},
            {QStringLiteral("pid"), field("pid")}, {QStringLiteral("name"), field("name")},
            {QStringLiteral("cpu_percent"), field("cpuPercent")},
            {QStringLiteral("mem_percent"), hasShare ? QJsonValue(100 * resident.toDouble() / *memory) : QJsonValue()},
            {QStringLiteral("mem_rss"), field("residentBytes")},
            {QStringLiteral("status"), statusOf(field("state").toString())},
            {QStringLiteral("threads"), field("threads")},
            {QStringLiteral("updated_at"), QString::fromStdString(timeText(snapshot.timeMs))}});
    }
    return rows;
}

http::Response listOf(const QJsonArray& rows)
{
    return http::jsonResponse(200, QJsonDocument(rows).toJson(QJsonDocument::Compact));
}

/// The newest of each package manager, in its fields of Spectra.
constexpr std::array<const char*, 3> kUpdateFields{"pending_count", "security_count", "reboot_required"};

} // namespace

void spectraUpdates(Services& services, Call& call, const http::Responder& responder)
{
    const auto host = spectraHost(services, call);
    if (!host)
        return responder.send(noSuchAgent());
    const auto document = newestDocument(services, *host, "updates", kUnchangedMs);
    if (!document)
        return responder.send(failed(services, "spectra", "the updates cannot be read", document.error()));
    std::map<QString, QJsonObject> rows; // by package manager
    if (!document->isEmpty())
        rows[document->value(QStringLiteral("manager")).toString()] = {
            {QStringLiteral("pending_count"), orNull(document->value(QStringLiteral("total")))},
            {QStringLiteral("security_count"), orNull(document->value(QStringLiteral("security")))},
            {QStringLiteral("reboot_required"), orNull(document->value(QStringLiteral("rebootRequired")))}};
    for (const char* field : kUpdateFields) {
        // Its agents look every night.
        const std::string query = "last_over_time(spectra_updates_" + std::string(field) + "[2d])";
        const auto found = newest(services, *host, query, responder);
        if (!found)
            return responder.send(queryFailed(found.error(), errorOf));
        for (const promql::VectorSeries& series : *found) {
            const std::string manager(promql::labelValue(series.labels, "package_manager"));
            QJsonObject& row = rows[QString::fromStdString(manager)];
            row.insert(QLatin1String(field),
                field == kUpdateFields.back() ? QJsonValue(series.point.value != 0) : QJsonValue(series.point.value));
        }
    }
    QJsonArray listed;
    for (auto& [manager, row] : rows) {
        row.insert(QStringLiteral("agent_id"), QString::fromStdString(spectraId(*host)));
        row.insert(QStringLiteral("package_manager"), manager);
        for (const char* field : kUpdateFields) {
            if (!row.contains(QLatin1String(field)))
                row.insert(QLatin1String(field), QJsonValue());
        }
        listed.append(row);
    }
    responder.send(listOf(listed));
}

void spectraProcesses(Services& services, Call& call, const http::Responder& responder)
{
    const auto host = spectraHost(services, call);
    if (!host)
        return responder.send(noSuchAgent());
    const auto order = readOrder(call);
    if (!order)
        return responder.send(errorOf(400, order.error().message));
    const std::int64_t now = services.clock();
    const auto snapshot = services.snapshots.at(*host, "processes", now);
    if (!snapshot)
        return responder.send(failed(services, "spectra", "the processes cannot be read", snapshot.error()));
    if (!*snapshot || (*snapshot)->timeMs < now - kFreshMs)
        return responder.send(listOf({}));
    const auto memory = newest(services, *host, "max(last_over_time(system_memory_total_bytes[5m]))", responder);
    if (!memory)
        return responder.send(queryFailed(memory.error(), errorOf));
    responder.send(listOf(processRows(
        **snapshot, *order, *host, memory->empty() ? std::nullopt : std::optional(memory->front().point.value))));
}

void spectraServices(Services& services, Call& call, const http::Responder& responder)
{
    const auto host = spectraHost(services, call);
    if (!host)
        return responder.send(noSuchAgent());
    const auto document = newestDocument(services, *host, "services", kUnchangedMs);
    if (!document)
        return responder.send(failed(services, "spectra", "the services cannot be read", document.error()));
    const auto found = newest(services, *host, "sort_desc(last_over_time(spectra_service_list_up[5m]))", responder);
    if (!found)
        return responder.send(queryFailed(found.error(), errorOf));
    QJsonArray rows;
    for (const QJsonValue& service : document->value(QStringLiteral("services")).toArray())
        rows.append(serviceRow(*host, service.toObject()));
    for (const promql::VectorSeries& series : *found) {
        const std::string_view name = promql::labelValue(series.labels, "name");
        rows.append(QJsonObject{{QStringLiteral("agent_id"), QString::fromStdString(spectraId(*host))},
            {QStringLiteral("name"), QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()))},
            {QStringLiteral("status"), series.point.value != 0 ? QStringLiteral("active") : QStringLiteral("inactive")},
            {QStringLiteral("sub_status"), QJsonValue()}});
    }
    responder.send(listOf(rows));
}

void spectraApplications(Services& services, Call& call, const http::Responder& responder)
{
    const auto host = spectraHost(services, call);
    if (!host)
        return responder.send(noSuchAgent());
    const auto document = newestDocument(services, *host, "packages", kUnchangedMs);
    if (!document)
        return responder.send(failed(services, "spectra", "the packages cannot be read", document.error()));
    QJsonArray rows;
    for (const QJsonValue& listed : document->value(QStringLiteral("packages")).toArray()) {
        const QJsonObject package = listed.toObject();
        rows.append(QJsonObject{{QStringLiteral("agent_id"), QString::fromStdString(spectraId(*host))},
            {QStringLiteral("name"), package.value(QStringLiteral("name"))},
            {QStringLiteral("version"), orNull(package.value(QStringLiteral("version")))}});
    }
    responder.send(listOf(rows));
}

} // namespace sextant::server
