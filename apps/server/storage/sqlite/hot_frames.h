// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/hot_rows.h"

#include <array>
#include <set>
#include <string>
#include <utility>

namespace sextant::server {

/// Hot rows in SQLite: a row of the table `hot_frames` has all that a host sent for one time, as a blob of sections,
/// one per frame: the length of the family's name (a byte), the name, the interval and the length of what follows (four
/// bytes each, little-endian), and the bytes of metrics::encodeFrameRows().
///
/// One row per host and tick rather than per family or instance, because the price of writing is the number of pages
/// that a group touches, and every row of another host or family lies on a page of its own: for 300 hosts of 11
/// families that is 3,300 pages with a row per family, and with a row per host at most 300. A scan pays for reading the
/// other families of the hours that are not sealed yet.
class HotFrames : public HotRows {
public:
    /// Keys hold this many bits of time (until 2109) and hosts up to kMaxHost.
    static constexpr int kTimeBits = 42;
    static constexpr std::int64_t kMaxHost = (std::int64_t{1} << 20) - 1;

    [[nodiscard]] Result<void> append(
        QSqlDatabase& database, std::span<const HotFrame> frames, std::span<BatchOutcome> outcomes) override;
    void forget() override { m_marked.clear(); }
    [[nodiscard]] Result<metrics::Block> read(QSqlDatabase& database, HostId host, const metrics::Family& family,
        std::int64_t fromMs, std::int64_t toMs, const metrics::BlockChoice& choice) const override;
    [[nodiscard]] Result<std::vector<HotFamily>> readHour(QSqlDatabase& database, const HotHour& hour) const override;
    [[nodiscard]] Result<std::vector<HotHour>> hours(
        QSqlDatabase& database, std::int64_t beforeMs, std::size_t limit) const override;
    [[nodiscard]] Result<std::vector<std::int64_t>> hoursOf(
        QSqlDatabase& database, HostId host, std::int64_t fromMs, std::int64_t toMs) const override;
    [[nodiscard]] Result<std::int64_t> version(QSqlDatabase& database, const HotHour& hour) const override;
    [[nodiscard]] Result<void> erase(QSqlDatabase& database, const HotHour& hour) override;

private:
    class Writing;

    [[nodiscard]] Result<void> markHour(QSqlDatabase& database, HostId host, std::int64_t timeMs);

    std::set<std::pair<std::int64_t, std::int64_t>> m_marked; ///< hours that hot_hours has for certain; writer thread
};

} // namespace sextant::server
