// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/own_process.h"

namespace sextant::process {

void limitHeap(const HeapLimits&)
{
    // jemalloc and macOS's zones give memory back by themselves.
}

} // namespace sextant::process
