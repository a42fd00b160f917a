// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace sextant::server {

/// From `from` up to and without `to`.
struct Range {
    std::int64_t from = 0;
    std::int64_t to = 0;

    friend bool operator==(const Range&, const Range&) = default;
};

/// Ranges that neither touch nor overlap, sorted. Bounded: past kMost the oldest is forgotten. A plain value.
class RangeSet {
public:
    static constexpr std::size_t kMost = 4'096;

    /// What add() did to the set: these starts are gone, and this range is new or has a new end.
    struct Change {
        std::vector<std::int64_t> removed;
        Range kept;
    };

    RangeSet() = default;
    /// Of sorted ranges that do not overlap.
    explicit RangeSet(std::vector<Range> ranges) : m_ranges(std::move(ranges)) {}

    /// Puts a range in and merges it with those that are at most `join` away. False: nothing changed.
    bool add(Range range, std::int64_t join, Change& change);

    [[nodiscard]] const std::vector<Range>& ranges() const { return m_ranges; }

    friend bool operator==(const RangeSet&, const RangeSet&) = default;

private:
    std::vector<Range> m_ranges;
};

/// What of `whole` is in none of the ranges, in order.
[[nodiscard]] std::vector<Range> holes(const std::vector<Range>& ranges, Range whole);
/// What of `whole` is in the ranges, in order.
[[nodiscard]] std::vector<Range> parts(const std::vector<Range>& ranges, Range whole);

} // namespace sextant::server
