// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sextant::platform::parse {

/// Takes the next line off the front of `text` into `line`, without its line feed. False at the end.
[[nodiscard]] bool takeLine(std::string_view& text, std::string_view& line);

/// Takes the next field, separated by blanks or tabs, off the front of `line`. Empty at the end.
[[nodiscard]] std::string_view takeField(std::string_view& line);

/// The text without blanks, tabs and line feeds at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// A whole field as a decimal number; nothing when a byte is no digit or the number does not fit.
[[nodiscard]] std::optional<std::uint64_t> toUnsigned(std::string_view field);
[[nodiscard]] std::optional<std::int64_t> toSigned(std::string_view field);

/// A whole field as the number of a process: above 0 and of 31 bits, as all systems have them.
[[nodiscard]] std::optional<std::int64_t> toPid(std::string_view field);

/// A whole field as hexadecimal number, with or without 0x.
[[nodiscard]] std::optional<std::uint64_t> fromHex(std::string_view field);

/// A whole field as a number like "12.34", at most 15 digits in all; no sign, no exponent, no locale.
[[nodiscard]] std::optional<double> toDecimal(std::string_view field);

/// The next field of `line` as a number; nothing when there is none or it is no number.
[[nodiscard]] inline std::optional<std::uint64_t> takeUnsigned(std::string_view& line)
{
    return toUnsigned(takeField(line));
}

} // namespace sextant::platform::parse
