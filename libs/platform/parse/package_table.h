// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/packages.h"

#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// What rpm and FreeBSD's pkg print when they are asked for these columns with tabs between them: name, version,
/// architecture, publisher, Unix time of the installation, bytes on disk. "(none)" is rpm's word for no text. A line
/// of another number of columns, or without name or version, is left out.
[[nodiscard]] std::vector<Package> parsePackageTable(std::string_view text, std::string_view manager);

} // namespace sextant::platform::parse
