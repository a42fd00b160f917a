// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/json_text.h"

namespace sextant::server {
Result<JsonValue> JsonText::parse(const std::string& text)
{
    if (text.size() > kMaxBytes)
        return fail(ErrorCode::TooLarge, "more than " + std::to_string(kMaxBytes >> 20) + " MiB of JSON");
    JsonValue root;
    auto error = m_parser.allocate(text.size() + 1, kMaxDepth);
    if (error == simdjson::SUCCESS)
        error = m_parser.parse(text).get(root);
    if (error != simdjson::SUCCESS)
        return fail(ErrorCode::Malformed, std::string("invalid JSON: ") + simdjson::error_message(error));
    return root;
}

std::optional<JsonValue> member(const JsonValue& value, std::string_view key)
{
    simdjson::dom::object object;
    JsonValue found;
    if (value.get(object) != simdjson::SUCCESS || object.at_key(key).get(found) != simdjson::SUCCESS)
        return std::nullopt;
    return found;
}

std::optional<std::string_view> textMember(const JsonValue& value, std::string_view key)
{
    const auto found = member(value, key);
    std::string_view text;
    if (!found || found->get(text) != simdjson::SUCCESS)
        return std::nullopt;
    return text;
}

std::optional<double> numberMember(const JsonValue& value, std::string_view key)
{
    const auto found = member(value, key);
    double number = 0;
    if (!found || found->get(number) != simdjson::SUCCESS)
        return std::nullopt;
    return number;
}

} // namespace sextant::server
