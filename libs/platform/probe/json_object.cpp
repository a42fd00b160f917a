// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/probe/json_object.h"

#include <array>
#include <cstdio>

namespace sextant::platform {

std::string JsonObject::quoted(std::string_view text)
{
    std::string result = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
            result += c;
            continue;
        }
        std::array<char, 8> escape{};
        std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(byte));
        result += escape.data();
    }
    return result + '"';
}

void JsonObject::addRaw(std::string_view name, const std::string& value)
{
    m_members += (m_members.empty() ? "" : ",") + quoted(name) + ':' + value;
}

void JsonObject::addList(std::string_view name, const std::vector<JsonObject>& objects)
{
    std::string list;
    for (const JsonObject& object : objects)
        list += (list.empty() ? "" : ",") + object.text();
    addRaw(name, '[' + list + ']');
}

} // namespace sextant::platform
