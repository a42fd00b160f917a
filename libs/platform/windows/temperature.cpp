// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/temperature.h"

namespace sextant::platform {

struct TemperatureReader::State {};

TemperatureReader::TemperatureReader(Roots) {}

TemperatureReader::~TemperatureReader() = default;

Result<TemperatureReading> TemperatureReader::read()
{
    return fail(
        ErrorCode::NotAvailable, "Windows tells temperatures only by WMI, which may hang for minutes and is not asked");
}

} // namespace sextant::platform
