// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "metrics/result.h"

#include <iosfwd>
#include <optional>

namespace sextant::metrics {

/// A recording: the batches of one host one after the other, for benches and tests that want what a real machine says.
/// The file begins with the eight bytes "SXTREC\0" 1; then per batch its length (four bytes, little-endian) and so many
/// bytes: what an agent would send, a batch message (resources/proto/sextant.proto) in one zstd frame. The streams are
/// the caller's, opened as binary.

/// What one recorded batch may take, packed; unpacked it may be eight times that.
inline constexpr std::size_t kRecordedBatchBytes = std::size_t{8} << 20U;

/// Begins a recording. Io when it could not be written.
[[nodiscard]] Result<void> beginRecording(std::ostream& to);
/// Adds a batch and hands it to the system. Io when it could not be written, TooLarge past kRecordedBatchBytes.
[[nodiscard]] Result<void> recordBatch(std::ostream& to, const Batch& batch);

/// Reads how a recording begins. Malformed for anything else.
[[nodiscard]] Result<void> openRecording(std::istream& from);
/// The next batch; nothing at the end. Malformed for one that is damaged or cut off.
[[nodiscard]] Result<std::optional<Batch>> readRecorded(std::istream& from);

} // namespace sextant::metrics
