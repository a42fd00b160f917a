// SPDX-License-Identifier: GPL-3.0-or-later
// Source: Msvm_ComputerSystem of the Hyper-V WMI provider (v2), for its administrators and services only.
#include "platform/guests.h"

#include "platform/parse/windows_guests.h"

namespace sextant::platform {

Result<GuestsReading> readGuests(Worker& worker)
{
    constexpr std::chrono::minutes kDeadline{1};
    WorkerRow question{"wmi", "ROOT\\virtualization\\v2", "Msvm_ComputerSystem"};
    question.insert(question.end(), parse::kGuestColumns.begin(), parse::kGuestColumns.end());
    return worker.ask(question, kDeadline).map([](const WorkerRows& rows) {
        return GuestsReading{parse::parseGuests(rows), {}};
    });
}

} // namespace sextant::platform
