// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/format/host_state.h"
#include "metrics/result.h"

#include <QByteArray>
#include <QHash>
#include <QMap>
#include <QString>
#include <QStringList>

#include <cstdint>
#include <optional>
#include <vector>

/// The server's JSON (docs/api.md) as plain values. Parsing is pure: bytes from the network are never trusted, a
/// missing field is absent and never 0, an unknown one is skipped, and a document of the wrong shape is Malformed.
namespace sextant::console {

using HostId = std::int64_t;

/// The fullest writable, local file system of a host.
struct DiskUse {
    QString mount;
    double usedPercent = 0;
    std::optional<double> usedBytes;
    std::optional<double> totalBytes;
};

/// Means of CPU use per step; NaN where nothing came.
struct Trend {
    std::int64_t from = 0;
    std::int64_t stepMs = 0;
    std::vector<float> values;
};

/// One host of the overview.
struct HostRow {
    HostId id = 0;
    QString name;
    HostState state = HostState::Unknown;
    std::optional<std::int64_t> lastSeen;
    std::int64_t intervalMs = 10'000;
    QString os, osFamily, kernel, architecture, agentVersion;
    QMap<QString, QString> tags;
    std::optional<int> cores;
    std::optional<double> cpuPercent, memoryPercent, memoryUsedBytes, memoryTotalBytes;
    std::optional<DiskUse> disk;
    std::optional<double> receiveBytesPerSecond, transmitBytesPerSecond, load1, uptimeSeconds;
    Trend cpuTrend;
};

/// GET /api/v1/overview, and the `overview` event of the live stream (then only what changed, and who is gone).
struct Overview {
    std::int64_t now = 0;
    std::vector<HostRow> hosts;
    std::vector<HostId> removed;
};

/// What POST /api/v1/login gives.
struct Login {
    QString token;
    QString name;
    QString role;
    std::int64_t expires = 0;
};

/// Values of one column of one instance, one per bucket of the answer; NaN where there is none.
struct AggregateValues {
    std::vector<double> average, minimum, maximum;
};

struct SeriesInstance {
    QMap<QString, QString> labels;
    QHash<QString, AggregateValues> columns;
};

/// GET /api/v1/hosts/{id}/series.
struct SeriesAnswer {
    HostId host = 0;
    QString family;
    std::int64_t from = 0, to = 0, stepMs = 0;
    std::vector<std::int64_t> times;
    std::vector<SeriesInstance> instances;
};

struct LiveInstance {
    QMap<QString, QString> labels;
    QHash<QString, double> columns;
};

/// The `frame` event: what a watched host has just sent.
struct LiveFrame {
    HostId host = 0;
    QString family;
    std::int64_t time = 0;
    std::int64_t intervalMs = 0;
    std::vector<LiveInstance> instances;
};

/// A problem document (RFC 9457).
struct Problem {
    int status = 0;
    QString title, detail, field, code;
};

[[nodiscard]] Result<Overview> parseOverview(const QByteArray& json);
[[nodiscard]] Result<Login> parseLogin(const QByteArray& json);
[[nodiscard]] Result<SeriesAnswer> parseSeries(const QByteArray& json);
[[nodiscard]] Result<LiveFrame> parseFrame(const QByteArray& json);
/// Never fails: what is no problem document gives an empty one.
[[nodiscard]] Problem parseProblem(const QByteArray& json);

} // namespace sextant::console
