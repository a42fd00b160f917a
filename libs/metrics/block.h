// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/catalogue.h"
#include "metrics/frame.h"
#include "metrics/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::metrics {

/// One column of a block: a cell per row of the block. `number` tells which column it is; for samples it is the
/// catalogue's, for anything else what its owner says. Cells that are not absent are all of that storage.
struct BlockColumn {
    std::uint32_t number = 0;
    Storage storage = Storage::Fixed;
    std::vector<Value> cells;

    friend bool operator==(const BlockColumn&, const BlockColumn&) = default;
};

/// Rows of one family of one host, column by column: what is sealed, rolled up and decoded. All vectors have one entry
/// per row. Sorted by instance, then time, no pair twice. A plain value.
struct Block {
    std::vector<std::int64_t> instances;
    std::vector<std::int64_t> timesMs;
    std::vector<std::uint32_t> intervalsMs;
    std::vector<BlockColumn> columns;

    [[nodiscard]] std::size_t rowCount() const { return timesMs.size(); }
    /// Takes all rows away; their memory and the columns stay for the next ones.
    void clear()
    {
        instances.clear();
        timesMs.clear();
        intervalsMs.clear();
        for (BlockColumn& column : columns)
            column.cells.clear();
    }

    friend bool operator==(const Block&, const Block&) = default;
};

/// Rows that one encoded block may have.
inline constexpr std::size_t kBlockRows = 65'535;

/// The block as immutable bytes (format version 1: see block.cpp), lossless to the last bit of a NaN. Columns that are
/// absent in every row are not written. Invalid for no rows or more than kBlockRows, more than 2^25 cells, rows out of
/// order, vectors of different length, a column twice, or a cell of another storage than its column.
[[nodiscard]] Result<std::string> encodeBlock(const Block& block);

/// What of stored rows is unpacked. What is left out is not checked either.
struct BlockChoice {
    std::optional<std::span<const std::uint32_t>> columns{};  ///< their numbers; nothing: all
    std::optional<std::span<const std::int64_t>> instances{}; ///< sorted; nothing: all
};

/// Reads what encodeBlock() wrote: the rows and columns that are chosen (those that the block does not have are left
/// out of the answer, which may be without any row). Malformed for anything else: another version, a wrong checksum,
/// more rows than allowed.
[[nodiscard]] Result<Block> decodeBlock(std::string_view bytes, const BlockChoice& choice = {});

/// The same, with the rows at the end of `block`, whose columns are made as they come up (earlier rows get absent
/// cells); the order of the block's rows is the caller's to mend. An error leaves the block as it was.
[[nodiscard]] Result<void> appendBlock(std::string_view bytes, Block& block, const BlockChoice& choice = {});

/// The rows of one frame as short bytes that are cheap to make and to read: how recent samples are kept until they are
/// sealed. `instances` numbers the rows of the frame; a row whose number is 0 is left out.
[[nodiscard]] std::string encodeFrameRows(const Frame& frame, std::span<const std::int64_t> instances);

/// Adds the rows of encodeFrameRows() at the end of `block`, whose columns are made as they come up (earlier rows get
/// absent cells). The order of the block's rows is the caller's to mend: sortRows(). Malformed, with the block as it
/// was, for anything that encodeFrameRows() does not write.
[[nodiscard]] Result<void> appendFrameRows(std::string_view bytes, std::int64_t timeMs, std::uint32_t intervalMs,
    Block& block, const BlockChoice& choice = {});

/// Sorts rows by instance and time; of two rows with the same pair the first one stays.
void sortRows(Block& block);

/// Adds the rows of `other` at the end, columns matched by number; absent where one side does not have the column.
void appendRows(Block& block, const Block& other);

} // namespace sextant::metrics
