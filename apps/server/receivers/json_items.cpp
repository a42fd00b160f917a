// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/json_items.h"

#include <algorithm>

namespace sextant::server {

std::string inQuotes(std::string_view text)
{
    constexpr std::size_t kMost = 60;
    std::string shown(text.substr(0, kMost));
    for (char& c : shown)
        c = c >= 0x20 && c < 0x7f && c != '"' ? c : '?';
    return '"' + shown + (text.size() > kMost ? "…\"" : "\"");
}

bool readLabels(const JsonValue& item, metrics::Labels& labels)
{
    bool areTexts = true;
    (void)eachMember(member(item, "labels"), [&](std::string_view key, const JsonValue& value) {
        std::string_view text;
        areTexts = value.get(text) == simdjson::SUCCESS;
        labels.push_back({std::string(key), std::string(text)});
        return areTexts && labels.size() <= SampleSink::kMaxLabels;
    });
    return areTexts;
}

bool hasEmptyPart(const metrics::Labels& labels)
{
    return std::ranges::any_of(
        labels, [](const metrics::Label& label) { return label.name.empty() || label.value.empty(); });
}

std::size_t itemCount(const std::optional<JsonValue>& array)
{
    simdjson::dom::array items;
    return array && array->get(items) == simdjson::SUCCESS ? items.size() : 0;
}

} // namespace sextant::server
