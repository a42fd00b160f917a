// SPDX-License-Identifier: GPL-3.0-or-later
// What lies in the store: bytes into decodeBlock() and appendFrameRows(); what they accept must survive a round trip.
#include "metrics/block.h"
#include "metrics/crc32c.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace sextant::metrics;

namespace {

void mustSurvive(const Block& block)
{
    const auto bytes = encodeBlock(block);
    if (!bytes)
        std::abort();
    const auto again = decodeBlock(*bytes);
    if (!again || again->rowCount() != block.rowCount())
        std::abort();
    for (const BlockColumn& column : again->columns) {
        const auto same = std::ranges::find(block.columns, column.number, &BlockColumn::number);
        if (same == block.columns.end() || *same != column)
            std::abort();
    }
}

/// With the right checksum put in, or damage would never get past it.
void tryBlock(std::string bytes)
{
    if (bytes.size() >= 8) {
        const std::uint32_t sum =
            crc32c(std::string_view(bytes).substr(8), crc32c(std::string_view(bytes).substr(0, 4)));
        for (std::size_t i = 0; i < 4; ++i)
            bytes[4 + i] = static_cast<char>(sum >> (8 * i));
    }
    const auto decoded = decodeBlock(bytes);
    if (!decoded)
        return;
    mustSurvive(*decoded);
    const auto first = decodeBlock(bytes, {.instances = std::span(&decoded->instances.front(), 1)});
    if (!first || first->timesMs != std::vector<std::int64_t>(decoded->timesMs.begin(),
                                        decoded->timesMs.begin() +
                                            std::ranges::count(decoded->instances, decoded->instances.front())))
        std::abort();
    for (const BlockColumn& column : decoded->columns) {
        const auto one = decodeBlock(bytes, {.columns = std::span(&column.number, 1)});
        if (!one || one->columns.size() != 1 || one->columns.front() != column)
            std::abort();
    }
}

void tryFrameRows(std::string_view bytes)
{
    Block block;
    const bool first = appendFrameRows(bytes, 10'000, 10'000, block).has_value();
    if (!first && (block.rowCount() != 0 || !block.columns.empty()))
        std::abort();
    if (!first || block.rowCount() == 0)
        return;
    if (!appendFrameRows(bytes, 20'000, 10'000, block))
        std::abort();
    sortRows(block);
    if (block.rowCount() <= kBlockRows)
        mustSurvive(block);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    tryBlock(bytes);
    tryFrameRows(bytes);
    return 0;
}
