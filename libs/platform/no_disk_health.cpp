// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/disk_health.h"

namespace sextant::platform {

Result<DiskHealthReading> readDiskHealth(const Roots&)
{
    return fail(ErrorCode::NotAvailable, "the health of disks is not read on this system");
}

} // namespace sextant::platform
