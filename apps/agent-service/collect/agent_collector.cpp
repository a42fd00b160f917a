// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/agent_collector.h"

#include <utility>

namespace sextant::agent {

using metrics::column;

Result<Collected> AgentCollector::collect(const Tick& tick)
{
    metrics::Frame frame(metrics::family("agent"), tick.timeMs, tick.intervalMs);
    const std::size_t row = frame.addRow();
    frame.set(row, column("agent", "queue_batches"), tick.delivery.queueBatches);
    frame.set(row, column("agent", "queue_bytes"), tick.delivery.queueBytes);
    frame.set(row, column("agent", "batches_sent_total"), tick.delivery.sent);
    frame.set(row, column("agent", "batches_dropped_total"), tick.delivery.dropped);
    frame.set(row, column("agent", "batches_quarantined_total"), tick.delivery.quarantined);
    frame.set(row, column("agent", "send_failures_total"), tick.delivery.sendFailures);
    frame.set(row, column("agent", "sent_bytes_total"), tick.delivery.sentBytes);
    frame.set(row, column("agent", "ticks_missed_total"), tick.delivery.ticksMissed);
    frame.set(row, column("agent", "spool_batches"), tick.delivery.spoolBatches);
    frame.set(row, column("agent", "spool_bytes"), tick.delivery.spoolBytes);
    frame.set(row, column("agent", "rows_refused_total"), tick.delivery.rowsRefused);
    Collected collected;
    if (const auto self = m_reader.read()) {
        frame.set(row, column("agent", "cpu_seconds_total"), inSeconds(self->cpuTime));
        frame.set(row, column("agent", "resident_bytes"), self->residentBytes);
        frame.set(row, column("agent", "anonymous_bytes"), self->anonymousBytes);
        frame.set(row, column("agent", "open_files"), self->openFiles);
        frame.set(row, column("agent", "threads"), self->threads);
        frame.set(row, column("agent", "start_time_seconds"), inSeconds(self->started.time_since_epoch()));
    } else {
        collected.warnings.push_back(self.error().message);
    }
    collected.frames.push_back(std::move(frame));
    return collected;
}

} // namespace sextant::agent
