// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/cpu.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sextant::platform::parse {

/// /proc/loadavg: "0.20 0.18 0.12 1/80 11206" (proc_loadavg(5)).
[[nodiscard]] Result<LoadAverages> parseLoadAverages(std::string_view text);

/// /proc/uptime: "350735.47 234388.90"; the first number (proc_uptime(5)).
[[nodiscard]] Result<std::chrono::nanoseconds> parseUptime(std::string_view text);

/// /proc/sys/fs/file-nr: open, unused, limit. A limit of 2^63 - 1, the kernel's way to say none, is absent.
struct FileHandles {
    std::uint64_t open = 0;
    std::optional<std::uint64_t> limit;
};
[[nodiscard]] Result<FileHandles> parseFileHandles(std::string_view text);

} // namespace sextant::platform::parse
