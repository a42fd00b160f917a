// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/header_list.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace sextant::server::http {

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool equalsIgnoringCase(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

std::string_view takeUntil(std::string_view& text, char separator)
{
    const std::size_t end = text.find(separator);
    const std::string_view piece = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return piece;
}

std::optional<int> parseWeight(std::string_view parameter)
{
    parameter = trimmed(parameter);
    if (parameter.empty())
        return 1000;
    if (parameter.size() < 3 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=')
        return std::nullopt;
    const std::string_view digits = parameter.substr(2);
    if (digits.size() > 5 || (digits[0] != '0' && digits[0] != '1') || (digits.size() > 1 && digits[1] != '.'))
        return std::nullopt;
    int value = (digits[0] - '0') * 1000;
    int place = 100;
    for (const char c : digits.substr(std::min<std::size_t>(2, digits.size()))) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value += (c - '0') * place;
        place /= 10;
    }
    return value <= 1000 ? std::optional(value) : std::nullopt;
}

} // namespace sextant::server::http
