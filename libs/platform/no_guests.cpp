// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/guests.h"

namespace sextant::platform {

Result<GuestsReading> readGuests(const Roots&)
{
    return fail(ErrorCode::NotAvailable, "only guests of Hyper-V are read");
}

} // namespace sextant::platform
