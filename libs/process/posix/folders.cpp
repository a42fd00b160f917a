// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/folders.h"

namespace sextant::process {

std::string configFile(std::string_view program)
{
    return "/etc/sextant/" + std::string(program) + ".toml";
}

std::string stateFolder(std::string_view program)
{
    return "/var/lib/sextant-" + std::string(program);
}

} // namespace sextant::process
