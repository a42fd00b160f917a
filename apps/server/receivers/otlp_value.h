// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sextant::server {

/// Writes an OpenTelemetry value (AnyValue) as the text of a label: a string as it is, everything else, and what is
/// within arrays and maps, as JSON. Bytes are Base64. Of several values at the top the last one stays.
class OtlpValue {
public:
    void string(std::string_view text);
    void boolean(bool value);
    void whole(std::int64_t value);
    void number(double value);
    void bytes(std::string_view data);
    void beginArray();
    void endArray();
    void beginObject();
    void key(std::string_view name);
    void endObject();

    [[nodiscard]] std::string take() { return std::move(m_text); }

private:
    void separate();

    std::string m_text;
    int m_depth = 0;
};

} // namespace sextant::server
