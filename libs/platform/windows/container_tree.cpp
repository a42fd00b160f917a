// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/container_tree.h"

namespace sextant::platform {

FoundContainers findContainers(const Roots&)
{
    return {}; // the jobs and virtual machines that containers are there do not say so
}

} // namespace sextant::platform
