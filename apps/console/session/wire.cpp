// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/wire.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QJsonValue>

#include <cmath>
#include <limits>

namespace sextant::console {
namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
/// More points than the server ever sends in one series (docs/api.md, Limits).
constexpr qsizetype kMostPoints = 11'000;
constexpr qsizetype kMostTrendPoints = 1'000;

Result<QJsonObject> object(const QByteArray& json)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (error.error != QJsonParseError::NoError)
        return fail(ErrorCode::Malformed, "the server's answer is no JSON: " + error.errorString().toStdString());
    if (!document.isObject())
        return fail(ErrorCode::Malformed, "the server's answer is JSON but no object");
    return document.object();
}

std::optional<double> number(const QJsonValue& value)
{
    if (!value.isDouble() || !std::isfinite(value.toDouble()))
        return std::nullopt;
    return value.toDouble();
}

std::optional<std::int64_t> integer(const QJsonValue& value)
{
    const std::optional<double> found = number(value);
    if (!found || std::abs(*found) > 9e15)
        return std::nullopt;
    return static_cast<std::int64_t>(*found);
}

HostState hostState(const QString& word)
{
    if (word == u"ok")
        return HostState::Ok;
    if (word == u"late")
        return HostState::Late;
    return word == u"down" ? HostState::Down : HostState::Unknown;
}

std::optional<DiskUse> diskUse(const QJsonObject& disk)
{
    const std::optional<double> used = number(disk[u"usedPercent"]);
    if (!used)
        return std::nullopt;
    return DiskUse{disk[u"mount"].toString(), *used, number(disk[u"usedBytes"]), number(disk[u"totalBytes"])};
}

Trend trend(const QJsonObject& json)
{
    Trend result;
    result.from = integer(json[u"from"]).value_or(0);
    result.stepMs = integer(json[u"stepMs"]).value_or(0);
    const QJsonArray values = json[u"values"].toArray();
    const qsizetype count = std::min(values.size(), kMostTrendPoints);
    result.values.reserve(static_cast<std::size_t>(count));
    for (qsizetype index = 0; index < count; ++index)
        result.values.push_back(static_cast<float>(number(values[index]).value_or(kAbsent)));
    return result;
}

QMap<QString, QString> labels(const QJsonObject& json)
{
    QMap<QString, QString> result;
    for (auto label = json.begin(); label != json.end(); ++label)
        result.insert(label.key(), label.value().toString());
    return result;
}

Result<HostRow> hostRow(const QJsonObject& json)
{
    const std::optional<std::int64_t> id = integer(json[u"id"]);
    if (!id || !json[u"name"].isString())
        return fail(ErrorCode::Malformed, "a host without id or name");
    HostRow row;
    row.id = *id;
    row.name = json[u"name"].toString();
    row.state = hostState(json[u"state"].toString());
    row.lastSeen = integer(json[u"lastSeen"]);
    row.intervalMs = std::max<std::int64_t>(1'000, integer(json[u"intervalMs"]).value_or(10'000));
    row.os = json[u"os"].toString();
    row.osFamily = json[u"osFamily"].toString();
    row.kernel = json[u"kernel"].toString();
    row.architecture = json[u"architecture"].toString();
    row.agentVersion = json[u"agentVersion"].toString();
    row.tags = labels(json[u"tags"].toObject());
    if (const auto cores = integer(json[u"cores"]); cores && *cores > 0 && *cores < 1'000'000)
        row.cores = static_cast<int>(*cores);
    row.cpuPercent = number(json[u"cpuPercent"]);
    row.memoryPercent = number(json[u"memoryPercent"]);
    row.memoryUsedBytes = number(json[u"memoryUsedBytes"]);
    row.memoryTotalBytes = number(json[u"memoryTotalBytes"]);
    row.disk = diskUse(json[u"disk"].toObject());
    row.receiveBytesPerSecond = number(json[u"receiveBytesPerSecond"]);
    row.transmitBytesPerSecond = number(json[u"transmitBytesPerSecond"]);
    row.load1 = number(json[u"load1"]);
    row.uptimeSeconds = number(json[u"uptimeSeconds"]);
    row.cpuTrend = trend(json[u"cpuTrend"].toObject());
    return row;
}

std::vector<double> values(const QJsonArray& array, std::size_t count)
{
    std::vector<double> result(count, kAbsent);
    const std::size_t given = std::min(count, static_cast<std::size_t>(array.size()));
    for (std::size_t index = 0; index < given; ++index)
        result[index] = number(array[static_cast<qsizetype>(index)]).value_or(kAbsent);
    return result;
}

SeriesInstance instance(const QJsonObject& json, std::size_t count)
{
    SeriesInstance result;
    result.labels = labels(json[u"labels"].toObject());
    const QJsonObject columns = json[u"columns"].toObject();
    for (auto column = columns.begin(); column != columns.end(); ++column) {
        const QJsonObject aggregates = column.value().toObject();
        AggregateValues found;
        found.average = values(aggregates[u"avg"].toArray(), count);
        found.minimum = aggregates.contains(u"min") ? values(aggregates[u"min"].toArray(), count) : found.average;
        found.maximum = aggregates.contains(u"max") ? values(aggregates[u"max"].toArray(), count) : found.average;
        result.columns.insert(column.key(), std::move(found));
    }
    return result;
}

} // namespace

Result<Overview> parseOverview(const QByteArray& json)
{
    const Result<QJsonObject> root = object(json);
    if (!root)
        return tl::unexpected(root.error());
    if (!(*root)[u"hosts"].isArray())
        return fail(ErrorCode::Malformed, "an overview without hosts");
    Overview overview;
    overview.now = integer((*root)[u"now"]).value_or(0);
    const QJsonArray hosts = (*root)[u"hosts"].toArray();
    overview.hosts.reserve(static_cast<std::size_t>(hosts.size()));
    for (const QJsonValue& host : hosts) {
        Result<HostRow> row = hostRow(host.toObject());
        if (!row)
            return tl::unexpected(row.error());
        overview.hosts.push_back(std::move(*row));
    }
    for (const QJsonValue& id : (*root)[u"removed"].toArray()) {
        if (const auto removed = integer(id))
            overview.removed.push_back(*removed);
    }
    return overview;
}

Result<Login> parseLogin(const QByteArray& json)
{
    const Result<QJsonObject> root = object(json);
    if (!root)
        return tl::unexpected(root.error());
    Login login{(*root)[u"token"].toString(), (*root)[u"name"].toString(), (*root)[u"role"].toString(),
        integer((*root)[u"expires"]).value_or(0)};
    if (login.token.isEmpty())
        return fail(ErrorCode::Malformed, "a login without a token");
    return login;
}

Result<SeriesAnswer> parseSeries(const QByteArray& json)
{
    const Result<QJsonObject> root = object(json);
    if (!root)
        return tl::unexpected(root.error());
    const QJsonArray times = (*root)[u"times"].toArray();
    if (!(*root)[u"times"].isArray() || times.size() > kMostPoints)
        return fail(ErrorCode::Malformed, "a series without times, or with too many");
    SeriesAnswer answer;
    answer.host = integer((*root)[u"host"]).value_or(0);
    answer.family = (*root)[u"family"].toString();
    answer.from = integer((*root)[u"from"]).value_or(0);
    answer.to = integer((*root)[u"to"]).value_or(0);
    answer.stepMs = integer((*root)[u"stepMs"]).value_or(0);
    if (answer.stepMs <= 0)
        return fail(ErrorCode::Malformed, "a series without its step");
    for (const QJsonValue& time : times) {
        const auto at = integer(time);
        if (!at || (!answer.times.empty() && *at <= answer.times.back()))
            return fail(ErrorCode::Malformed, "the times of a series do not go up");
        answer.times.push_back(*at);
    }
    for (const QJsonValue& each : (*root)[u"instances"].toArray())
        answer.instances.push_back(instance(each.toObject(), answer.times.size()));
    return answer;
}

Result<LiveFrame> parseFrame(const QByteArray& json)
{
    const Result<QJsonObject> root = object(json);
    if (!root)
        return tl::unexpected(root.error());
    const auto host = integer((*root)[u"host"]);
    const auto time = integer((*root)[u"time"]);
    LiveFrame frame;
    frame.family = (*root)[u"family"].toString();
    if (!host || !time || frame.family.isEmpty())
        return fail(ErrorCode::Malformed, "a live frame without host, time or family");
    frame.host = *host;
    frame.time = *time;
    frame.intervalMs = std::max<std::int64_t>(1'000, integer((*root)[u"intervalMs"]).value_or(10'000));
    for (const QJsonValue& each : (*root)[u"instances"].toArray()) {
        const QJsonObject json1 = each.toObject();
        LiveInstance instance{labels(json1[u"labels"].toObject()), {}};
        const QJsonObject columns = json1[u"columns"].toObject();
        for (auto column = columns.begin(); column != columns.end(); ++column) {
            if (const auto value = number(column.value()))
                instance.columns.insert(column.key(), *value);
        }
        frame.instances.push_back(std::move(instance));
    }
    return frame;
}

Problem parseProblem(const QByteArray& json)
{
    const Result<QJsonObject> root = object(json);
    if (!root)
        return {};
    return {static_cast<int>(integer((*root)[u"status"]).value_or(0)), (*root)[u"title"].toString(),
        (*root)[u"detail"].toString(), (*root)[u"field"].toString(), (*root)[u"code"].toString()};
}

} // namespace sextant::console
