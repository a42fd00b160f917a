// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace sextant::process {

/// UTF-8 to UTF-16 and back, for the system's calls. What is no text becomes U+FFFD.
[[nodiscard]] std::wstring wide(std::string_view text);
[[nodiscard]] std::string narrow(std::wstring_view text);

/// The system's sentence for an error code of GetLastError(), without its line end.
[[nodiscard]] std::string systemMessage(unsigned long error);

} // namespace sextant::process
