// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/private_pipe.h"

#include <fcntl.h>
#include <unistd.h>

namespace sextant::platform {

bool openPrivatePipe(std::array<int, 2>& ends)
{
    return ::pipe2(ends.data(), O_CLOEXEC) == 0;
}

} // namespace sextant::platform
