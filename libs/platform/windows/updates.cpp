// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/updates.h"

#include "platform/parse/updates.h"
#include "platform/windows/registry.h"
#include "platform/worker.h"

#include <utility>

namespace sextant::platform {
namespace {

/// Where installers leave word that they go on at the next start. The services that install updates look there, too.
void addReboot(UpdatesReading& reading)
{
    constexpr const wchar_t* kSession = L"SYSTEM\\CurrentControlSet\\Control\\Session Manager";
    if (registryHasKey(L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired"))
        reading.rebootReasons.emplace_back("Windows Update");
    if (registryHasKey(L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending"))
        reading.rebootReasons.emplace_back("component based servicing");
    if (registryHasValue(kSession, L"PendingFileRenameOperations"))
        reading.rebootReasons.emplace_back("files to be replaced at the start");
    reading.rebootRequired = !reading.rebootReasons.empty();
}

} // namespace

struct UpdatesReader::State {
    Worker worker;
};

UpdatesReader::UpdatesReader(Roots roots) : m_state(new State{Worker(std::move(roots.worker))}) {}

UpdatesReader::~UpdatesReader() = default;

Result<UpdatesReading> UpdatesReader::read()
{
    constexpr std::chrono::minutes kDeadline{5};
    UpdatesReading reading;
    reading.manager = "windows_update";
    addReboot(reading);
    const auto found = m_state->worker.ask({"updates"}, kDeadline);
    m_state->worker.rest(); // it is asked once an hour
    if (found)
        reading.pending = parse::parseWindowsUpdates(*found);
    else if (found.error().code != ErrorCode::NotAvailable)
        reading.warnings.push_back(found.error().message);
    return reading;
}

} // namespace sextant::platform
