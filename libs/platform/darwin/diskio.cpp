// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/diskio.h"

namespace sextant::platform {

struct DiskIoReader::State {};

DiskIoReader::DiskIoReader(Roots) {}

DiskIoReader::~DiskIoReader() = default;

Result<DiskIoReading> DiskIoReader::read()
{
    return fail(
        ErrorCode::NotAvailable, "macOS tells the work of its disks through IOKit only, which Sextant does not use");
}

} // namespace sextant::platform
