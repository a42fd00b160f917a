// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/services.h"

namespace sextant::platform {

Result<ServicesReading> readServices(const Roots&)
{
    return fail(ErrorCode::NotAvailable, "launchd tells its jobs to launchctl only, whose output is no interface");
}

} // namespace sextant::platform
