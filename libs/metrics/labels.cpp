// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/labels.h"

#include <algorithm>
#include <utility>

namespace sextant::metrics {
namespace {

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

void skipBlanks(std::string_view& text)
{
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// A quoted value at the front of `text`; moves past it.
Result<std::string> takeQuoted(std::string_view& text)
{
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            text.remove_prefix(i + 1);
            return value;
        }
        if (c == '\n')
            break;
        if (c != '\\' || i + 1 == text.size()) {
            value += c;
            continue;
        }
        const char escaped = text[++i];
        if (escaped != '\\' && escaped != '"' && escaped != 'n')
            value += '\\'; // as Prometheus: what is no escape stays
        value += escaped == 'n' ? '\n' : escaped;
    }
    return fail(ErrorCode::Malformed, "a label's value does not end");
}

/// Between two labels of a list: a comma, or its end.
bool takeComma(std::string_view& text)
{
    skipBlanks(text);
    if (!text.starts_with(','))
        return false;
    text.remove_prefix(1);
    skipBlanks(text);
    return true;
}

} // namespace

bool isMetricName(std::string_view text)
{
    if (text.empty() || isDigit(text.front()))
        return false;
    return std::ranges::all_of(text, [](char c) { return isLetter(c) || isDigit(c) || c == ':'; });
}

bool isLabelName(std::string_view text)
{
    if (text.empty() || isDigit(text.front()))
        return false;
    return std::ranges::all_of(text, [](char c) { return isLetter(c) || isDigit(c); });
}

Result<void> arrange(Labels& labels)
{
    std::erase_if(labels, [](const Label& label) { return label.value.empty(); });
    std::ranges::stable_sort(labels, {}, &Label::name);
    const auto twice = std::ranges::adjacent_find(labels, {}, &Label::name);
    if (twice != labels.end())
        return fail(ErrorCode::Malformed, "the label \"" + twice->name + "\" comes twice");
    return {};
}

std::string labelText(const Labels& labels)
{
    std::string text;
    for (const Label& label : labels) {
        if (!text.empty())
            text += ',';
        text += label.name;
        text += "=\"";
        for (const char c : label.value) {
            if (c == '\\' || c == '"')
                text += '\\';
            text += c == '\n' ? std::string_view("\\n") : std::string_view(&c, 1);
        }
        text += '"';
    }
    return text;
}

Result<Labels> takeLabels(std::string_view& text)
{
    Labels labels;
    skipBlanks(text);
    while (!text.empty() && isLetter(text.front())) {
        const std::size_t end = static_cast<std::size_t>(
            std::ranges::find_if_not(text, [](char c) { return isLetter(c) || isDigit(c); }) - text.begin());
        std::string name(text.substr(0, end));
        text.remove_prefix(end);
        skipBlanks(text);
        if (!text.starts_with('='))
            return fail(ErrorCode::Malformed, "expected = after the label \"" + name + "\"");
        text.remove_prefix(1);
        skipBlanks(text);
        if (!text.starts_with('"'))
            return fail(ErrorCode::Malformed, "the value of the label \"" + name + "\" is not quoted");
        auto value = takeQuoted(text);
        if (!value)
            return tl::unexpected<Error>(value.error());
        if (labels.size() == kMaxLabels)
            return fail(ErrorCode::TooLarge, "more than " + std::to_string(kMaxLabels) + " labels");
        labels.push_back({std::move(name), std::move(*value)});
        if (!takeComma(text))
            break;
    }
    return labels;
}

Result<Labels> parseLabelText(std::string_view text)
{
    auto labels = takeLabels(text);
    if (!labels)
        return labels;
    if (!text.empty())
        return fail(ErrorCode::Malformed, "expected labels as key=\"value\" pairs with commas between them");
    if (auto arranged = arrange(*labels); !arranged)
        return tl::unexpected<Error>(arranged.error());
    return labels;
}

} // namespace sextant::metrics
