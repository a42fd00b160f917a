// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/clocks.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/fields.h"

#include <ctime>

namespace sextant::platform {
namespace {

std::int64_t milliseconds(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1'000 + time.tv_nsec / 1'000'000;
}

} // namespace

Clocks readClocks()
{
    return {milliseconds(CLOCK_REALTIME), milliseconds(CLOCK_BOOTTIME), milliseconds(CLOCK_MONOTONIC)};
}

Result<std::string> readBootId(const Roots& roots)
{
    return readWhole(roots.proc + "/sys/kernel/random/boot_id").map([](const std::string& text) {
        return std::string(parse::trimmed(text));
    });
}

} // namespace sextant::platform
