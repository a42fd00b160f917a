// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/json_text.h"

#include <QByteArray>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sextant::server {

void appendJsonString(std::string& json, std::string_view text)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    json += '"';
    std::size_t plain = 0; // where the stretch begins that goes in as it is
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        json.append(text, plain, i - plain);
        plain = i + 1;
        if (byte >= 0x20) {
            json += '\\';
            json += text[i];
        } else {
            json += "\\u00";
            json += kHex[byte >> 4];
            json += kHex[byte & 0x0f];
        }
    }
    json.append(text, plain);
    json += '"';
}

void appendJsonString(std::string& json, const QString& text)
{
    // Nearly every text is short and ASCII, and needs no memory of its own.
    std::array<char, 128> ascii{};
    const auto size = static_cast<std::size_t>(text.size());
    if (size <= ascii.size() && std::ranges::all_of(text, [](QChar c) { return c.unicode() < 0x80; })) {
        std::ranges::transform(text, ascii.begin(), [](QChar c) { return static_cast<char>(c.unicode()); });
        appendJsonString(json, std::string_view(ascii.data(), size));
        return;
    }
    const QByteArray utf8 = text.toUtf8();
    appendJsonString(json, std::string_view(utf8.constData(), static_cast<std::size_t>(utf8.size())));
}

void appendJsonNumber(std::string& json, double number)
{
    constexpr double kWhole = 9e15; // below it every whole double is an integer, which is quicker to write
    if (std::abs(number) < kWhole && number == std::trunc(number)) {
        appendJsonNumber(json, static_cast<std::int64_t>(number));
        return;
    }
    if (!std::isfinite(number)) {
        json += "null";
        return;
    }
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    json.append(text.data(), end);
}

void appendJsonNumber(std::string& json, std::int64_t number)
{
    std::array<char, 24> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    json.append(text.data(), end);
}

void appendJsonHundredths(std::string& json, double number)
{
    constexpr double kMost = 100; // what is drawn is a percentage; anything else may take longer
    if (!(number >= 0 && number < kMost)) {
        appendJsonNumber(json, std::round(number * 100) / 100);
        return;
    }
    const auto hundredths = static_cast<std::uint32_t>(number * 100 + 0.5);
    if (hundredths >= 10'000)
        json += '1'; // 99.995 and more: 100
    if (hundredths >= 1'000)
        json += static_cast<char>('0' + hundredths / 1'000 % 10);
    json += static_cast<char>('0' + hundredths / 100 % 10);
    if (hundredths % 100 == 0)
        return;
    json += '.';
    json += static_cast<char>('0' + hundredths / 10 % 10);
    if (hundredths % 10 != 0)
        json += static_cast<char>('0' + hundredths % 10);
}

void appendJsonKey(std::string& json, std::string_view key)
{
    if (!json.ends_with('{'))
        json += ',';
    json += '"';
    json += key;
    json += "\":";
}

void appendJsonMember(std::string& json, std::string_view key, const std::optional<double>& number)
{
    if (!number)
        return;
    appendJsonKey(json, key);
    appendJsonNumber(json, *number);
}

void appendJsonMember(std::string& json, std::string_view key, std::int64_t number)
{
    appendJsonKey(json, key);
    appendJsonNumber(json, number);
}

void appendJsonMember(std::string& json, std::string_view key, const QString& text)
{
    appendJsonKey(json, key);
    appendJsonString(json, text);
}

} // namespace sextant::server
