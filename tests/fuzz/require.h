// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>

namespace sextant::fuzz {

/// What a target promises of every input; a broken promise is a finding.
inline void require(bool promise)
{
    if (!promise)
        std::abort();
}

} // namespace sextant::fuzz
