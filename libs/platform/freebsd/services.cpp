// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/services.h"

namespace sextant::platform {

Result<ServicesReading> readServices(const Roots&)
{
    return fail(ErrorCode::NotAvailable,
        "FreeBSD's rc(8) is shell: what is enabled and what runs could be told only by running the scripts");
}

} // namespace sextant::platform
