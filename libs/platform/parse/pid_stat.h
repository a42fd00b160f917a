// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/processes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::platform::parse {

/// What Sextant keeps of /proc/<pid>/stat (proc_pid_stat(5)). `name` points into the text.
struct PidStat {
    std::int64_t pid = 0;
    std::string_view name;
    char state = '?';
    std::int64_t parent = 0;
    std::uint64_t userTicks = 0;
    std::uint64_t systemTicks = 0;
    std::uint64_t threads = 0;
    std::uint64_t startTicks = 0; ///< after the machine started
    std::uint64_t residentPages = 0;
};

/// Parses the whole line. The name is what stands between the first "(" and the last ")": it may hold both, blanks and
/// line feeds. Malformed when a field up to the resident pages is missing.
[[nodiscard]] Result<PidStat> parsePidStat(std::string_view text);

/// Only state and threads: what counting needs, twice as fast. False when the text is cut short.
struct PidState {
    char state = '?';
    std::uint64_t threads = 0;
};
[[nodiscard]] bool parsePidState(std::string_view text, PidState& result);

/// What a state letter means; Unknown for one that no documented kernel uses.
[[nodiscard]] ProcessState processState(char letter);

/// The effective user in the "Uid:" line of /proc/<pid>/status.
[[nodiscard]] std::optional<std::uint32_t> parsePidUid(std::string_view status);

/// The arguments of /proc/<pid>/cmdline joined by one blank each.
[[nodiscard]] std::string joinCommandLine(std::string_view arguments);

} // namespace sextant::platform::parse
