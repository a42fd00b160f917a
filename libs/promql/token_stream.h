// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "promql/lexer.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::promql {

/// An Invalid error at a byte of the query: `1:5: parse error: …`.
[[nodiscard]] tl::unexpected<Error> parseError(std::string_view query, std::size_t position, std::string_view message);

/// The words of a query, one ahead. A word is read only when it is looked at: what is wrong with the text before it is
/// told first.
class TokenStream {
public:
    explicit TokenStream(std::string_view query) : m_query(query), m_lexer(query) {}

    [[nodiscard]] const Token& peek();
    Token take();
    /// Takes the next token if it is of that kind.
    bool take(TokenKind kind);
    /// Where the last token taken ends.
    [[nodiscard]] std::size_t end() const { return m_end; }

    /// Counts what a regular expression takes against kRegexInstructions; true when it is within.
    [[nodiscard]] bool spendRegex(std::size_t instructions);

    [[nodiscard]] tl::unexpected<Error> errorAt(std::size_t position, std::string_view message) const
    {
        return parseError(m_query, position, message);
    }
    /// "unexpected … in <context>, expected <expected>" about the next token, or what the lexer says of it.
    [[nodiscard]] tl::unexpected<Error> unexpected(std::string_view context = {}, std::string_view expected = {});

private:
    std::string_view m_query;
    Lexer m_lexer;
    std::optional<Token> m_next;
    std::size_t m_end = 0;
    std::size_t m_regexInstructions = 0;
};

// What expressions are made of; each reads from the next token on.

/// `(a, b)`, `(a, b,)` or `()`.
[[nodiscard]] Result<std::vector<std::string>> parseLabelNames(TokenStream& tokens);

/// `{a="b", …}`, or nothing, behind the name, which was taken already.
[[nodiscard]] Result<Selector> parseSelector(TokenStream& tokens, std::string_view name);

[[nodiscard]] Result<double> parseNumber(TokenStream& tokens);
[[nodiscard]] Result<std::string> parseString(TokenStream& tokens);
[[nodiscard]] Result<std::int64_t> parseDuration(TokenStream& tokens);

/// Whether a metric may have the token for its name.
[[nodiscard]] bool isMetricName(const Token& token);

} // namespace sextant::promql
