// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/machine_secret.h"

namespace sextant::process {

Result<std::string> protectForMachine(std::string_view secret)
{
    return std::string(secret);
}

Result<std::string> unprotect(std::string_view kept)
{
    return std::string(kept);
}

bool isUnprotected(std::string_view)
{
    return false;
}

} // namespace sextant::process
