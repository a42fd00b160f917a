// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/damage.h"

#include <mutex>
#include <set>
#include <tuple>
#include <utility>

namespace sextant::server {
namespace {

struct Found {
    std::mutex mutex;
    std::set<std::tuple<std::int64_t, const metrics::Family*, Tier, std::int64_t>> known;
    std::vector<Damage> fresh;
};

Found& found()
{
    static Found all;
    return all;
}

} // namespace

void noteDamage(const BlockKey& key, const std::string& why)
{
    Found& all = found();
    const std::lock_guard lock(all.mutex);
    if (all.known.emplace(key.host.value, key.family, key.tier, key.startMs).second)
        all.fresh.push_back({key, why});
}

std::vector<Damage> takeNewDamage()
{
    Found& all = found();
    const std::lock_guard lock(all.mutex);
    return std::exchange(all.fresh, {});
}

std::uint64_t damagedBlockCount()
{
    Found& all = found();
    const std::lock_guard lock(all.mutex);
    return all.known.size();
}

} // namespace sextant::server
