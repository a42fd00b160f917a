// SPDX-License-Identifier: GPL-3.0-or-later
// Format version 1 of a sealed block. Numbers are LEB128 varints; a stream is what block_stream.cpp writes.
//
//   "SXB" 1              what it is, and the version
//   checksum             4 bytes, little-endian: CRC-32C of everything behind them, begun with those first four bytes
//   rows                 1 … 65,535
//   runs                 how many instances; then per instance what its number is above the one before (the first one:
//                        zigzag), and how many rows it has
//   times, intervals     a stream each, a run per instance
//   columns              how many; then per column its number, a byte of flags (bit 0: real; bit 1: some are absent;
//                        bit 2: the reals are decimals; bits 4-7: how many digits behind their point), and
//     presence           with bit 1: how many lengths; then a stream of lengths in turn present, absent, present …
//     cells              a stream of those present, a run per instance: the scaled integers; reals as their value ×
//     10^digits
//                        when that gives back the very bits for all of them, else their bits
#include "metrics/block.h"

#include "metrics/block_growth.h"
#include "metrics/block_stream.h"
#include "metrics/crc32c.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace sextant::metrics {
namespace {

constexpr std::string_view kMagic("SXB\x01", 4);
constexpr std::size_t kChecksumAt = 4, kBodyAt = 8;
constexpr unsigned kReal = 1, kSomeAbsent = 2, kDecimal = 4, kDigitsShift = 4;
/// Cells of one block, so that a few bytes that say "constant" cannot ask for gigabytes.
constexpr std::size_t kCells = std::size_t{1} << 25U;

constexpr std::array<double, 10> kPowers{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

std::uint32_t checksum(std::string_view block)
{
    return crc32c(block.substr(kBodyAt), crc32c(block.substr(0, kChecksumAt)));
}

// ---- encoding ----

bool inOrder(const Block& block)
{
    for (std::size_t row = 1; row < block.rowCount(); ++row) {
        if (block.instances[row] < block.instances[row - 1] ||
            (block.instances[row] == block.instances[row - 1] && block.timesMs[row] <= block.timesMs[row - 1]))
            return false;
    }
    return true;
}

bool cellsFit(const BlockColumn& column)
{
    return std::all_of(column.cells.begin(), column.cells.end(),
        [&](const Value& cell) { return cell.isAbsent() || cell.isReal() == (column.storage == Storage::Real); });
}

bool numbersDiffer(const Block& block)
{
    std::vector<std::uint32_t> numbers;
    for (const BlockColumn& column : block.columns)
        numbers.push_back(column.number);
    std::sort(numbers.begin(), numbers.end());
    return std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end();
}

Result<void> check(const Block& block)
{
    const std::size_t rows = block.rowCount();
    if (rows == 0 || rows > kBlockRows)
        return fail(ErrorCode::Invalid, "a block of " + std::to_string(rows) + " rows: 1 to 65,535 are allowed");
    if (block.columns.size() * rows > kCells)
        return fail(ErrorCode::Invalid, "a block of more than " + std::to_string(kCells) + " cells");
    if (block.instances.size() != rows || block.intervalsMs.size() != rows)
        return fail(ErrorCode::Invalid, "a block whose vectors are not of one length");
    if (!inOrder(block))
        return fail(ErrorCode::Invalid, "a block whose rows are not in order");
    if (!numbersDiffer(block))
        return fail(ErrorCode::Invalid, "a block with a column twice");
    for (const BlockColumn& column : block.columns) {
        if (column.cells.size() != rows)
            return fail(ErrorCode::Invalid, "a block whose vectors are not of one length");
        if (!cellsFit(column))
            return fail(ErrorCode::Invalid,
                "column " + std::to_string(column.number) + " has a cell of another storage than its own");
    }
    return {};
}

/// How many rows each instance has.
std::vector<std::uint32_t> instanceRuns(const Block& block)
{
    std::vector<std::uint32_t> runs;
    for (std::size_t row = 0; row < block.rowCount(); ++row) {
        if (row == 0 || block.instances[row] != block.instances[row - 1])
            runs.push_back(0);
        ++runs.back();
    }
    return runs;
}

void addInstances(std::string& to, const Block& block, const std::vector<std::uint32_t>& runs)
{
    addVarint(to, runs.size());
    std::size_t row = 0;
    for (const std::uint32_t rows : runs) {
        const auto number = static_cast<std::uint64_t>(block.instances[row]);
        addVarint(to,
            row == 0 ? zigzag(block.instances[row]) : number - static_cast<std::uint64_t>(block.instances[row - 1]));
        addVarint(to, rows);
        row += rows;
    }
}

/// The value × 10^digits when that is a whole number from which division gives back the very same bits.
bool asDecimal(double value, std::size_t digits, std::int64_t& whole)
{
    const double scaled = value * kPowers[digits];
    if (!(std::abs(scaled) < 9.0e15)) // past 2^53 not every whole number is a double; NaN is refused too
        return false;
    whole = std::llround(scaled);
    const double back = static_cast<double>(whole) / kPowers[digits];
    return std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value);
}

/// The fewest digits with which all the reals (given as bits) are decimals; they are then replaced by whole numbers.
std::optional<std::size_t> takeDecimals(std::vector<std::int64_t>& numbers)
{
    std::vector<std::int64_t> wholes(numbers.size());
    std::size_t digits = 0;
    for (std::size_t i = 0; i < numbers.size();) {
        if (asDecimal(std::bit_cast<double>(numbers[i]), digits, wholes[i])) {
            ++i;
            continue;
        }
        if (++digits == kPowers.size())
            return std::nullopt;
        i = 0; // more digits: everything before has to be a decimal of that many, too
    }
    numbers = std::move(wholes);
    return digits;
}

/// The numbers of the cells that are there, how many of them each instance has, and how long the stretches are in
/// which cells are present, absent, present …
struct Present {
    std::vector<std::int64_t> numbers;
    std::vector<std::uint32_t> runs;
    std::vector<std::int64_t> stretches;
};

Present presentCells(const BlockColumn& column, const std::vector<std::uint32_t>& runs)
{
    Present present;
    present.numbers.reserve(column.cells.size());
    present.stretches.push_back(0);
    bool here = true;
    std::size_t row = 0;
    for (const std::uint32_t rows : runs) {
        const std::size_t before = present.numbers.size();
        for (const std::size_t end = row + rows; row < end; ++row) {
            const Value& cell = column.cells[row];
            if (cell.isAbsent() == here) {
                here = !here;
                present.stretches.push_back(0);
            }
            ++present.stretches.back();
            if (!cell.isAbsent())
                present.numbers.push_back(cell.isReal() ? std::bit_cast<std::int64_t>(cell.asReal()) : cell.scaled());
        }
        present.runs.push_back(static_cast<std::uint32_t>(present.numbers.size() - before));
    }
    return present;
}

/// False when every cell is absent: nothing was written.
bool addColumn(std::string& to, const BlockColumn& column, const std::vector<std::uint32_t>& runs)
{
    Present present = presentCells(column, runs);
    if (present.numbers.empty())
        return false;
    unsigned flags = present.numbers.size() < column.cells.size() ? kSomeAbsent : 0U;
    if (column.storage == Storage::Real) {
        flags |= kReal;
        if (const auto digits = takeDecimals(present.numbers))
            flags |= kDecimal | static_cast<unsigned>(*digits << kDigitsShift);
    }
    addVarint(to, column.number);
    to.push_back(static_cast<char>(flags));
    if ((flags & kSomeAbsent) != 0) {
        const std::array whole{static_cast<std::uint32_t>(present.stretches.size())};
        addVarint(to, present.stretches.size());
        packStream(to, present.stretches, whole);
    }
    packStream(to, present.numbers, present.runs);
    return true;
}

// ---- decoding ----

tl::unexpected<Error> malformed(const char* what)
{
    return fail(ErrorCode::Malformed, std::string("not a block: ") + what);
}

/// Rows [begin, end) of the bytes.
struct RowRange {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// The rows of an encoded block: how many each instance has, and which of them are chosen.
struct EncodedRows {
    std::size_t count = 0;
    std::vector<std::uint32_t> runs;
    std::vector<std::uint8_t> wanted; ///< per run; empty: all are
    std::vector<RowRange> chosen;

    void choose(std::size_t begin, std::size_t end)
    {
        if (!chosen.empty() && chosen.back().end == begin)
            chosen.back().end = end;
        else
            chosen.push_back({begin, end});
    }
};

/// Adds the instances of the chosen rows to the block.
bool readInstances(ByteReader& reader, InstanceFilter filter, EncodedRows& rows, Block& block)
{
    const std::uint64_t count = reader.varint();
    if (count > rows.count)
        return false;
    rows.runs.reserve(count);
    std::size_t row = 0;
    std::int64_t instance = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t step = reader.varint();
        const std::uint64_t length = reader.varint();
        if (length == 0 || length > rows.count - row || (i != 0 && step == 0))
            return false;
        const std::int64_t next =
            i == 0 ? unzigzag(step) : static_cast<std::int64_t>(static_cast<std::uint64_t>(instance) + step);
        if (i != 0 && next < instance)
            return false;
        instance = next;
        rows.runs.push_back(static_cast<std::uint32_t>(length));
        const bool isWanted = filter.takes(instance);
        rows.wanted.push_back(isWanted ? 1 : 0);
        if (isWanted) {
            block.instances.insert(block.instances.end(), length, instance);
            rows.choose(row, row + length);
        }
        row += length;
    }
    if (rows.chosen.size() == 1 && rows.chosen.front().end - rows.chosen.front().begin == rows.count)
        rows.wanted.clear();
    return row == rows.count;
}

/// Whether the times of each instance rise, among the rows from `first` on.
bool timesRise(const Block& block, std::size_t first)
{
    for (std::size_t row = first + 1; row < block.rowCount(); ++row) {
        if (block.instances[row] == block.instances[row - 1] && block.timesMs[row] <= block.timesMs[row - 1])
            return false;
    }
    return true;
}

bool readTimes(ByteReader& reader, const EncodedRows& rows, Block& block)
{
    thread_local std::vector<std::int64_t> numbers;
    const std::size_t first = block.rowCount();
    numbers.resize(rows.count);
    if (!unpackStream(reader, numbers, rows.runs, rows.wanted))
        return false;
    const auto at = [](std::size_t row) { return numbers.begin() + static_cast<std::ptrdiff_t>(row); };
    for (const RowRange& range : rows.chosen)
        block.timesMs.insert(block.timesMs.end(), at(range.begin), at(range.end));
    if (!unpackStream(reader, numbers, rows.runs, rows.wanted))
        return false;
    for (const RowRange& range : rows.chosen) {
        if (std::any_of(at(range.begin), at(range.end), [](std::int64_t interval) { return (interval >> 32) != 0; }))
            return false;
        std::transform(at(range.begin), at(range.end), std::back_inserter(block.intervalsMs),
            [](std::int64_t interval) { return static_cast<std::uint32_t>(interval); });
    }
    return timesRise(block, first);
}

/// The lengths of the stretches in which cells are present, absent, present … They add up to `rows`.
bool readStretches(ByteReader& reader, std::size_t rows, std::vector<std::int64_t>& stretches)
{
    const std::uint64_t count = reader.varint();
    if (count < 2 || count > rows + 1)
        return false;
    stretches.resize(count);
    const std::array whole{static_cast<std::uint32_t>(count)};
    if (!unpackStream(reader, stretches, whole))
        return false;
    std::size_t sum = 0;
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        if (stretches[i] < (i == 0 ? 0 : 1) || static_cast<std::uint64_t>(stretches[i]) > rows - sum)
            return false;
        sum += static_cast<std::size_t>(stretches[i]);
    }
    return sum == rows;
}

/// How many present cells each instance has.
std::vector<std::uint32_t> presentRuns(
    const std::vector<std::int64_t>& stretches, const std::vector<std::uint32_t>& runs)
{
    std::vector<std::uint32_t> present;
    present.reserve(runs.size());
    std::size_t stretch = 0;
    std::int64_t left = stretches.front();
    for (std::int64_t rows : runs) {
        std::int64_t here = 0;
        while (rows > 0) {
            while (left == 0)
                left = stretches[++stretch];
            const std::int64_t step = std::min(rows, left);
            here += stretch % 2 == 0 ? step : 0;
            rows -= step;
            left -= step;
        }
        present.push_back(static_cast<std::uint32_t>(here));
    }
    return present;
}

using CellAt = std::vector<Value>::iterator;

/// Puts the next numbers into cells, as what the flags say they are.
void fillCells(CellAt cell, CellAt end, std::vector<std::int64_t>::const_iterator& number, unsigned flags)
{
    if ((flags & kReal) == 0) {
        while (cell != end)
            *cell++ = Value::fixed(*number++);
    } else if ((flags & kDecimal) != 0) {
        const double power = kPowers[flags >> kDigitsShift];
        while (cell != end)
            *cell++ = Value::real(static_cast<double>(*number++) / power);
    } else {
        while (cell != end)
            *cell++ = Value::real(std::bit_cast<double>(*number++));
    }
}

bool flagsMakeSense(unsigned flags)
{
    if ((flags & kDecimal) != 0 && (flags & kReal) == 0)
        return false;
    const unsigned digits = flags >> kDigitsShift;
    return (flags & 8U) == 0 && digits < kPowers.size() && (digits == 0 || (flags & kDecimal) != 0);
}

/// Puts the chosen cells of a column without absent ones at the end of `cells`.
void takeWhole(
    const EncodedRows& rows, const std::vector<std::int64_t>& numbers, unsigned flags, std::vector<Value>& cells)
{
    for (const RowRange& range : rows.chosen) {
        const std::size_t before = cells.size();
        cells.resize(before + range.end - range.begin);
        auto number = numbers.cbegin() + static_cast<std::ptrdiff_t>(range.begin);
        fillCells(cells.begin() + static_cast<std::ptrdiff_t>(before), cells.end(), number, flags);
    }
}

/// The same of a column with absent ones: `stretches` says where.
void takeSome(const EncodedRows& rows, const std::vector<std::int64_t>& numbers,
    const std::vector<std::int64_t>& stretches, unsigned flags, std::vector<Value>& cells)
{
    thread_local std::vector<Value> all;
    all.assign(rows.count, Value{});
    auto cell = all.begin();
    auto number = numbers.cbegin();
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        const auto end = cell + stretches[i];
        if (i % 2 == 0)
            fillCells(cell, end, number, flags);
        cell = end;
    }
    for (const RowRange& range : rows.chosen)
        cells.insert(cells.end(), all.begin() + static_cast<std::ptrdiff_t>(range.begin),
            all.begin() + static_cast<std::ptrdiff_t>(range.end));
}

bool readColumn(ByteReader& reader, unsigned flags, const EncodedRows& rows, std::vector<Value>& cells)
{
    thread_local std::vector<std::int64_t> numbers;
    std::vector<std::int64_t> stretches;
    std::vector<std::uint32_t> present;
    if ((flags & kSomeAbsent) != 0) {
        if (!readStretches(reader, rows.count, stretches))
            return false;
        present = presentRuns(stretches, rows.runs);
    }
    const std::vector<std::uint32_t>& numberRuns = stretches.empty() ? rows.runs : present;
    std::size_t count = 0;
    for (const std::uint32_t length : numberRuns)
        count += length;
    numbers.resize(count);
    // Of a column with absent cells all are laid out, chosen or not.
    const WantedRuns wanted = stretches.empty() ? WantedRuns(rows.wanted) : WantedRuns();
    if (!unpackStream(reader, numbers, numberRuns, wanted))
        return false;
    if (stretches.empty())
        takeWhole(rows, numbers, flags, cells);
    else
        takeSome(rows, numbers, stretches, flags, cells);
    return true;
}

bool skipColumn(ByteReader& reader, unsigned flags)
{
    if ((flags & kSomeAbsent) != 0) {
        static_cast<void>(reader.varint());
        if (!skipStream(reader))
            return false;
    }
    return skipStream(reader);
}

bool readColumns(
    ByteReader& reader, const EncodedRows& rows, const BlockChoice& choice, std::size_t rowsBefore, Block& block)
{
    const std::uint64_t count = reader.varint();
    if (count > kCells / rows.count)
        return false;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t number = reader.varint();
        const unsigned flags = reader.byte();
        if (number > std::numeric_limits<std::uint32_t>::max() || !flagsMakeSense(flags))
            return false;
        if (!isChosen(choice.columns, number)) {
            if (!skipColumn(reader, flags))
                return false;
            continue;
        }
        const Storage storage = (flags & kReal) != 0 ? Storage::Real : Storage::Fixed;
        std::vector<Value>& cells = columnOf(block, static_cast<std::uint32_t>(number), i, storage, rowsBefore).cells;
        if (cells.size() != rowsBefore || !readColumn(reader, flags, rows, cells)) // the former: it comes twice
            return false;
    }
    return reader.ok() && reader.atEnd();
}

/// Adds the chosen rows; what else it added to the block when it fails is the caller's to take back.
bool readBody(std::string_view body, Block& block, RowsAdded& added, const BlockChoice& choice)
{
    ByteReader reader(body);
    EncodedRows rows;
    rows.count = reader.varint();
    if (rows.count == 0 || rows.count > kBlockRows || !readInstances(reader, InstanceFilter(choice), rows, block))
        return false;
    if (rows.chosen.empty())
        return true;
    if (!readTimes(reader, rows, block) || !readColumns(reader, rows, choice, added.rowsBefore(), block))
        return false;
    added.fillColumns(block.rowCount());
    return true;
}

} // namespace

Result<std::string> encodeBlock(const Block& block)
{
    if (const auto checked = check(block); !checked)
        return tl::unexpected<Error>(checked.error());
    std::string bytes(kMagic);
    bytes.resize(kBodyAt);
    const std::vector<std::uint32_t> runs = instanceRuns(block);
    addVarint(bytes, block.rowCount());
    addInstances(bytes, block, runs);
    packStream(bytes, block.timesMs, runs);
    packStream(bytes, std::vector<std::int64_t>(block.intervalsMs.begin(), block.intervalsMs.end()), runs);
    std::string columns;
    std::size_t count = 0;
    for (const BlockColumn& column : block.columns)
        count += addColumn(columns, column, runs) ? 1U : 0U;
    addVarint(bytes, count);
    bytes += columns;
    const std::uint32_t sum = checksum(bytes);
    for (std::size_t i = 0; i < 4; ++i)
        bytes[kChecksumAt + i] = static_cast<char>(sum >> (8 * i));
    return bytes;
}

Result<void> appendBlock(std::string_view bytes, Block& block, const BlockChoice& choice)
{
    if (bytes.size() < kBodyAt || bytes.substr(0, 3) != kMagic.substr(0, 3))
        return malformed("it does not begin like one");
    if (bytes[3] != kMagic[3])
        return malformed("it is of another version");
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < 4; ++i)
        sum |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[kChecksumAt + i])) << (8 * i);
    if (sum != checksum(bytes))
        return malformed("its checksum is wrong");
    RowsAdded added(block);
    if (readBody(bytes.substr(kBodyAt), block, added, choice))
        return {};
    added.takeBack();
    return malformed("its contents do not fit together");
}

Result<Block> decodeBlock(std::string_view bytes, const BlockChoice& choice)
{
    Block block;
    if (auto read = appendBlock(bytes, block, choice); !read)
        return tl::unexpected(read.error());
    return block;
}

} // namespace sextant::metrics
