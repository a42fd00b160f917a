// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sextant::metrics {

/// One series of a remote write request: labels sorted by name with `__name__` among them, none empty, and its samples
/// in order of time.
struct RemoteSeries {
    struct Sample {
        std::int64_t timeMs = 0;
        double value = 0;
    };
    std::vector<std::pair<std::string, std::string>> labels;
    std::vector<Sample> samples;
};

/// The body of a request of Prometheus remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/): a
/// protobuf WriteRequest in a snappy block. Its headers are `Content-Type: application/x-protobuf`,
/// `Content-Encoding: snappy` and `X-Prometheus-Remote-Write-Version: 0.1.0`.
[[nodiscard]] std::string encodeRemoteWrite(std::span<const RemoteSeries> series);

} // namespace sextant::metrics
