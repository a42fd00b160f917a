// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/restore.h"

#include "metrics/families.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/storage/scan_rows.h"

#include <array>
#include <vector>

namespace sextant::server {

Result<void> restoreOverview(Overview& overview, const HostRegistry& registry, const Store& store)
{
    const auto states = store.hostStates();
    if (!states)
        return tl::unexpected(states.error());
    overview.restore(*states);

    constexpr auto kUsage = metrics::column("cpu", "usage_percent");
    const std::array columns{kUsage.index};
    const metrics::Column& column = kUsage.family->columns[kUsage.index];
    const std::int64_t now = overview.now();
    const std::int64_t from = now - static_cast<std::int64_t>(CpuTrend::kSteps) * CpuTrend::kStepMs;
    const HostRegistry::HostList known = registry.list();
    for (const HostFacts& host : *known) {
        std::vector<CpuReading> readings;
        auto scanned = scanRows(store, {host.id, kUsage.family, columns, from, now, false}, [&](const ScannedRow& row) {
            if (const auto usage = metrics::toDouble(row.cells[0], column))
                readings.push_back({row.timeMs, *usage});
            return true;
        });
        if (!scanned)
            return scanned;
        overview.addReadings(host.id, readings);
    }
    return {};
}

} // namespace sextant::server
