// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/own_process.h"

#include <malloc.h>

namespace sextant::process {

void limitHeap(const HeapLimits& limits)
{
    mallopt(M_ARENA_MAX, limits.heaps);
    if (limits.giveBackBytes) {
        mallopt(M_TRIM_THRESHOLD, *limits.giveBackBytes);
        mallopt(M_MMAP_THRESHOLD, *limits.giveBackBytes);
    }
}

} // namespace sextant::process
