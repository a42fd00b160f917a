// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstdint>
#include <string>

namespace sextant::platform {

/// A value below HKEY_LOCAL_MACHINE, in the registry of 64-bit programs. NotFound, Denied or Io. Any thread.
[[nodiscard]] Result<std::string> registryText(const wchar_t* key, const wchar_t* value);
[[nodiscard]] Result<std::uint32_t> registryNumber(const wchar_t* key, const wchar_t* value);

[[nodiscard]] bool registryHasValue(const wchar_t* key, const wchar_t* value);

} // namespace sextant::platform
