// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/removal.h"

#include "server/storage/database.h"
#include "server/storage/sql.h"
#include "server/storage/store.h"

#include <QSqlDatabase>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::size_t kBlocksAtOnce = 500;
constexpr std::size_t kAllHours = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kEvictAfterMs = kHourMs + Store::kLateMarginMs;

constexpr std::array kTiers{Tier::Raw, Tier::FiveMinutes, Tier::Hour};

/// An eviction removes that much at a time at least, however little is wanted.
constexpr std::int64_t kLeastBytes = std::int64_t{1} << 20U;
constexpr std::int64_t kAllBytes = std::numeric_limits<std::int64_t>::max();

} // namespace

Result<std::size_t> Removal::expire(const Retention& retention, std::int64_t nowMs)
{
    for (const Tier tier : kTiers) {
        const auto expired = expireTier(retention, tier, nowMs);
        if (!expired || *expired > 0)
            return expired;
    }
    return 0;
}

Result<std::size_t> Removal::expireTier(const Retention& retention, Tier tier, std::int64_t nowMs)
{
    const auto endedBy = [&](std::int64_t keptMs) {
        return nowMs - keptMs - (tier == Tier::Raw ? Store::kLateMarginMs : 0);
    };
    std::int64_t longest = 0;
    for (const metrics::Family& family : metrics::families())
        longest = std::max(longest, retention.keptMs(family, tier));
    auto removed = remove(tier, endedBy(longest),
        [&](QSqlDatabase& database, std::size_t limit) {
            return oldestBlocks(database, tier, endedBy(longest), limit);
        },
        {});
    for (const metrics::Family& family : metrics::families()) {
        if (!removed || removed->parts > 0)
            break;
        const std::int64_t keptMs = retention.keptMs(family, tier);
        if (keptMs == longest)
            continue;
        removed = remove(tier, endedBy(keptMs),
            [&](QSqlDatabase& database, std::size_t limit) {
                return oldestBlocksOf(database, tier, family, endedBy(keptMs), limit);
            },
            {});
    }
    if (!removed)
        return tl::unexpected(removed.error());
    return removed->parts;
}

Result<Evicted> Removal::evict(std::int64_t maxBytes, std::int64_t nowMs)
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    Evicted evicted;
    const auto used = usedBytes(*reader);
    if (!used)
        return tl::unexpected(used.error());
    evicted.usedBytes = *used;
    for (const Tier tier : kTiers) {
        if (*used <= maxBytes)
            break;
        const std::int64_t endedByMs = nowMs - kEvictAfterMs;
        const auto removed = remove(
            tier, endedByMs,
            [&](QSqlDatabase& database, std::size_t limit) { return oldestBlocks(database, tier, endedByMs, limit); },
            *used - maxBytes);
        if (!removed)
            return tl::unexpected(removed.error());
        if (removed->parts == 0)
            continue;
        evicted.blocks = removed->parts;
        evicted.tier = tier;
        evicted.fromMs = removed->fromMs;
        evicted.toMs = removed->toMs;
        const auto left = usedBytes(*reader);
        if (!left)
            return tl::unexpected(left.error());
        evicted.usedBytes = *left;
        break;
    }
    return evicted;
}

/// The first of what `find` finds that is far from any hot hour.
Result<std::vector<OldBlock>> Removal::removable(
    QSqlDatabase& database, Tier tier, std::int64_t endedByMs, const Find& find) const
{
    if (tier != Tier::Raw)
        return find(database, kBlocksAtOnce);
    const auto hours = m_hot.hours(database, endedByMs + Store::kLateMarginMs, kAllHours);
    if (!hours)
        return tl::unexpected(hours.error());
    std::set<std::pair<std::int64_t, std::int64_t>> hot;
    for (const HotHour& hour : *hours)
        hot.emplace(hour.host.value, hour.hourMs);
    const auto stays = [&hot](const OldBlock& block) {
        const auto next = hot.lower_bound({block.host.value, block.startMs - Store::kLateMarginMs});
        return next != hot.end() && next->first == block.host.value &&
               next->second <= block.startMs + Store::kLateMarginMs;
    };
    for (std::size_t limit = kBlocksAtOnce;; limit *= 4) {
        auto found = find(database, limit);
        if (!found)
            return found;
        const bool isAll = found->size() < limit;
        std::erase_if(*found, stays);
        if (!found->empty() || isAll) {
            found->resize(std::min(found->size(), kBlocksAtOnce));
            return found;
        }
    }
}

Result<ErasedBlocks> Removal::remove(
    Tier tier, std::int64_t endedByMs, const Find& find, std::optional<std::int64_t> wantedBytes)
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    const auto old = removable(*reader, tier, endedByMs, find);
    if (!old)
        return tl::unexpected(old.error());
    ErasedBlocks erased;
    if (old->empty())
        return erased;
    auto removed = m_database.write([&](QSqlDatabase& database) -> Result<void> {
        const auto found = removable(database, tier, endedByMs, find); // rows may have come since
        if (!found)
            return tl::unexpected(found.error());
        const auto gone =
            eraseBlocks(database, tier, *found, wantedBytes ? std::max(*wantedBytes, kLeastBytes) : kAllBytes);
        if (!gone)
            return tl::unexpected(gone.error());
        erased = *gone;
        return wantedBytes && erased.parts > 0 ? setEvictedBefore(database, tier, erased.toMs) : Result<void>();
    });
    if (!removed)
        return tl::unexpected(removed.error());
    return erased;
}

} // namespace sextant::server
