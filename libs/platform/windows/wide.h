// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace sextant::platform {

/// The door of Windows' 16-bit texts: nothing else of this library sees them. Half a surrogate pair becomes U+FFFD.
[[nodiscard]] std::string toUtf8(std::wstring_view text);
[[nodiscard]] std::wstring toWide(std::string_view text);

/// A list of texts that end in NUL each (QueryDosDevice, GetVolumePathNamesForVolumeName).
[[nodiscard]] std::u16string_view asUnits(std::wstring_view text);

} // namespace sextant::platform
