// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sextant::platform {

/// The bytes of a kernel variable, by name or by its path of numbers (then `what` names it in errors). A list that
/// grows while it is read is asked again with more room, a few times. NotFound where this kernel has no such variable,
/// Denied, or Io by errno. Any thread.
[[nodiscard]] Result<std::vector<std::byte>> sysctlBytes(const std::string& name);
[[nodiscard]] Result<std::vector<std::byte>> sysctlBytes(std::span<const int> path, const std::string& what);

/// A variable of 4 or 8 bytes; kernels differ in how wide their counters are. Malformed when it is of another size.
[[nodiscard]] Result<std::uint64_t> sysctlNumber(const std::string& name);

/// A variable that is a text, without its NUL.
[[nodiscard]] Result<std::string> sysctlText(const std::string& name);

/// The error for `number` (an errno) of an attempt to read `what`.
[[nodiscard]] Error errorFor(int number, const std::string& what);

} // namespace sextant::platform
