// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/hot_rows.h"
#include "server/storage/postgres/copy_writer.h"
#include "server/storage/postgres/day_partitions.h"

#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sextant::server {

/// Rows of a family, each by its host, instance and time.
using RowKeys = std::set<std::tuple<std::int64_t, std::int64_t, std::int64_t>>;

/// Hot rows in PostgreSQL: the wide tables (postgres/wide_tables.h), one COPY per family and append().
///
/// The table `hot_hours` says which hours of which hosts are not sealed, and counts what was added to each (version).
/// erase() only takes an hour out of that list: the server reads its rows from the blocks from then on, and people who
/// use SQL still find them until their day is dropped as a whole, which costs nothing. Deleting rows would leave
/// tables that PostgreSQL has to vacuum for hours. Where TimescaleDB compresses (postgres/compression.h) the hour goes
/// to the table `sealed_hours` instead, and its rows are read here for as long as raw samples are kept.
///
/// Rows that are newer than all that is known of their host and family cannot be there yet; the others are looked up
/// first, by one statement per family.
class WideRows final : public HotRows {
public:
    [[nodiscard]] Result<void> append(
        QSqlDatabase& database, std::span<const HotFrame> frames, std::span<BatchOutcome> outcomes) override;
    void forget() override;
    [[nodiscard]] Result<metrics::Block> read(QSqlDatabase& database, HostId host, const metrics::Family& family,
        std::int64_t fromMs, std::int64_t toMs, const metrics::BlockChoice& choice) const override;
    [[nodiscard]] Result<std::vector<HotFamily>> readHour(QSqlDatabase& database, const HotHour& hour) const override;
    [[nodiscard]] Result<std::vector<HotHour>> hours(
        QSqlDatabase& database, std::int64_t beforeMs, std::size_t limit) const override;
    [[nodiscard]] Result<std::vector<std::int64_t>> hoursOf(
        QSqlDatabase& database, HostId host, std::int64_t fromMs, std::int64_t toMs) const override;
    [[nodiscard]] Result<std::int64_t> version(QSqlDatabase& database, const HotHour& hour) const override;
    [[nodiscard]] Result<void> erase(QSqlDatabase& database, const HotHour& hour) override;
    [[nodiscard]] Result<bool> keepsSealed(QSqlDatabase& database) const override;
    [[nodiscard]] Result<void> sealed(QSqlDatabase& database, const HotHour& hour) override;
    [[nodiscard]] Result<std::vector<std::int64_t>> sealedHoursOf(
        QSqlDatabase& database, HostId host, std::int64_t fromMs, std::int64_t toMs) const override;
    [[nodiscard]] Result<std::size_t> drop(QSqlDatabase& database, const DropBefore& before) override;
    [[nodiscard]] Result<std::optional<std::int64_t>> eraseOldestDay(QSqlDatabase& database) override;

private:
    using FrameList = std::vector<const HotFrame*>;
    using Hours = std::set<std::pair<std::int64_t, std::int64_t>>; ///< host and hour
    using Newest = std::vector<std::int64_t>;                      ///< by the family's position in the catalogue

    /// Frames of one family that are to be stored.
    struct Coming {
        FrameList frames;
        std::optional<RowKeys> present; ///< rows that there are at their times; nothing: all rows are new
    };

    [[nodiscard]] Result<void> learn(QSqlDatabase& database, std::span<const HotFrame> frames);
    [[nodiscard]] Result<void> lookUp(QSqlDatabase& database, Coming& coming);
    [[nodiscard]] const CopyRows& makeRows(Coming& coming, std::span<BatchOutcome> outcomes, Hours& touched);

    std::unordered_map<HostId, Newest> m_newest; ///< times; nothing older than them is known to be new
    DayPartitions m_days;
    std::vector<CopyRows> m_rows; ///< by the family's position in the catalogue; kept for their memory
};

} // namespace sextant::server
