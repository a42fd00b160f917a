// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/fields.h"

#include <charconv>

namespace sextant::platform::parse {
namespace {

template <typename Number>
std::optional<Number> number(std::string_view field, int base)
{
    Number value{};
    const char* const end = field.data() + field.size();
    const auto [rest, error] = std::from_chars(field.data(), end, value, base);
    if (error != std::errc() || rest != end)
        return std::nullopt;
    return value;
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

} // namespace

bool takeLine(std::string_view& text, std::string_view& line)
{
    if (text.empty())
        return false;
    const std::size_t end = text.find('\n');
    line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return true;
}

std::string_view takeField(std::string_view& line)
{
    std::size_t begin = 0;
    while (begin < line.size() && (line[begin] == ' ' || line[begin] == '\t'))
        ++begin;
    std::size_t end = begin;
    while (end < line.size() && line[end] != ' ' && line[end] != '\t')
        ++end;
    const std::string_view field = line.substr(begin, end - begin);
    line.remove_prefix(end);
    return field;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::optional<std::uint64_t> toUnsigned(std::string_view field)
{
    return number<std::uint64_t>(field, 10);
}

std::optional<std::int64_t> toSigned(std::string_view field)
{
    return number<std::int64_t>(field, 10);
}

std::optional<std::int64_t> toPid(std::string_view field)
{
    const auto value = number<std::int32_t>(field, 10);
    return value && *value > 0 ? std::optional<std::int64_t>(*value) : std::nullopt;
}

std::optional<std::uint64_t> fromHex(std::string_view field)
{
    if (field.starts_with("0x"))
        field.remove_prefix(2);
    return number<std::uint64_t>(field, 16);
}

std::optional<double> toDecimal(std::string_view field)
{
    constexpr std::size_t kMaxDigits = 15; // what a double holds exactly
    double digits = 0;
    double scale = 1;
    std::size_t count = 0;
    bool fraction = false;
    for (const char c : field) {
        if (c == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (!isDigit(c) || ++count > kMaxDigits)
            return std::nullopt;
        digits = digits * 10 + (c - '0');
        scale *= fraction ? 10 : 1;
    }
    if (count == 0)
        return std::nullopt;
    return digits / scale;
}

} // namespace sextant::platform::parse
