// SPDX-License-Identifier: GPL-3.0-or-later
// How recent rows are kept until they are sealed: the rows of one frame as bytes, and blocks that grow by them.
//
//   1                    the version of this layout
//   rows                 varint, then per row the instance number less the one before: zigzag varint
//   columns to the end   number × 4 + 2 (some are absent) + 1 (real): varint; with some absent a bit per row, set where
//                        a cell is present, low bits first; then the present cells: scaled integers as zigzag varints,
//                        reals as eight bytes, little-endian
#include "metrics/block_growth.h"
#include "metrics/varint.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>

namespace sextant::metrics {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr unsigned kRealFlag = 1, kAbsentFlag = 2, kFlagBits = 2;

static_assert(std::endian::native == std::endian::little, "reals are written as this machine has them");

/// Room to write into without asking for memory each time.
char* scratch(std::size_t size)
{
    thread_local std::unique_ptr<char[]> room;
    thread_local std::size_t has = 0;
    if (size > has) {
        room = std::make_unique<char[]>(size);
        has = size;
    }
    return room.get();
}

/// Writes one column of the kept rows; gives the place behind it, which is `to` when all of its cells are absent.
char* putColumn(char* to, const Column& column, const Value* cells, std::size_t width,
    std::span<const std::int64_t> instances, std::size_t kept)
{
    std::size_t present = 0;
    for (std::size_t row = 0; row < instances.size(); ++row)
        present += instances[row] != 0 && !cells[row * width].isAbsent() ? 1U : 0U;
    if (present == 0)
        return to;
    const bool real = column.storage == Storage::Real;
    to = putVarint(to,
        (std::uint64_t{column.number} << kFlagBits) | (present < kept ? kAbsentFlag : 0U) | (real ? kRealFlag : 0U));
    char* bits = to;
    if (present < kept) {
        const std::size_t bytes = (kept + 7) / 8;
        std::memset(bits, 0, bytes);
        to += bytes;
    }
    std::size_t place = 0;
    for (std::size_t row = 0; row < instances.size(); ++row) {
        if (instances[row] == 0)
            continue;
        const Value& cell = cells[row * width];
        if (!cell.isAbsent()) {
            if (present < kept)
                bits[place / 8] = static_cast<char>(static_cast<unsigned char>(bits[place / 8]) | (1U << (place % 8)));
            if (real) {
                const double value = cell.asReal();
                std::memcpy(to, &value, sizeof value);
                to += sizeof value;
            } else {
                to = putVarint(to, zigzag(cell.scaled()));
            }
        }
        ++place;
    }
    return to;
}

/// The rows of a frame, and which of them are chosen.
struct FrameRows {
    std::size_t count = 0;
    bool all = true;
    std::vector<std::uint32_t> chosen; ///< their places, unless all are
};

bool readRows(ByteReader& reader, InstanceFilter filter, FrameRows& rows, std::vector<std::int64_t>& instances)
{
    const std::uint64_t count = reader.varint();
    if (count > reader.left()) // a row has a byte at least
        return false;
    rows.count = count;
    rows.all = filter.takesAll();
    std::uint64_t instance = 0;
    for (std::size_t row = 0; row < rows.count; ++row) {
        instance += static_cast<std::uint64_t>(unzigzag(reader.varint()));
        if (instance == 0)
            return false;
        if (!filter.takes(static_cast<std::int64_t>(instance)))
            continue;
        instances.push_back(static_cast<std::int64_t>(instance));
        if (!rows.all)
            rows.chosen.push_back(static_cast<std::uint32_t>(row));
    }
    return reader.ok();
}

double realOf(std::string_view bytes)
{
    double value = 0;
    if (bytes.size() == sizeof value)
        std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

Value readCell(ByteReader& reader, bool real)
{
    return real ? Value::real(realOf(reader.take(sizeof(double)))) : Value::fixed(unzigzag(reader.varint()));
}

/// True for as many bits as rows, of which some are set, some not, and none past the last row.
bool bitsMakeSense(std::string_view bits, std::size_t rows)
{
    std::size_t set = 0;
    for (const char byte : bits)
        set += static_cast<std::size_t>(std::popcount(static_cast<unsigned char>(byte)));
    const bool pastLast =
        rows % 8 != 0 && !bits.empty() && (static_cast<unsigned char>(bits.back()) >> (rows % 8)) != 0;
    return set != 0 && set < rows && !pastLast;
}

/// Reads reals that are all there; those of the chosen rows into `cells`, unless that is null.
bool readRealsOf(ByteReader& reader, const FrameRows& rows, std::vector<Value>* cells)
{
    const std::string_view bytes = reader.take(rows.count * sizeof(double));
    if (!reader.ok() || cells == nullptr)
        return reader.ok();
    for (const std::uint32_t row : rows.chosen)
        cells->push_back(Value::real(realOf(bytes.substr(row * sizeof(double), sizeof(double)))));
    return true;
}

/// Reads the cells of one column; those of the chosen rows into `cells`, unless that is null.
bool readCells(ByteReader& reader, bool real, bool someAbsent, const FrameRows& rows, std::vector<Value>* cells)
{
    std::string_view bits;
    if (someAbsent) {
        bits = reader.take((rows.count + 7) / 8);
        if (!bitsMakeSense(bits, rows.count))
            return false;
    }
    if (real && !someAbsent && !rows.all)
        return readRealsOf(reader, rows, cells);
    auto next = rows.chosen.begin();
    for (std::size_t row = 0; row < rows.count; ++row) {
        const bool present =
            !someAbsent || ((unsigned{static_cast<unsigned char>(bits[row / 8])} >> (row % 8)) & 1U) != 0;
        const Value cell = present ? readCell(reader, real) : Value{};
        if (!rows.all && (next == rows.chosen.end() || *next != row))
            continue;
        if (cells != nullptr)
            cells->push_back(cell);
        if (!rows.all)
            ++next;
    }
    return reader.ok();
}

bool readFrame(ByteReader& reader, std::int64_t timeMs, std::uint32_t intervalMs, Block& block, RowsAdded& added,
    const BlockChoice& choice)
{
    FrameRows rows;
    if (reader.byte() != kVersion || !readRows(reader, InstanceFilter(choice), rows, block.instances))
        return false;
    block.timesMs.resize(block.instances.size(), timeMs);
    block.intervalsMs.resize(block.instances.size(), intervalMs);
    for (std::size_t hint = 0; !reader.atEnd(); ++hint) {
        const std::uint64_t head = reader.varint();
        const std::uint64_t number = head >> kFlagBits;
        const bool real = (head & kRealFlag) != 0, someAbsent = (head & kAbsentFlag) != 0;
        if (!reader.ok() || rows.count == 0 || number > std::numeric_limits<std::uint32_t>::max())
            return false;
        if (!isChosen(choice.columns, number)) {
            if (!readCells(reader, real, someAbsent, rows, nullptr))
                return false;
            continue;
        }
        const Storage storage = real ? Storage::Real : Storage::Fixed;
        BlockColumn& column = columnOf(block, static_cast<std::uint32_t>(number), hint, storage, added.rowsBefore());
        if (column.storage != storage || column.cells.size() != added.rowsBefore()) // the latter: it comes twice
            return false;
        if (!readCells(reader, real, someAbsent, rows, &column.cells))
            return false;
    }
    added.fillColumns(block.rowCount());
    return reader.ok();
}

template <typename T>
void reorder(std::vector<T>& values, const std::vector<std::uint32_t>& order)
{
    std::vector<T> sorted;
    sorted.reserve(order.size());
    for (const std::uint32_t row : order)
        sorted.push_back(values[row]);
    values = std::move(sorted);
}

/// Puts rows that stand as they came, tick by tick, in the order of their instances by counting, where the numbers of
/// these lie close together; those of one instance stay in their order.
void orderByInstance(const std::vector<std::int64_t>& instances, std::vector<std::uint32_t>& order)
{
    const auto [least, most] = std::minmax_element(instances.begin(), instances.end());
    const auto placeOf = [first = static_cast<std::uint64_t>(*least)](
                             std::int64_t instance) { return static_cast<std::uint64_t>(instance) - first; };
    if (placeOf(*most) >= 2 * instances.size())
        return;
    std::vector<std::uint32_t> next(placeOf(*most) + 2); // where the next row of an instance goes
    for (const std::int64_t instance : instances)
        ++next[placeOf(instance) + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (std::uint32_t row = 0; row < instances.size(); ++row)
        order[next[placeOf(instances[row])]++] = row;
}

} // namespace

std::string encodeFrameRows(const Frame& frame, std::span<const std::int64_t> instances)
{
    instances = instances.first(std::min(instances.size(), frame.rowCount()));
    const std::span<const Column> columns = frame.family().columns;
    const auto kept = static_cast<std::size_t>(
        std::count_if(instances.begin(), instances.end(), [](std::int64_t instance) { return instance != 0; }));
    const std::size_t most =
        1 + kVarintBytes * (1 + kept) + columns.size() * (kVarintBytes * (1 + kept) + (kept + 7) / 8);
    char* const begin = scratch(most);
    char* to = begin;
    *to++ = static_cast<char>(kVersion);
    to = putVarint(to, kept);
    std::uint64_t before = 0;
    for (const std::int64_t instance : instances) {
        if (instance == 0)
            continue;
        to = putVarint(to, zigzag(static_cast<std::int64_t>(static_cast<std::uint64_t>(instance) - before)));
        before = static_cast<std::uint64_t>(instance);
    }
    if (kept != 0) {
        const Value* const cells = frame.cells(0).data();
        for (std::size_t column = 0; column < columns.size(); ++column)
            to = putColumn(to, columns[column], cells + column, columns.size(), instances, kept);
    }
    return {begin, static_cast<std::size_t>(to - begin)};
}

Result<void> appendFrameRows(
    std::string_view bytes, std::int64_t timeMs, std::uint32_t intervalMs, Block& block, const BlockChoice& choice)
{
    RowsAdded added(block);
    ByteReader reader(bytes);
    if (readFrame(reader, timeMs, intervalMs, block, added, choice))
        return {};
    added.takeBack();
    return fail(ErrorCode::Malformed, "not the rows of a frame");
}

void sortRows(Block& block)
{
    if (block.rowCount() == 0)
        return;
    const auto key = [&](std::uint32_t row) { return std::pair(block.instances[row], block.timesMs[row]); };
    std::vector<std::uint32_t> order(block.rowCount());
    std::iota(order.begin(), order.end(), 0U);
    const auto notRising = [&](std::uint32_t a, std::uint32_t b) { return !(key(a) < key(b)); };
    if (std::adjacent_find(order.begin(), order.end(), notRising) == order.end())
        return;
    orderByInstance(block.instances, order);
    const auto before = [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); };
    if (!std::is_sorted(order.begin(), order.end(), before))
        std::stable_sort(order.begin(), order.end(), before);
    order.erase(
        std::unique(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return key(a) == key(b); }),
        order.end());
    for (BlockColumn& column : block.columns)
        reorder(column.cells, order);
    reorder(block.intervalsMs, order);
    reorder(block.instances, order);
    reorder(block.timesMs, order);
}

void appendRows(Block& block, const Block& other)
{
    const std::size_t rowsBefore = block.rowCount();
    block.instances.insert(block.instances.end(), other.instances.begin(), other.instances.end());
    block.timesMs.insert(block.timesMs.end(), other.timesMs.begin(), other.timesMs.end());
    block.intervalsMs.insert(block.intervalsMs.end(), other.intervalsMs.begin(), other.intervalsMs.end());
    for (std::size_t i = 0; i < other.columns.size(); ++i) {
        const BlockColumn& from = other.columns[i];
        std::vector<Value>& cells = columnOf(block, from.number, i, from.storage, rowsBefore).cells;
        cells.insert(cells.end(), from.cells.begin(), from.cells.end());
    }
    for (BlockColumn& column : block.columns)
        column.cells.resize(block.rowCount());
}

} // namespace sextant::metrics
