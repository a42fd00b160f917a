// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/collectors.h"

#include "agent-service/collect/agent_collector.h"
#include "agent-service/collect/battery_collector.h"
#include "agent-service/collect/container_collector.h"
#include "agent-service/collect/cpu_collector.h"
#include "agent-service/collect/disk_collector.h"
#include "agent-service/collect/disk_health_collector.h"
#include "agent-service/collect/diskio_collector.h"
#include "agent-service/collect/document_collector.h"
#include "agent-service/collect/event_documents.h"
#include "agent-service/collect/gpu_collector.h"
#include "agent-service/collect/inventory_documents.h"
#include "agent-service/collect/memory_collector.h"
#include "agent-service/collect/network_collector.h"
#include "agent-service/collect/pressure_collector.h"
#include "agent-service/collect/process_list_collector.h"
#include "agent-service/collect/system_collector.h"
#include "agent-service/collect/temperature_collector.h"
#include "agent-service/collect/wifi_collector.h"

#include <algorithm>

namespace sextant::agent {
namespace {

/// After the start: apt takes seconds of CPU time.
constexpr std::chrono::minutes kUpdatesAfter{5};

/// What `read` gives of the machine, as the document of that kind.
template <typename Reading>
std::shared_ptr<Collector> makeDocuments(std::string kind, Settings::Duration interval, const platform::Roots& roots,
    Result<Reading> (*read)(const platform::Roots&))
{
    return std::make_shared<DocumentCollector>(std::move(kind), interval,
        [roots, read] { return read(roots).map([](const Reading& reading) { return documentOf(reading); }); });
}

/// The same of a reader that stays, for what it keeps from one reading to the next.
template <typename Reader>
std::shared_ptr<Collector> makeReadersDocuments(std::string kind, Settings::Duration interval,
    const platform::Roots& roots, std::chrono::milliseconds firstAfter = {})
{
    return std::make_shared<DocumentCollector>(
        std::move(kind), interval,
        [reader = std::make_shared<Reader>(roots)] {
            return reader->read().map([](const auto& reading) { return documentOf(reading); });
        },
        firstAfter);
}

/// The same of what only a worker may ask: one for the kind, which keeps its pauses after failures from one reading to
/// the next, and whose process goes after each.
template <typename Reading>
std::shared_ptr<Collector> makeWorkersDocuments(std::string kind, Settings::Duration interval,
    const platform::Roots& roots, Result<Reading> (*read)(platform::Worker&))
{
    return std::make_shared<DocumentCollector>(std::move(kind), interval,
        [worker = std::make_shared<platform::Worker>(roots.worker), read]() -> Result<DocumentText> {
            const auto reading = read(*worker);
            worker->rest();
            if (reading)
                return documentOf(*reading);
            const bool pauses = reading.error().code == ErrorCode::Busy; // its failure was told
            return fail(pauses ? ErrorCode::NotAvailable : reading.error().code, reading.error().message);
        });
}

} // namespace

std::vector<std::shared_ptr<Collector>> makeCollectors(const Settings& settings, const platform::Roots& roots)
{
    std::vector<std::shared_ptr<Collector>> collectors;
    if (settings.cpu)
        collectors.push_back(std::make_shared<CpuCollector>(roots));
    if (settings.memory)
        collectors.push_back(std::make_shared<MemoryCollector>(roots));
    if (settings.diskio)
        collectors.push_back(std::make_shared<DiskIoCollector>(roots));
    if (settings.network)
        collectors.push_back(std::make_shared<NetworkCollector>(roots));
    if (settings.pressure)
        collectors.push_back(std::make_shared<PressureCollector>(roots));
    if (settings.system)
        collectors.push_back(std::make_shared<SystemCollector>(roots, settings.processesInterval));
    if (settings.temperature)
        collectors.push_back(std::make_shared<TemperatureCollector>(roots));
    if (settings.battery)
        collectors.push_back(std::make_shared<BatteryCollector>(roots));
    if (settings.gpu)
        collectors.push_back(std::make_shared<GpuCollector>(roots));
    if (settings.diskHealth)
        collectors.push_back(std::make_shared<DiskHealthCollector>(roots, settings.diskHealthInterval));
    if (settings.wifi)
        collectors.push_back(std::make_shared<WifiCollector>(roots, settings.wifiInterval));
    if (settings.processList)
        collectors.push_back(
            std::make_shared<ProcessListCollector>(roots, settings.processListInterval, settings.processListTop));
    if (settings.services)
        collectors.push_back(
            makeReadersDocuments<platform::ServicesReader>("services", settings.servicesInterval, roots));
    if (settings.packages)
        collectors.push_back(makeDocuments("packages", settings.inventoryInterval, roots, platform::readPackages));
    if (settings.updates)
        collectors.push_back(
            makeReadersDocuments<platform::UpdatesReader>("updates", settings.inventoryInterval, roots, kUpdatesAfter));
    if (settings.hardware)
        collectors.push_back(makeDocuments("hardware", settings.inventoryInterval, roots, platform::readHardware));
    if (settings.containers)
        collectors.push_back(
            makeReadersDocuments<platform::ContainerListReader>("containers", settings.containersInterval, roots));
    if (settings.events && !roots.worker.empty()) // only a worker may ask
        collectors.push_back(makeWorkersDocuments("events", settings.eventsInterval, roots, platform::readEvents));
    if (settings.guests && !roots.worker.empty())
        collectors.push_back(makeWorkersDocuments("guests", settings.eventsInterval, roots, platform::readGuests));
    if (settings.disk) {
        platform::DisksOptions options;
        // The reader gives up on a file system that hangs before the runner gives up on the reader.
        options.deadline = std::min(settings.diskDeadline, settings.effectiveDeadline() * 4 / 5);
        options.includeMemory = settings.diskMemory;
        collectors.push_back(std::make_shared<DiskCollector>(roots, std::move(options)));
    }
    if (settings.container)
        collectors.push_back(std::make_shared<ContainerCollector>(roots));
    if (settings.self)
        collectors.push_back(std::make_shared<AgentCollector>());
    return collectors;
}

} // namespace sextant::agent
