// SPDX-License-Identifier: GPL-3.0-or-later
// What agents say of their missing data, in any combination: the ranges stay ranges, and every moment without samples
// is in exactly one gap.
#include "fuzz/bytes.h"
#include "fuzz/require.h"
#include "server/hosts/gaps.h"

#include <vector>

using namespace sextant;
using namespace sextant::server;

namespace {

using sextant::fuzz::require;

/// Small numbers meet more often than large ones.
std::int64_t time(fuzz::Bytes& bytes)
{
    return bytes.number<std::uint8_t>() % 8 == 0 ? bytes.number<std::int64_t>() % (std::int64_t{1} << 45)
                                                 : bytes.number<std::uint8_t>() * 100;
}

Range range(fuzz::Bytes& bytes)
{
    const std::int64_t from = time(bytes);
    return {from, from + 1 + bytes.number<std::uint16_t>()};
}

void requireRanges(const std::vector<Range>& ranges)
{
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        require(ranges[i].from < ranges[i].to);
        require(i == 0 || ranges[i - 1].to < ranges[i].from);
    }
}

std::int64_t length(const std::vector<Range>& ranges)
{
    std::int64_t sum = 0;
    for (const Range& one : ranges)
        sum += one.to - one.from;
    return sum;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::Bytes bytes(data, size);
    RangeSet time, sequences, up;
    std::vector<metrics::GapReport> reports;
    while (!bytes.isEmpty()) {
        RangeSet::Change change;
        switch (bytes.number<std::uint8_t>() % 4) {
        case 0:
            time.add(range(bytes), bytes.number<std::uint8_t>(), change);
            break;
        case 1:
            sequences.add(range(bytes), 0, change);
            break;
        case 2:
            up.add(range(bytes), 0, change);
            break;
        default: {
            const Range when = range(bytes);
            const auto cause = static_cast<metrics::GapCause>(1 + bytes.number<std::uint8_t>() % 8);
            reports.push_back({cause, when.from, when.to, bytes.text(12)});
        }
        }
    }
    requireRanges(time.ranges());
    const Range asked{-1'000, 40'000};
    require(length(holes(time.ranges(), asked)) + length(parts(time.ranges(), asked)) == asked.to - asked.from);

    const GapLedger::Books books{time.ranges(), sequences.ranges(), up.ranges(), reports};
    require(lostBatches(books) >= 0);
    std::int64_t missing = 0;
    const std::int64_t nowMs = 50'000;
    for (const Gap& gap : explainGaps(books, asked, nowMs, 100)) {
        require(gap.range.from < gap.range.to && gap.range.from >= asked.from && gap.range.to <= asked.to);
        if (!gap.late && gap.cause != metrics::GapCause::CollectorError)
            missing += gap.range.to - gap.range.from;
    }
    if (!books.time.empty()) {
        const std::int64_t last = books.time.back().to;
        const Range accounted{
            std::max(asked.from, books.time.front().from), std::min(asked.to, nowMs - last > 250 ? nowMs : last)};
        require(missing == (accounted.from < accounted.to ? length(holes(books.time, accounted)) : 0));
    }
    return 0;
}
