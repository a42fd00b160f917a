// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

namespace sextant::server::http {

// Reads header fields that are lists with parameters and weights: Accept, Accept-Encoding (RFC 9110 §12.4.2, §12.5).

/// Without blanks and tabs at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// ASCII alone.
[[nodiscard]] bool equalsIgnoringCase(std::string_view a, std::string_view b);

/// Takes the next piece before `separator`, trimmed, off the front.
std::string_view takeUntil(std::string_view& text, char separator);

/// The weight that a parameter `q=0.5` gives, in thousandths; 1000 without one, nothing when it makes no sense.
[[nodiscard]] std::optional<int> parseWeight(std::string_view parameter);

} // namespace sextant::server::http
