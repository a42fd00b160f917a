// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/system_collector.h"

namespace sextant::agent {

using metrics::column;

Result<Collected> SystemCollector::collect(const Tick& tick)
{
    using platform::ProcessCounting;
    const auto reading = m_reader.read(processesAreDue(tick) ? ProcessCounting::Count : ProcessCounting::LeaveOut);
    if (!reading)
        return tl::unexpected(reading.error());
    metrics::Frame frame(metrics::family("system"), tick.timeMs, tick.intervalMs);
    const std::size_t row = frame.addRow();
    frame.set(row, column("system", "uptime_seconds"), inSeconds(reading->uptime));
    if (reading->bootTime)
        frame.set(row, column("system", "boot_time_seconds"), inSeconds(reading->bootTime->time_since_epoch()));
    if (reading->processes) {
        frame.set(row, column("system", "processes"), reading->processes->processes);
        frame.set(row, column("system", "processes_running"), reading->processes->running);
        frame.set(row, column("system", "processes_sleeping"), reading->processes->sleeping);
        frame.set(row, column("system", "processes_blocked"), reading->processes->blocked);
        frame.set(row, column("system", "processes_stopped"), reading->processes->stopped);
        frame.set(row, column("system", "processes_zombie"), reading->processes->zombie);
        frame.set(row, column("system", "processes_idle"), reading->processes->idle);
        frame.set(row, column("system", "threads"), reading->processes->threads);
    }
    frame.set(row, column("system", "users"), reading->users);
    frame.set(row, column("system", "context_switches_total"), reading->contextSwitches);
    frame.set(row, column("system", "interrupts_total"), reading->interrupts);
    frame.set(row, column("system", "forks_total"), reading->forks);
    frame.set(row, column("system", "open_files"), reading->openFiles);
    frame.set(row, column("system", "open_files_limit"), reading->openFilesLimit);
    return Collected{{std::move(frame)}, reading->warnings};
}

bool SystemCollector::processesAreDue(const Tick& tick)
{
    // A clock that was set back makes the last count lie in the future: count anew.
    const bool recent =
        m_countedAtMs && tick.timeMs >= *m_countedAtMs && tick.timeMs - *m_countedAtMs < m_processesInterval.count();
    if (!recent)
        m_countedAtMs = tick.timeMs;
    return !recent;
}

} // namespace sextant::agent
