// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <simdjson.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::server {

using JsonValue = simdjson::dom::element;

/// A JSON text that came from outside: valid UTF-8, at most kMaxBytes (simdjson needs up to 14 times its size while it
/// reads) and kMaxDepth deep. Values live as long as it does. Used by one thread.
class JsonText {
public:
    static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
    static constexpr std::size_t kMaxDepth = 32;

    /// TooLarge, or Malformed with what is wrong.
    [[nodiscard]] Result<JsonValue> parse(const std::string& text);

private:
    simdjson::dom::parser m_parser{kMaxBytes};
};

// Members of an object; nothing when `value` is no object, has no such member, or it is of another type.
[[nodiscard]] std::optional<JsonValue> member(const JsonValue& value, std::string_view key);
[[nodiscard]] std::optional<std::string_view> textMember(const JsonValue& value, std::string_view key);
[[nodiscard]] std::optional<double> numberMember(const JsonValue& value, std::string_view key);

/// Calls `visit` with each item of the array until it gives false; gives what the last call gave, true for none.
template <typename Visit>
bool eachItem(const std::optional<JsonValue>& value, Visit&& visit)
{
    simdjson::dom::array array;
    if (!value || value->get(array) != simdjson::SUCCESS)
        return true;
    for (const JsonValue item : array) {
        if (!visit(item))
            return false;
    }
    return true;
}

/// The same with the key and value of each member of the object.
template <typename Visit>
bool eachMember(const std::optional<JsonValue>& value, Visit&& visit)
{
    simdjson::dom::object object;
    if (!value || value->get(object) != simdjson::SUCCESS)
        return true;
    for (const auto& [key, item] : object) {
        if (!visit(key, item))
            return false;
    }
    return true;
}

} // namespace sextant::server
