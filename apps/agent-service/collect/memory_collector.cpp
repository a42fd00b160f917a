// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/memory_collector.h"

namespace sextant::agent {

using metrics::column;

Result<Collected> MemoryCollector::collect(const Tick& tick)
{
    const auto reading = m_reader.read();
    if (!reading)
        return tl::unexpected(reading.error());
    metrics::Frame frame(metrics::family("memory"), tick.timeMs, tick.intervalMs);
    const std::size_t row = frame.addRow();
    frame.set(row, column("memory", "total_bytes"), reading->total);
    frame.set(row, column("memory", "used_bytes"), reading->used());
    frame.set(row, column("memory", "available_bytes"), reading->available);
    frame.set(row, column("memory", "free_bytes"), reading->free);
    frame.set(row, column("memory", "cached_bytes"), reading->cached);
    frame.set(row, column("memory", "buffers_bytes"), reading->buffers);
    frame.set(row, column("memory", "shared_bytes"), reading->shared);
    frame.set(row, column("memory", "slab_reclaimable_bytes"), reading->slabReclaimable);
    frame.set(row, column("memory", "swap_total_bytes"), reading->swapTotal);
    frame.set(row, column("memory", "swap_used_bytes"), reading->swapUsed());
    frame.set(row, column("memory", "used_percent"), reading->usedPercent());
    frame.set(row, column("memory", "swap_used_percent"), reading->swapUsedPercent());
    frame.set(row, column("memory", "committed_bytes"), reading->committed);
    frame.set(row, column("memory", "commit_limit_bytes"), reading->commitLimit);
    frame.set(row, column("memory", "committed_percent"), reading->committedPercent());
    frame.set(row, column("memory", "page_faults_total"), reading->pageFaults);
    frame.set(row, column("memory", "major_page_faults_total"), reading->majorPageFaults);
    frame.set(row, column("memory", "oom_kills_total"), reading->oomKills);
    return Collected{{std::move(frame)}, reading->warnings};
}

} // namespace sextant::agent
