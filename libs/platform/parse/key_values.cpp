// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/key_values.h"

#include "platform/parse/fields.h"

namespace sextant::platform::parse {
namespace {

std::string withoutQuotes(std::string_view value)
{
    const char quote = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') ? value.front() : '\0';
    if (quote == '\0' || value.back() != quote)
        return std::string(value);
    value = value.substr(1, value.size() - 2);
    std::string plain;
    plain.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && quote == '"' && i + 1 < value.size())
            ++i;
        plain += value[i];
    }
    return plain;
}

} // namespace

std::string keyValue(std::string_view text, std::string_view key)
{
    std::string value;
    std::string_view line;
    while (takeLine(text, line)) {
        line = trimmed(line);
        if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=')
            value = withoutQuotes(line.substr(key.size() + 1));
    }
    return value;
}

} // namespace sextant::platform::parse
