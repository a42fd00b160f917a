// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/wifi.h"

namespace sextant::platform {

struct WifiReader::State {};

WifiReader::WifiReader(Roots) {}

WifiReader::~WifiReader() = default;

Result<WifiReading> WifiReader::read()
{
    return fail(ErrorCode::NotAvailable, "this system has no interface to wireless links that can be linked here");
}

} // namespace sextant::platform
