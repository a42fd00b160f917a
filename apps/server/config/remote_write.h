// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "metrics/result.h"
#include "promql/matcher.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sextant::server {

/// A rule about series: it fits one whose labels (`__name__` is the metric's) all match, each regular expression the
/// whole value.
using SeriesRule = std::vector<promql::Matcher>;

/// One table of `[[remote_write]]`: where samples go on to. A plain value.
struct RemoteWriteTarget {
    std::string name;            ///< [a-z0-9_-]{1,40}; names its queue's file
    std::string url;             ///< http or https
    std::string caFile;          ///< PEM; empty: the system's
    std::string bearerTokenFile; ///< its first line; read for every request. Empty: none
    std::string user;            ///< of basic authentication; empty: none
    std::string passwordFile;    ///< its first line
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<SeriesRule> allow;                   ///< goes: what one of them fits; all, where there is none
    std::vector<SeriesRule> deny;                    ///< does not go: what one of them fits
    metrics::Labels externalLabels;                  ///< for series that do not have them
    std::int64_t queueBytes = std::int64_t{1} << 30; ///< of bodies that wait
    std::chrono::milliseconds timeout{30'000};       ///< of one request
};

/// One setting of such a table as it stands in the file.
struct RemoteWriteSetting {
    using Texts = std::vector<std::pair<std::string, std::string>>;

    std::string key;
    std::string at; ///< "server.toml:7: "
    /// Nothing: a kind of value that no setting has.
    std::variant<std::monostate, std::string, std::int64_t, Texts, std::vector<Texts>> value;
};

/// Invalid: one sentence with place, setting and what was expected. `at`: where the table is.
[[nodiscard]] Result<RemoteWriteTarget> readRemoteWriteTarget(
    const std::string& at, const std::vector<RemoteWriteSetting>& settings);

} // namespace sextant::server
