// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/utf8.h"

#include <optional>
#include <string>
#include <string_view>

namespace sextant::promql {

// Text between quotes, as PromQL reads it and as Go's %q, which Prometheus prints with, writes it. Pure.

using metrics::firstRune;
using metrics::Rune;

void appendUtf8(std::string& text, char32_t rune);

/// `"…"`: what cannot be printed, and bytes that are not UTF-8, are written as escapes.
[[nodiscard]] std::string quoted(std::string_view text);
/// `'…'`
[[nodiscard]] std::string quotedRune(char32_t rune);
/// `U+0063 'c'`
[[nodiscard]] std::string codePoint(char32_t rune);

/// The text that a string literal stands for, from its quotes on: `"`, `'` with Go's escapes, or `` ` `` as it is. The
/// literal is one that the lexer has accepted; absent where an escape is still wrong.
[[nodiscard]] std::optional<std::string> unquoted(std::string_view literal);

} // namespace sextant::promql
