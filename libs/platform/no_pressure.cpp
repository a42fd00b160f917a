// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/pressure.h"

namespace sextant::platform {

struct PressureReader::State {};

PressureReader::PressureReader(Roots) {}

PressureReader::~PressureReader() = default;

Result<PressureReading> PressureReader::read()
{
    return fail(ErrorCode::NotAvailable, "only Linux gives pressure stall information");
}

} // namespace sextant::platform
