// SPDX-License-Identifier: GPL-3.0-or-later
#include "made_batches.h"

#include "metrics/families.h"

#include <algorithm>
#include <array>

namespace sextant::testing {

using metrics::column;
using metrics::family;
using metrics::Frame;

std::int64_t MadeHost::grow(std::int64_t& counter, int atMost)
{
    counter += static_cast<std::int64_t>(m_random() % static_cast<unsigned>(atMost));
    return counter;
}

double MadeHost::percent()
{
    return static_cast<double>(m_random() % 10'000) / 100.0;
}

metrics::BatchId MadeHost::newId(std::int64_t timeMs)
{
    std::array<std::uint8_t, 10> random{};
    for (std::uint8_t& byte : random)
        byte = static_cast<std::uint8_t>(m_random());
    return metrics::BatchId::make(timeMs, random);
}

/// Every counter of a row: most grow, every third stands still, as errors and drops do on real machines.
void MadeHost::fillCounters(Frame& frame, std::size_t row)
{
    const auto& columns = frame.family().columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].kind != metrics::Kind::Counter)
            continue;
        const bool still = i % 3 == 2;
        frame.setCell(row, i, metrics::Value::fixed(still ? 0 : grow(m_busy, 5'000)));
    }
}

void MadeHost::addCpu(metrics::Batch& batch, std::int64_t timeMs, std::uint32_t intervalMs)
{
    Frame cpu(family("cpu"), timeMs, intervalMs);
    cpu.addRow();
    fillCounters(cpu, 0);
    for (std::size_t i = 0; i < 10; ++i)
        cpu.set(0, {&family("cpu"), i}, percent());
    cpu.set(0, column("cpu", "load1"), percent() / 10);
    cpu.set(0, column("cpu", "load5"), percent() / 10);
    cpu.set(0, column("cpu", "load15"), percent() / 10);
    cpu.set(0, column("cpu", "logical_count"), m_shape.cores);
    batch.frames.push_back(std::move(cpu));

    Frame cores(family("cpu_core"), timeMs, intervalMs);
    for (int core = 0; core < m_shape.cores; ++core) {
        const std::size_t row = cores.addRow({std::to_string(core)});
        fillCounters(cores, row);
        cores.set(row, column("cpu_core", "usage_percent"), percent());
    }
    batch.frames.push_back(std::move(cores));
}

void MadeHost::addSpace(metrics::Batch& batch, std::int64_t timeMs, std::uint32_t intervalMs)
{
    Frame memory(family("memory"), timeMs, intervalMs);
    memory.addRow();
    fillCounters(memory, 0);
    constexpr std::int64_t kTotal = 16'000'000'000;
    const auto used = static_cast<std::int64_t>(m_random() % 8'000'000) * 1'000;
    memory.set(0, column("memory", "total_bytes"), kTotal);
    memory.set(0, column("memory", "used_bytes"), used);
    memory.set(0, column("memory", "available_bytes"), kTotal - used);
    memory.set(0, column("memory", "free_bytes"), (kTotal - used) / 2);
    memory.set(0, column("memory", "cached_bytes"), (kTotal - used) / 3);
    memory.set(0, column("memory", "used_percent"), 100.0 * static_cast<double>(used) / kTotal);
    batch.frames.push_back(std::move(memory));

    Frame disks(family("disk"), timeMs, intervalMs);
    for (int disk = 0; disk < m_shape.disks; ++disk) {
        const std::string name = std::to_string(disk);
        const std::size_t row = disks.addRow({"/data" + name, "/dev/sd" + name, "ext4"});
        const auto diskUsed = static_cast<std::int64_t>(m_random() % 100'000) * 4'096;
        disks.set(row, column("disk", "total_bytes"), std::int64_t{500'000'000'000});
        disks.set(row, column("disk", "used_bytes"), diskUsed);
        disks.set(row, column("disk", "available_bytes"), 500'000'000'000 - diskUsed);
        disks.set(row, column("disk", "used_percent"), percent());
        disks.set(row, column("disk", "inodes"), 30'000'000);
        disks.set(row, column("disk", "inodes_used"), 1'000 + disk);
        disks.set(row, column("disk", "read_only"), 0);
        disks.set(row, column("disk", "remote"), 0);
        disks.set(row, column("disk", "responding"), 1);
    }
    batch.frames.push_back(std::move(disks));
}

void MadeHost::addTraffic(metrics::Batch& batch, std::int64_t timeMs, std::uint32_t intervalMs)
{
    Frame devices(family("diskio"), timeMs, intervalMs);
    for (int device = 0; device < m_shape.devices; ++device) {
        const std::size_t row = devices.addRow({"sd" + std::to_string(device)});
        fillCounters(devices, row);
        devices.set(row, column("diskio", "in_flight"), 0);
        devices.set(row, column("diskio", "busy_percent"), percent());
    }
    batch.frames.push_back(std::move(devices));

    Frame network(family("network"), timeMs, intervalMs);
    for (int interface = 0; interface < m_shape.interfaces; ++interface) {
        const std::size_t row = network.addRow({interface == 0 ? "lo" : "eth" + std::to_string(interface)});
        fillCounters(network, row);
        network.set(row, column("network", "up"), 1);
        network.set(row, column("network", "loopback"), interface == 0 ? 1 : 0);
        network.set(row, column("network", "virtual"), 0);
        network.set(row, column("network", "mtu_bytes"), 1'500);
    }
    batch.frames.push_back(std::move(network));
}

void MadeHost::addSystem(metrics::Batch& batch, std::int64_t timeMs, std::uint32_t intervalMs)
{
    Frame pressure(family("pressure"), timeMs, intervalMs);
    for (const char* resource : {"cpu", "memory", "io"}) {
        const std::size_t row = pressure.addRow({resource});
        fillCounters(pressure, row);
        pressure.set(row, column("pressure", "some_avg10_percent"), percent());
        pressure.set(row, column("pressure", "some_avg60_percent"), percent());
        pressure.set(row, column("pressure", "some_avg300_percent"), percent());
    }
    batch.frames.push_back(std::move(pressure));

    Frame system(family("system"), timeMs, intervalMs);
    system.addRow();
    fillCounters(system, 0);
    system.set(0, column("system", "uptime_seconds"), static_cast<double>(timeMs % 1'000'000'000) / 1'000.0);
    system.set(0, column("system", "processes"), 200 + static_cast<int>(m_random() % 20));
    system.set(0, column("system", "threads"), 800 + static_cast<int>(m_random() % 100));
    system.set(0, column("system", "users"), 1);
    batch.frames.push_back(std::move(system));

    Frame agent(family("agent"), timeMs, intervalMs);
    agent.addRow();
    fillCounters(agent, 0);
    agent.set(0, column("agent", "resident_bytes"), 20'000'000 + static_cast<int>(m_random() % 1'000'000));
    agent.set(0, column("agent", "queue_batches"), 0);
    batch.frames.push_back(std::move(agent));

    Frame collectors(family("agent_collector"), timeMs, intervalMs);
    for (const char* collector : {"cpu", "memory", "disk", "diskio", "network", "pressure", "system"}) {
        const std::size_t row = collectors.addRow({collector});
        fillCounters(collectors, row);
        collectors.set(row, column("agent_collector", "duration_seconds"), percent() / 1'000);
        collectors.set(row, column("agent_collector", "success"), 1);
    }
    batch.frames.push_back(std::move(collectors));
}

metrics::Batch MadeHost::tick(std::int64_t timeMs, std::uint32_t intervalMs)
{
    metrics::Batch batch;
    batch.id = newId(timeMs);
    addCpu(batch, timeMs, intervalMs);
    addSpace(batch, timeMs, intervalMs);
    addTraffic(batch, timeMs, intervalMs);
    addSystem(batch, timeMs, intervalMs);
    return batch;
}

std::size_t valueCount(const metrics::Batch& batch)
{
    std::size_t count = 0;
    for (const Frame& frame : batch.frames) {
        for (std::size_t row = 0; row < frame.rowCount(); ++row)
            count += static_cast<std::size_t>(
                std::ranges::count_if(frame.cells(row), [](metrics::Value value) { return !value.isAbsent(); }));
    }
    return count;
}

} // namespace sextant::testing
