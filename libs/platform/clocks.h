// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <cstdint>
#include <string>

namespace sextant::platform {

/// The system's clocks at one moment, in milliseconds. What they do differently is what tells a sleep and a clock that
/// was set from time that passed.
struct Clocks {
    std::int64_t wallMs = 0;    ///< Unix time: may be set to anything by anybody
    std::int64_t elapsedMs = 0; ///< since the machine started, sleep included; only goes forward
    std::int64_t awakeMs = 0;   ///< the same without sleep
};

/// Reads all three, one right after the other. Never fails. Any thread.
[[nodiscard]] Clocks readClocks();

/// The id of this boot of the machine: another after every start. On Linux /proc/sys/kernel/random/boot_id
/// (random(4)). NotFound or Denied where it cannot be had.
[[nodiscard]] Result<std::string> readBootId(const Roots& roots);

} // namespace sextant::platform
