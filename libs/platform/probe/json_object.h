// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sextant::platform {

/// One line of JSON, written from front to back: enough for the probe, which only writes. A value that is absent is not
/// written. Bytes of a text that are no printable ASCII are escaped, so the line is valid whatever they are.
class JsonObject {
public:
    template <typename T>
    void add(std::string_view name, const T& value)
    {
        if constexpr (std::is_same_v<T, bool>)
            addRaw(name, value ? "true" : "false");
        else if constexpr (std::is_arithmetic_v<T>)
            addRaw(name, std::to_string(value));
        else
            addRaw(name, quoted(value));
    }
    template <typename T>
    void add(std::string_view name, const std::optional<T>& value)
    {
        if (value)
            add(name, *value);
    }
    void add(std::string_view name, const JsonObject& object) { addRaw(name, object.text()); }
    void addList(std::string_view name, const std::vector<JsonObject>& objects);

    [[nodiscard]] std::string text() const { return '{' + m_members + '}'; }

private:
    [[nodiscard]] static std::string quoted(std::string_view text);
    void addRaw(std::string_view name, const std::string& value);

    std::string m_members;
};

} // namespace sextant::platform
