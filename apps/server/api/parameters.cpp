// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/parameters.h"

#include <charconv>
#include <string>

namespace sextant::server {

std::optional<std::int64_t> timeParameter(const Call& call, std::string_view name, std::int64_t otherwise)
{
    const std::string* text = call.parameter(name);
    if (!text)
        return otherwise;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < 0)
        return std::nullopt;
    return value;
}

} // namespace sextant::server
