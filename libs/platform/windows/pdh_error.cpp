// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/pdh_error.h"

#include <cstdint>
#include <string>

namespace sextant::platform {

tl::unexpected<Error> pdhError(PDH_STATUS status, const char* what)
{
    const auto code = static_cast<std::uint32_t>(status);
    const bool absent = code == static_cast<std::uint32_t>(PDH_CSTATUS_NO_OBJECT) ||
                        code == static_cast<std::uint32_t>(PDH_CSTATUS_NO_COUNTER) ||
                        code == static_cast<std::uint32_t>(PDH_CSTATUS_NO_INSTANCE) ||
                        code == static_cast<std::uint32_t>(PDH_NO_DATA);
    return fail(absent ? ErrorCode::NotAvailable : ErrorCode::Io,
        std::string("cannot read the performance counters of ") + what + ": PDH status " + std::to_string(code));
}

} // namespace sextant::platform
