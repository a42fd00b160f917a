// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/block.h"
#include "metrics/crc32c.h"

#include <QFile>
#include <QTest>

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>

using namespace sextant;
using namespace sextant::metrics;

namespace {

using Random = std::mt19937_64;
constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();

constexpr std::array kOddFixed{std::int64_t{0}, std::int64_t{-1}, kLowest, kHighest, kLowest + 1, kHighest - 1};
const std::array kOddReal{0.0, -0.0, 0.1, 1e300, -1e-300, std::numeric_limits<double>::denorm_min(),
    std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
    std::bit_cast<double>(0x7ff8'0000'0000'1234ULL), std::bit_cast<double>(0xfff0'0000'0000'0001ULL)};

/// How the cells of a made column go on.
enum class Shape { Constant, Counter, Gauge, Odd, Anything, PerInstance, Decimal, Count };

Value fixedCell(Shape shape, std::int64_t before, std::int64_t instance, Random& random)
{
    switch (shape) {
    case Shape::Constant:
        return Value::fixed(-77);
    case Shape::Counter:
        return Value::fixed(random() % 50 == 0 ? 0 : before + static_cast<std::int64_t>(random() % 900));
    case Shape::Gauge:
        return Value::fixed(500'000 + static_cast<std::int64_t>(random() % 4'000));
    case Shape::Odd:
        return Value::fixed(kOddFixed[random() % kOddFixed.size()]);
    case Shape::PerInstance:
        return Value::fixed(instance / 3);
    default:
        return Value::fixed(static_cast<std::int64_t>(random()) >> (random() % 64));
    }
}

Value realCell(Shape shape, Random& random)
{
    switch (shape) {
    case Shape::Constant:
        return Value::real(-0.0);
    case Shape::Decimal:
        return Value::real(static_cast<double>(random() % 100'000) / 1'000);
    case Shape::Odd:
        return Value::real(kOddReal[random() % kOddReal.size()]);
    case Shape::Gauge:
        return Value::real(20 + static_cast<double>(random() % 1'000'000) / 7'919);
    default:
        return Value::real(std::bit_cast<double>(random()));
    }
}

BlockColumn randomColumn(std::uint32_t number, const Block& block, Random& random)
{
    BlockColumn column{number, random() % 3 == 0 ? Storage::Real : Storage::Fixed, {}};
    const auto shape = static_cast<Shape>(random() % static_cast<unsigned>(Shape::Count));
    const std::array<unsigned, 4> oddsOfAbsent{0, 2, 40, 100};
    const unsigned absent = oddsOfAbsent[random() % 4];
    std::int64_t before = static_cast<std::int64_t>(random() % 1'000'000);
    for (std::size_t row = 0; row < block.rowCount(); ++row) {
        const Value cell = column.storage == Storage::Real ? realCell(shape, random)
                                                           : fixedCell(shape, before, block.instances[row], random);
        before = cell.isFixed() && shape == Shape::Counter ? cell.scaled() : before;
        column.cells.push_back(random() % 100 < absent ? Value{} : cell);
    }
    return column;
}

Block randomBlock(Random& random, std::size_t instances, std::size_t ticks, std::size_t columns)
{
    Block block;
    std::int64_t instance = random() % 8 == 0 ? kLowest : static_cast<std::int64_t>(random() % 1'000);
    for (std::size_t i = 0; i < instances; ++i) {
        std::int64_t time = random() % 8 == 0 ? kLowest : 1'760'000'400'000;
        for (std::size_t tick = 0; tick < ticks; ++tick) {
            block.instances.push_back(instance);
            block.timesMs.push_back(time);
            block.intervalsMs.push_back(random() % 100 == 0 ? 0xffff'ffffU : 10'000);
            time += random() % 30 == 0 ? 1 + static_cast<std::int64_t>(random() % 100'000) : 10'000;
        }
        instance += 1 + static_cast<std::int64_t>(random() % 3);
    }
    for (std::size_t i = 0; i < columns; ++i)
        block.columns.push_back(randomColumn(static_cast<std::uint32_t>(i * 3 + random() % 3), block, random));
    return block;
}

/// The block as it comes back: without the columns that no row has.
Block withoutAbsentColumns(Block block)
{
    std::erase_if(block.columns, [](const BlockColumn& column) {
        return std::ranges::all_of(column.cells, [](const Value& cell) { return cell.isAbsent(); });
    });
    return block;
}

ErrorCode codeOf(const auto& result)
{
    return result ? ErrorCode::Internal : result.error().code;
}

/// Some of the instances of a block, sorted, and one that it does not have.
std::vector<std::int64_t> someInstances(const Block& block, Random& random)
{
    std::vector<std::int64_t> some{5'000'000};
    for (const std::int64_t instance : block.instances) {
        if (random() % 3 == 0)
            some.push_back(instance);
    }
    std::ranges::sort(some);
    some.erase(std::ranges::unique(some).begin(), some.end());
    return some;
}

/// The block with only the rows of these instances.
Block only(const std::vector<std::int64_t>& instances, const Block& block)
{
    Block kept;
    for (const BlockColumn& column : block.columns)
        kept.columns.push_back({column.number, column.storage, {}});
    for (std::size_t row = 0; row < block.rowCount(); ++row) {
        if (!std::ranges::binary_search(instances, block.instances[row]))
            continue;
        kept.instances.push_back(block.instances[row]);
        kept.timesMs.push_back(block.timesMs[row]);
        kept.intervalsMs.push_back(block.intervalsMs[row]);
        for (std::size_t i = 0; i < kept.columns.size(); ++i)
            kept.columns[i].cells.push_back(block.columns[i].cells[row]);
    }
    return kept;
}

/// The block of the golden file: a bit of everything, the same for ever.
Block goldenBlock()
{
    Block block;
    for (const std::int64_t instance : {3, 4, 9}) {
        for (std::int64_t tick = 0; tick < 40; ++tick) {
            if (instance == 4 && tick == 7)
                continue; // a gap
            block.instances.push_back(instance);
            block.timesMs.push_back(1'763'733'600'000 + tick * 10'000 + (tick == 20 ? 3 : 0));
            block.intervalsMs.push_back(tick < 30 ? 10'000 : 20'000);
        }
    }
    const auto add = [&](std::uint32_t number, Storage storage, auto cellOf) {
        BlockColumn column{number, storage, {}};
        for (std::size_t row = 0; row < block.rowCount(); ++row)
            column.cells.push_back(cellOf(static_cast<std::int64_t>(row)));
        block.columns.push_back(std::move(column));
    };
    add(1, Storage::Fixed, [](std::int64_t) { return Value::fixed(42); });
    add(2, Storage::Fixed, [](std::int64_t row) { return Value::fixed(row % 40 * (1'000 + row % 7) + row / 50); });
    add(7, Storage::Fixed, [](std::int64_t row) { return row % 6 == 0 ? Value::fixed(row * row % 311) : Value{}; });
    add(8, Storage::Fixed, [](std::int64_t row) { return Value::fixed(row % 2 == 0 ? kLowest : kHighest); });
    add(20, Storage::Real, [](std::int64_t row) { return Value::real(static_cast<double>(row * 37 % 1'000) / 100); });
    add(21, Storage::Real, [](std::int64_t row) { return Value::real(1.0 / static_cast<double>(row)); });
    add(22, Storage::Real, [](std::int64_t row) { return row == 5 ? Value{} : Value::real(kOddReal[8]); });
    return block;
}

} // namespace

class BlockTest : public QObject {
    Q_OBJECT
private slots:
    void checksumIsCrc32c()
    {
        QCOMPARE(crc32c("123456789"), 0xe306'9283U);           // the check value of the CRC catalogue
        QCOMPARE(crc32c(std::string(32, '\0')), 0x8a91'36aaU); // RFC 3720, B.4
        QCOMPARE(crc32c("6789", crc32c("12345")), 0xe306'9283U);
        std::string text;
        for (std::uint32_t i = 0; i < 200; ++i) { // every length and start, by both ways
            QCOMPARE(crc32c(text, i), crc32cByTables(text, i));
            QCOMPARE(crc32c(std::string_view(text).substr(i % 9 % (text.size() + 1))),
                crc32cByTables(std::string_view(text).substr(i % 9 % (text.size() + 1))));
            text += static_cast<char>(i * 37 + 11);
        }
    }

    void anyBlockComesBackToTheBit()
    {
        for (unsigned seed = 0; seed < 400; ++seed) {
            Random random(seed);
            const Block block = randomBlock(random, 1 + random() % 9, 1 + random() % 90, random() % 12);
            const auto bytes = encodeBlock(block);
            QVERIFY2(bytes, qPrintable(QString::number(seed)));
            const auto decoded = decodeBlock(*bytes);
            QVERIFY2(decoded, qPrintable(QString::number(seed)));
            QVERIFY2(*decoded == withoutAbsentColumns(block), qPrintable(QString::number(seed)));
        }
    }

    void smallestAndLargest()
    {
        Random random(1);
        for (const auto& [instances, ticks] :
            {std::pair<std::size_t, std::size_t>{1, 1}, {1, kBlockRows}, {kBlockRows, 1}, {kBlockRows / 3, 3}}) {
            const Block block = randomBlock(random, instances, ticks, 6);
            const auto bytes = encodeBlock(block);
            QVERIFY(bytes);
            const auto decoded = decodeBlock(*bytes);
            QVERIFY(decoded && *decoded == withoutAbsentColumns(block));
        }
    }

    void onlyTheColumnsThatAreWanted()
    {
        Random random(7);
        const Block block = withoutAbsentColumns(randomBlock(random, 4, 50, 10));
        const std::string bytes = encodeBlock(block).value();
        for (const BlockColumn& column : block.columns) {
            const std::array<std::uint32_t, 2> wanted{column.number, 999};
            const auto decoded = decodeBlock(bytes, {.columns = wanted});
            QVERIFY(decoded);
            QCOMPARE(decoded->columns.size(), std::size_t{1});
            QVERIFY(decoded->columns.front() == column);
            QVERIFY(decoded->instances == block.instances && decoded->timesMs == block.timesMs &&
                    decoded->intervalsMs == block.intervalsMs);
        }
        QVERIFY(decodeBlock(bytes, {.columns = std::span<const std::uint32_t>{}})->columns.empty());
    }

    void onlyTheInstancesThatAreWanted()
    {
        for (unsigned seed = 0; seed < 200; ++seed) {
            Random random(seed);
            const Block block = withoutAbsentColumns(randomBlock(random, 1 + random() % 9, 1 + random() % 40, 5));
            const std::string bytes = encodeBlock(block).value();
            const auto wanted = someInstances(block, random);
            const Block some = only(wanted, block);
            const auto decoded = decodeBlock(bytes, {.instances = wanted});
            QVERIFY2(decoded, qPrintable(QString::number(seed)));
            QVERIFY2(
                *decoded == some || (some.rowCount() == 0 && *decoded == Block{}), qPrintable(QString::number(seed)));
            Block both = block;
            QVERIFY(appendBlock(bytes, both, {.instances = wanted}));
            Block joined = block;
            appendRows(joined, some);
            QVERIFY2(both == joined, qPrintable(QString::number(seed)));
            std::string damaged = bytes;
            damaged.back() = static_cast<char>(damaged.back() ^ 1);
            QCOMPARE(codeOf(appendBlock(damaged, both, {.instances = wanted})), ErrorCode::Malformed);
            QVERIFY2(both == joined, qPrintable(QString::number(seed)));
        }
    }

    void whatDoesNotChangeCostsAFewBytes()
    {
        Block block;
        for (std::int64_t tick = 0; tick < 360; ++tick) {
            block.instances.push_back(1);
            block.timesMs.push_back(1'763'733'600'000 + tick * 10'000);
            block.intervalsMs.push_back(10'000);
        }
        const std::size_t empty = encodeBlock(block).value().size();
        QVERIFY2(empty < 60, qPrintable(QString::number(empty)));
        for (std::uint32_t number = 1; number <= 10; ++number) {
            block.columns.push_back({number, Storage::Fixed, std::vector<Value>(360, Value::fixed(1'234'567))});
            block.columns.push_back({number + 20, Storage::Real, std::vector<Value>(360)});
        }
        const std::size_t constant = encodeBlock(block).value().size();
        QVERIFY2(constant <= empty + 10 * 8, qPrintable(QString::number(constant)));
    }

    void refusesWhatIsNoBlock_data()
    {
        QTest::addColumn<int>("change");
        QTest::newRow("no rows") << 0;
        QTest::newRow("too many rows") << 1;
        QTest::newRow("times of another length") << 2;
        QTest::newRow("cells of another length") << 3;
        QTest::newRow("instances out of order") << 4;
        QTest::newRow("one row twice") << 5;
        QTest::newRow("a column twice") << 6;
        QTest::newRow("a real cell in a fixed column") << 7;
        QTest::newRow("a fixed cell in a real column") << 8;
    }
    void refusesWhatIsNoBlock()
    {
        QFETCH(int, change);
        Random random(3);
        Block block = change == 1 ? randomBlock(random, 1, kBlockRows + 1, 0) : goldenBlock();
        switch (change) {
        case 0:
            block = {};
            break;
        case 2:
            block.intervalsMs.pop_back();
            break;
        case 3:
            block.columns[0].cells.emplace_back();
            break;
        case 4:
            block.instances.back() = 1;
            break;
        case 5:
            block.timesMs[1] = block.timesMs[0];
            break;
        case 6:
            block.columns[1].number = block.columns[0].number;
            break;
        case 7:
            block.columns[0].cells[3] = Value::real(1);
            break;
        case 8:
            block.columns[4].cells[3] = Value::fixed(1);
            break;
        default:
            break;
        }
        QCOMPARE(codeOf(encodeBlock(block)), ErrorCode::Invalid);
    }

    void everyCutAndEveryFlippedBitIsRefused()
    {
        const std::string bytes = encodeBlock(goldenBlock()).value();
        for (std::size_t size = 0; size < bytes.size(); ++size)
            QCOMPARE(codeOf(decodeBlock(bytes.substr(0, size))), ErrorCode::Malformed);
        for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
            std::string flipped = bytes;
            flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
            QCOMPARE(codeOf(decodeBlock(flipped)), ErrorCode::Malformed);
        }
        QCOMPARE(codeOf(decodeBlock(bytes + '\0')), ErrorCode::Malformed);
    }

    /// What was written once can be read for ever, and is written the same today.
    void version1StaysAsItIs()
    {
        QFile file(QStringLiteral(SEXTANT_SOURCE_DIR "/tests/unit/metrics/data/block-v1.bin"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const std::string kept = file.readAll().toStdString();
        const auto decoded = decodeBlock(kept);
        QVERIFY(decoded && *decoded == goldenBlock());
        if (ZSTD_versionNumber() != 10'504) // another zstd may pack the same numbers into other bytes
            QSKIP("the bytes are compared with zstd 1.5.4, which wrote them");
        QVERIFY(encodeBlock(goldenBlock()).value() == kept);
    }

    void frameRowsComeBack();
    void damagedFrameRowsLeaveTheBlockAsItWas();
    void sortingKeepsTheFirstOfTwo();
    void appendedRowsMatchByNumber();
};

namespace {

Frame randomFrame(Random& random, const Family& family, std::int64_t timeMs)
{
    Frame frame(family, timeMs, 10'000);
    for (std::size_t row = 0; row < random() % 20; ++row) {
        frame.addRow();
        for (std::size_t i = 0; i < family.columns.size(); ++i) {
            const auto bits = static_cast<std::int64_t>(random()) >> (random() % 64);
            const bool real = family.columns[i].storage == Storage::Real;
            if (random() % 3 != 0)
                frame.setCell(row, i, real ? Value::real(std::bit_cast<double>(bits)) : Value::fixed(bits));
        }
    }
    return frame;
}

std::vector<std::int64_t> randomInstances(Random& random, std::size_t rows)
{
    std::vector<std::int64_t> instances;
    for (std::size_t row = 0; row < rows; ++row)
        instances.push_back(random() % 5 == 0 ? 0 : static_cast<std::int64_t>(random()) >> (random() % 64));
    return instances;
}

/// What stands in the block for that column and row; a column that it does not have is absent.
Value cellAt(const Block& block, std::uint32_t number, std::size_t row)
{
    const auto found = std::ranges::find(block.columns, number, &BlockColumn::number);
    return found == block.columns.end() ? Value{} : found->cells[row];
}

} // namespace

void BlockTest::frameRowsComeBack()
{
    Random random(11);
    for (const Family& family : families()) {
        Block block, onlyOne;
        const std::array wanted{family.columns.back().number};
        for (std::int64_t tick = 0; tick < 30; ++tick) {
            const Frame frame = randomFrame(random, family, tick);
            const auto instances = randomInstances(random, frame.rowCount());
            const std::string bytes = encodeFrameRows(frame, instances);
            std::size_t row = block.rowCount();
            QVERIFY(appendFrameRows(bytes, tick, 10'000, block));
            QVERIFY(appendFrameRows(bytes, tick, 10'000, onlyOne, {.columns = wanted}));
            for (std::size_t i = 0; i < frame.rowCount(); ++i) {
                if (instances[i] == 0)
                    continue;
                QCOMPARE(block.instances[row], instances[i]);
                QCOMPARE(block.timesMs[row], tick);
                QCOMPARE(block.intervalsMs[row], 10'000U);
                for (std::size_t column = 0; column < family.columns.size(); ++column)
                    QVERIFY(cellAt(block, family.columns[column].number, row) == frame.at(i, column));
                QVERIFY(cellAt(onlyOne, wanted[0], row) == frame.cells(i).back());
                ++row;
            }
            QCOMPARE(block.rowCount(), row);
            QCOMPARE(onlyOne.instances, block.instances);
            Block whole, some;
            QVERIFY(appendFrameRows(bytes, tick, 10'000, whole));
            const auto chosen = someInstances(whole, random);
            QVERIFY(appendFrameRows(bytes, tick, 10'000, some, {.instances = chosen}));
            QVERIFY(some == only(chosen, whole));
        }
        QVERIFY(onlyOne.columns.size() <= 1);
        for (const BlockColumn& column : block.columns)
            QCOMPARE(column.cells.size(), block.rowCount());
        sortRows(block);
        const auto sealed = encodeBlock(block);
        QVERIFY(sealed && *decodeBlock(*sealed) == block);
    }
}

void BlockTest::damagedFrameRowsLeaveTheBlockAsItWas()
{
    Random random(12);
    const Frame frame = randomFrame(random, *findFamily("cpu"), 1);
    const std::vector<std::int64_t> instances(frame.rowCount(), 5);
    const std::string bytes = encodeFrameRows(frame, instances);
    Block block;
    QVERIFY(appendFrameRows(bytes, 1, 10'000, block));
    const Block before = block;
    const auto refused = [&](const std::string& damaged) {
        return codeOf(appendFrameRows(damaged, 2, 10'000, block)) == ErrorCode::Malformed && block == before;
    };
    QVERIFY(refused(""));
    QVERIFY(refused(bytes + '\0'));
    QVERIFY(refused("\x02" + bytes.substr(1)));
    const std::string zeroInstance("\x01\x01\x00", 3);
    const std::string oneRow("\x01\x01\x02\x04\x06", 5); // instance 1, column 1 fixed, value 3
    QVERIFY(refused(zeroInstance));
    QVERIFY(refused(oneRow + oneRow.substr(3)));               // the column twice
    QVERIFY(refused(std::string("\x01\x01\x02\x05\x06")));     // a real of one byte
    QVERIFY(refused(std::string("\x01\x01\x02\x05........"))); // a real where the block has fixed numbers
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        Block cut = before;
        if (!appendFrameRows(std::string_view(bytes).substr(0, size), 2, 10'000, cut))
            QVERIFY(cut == before);
    }
}

void BlockTest::sortingKeepsTheFirstOfTwo()
{
    Random random(13);
    Block block = randomBlock(random, 5, 40, 6);
    const Block sorted = block;
    Block again = block;
    for (BlockColumn& column : again.columns) {
        for (Value& cell : column.cells)
            cell = {};
    }
    appendRows(block, again); // every row a second time, and empty: those have to go
    sortRows(block);
    QVERIFY(block == sorted);

    Block backwards;
    for (std::size_t row = sorted.rowCount(); row-- > 0;) {
        backwards.instances.push_back(sorted.instances[row]);
        backwards.timesMs.push_back(sorted.timesMs[row]);
        backwards.intervalsMs.push_back(sorted.intervalsMs[row]);
    }
    for (const BlockColumn& column : sorted.columns)
        backwards.columns.push_back({column.number, column.storage, {column.cells.rbegin(), column.cells.rend()}});
    sortRows(backwards);
    QVERIFY(backwards == sorted);
}

void BlockTest::appendedRowsMatchByNumber()
{
    Block one{{1}, {10}, {5}, {{2, Storage::Fixed, {Value::fixed(20)}}, {3, Storage::Fixed, {Value::fixed(30)}}}};
    const Block other{{1}, {11}, {6}, {{3, Storage::Fixed, {Value::fixed(31)}}, {9, Storage::Real, {Value::real(9)}}}};
    appendRows(one, other);
    const Block both{{1, 1}, {10, 11}, {5, 6},
        {{2, Storage::Fixed, {Value::fixed(20), {}}}, {3, Storage::Fixed, {Value::fixed(30), Value::fixed(31)}},
            {9, Storage::Real, {{}, Value::real(9)}}}};
    QVERIFY(one == both);
}

QTEST_APPLESS_MAIN(BlockTest)
#include "block_test.moc"
