// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sextant::metrics {

/// Why a row or a whole frame of a batch is left out while the rest is taken.
enum class RefusalReason : std::uint8_t {
    UnknownFamily,    ///< the catalogue does not have the frame's family
    BadText,          ///< a label is not UTF-8 or holds a NUL byte
    LongLabel,        ///< a label is longer than the limit
    NotFinite,        ///< a real value is infinite or not a number
    TimeAhead,        ///< the frame's time is too far ahead of the server's clock
    TimeTooOld,       ///< the frame's time is before what is kept
    TooManyInstances, ///< the host has too many instances, of the family or of all families
};
inline constexpr std::size_t kRefusalReasons = 7;

/// The name of a reason in answers and in /metrics, e.g. "unknown_family".
[[nodiscard]] std::string_view reasonName(RefusalReason reason);

/// One thing left out: the frame's place in the batch as it was sent and the row's in its frame; no row: all of them.
struct Refusal {
    std::size_t frame = 0;
    std::optional<std::size_t> row;
    RefusalReason reason = RefusalReason::BadText;

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// What was left out of one batch: kListed of it by place, all of it by number. A plain value.
class Refusals {
public:
    static constexpr std::size_t kListed = 100;

    void addRow(std::size_t frame, std::size_t row, RefusalReason reason) { add({frame, row, reason}, 1); }
    void addFrame(std::size_t frame, std::size_t rows, RefusalReason reason)
    {
        add({frame, std::nullopt, reason}, rows);
    }
    /// Rows whose places are not known.
    void addRows(std::size_t rows, RefusalReason reason) { m_rows[static_cast<std::size_t>(reason)] += rows; }

    /// Where a row stood in its frame as it was sent, when it is number `row` of those that were not left out so far.
    /// Exact while all that was left out is listed.
    [[nodiscard]] std::size_t sentRow(std::size_t frame, std::size_t row) const;

    [[nodiscard]] bool any() const { return !m_listed.empty() || rows() > 0; }
    [[nodiscard]] const std::vector<Refusal>& listed() const { return m_listed; }
    [[nodiscard]] std::size_t rows(RefusalReason reason) const { return m_rows[static_cast<std::size_t>(reason)]; }
    [[nodiscard]] std::size_t rows() const;

private:
    void add(const Refusal& refusal, std::size_t rows)
    {
        if (m_listed.size() < kListed)
            m_listed.push_back(refusal);
        addRows(rows, refusal.reason);
    }

    std::vector<Refusal> m_listed;
    std::array<std::size_t, kRefusalReasons> m_rows{};
};

} // namespace sextant::metrics
