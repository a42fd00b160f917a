// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/exposition_parser.h"
#include "metrics/labels.h"
#include "metrics/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::metrics {

/// One series of a remote write request: labels sorted by name with `__name__` among them, none empty, and its samples
/// in order of time.
struct RemoteSeries {
    struct Sample {
        std::int64_t timeMs = 0;
        double value = 0;
    };
    Labels labels;
    std::vector<Sample> samples;
};

/// The body of a request of Prometheus remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/): a
/// protobuf WriteRequest in a snappy block. Its headers are `Content-Type: application/x-protobuf`,
/// `Content-Encoding: snappy` and `X-Prometheus-Remote-Write-Version: 0.1.0`.
[[nodiscard]] std::string encodeRemoteWrite(std::span<const RemoteSeries> series);

/// One body with all that is in those, in their order. Malformed: one is none that encodeRemoteWrite() made.
[[nodiscard]] Result<std::string> joinRemoteWrites(std::span<const std::string> bodies);

/// A request that was read. Exemplars in it are left out.
struct DecodedRemoteWrite {
    /// As they came: labels in any order, with or without a name, any bytes.
    std::vector<RemoteSeries> series;
    std::vector<std::size_t> withHistograms; ///< places of series with native histograms, which are left out of them
    std::vector<ExposedMetadata> metadata;   ///< what it says of metrics, as it came
};

/// The versions of the protocol: prometheus.WriteRequest, and io.prometheus.write.v2.Request
/// (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/), in which labels are numbers of a table of texts.
enum class RemoteWriteVersion : std::uint8_t { One, Two };

/// Reads the protobuf message of a request, unpacked. Malformed: it is none; TooLarge: it has more samples, or more
/// than ten labels for each that it might have, or labels of more than 64 MiB together (which bounds the memory).
[[nodiscard]] Result<DecodedRemoteWrite> decodeRemoteWrite(
    std::string_view message, std::size_t maxSamples, RemoteWriteVersion version = RemoteWriteVersion::One);

} // namespace sextant::metrics
