// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/packages.h"

namespace sextant::platform {

Result<PackagesReading> readPackages(const Roots&)
{
    return fail(ErrorCode::NotAvailable,
        "macOS keeps no list of what is installed: receipts are of installers that ran, and most programs have none");
}

} // namespace sextant::platform
