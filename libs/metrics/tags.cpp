// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/tags.h"

#include "metrics/utf8.h"

#include <algorithm>
#include <utility>

namespace sextant::metrics {
namespace {

/// C0, DEL and C1 of Unicode.
bool isControl(char32_t letter)
{
    return letter < 0x20 || (letter >= 0x7f && letter < 0xa0);
}

bool isPlainText(std::string_view text)
{
    while (!text.empty()) {
        const Rune rune = firstRune(text);
        if (rune.broken() || isControl(rune.value))
            return false;
        text.remove_prefix(rune.width);
    }
    return true;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlanks = " \t";
    const std::size_t first = text.find_first_not_of(kBlanks);
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Result<Label> parseTag(std::string_view text)
{
    const std::size_t equals = text.find('=');
    if (equals == text.npos)
        return fail(ErrorCode::Invalid, "expected name=value");
    Label tag{std::string(trimmed(text.substr(0, equals))), std::string(trimmed(text.substr(equals + 1)))};
    return checkTag(tag).map([&] { return std::move(tag); });
}

} // namespace

Result<void> checkTag(const Label& tag)
{
    if (!isLabelName(tag.name) || tag.name.starts_with("__") || tag.name.size() > kMaxTagName)
        return fail(ErrorCode::Invalid, "expected a name of at most " + std::to_string(kMaxTagName) +
                                            " letters, digits and _, not beginning with a digit or __");
    if (tag.value.empty() || tag.value.size() > kMaxTagValue || !isPlainText(tag.value))
        return fail(ErrorCode::Invalid,
            "expected a value of 1 to " + std::to_string(kMaxTagValue) + " bytes of UTF-8 without control characters");
    return {};
}

Result<Labels> parseTags(std::string_view text)
{
    Labels tags;
    if (trimmed(text).empty())
        return tags;
    std::size_t number = 0;
    for (bool isLast = false; !isLast;) {
        const std::size_t comma = text.find(',');
        const std::string_view one = trimmed(text.substr(0, comma));
        isLast = comma == text.npos;
        text.remove_prefix(isLast ? text.size() : comma + 1);
        const auto wrong = [&](const std::string& expected) {
            return fail(
                ErrorCode::Invalid, "tag " + std::to_string(number) + ", \"" + std::string(one) + "\": " + expected);
        };
        if (++number > kMaxTags)
            return wrong("expected at most " + std::to_string(kMaxTags) + " tags");
        auto tag = parseTag(one);
        if (!tag)
            return wrong(tag.error().message);
        if (std::ranges::find(tags, tag->name, &Label::name) != tags.end())
            return wrong("expected a name that no other tag has");
        tags.push_back(std::move(*tag));
    }
    std::ranges::sort(tags);
    return tags;
}

std::string tagText(const Labels& tags)
{
    std::string text;
    for (const Label& tag : tags)
        text += (text.empty() ? "" : ",") + tag.name + '=' + tag.value;
    return text;
}

} // namespace sextant::metrics
