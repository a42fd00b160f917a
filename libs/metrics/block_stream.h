// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/varint.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sextant::metrics {

/// How many numbers of a stream stand together: a run is what is alike, one instance over time. The runs add up to the
/// stream; a run may be empty.
using StreamRuns = std::span<const std::uint32_t>;

/// Adds a stream of 64-bit numbers to `to` in the smallest of the spellings that are tried (see block_stream.cpp).
/// Any numbers; differences wrap around.
void packStream(std::string& to, std::span<const std::int64_t> numbers, StreamRuns runs);

/// One entry per run: whether its numbers are wanted. Empty: all are.
using WantedRuns = std::span<const std::uint8_t>;

/// Reads what packStream() wrote into `numbers`, whose size says how many there are; those of runs that are not wanted
/// are left undefined, which is several times as fast where few are. False for anything else.
[[nodiscard]] bool unpackStream(
    ByteReader& from, std::span<std::int64_t> numbers, StreamRuns runs, WantedRuns wanted = {});

/// Steps over a stream without unpacking it. False when there is none.
[[nodiscard]] bool skipStream(ByteReader& from);

} // namespace sextant::metrics
