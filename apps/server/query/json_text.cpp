// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/json_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace sextant::server {

void appendJsonString(QByteArray& json, std::string_view text)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    json += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (byte < 0x20) {
            json += "\\u00";
            json += kHex[byte >> 4];
            json += kHex[byte & 0x0f];
        } else {
            json += c;
        }
    }
    json += '"';
}

void appendJsonString(QByteArray& json, const QString& text)
{
    const QByteArray utf8 = text.toUtf8();
    appendJsonString(json, std::string_view(utf8.constData(), static_cast<std::size_t>(utf8.size())));
}

void appendJsonNumber(QByteArray& json, double number)
{
    if (!std::isfinite(number)) {
        json += "null";
        return;
    }
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    json.append(text.data(), end - text.data());
}

void appendJsonNumber(QByteArray& json, std::int64_t number)
{
    std::array<char, 24> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    json.append(text.data(), end - text.data());
}

void appendJsonKey(QByteArray& json, std::string_view key)
{
    if (!json.endsWith('{'))
        json += ',';
    appendJsonString(json, key);
    json += ':';
}

void appendJsonMember(QByteArray& json, std::string_view key, const std::optional<double>& number)
{
    if (!number)
        return;
    appendJsonKey(json, key);
    appendJsonNumber(json, *number);
}

void appendJsonMember(QByteArray& json, std::string_view key, std::int64_t number)
{
    appendJsonKey(json, key);
    appendJsonNumber(json, number);
}

void appendJsonMember(QByteArray& json, std::string_view key, const QString& text)
{
    appendJsonKey(json, key);
    appendJsonString(json, text);
}

} // namespace sextant::server
