// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/packages.h"

#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// The packages of dpkg's status file (dpkg(1), deb-control(5)) that are installed, in its order; what was removed and
/// left its settings is not. Without the time of installation, which is not in it. A stanza without name or version is
/// left out.
[[nodiscard]] std::vector<Package> parseDpkgStatus(std::string_view text);

} // namespace sextant::platform::parse
