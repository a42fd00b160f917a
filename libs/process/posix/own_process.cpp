// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/own_process.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char** environ; // NOLINT: POSIX has no header for it

namespace sextant::process {

void hideNewFiles()
{
    ::umask(077);
}

std::optional<std::size_t> raiseDescriptorLimit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return std::nullopt;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return std::nullopt;
    return limit.rlim_cur;
}

bool someoneWatches()
{
    return ::isatty(STDERR_FILENO) != 0;
}

std::vector<std::string> arguments(int argc, char** argv)
{
    return {argv + 1, argv + argc};
}

std::map<std::string, std::string> environment(std::string_view prefix)
{
    std::map<std::string, std::string> found;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const std::size_t equals = text.find('=');
        if (text.starts_with(prefix) && equals != std::string_view::npos)
            found.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return found;
}

} // namespace sextant::process
