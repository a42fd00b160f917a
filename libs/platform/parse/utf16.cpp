// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/utf16.h"

namespace sextant::platform::parse {
namespace {

constexpr char32_t kReplacement = 0xfffd;

bool isHigh(char32_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

bool isLow(char32_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

void append(std::string& text, char32_t point)
{
    const auto put = [&text](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (point < 0x80) {
        put(point);
        return;
    }
    if (point < 0x800) {
        put(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            put(0xe0 | point >> 12);
        } else {
            put(0xf0 | point >> 18);
            put(0x80 | (point >> 12 & 0x3f));
        }
        put(0x80 | (point >> 6 & 0x3f));
    }
    put(0x80 | (point & 0x3f));
}

} // namespace

std::string toUtf8(std::u16string_view text)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char32_t point = text[i];
        if (isHigh(point) && i + 1 < text.size() && isLow(text[i + 1]))
            point = 0x10000 + ((point - 0xd800) << 10) + (text[++i] - 0xdc00U);
        else if (isHigh(point) || isLow(point))
            point = kReplacement;
        append(result, point);
    }
    return result;
}

std::string utf16At(RawBytes bytes, std::size_t offset, std::size_t size)
{
    if (offset > bytes.size())
        return {};
    std::u16string text(std::min(size, bytes.size() - offset) / sizeof(char16_t), u'\0');
    if (!text.empty())
        std::memcpy(text.data(), bytes.data() + offset, text.size() * sizeof(char16_t));
    return toUtf8(std::u16string_view(text).substr(0, text.find(u'\0')));
}

std::string unicodeStringAt(RawBytes bytes, std::size_t offset, std::uint64_t base)
{
    const std::size_t size = numberAt<std::uint16_t>(bytes, offset);
    const auto address = numberAt<std::uint64_t>(bytes, offset + sizeof(std::uint64_t));
    if (address < base || address - base > bytes.size() || size > bytes.size() - (address - base))
        return {};
    return utf16At(bytes, static_cast<std::size_t>(address - base), size);
}

std::vector<std::string> splitTexts(std::u16string_view list)
{
    std::vector<std::string> texts;
    while (!list.empty() && list.front() != u'\0') {
        const std::size_t end = std::min(list.find(u'\0'), list.size());
        texts.push_back(toUtf8(list.substr(0, end)));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return texts;
}

} // namespace sextant::platform::parse
