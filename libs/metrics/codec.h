// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "metrics/refusals.h"
#include "metrics/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::metrics {

/// Limits on a batch from outside. Passing one is TooLarge, never a partial result; but for a row's label, which costs
/// only its row.
struct DecodeLimits {
    std::size_t frames = 4'096;          ///< frames in a batch
    std::size_t rowsPerFrame = 65'535;   ///< instances in a frame
    std::size_t cells = 2'000'000;       ///< cells in a batch, absent ones included: bounds the memory a batch can take
    std::size_t labelBytes = 4'096;      ///< bytes of a label value or host name
    std::size_t gaps = 4'096;            ///< gap reports in a batch
    std::size_t documents = 16;          ///< documents in a batch
    std::size_t documentBytes = 1 << 20; ///< bytes of a document's text
    bool finiteOnly = false;             ///< refuse rows with a real value that is infinite or not a number
};

/// A decoded batch and what of it was left out. Unknown things are left out and counted, never a failure, so that
/// agents newer than the server keep delivering; so are rows with a label that no table can hold.
struct DecodedBatch {
    Batch batch;
    std::vector<std::size_t> places; ///< of each frame of `batch`: its place in the message
    Refusals refusals;               ///< frames of unknown families, rows with bad labels or values
    std::size_t unknownFamilies = 0; ///< frames of families that the catalogue does not have
    std::size_t unknownColumns = 0;  ///< columns that the catalogue does not have, or with another storage
    std::size_t unknownFields = 0;   ///< protobuf fields that the schema does not have
    std::size_t unknownCauses = 0;   ///< gap reports of causes that GapCause does not have
    std::size_t refusedTags = 0;     ///< that are none (checkTag()), come twice, or come after kMaxTags others
};

/// The protobuf message `sextant.v1.Batch` (resources/proto/sextant.proto). Cells that are absent take no room beyond a
/// bit; columns that are absent in every row are not written.
[[nodiscard]] std::string encodeBatch(const Batch& batch);

/// Reads what encodeBatch() writes. Malformed for bytes that are no such message: wrong wire types, a column whose
/// number of values does not fit its rows, an id that is not 16 bytes, a host name or label key that is no text.
[[nodiscard]] Result<DecodedBatch> decodeBatch(std::string_view bytes, const DecodeLimits& limits = {});

} // namespace sextant::metrics
