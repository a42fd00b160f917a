// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/events.h"

namespace sextant::platform {

Result<EventsReading> readEvents(const Roots&)
{
    return fail(ErrorCode::NotAvailable, "only the Event Log of Windows is read");
}

} // namespace sextant::platform
