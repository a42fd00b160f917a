// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/bsd/logins.h"

#include <utmpx.h>

namespace sextant::platform {

std::uint64_t countLoggedIn()
{
    std::uint64_t count = 0;
    ::setutxent();
    while (const utmpx* entry = ::getutxent())
        count += entry->ut_type == USER_PROCESS ? 1 : 0;
    ::endutxent();
    return count;
}

} // namespace sextant::platform
