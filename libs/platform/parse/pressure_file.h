// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/pressure.h"

#include <string_view>

namespace sextant::platform::parse {

/// Parses a file of /proc/pressure (kernel: Documentation/accounting/psi.rst):
/// "some avg10=0.00 avg60=0.12 avg300=0.22 total=58761459". `resource` is left empty. Malformed when neither line is
/// whole; a broken or missing line is absent.
[[nodiscard]] Result<Pressure> parsePressure(std::string_view text);

} // namespace sextant::platform::parse
