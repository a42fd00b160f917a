// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/document_collector.h"
#include "platform/events.h"
#include "platform/guests.h"

namespace sextant::agent {

/// The documents `events` and `guests` that docs/api.md describes. What is not known is not in them.
[[nodiscard]] DocumentText documentOf(const platform::EventsReading& reading);
[[nodiscard]] DocumentText documentOf(const platform::GuestsReading& reading);

} // namespace sextant::agent
