// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace sextant::promql {

enum class MatchOp : std::uint8_t { Equal, NotEqual, Regex, NotRegex };

/// `=`, `!=`, `=~`, `!~`.
[[nodiscard]] std::string_view matchOpText(MatchOp op);

/// A condition on one label. A label that is not there has the empty value. Regular expressions are RE2's and always
/// match the whole value. A value type; matching is thread-safe.
class Matcher {
public:
    /// Invalid: the regular expression cannot be read, or would take more memory than RE2 allows by default (8 MiB).
    [[nodiscard]] static Result<Matcher> make(std::string label, MatchOp op, std::string value);

    [[nodiscard]] const std::string& label() const { return m_label; }
    [[nodiscard]] MatchOp op() const { return m_op; }
    [[nodiscard]] const std::string& value() const { return m_value; }

    /// What the regular expression takes, in instructions of about 16 bytes; 0 without one.
    [[nodiscard]] std::size_t regexSize() const;

    [[nodiscard]] bool matches(std::string_view value) const;

    /// Two matchers are equal when their texts are.
    friend bool operator==(const Matcher& a, const Matcher& b)
    {
        return a.m_label == b.m_label && a.m_op == b.m_op && a.m_value == b.m_value;
    }

private:
    Matcher() = default;

    std::string m_label;
    MatchOp m_op = MatchOp::Equal;
    std::string m_value;
    std::shared_ptr<const re2::RE2> m_regex; ///< of the two regex operators
};

} // namespace sextant::promql
