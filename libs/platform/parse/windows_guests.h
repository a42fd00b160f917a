// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/guests.h"
#include "platform/parse/worker_message.h"

#include <array>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// The columns of Msvm_ComputerSystem (root\virtualization\v2) in the order that parseGuests() takes them in.
inline constexpr std::array<std::string_view, 4> kGuestColumns{"Name", "ElementName", "EnabledState", "HealthState"};

/// The guests among Msvm_ComputerSystem's objects, of which the host itself is one: its name is no GUID.
[[nodiscard]] std::vector<Guest> parseGuests(const WorkerRows& rows);

} // namespace sextant::platform::parse
