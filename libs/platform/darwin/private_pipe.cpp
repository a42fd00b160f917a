// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/private_pipe.h"

#include <fcntl.h>
#include <unistd.h>

namespace sextant::platform {

bool openPrivatePipe(std::array<int, 2>& ends)
{
    if (::pipe(ends.data()) != 0)
        return false;
    for (const int end : ends)
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
    return true;
}

} // namespace sextant::platform
