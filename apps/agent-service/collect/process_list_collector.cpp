// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/process_list_collector.h"

#include "agent-service/collect/due.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QString>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace sextant::agent {
namespace {

using platform::Process;
using platform::ProcessState;

QString stateName(ProcessState state)
{
    switch (state) {
    case ProcessState::Running:
        return QStringLiteral("running");
    case ProcessState::Sleeping:
        return QStringLiteral("sleeping");
    case ProcessState::Blocked:
        return QStringLiteral("blocked");
    case ProcessState::Stopped:
        return QStringLiteral("stopped");
    case ProcessState::Zombie:
        return QStringLiteral("zombie");
    case ProcessState::Idle:
        return QStringLiteral("idle");
    case ProcessState::Unknown:
        break;
    }
    return QStringLiteral("unknown");
}

/// A process and the share of one core that it used since the list before; nothing when it was not in that.
struct Listed {
    const Process* process = nullptr;
    std::optional<double> cpuPercent;
};

QJsonObject toJson(const Listed& listed)
{
    const Process& process = *listed.process;
    QJsonObject object{{QStringLiteral("pid"), static_cast<qint64>(process.pid)},
        {QStringLiteral("parent"), static_cast<qint64>(process.parent)},
        {QStringLiteral("name"), QString::fromStdString(process.name)},
        {QStringLiteral("state"), stateName(process.state)},
        {QStringLiteral("threads"), static_cast<qint64>(process.threads)},
        {QStringLiteral("residentBytes"), static_cast<qint64>(process.residentBytes)},
        {QStringLiteral("cpuSeconds"), std::round(inSeconds(process.cpuTime) * 100) / 100}};
    if (process.uid)
        object.insert(QStringLiteral("uid"), static_cast<qint64>(*process.uid));
    if (listed.cpuPercent)
        object.insert(QStringLiteral("cpuPercent"), std::round(*listed.cpuPercent * 10) / 10);
    if (process.started)
        object.insert(QStringLiteral("started"),
            static_cast<qint64>(
                std::chrono::duration_cast<std::chrono::milliseconds>(process.started->time_since_epoch()).count()));
    return object;
}

/// The first `top` by that measure, and again by the other, each once, by pid.
std::vector<Listed> highest(std::vector<Listed> all, std::size_t top)
{
    std::set<std::int64_t> chosen;
    const auto choose = [&](auto measure) {
        const std::size_t count = std::min(top, all.size());
        std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
            [&](const Listed& a, const Listed& b) { return measure(a) > measure(b); });
        for (std::size_t i = 0; i < count; ++i)
            chosen.insert(all[i].process->pid);
    };
    choose([](const Listed& one) { return std::pair(one.cpuPercent.value_or(0), one.process->cpuTime.count()); });
    choose([](const Listed& one) { return one.process->residentBytes; });
    std::erase_if(all, [&](const Listed& one) { return !chosen.contains(one.process->pid); });
    std::ranges::sort(all, {}, [](const Listed& one) { return one.process->pid; });
    return all;
}

} // namespace

Result<Collected> ProcessListCollector::collect(const Tick& tick)
{
    if (!isDue(m_lastMs, tick.timeMs, m_interval))
        return Collected{};
    auto reading = m_reader.read();
    if (!reading)
        return tl::unexpected(reading.error());
    const double seconds = m_lastMs ? static_cast<double>(tick.timeMs - *m_lastMs) / 1'000 : 0;
    std::vector<Listed> all;
    std::map<std::int64_t, Used> now;
    std::map<std::string, int> names;
    for (const Process& process : reading->processes) {
        Listed listed{&process, std::nullopt};
        const auto before = m_before.find(process.pid);
        if (seconds > 0 && before != m_before.end() && before->second.started == process.started)
            listed.cpuPercent = std::max(0.0, inSeconds(process.cpuTime - before->second.cpuTime) / seconds * 100);
        all.push_back(listed);
        now[process.pid] = {process.started, process.cpuTime};
        ++names[process.name];
    }
    QJsonArray list;
    for (const Listed& listed : highest(std::move(all), m_top))
        list.append(toJson(listed));
    QJsonObject document{
        {QStringLiteral("total"), static_cast<qint64>(reading->processes.size())}, {QStringLiteral("processes"), list}};
    if (names.size() <= kNames) {
        QJsonObject counted;
        for (const auto& [name, count] : names)
            counted.insert(QString::fromStdString(name), count);
        document.insert(QStringLiteral("names"), counted);
    }
    m_lastMs = tick.timeMs;
    m_before = std::move(now);
    return Collected{{}, std::move(reading->warnings),
        {{"processes", tick.timeMs, QJsonDocument(document).toJson(QJsonDocument::Compact).toStdString()}}};
}

} // namespace sextant::agent
