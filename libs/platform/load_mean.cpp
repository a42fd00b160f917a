// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/load_mean.h"

#include <cmath>

namespace sextant::platform {

void LoadMean::Mean::add(double tasks, std::chrono::duration<double> elapsed, std::chrono::duration<double> constant)
{
    const double kept = std::exp(-elapsed / constant);
    sum = sum * kept + tasks * (1 - kept);
    weight = weight * kept + (1 - kept);
}

void LoadMean::add(double tasks, std::chrono::duration<double> elapsed)
{
    using std::chrono::minutes;
    if (elapsed <= elapsed.zero())
        return;
    m_one.add(tasks, elapsed, minutes(1));
    m_five.add(tasks, elapsed, minutes(5));
    m_fifteen.add(tasks, elapsed, minutes(15));
}

std::optional<LoadAverages> LoadMean::averages() const
{
    if (m_fifteen.weight <= 0)
        return std::nullopt;
    return LoadAverages{m_one.value(), m_five.value(), m_fifteen.value()};
}

CpuWork workBetween(const CpuReading& previous, const CpuReading& current)
{
    using Seconds = std::chrono::duration<double>;
    const auto passed = [](const CpuTimes& times) -> Seconds {
        return times.user + times.system + times.idle + times.irq.value_or(CpuTimes::Time{}) +
               times.softirq.value_or(CpuTimes::Time{});
    };
    const auto shares = cpuUsage(previous, current);
    if (!shares || current.cores.empty())
        return {};
    const auto cpus = static_cast<double>(current.logicalCount());
    return {shares->usage / 100 * cpus, (passed(current.total) - passed(previous.total)) / cpus};
}

} // namespace sextant::platform
