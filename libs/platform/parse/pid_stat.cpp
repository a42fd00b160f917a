// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/pid_stat.h"

#include "platform/parse/fields.h"

#include <limits>

namespace sextant::platform::parse {
namespace {

/// Drops `count` fields off the front of `text`.
void skipFields(std::string_view& text, int count)
{
    for (int i = 0; i < count; ++i)
        static_cast<void>(takeField(text));
}

} // namespace

Result<PidStat> parsePidStat(std::string_view text)
{
    const auto malformed = [] { return fail(ErrorCode::Malformed, "a process's stat file is cut short"); };
    text = trimmed(text);
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return malformed();
    const auto pid = toSigned(trimmed(text.substr(0, open)));
    PidStat stat;
    stat.name = text.substr(open + 1, close - open - 1);
    text.remove_prefix(close + 1);

    const std::string_view state = takeField(text); // field 3
    const auto parent = toSigned(takeField(text));
    skipFields(text, 9); // 5 to 13: group, session, terminal, flags, faults
    const auto user = takeUnsigned(text);
    const auto system = takeUnsigned(text);
    skipFields(text, 4); // 16 to 19: children's times, priority, nice
    const auto threads = takeUnsigned(text);
    skipFields(text, 1); // 21
    const auto start = takeUnsigned(text);
    skipFields(text, 1); // 23: virtual size
    const auto resident = toSigned(takeField(text));
    if (!pid || state.size() != 1 || !parent || !user || !system || !threads || !start || !resident)
        return malformed();
    stat.pid = *pid;
    stat.state = state.front();
    stat.parent = *parent;
    stat.userTicks = *user;
    stat.systemTicks = *system;
    stat.threads = *threads;
    stat.startTicks = *start;
    stat.residentPages = *resident > 0 ? static_cast<std::uint64_t>(*resident) : 0;
    return stat;
}

bool parsePidState(std::string_view text, PidState& result)
{
    const std::size_t close = text.rfind(')');
    if (close == std::string_view::npos)
        return false;
    text.remove_prefix(close + 1);
    const std::string_view state = takeField(text);
    skipFields(text, 16); // 4 to 19
    const auto threads = takeUnsigned(text);
    if (state.size() != 1 || !threads || text.empty())
        return false;
    result = {state.front(), *threads};
    return true;
}

ProcessState processState(char letter)
{
    switch (letter) {
    case 'R':
        return ProcessState::Running;
    case 'S':
        return ProcessState::Sleeping;
    case 'D':
        return ProcessState::Blocked;
    case 'T': // stopped
    case 't': // stopped by a debugger
        return ProcessState::Stopped;
    case 'Z':
    case 'X': // dead: about to vanish
    case 'x':
        return ProcessState::Zombie;
    case 'I':
    case 'P': // a kernel thread parked while its CPU is off
        return ProcessState::Idle;
    default:
        return ProcessState::Unknown;
    }
}

std::optional<std::uint32_t> parsePidUid(std::string_view status)
{
    std::string_view line;
    while (takeLine(status, line)) {
        if (!line.starts_with("Uid:"))
            continue;
        skipFields(line, 2); // the title, the real user
        const auto uid = takeUnsigned(line);
        if (!uid || *uid > std::numeric_limits<std::uint32_t>::max())
            return std::nullopt;
        return static_cast<std::uint32_t>(*uid);
    }
    return std::nullopt;
}

std::string joinCommandLine(std::string_view arguments)
{
    // Programs that set their own title often leave many NULs behind it.
    while (!arguments.empty() && arguments.back() == '\0')
        arguments.remove_suffix(1);
    std::string joined(arguments);
    for (char& c : joined) {
        if (c == '\0')
            c = ' ';
    }
    return joined;
}

} // namespace sextant::platform::parse
