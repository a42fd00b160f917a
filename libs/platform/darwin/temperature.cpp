// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/temperature.h"

namespace sextant::platform {

struct TemperatureReader::State {};

TemperatureReader::TemperatureReader(Roots) {}

TemperatureReader::~TemperatureReader() = default;

Result<TemperatureReading> TemperatureReader::read()
{
    return fail(ErrorCode::NotAvailable, "macOS tells temperatures only by IOKit, which is not linked");
}

} // namespace sextant::platform
