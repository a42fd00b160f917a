// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/clock.h"

#include <chrono>

namespace sextant::server {

std::int64_t systemNowMs()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace sextant::server
