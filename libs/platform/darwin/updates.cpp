// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/updates.h"

namespace sextant::platform {

struct UpdatesReader::State {};

UpdatesReader::UpdatesReader(Roots) {}

UpdatesReader::~UpdatesReader() = default;

Result<UpdatesReading> UpdatesReader::read()
{
    return fail(
        ErrorCode::NotAvailable, "macOS tells its updates to softwareupdate only, which asks Apple for minutes");
}

} // namespace sextant::platform
