// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/ast.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sextant::promql {

enum class TokenKind : std::uint8_t {
    EndOfInput,
    Error, ///< the text cannot be read on from here
    Identifier,
    MetricIdentifier, ///< has a colon
    Number,
    Duration,
    String, ///< with its quotes
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    Assign,     ///< =
    EqualRegex, ///< =~
    NotRegex,   ///< !~
    At,
    Operator,   ///< `op` says which; != between braces too
    Aggregator, ///< `aggregate` says which
    By,
    Without,
    On,
    Ignoring,
    GroupLeft,
    GroupRight,
    Bool,
    Offset,
    Start,
    End,
};

/// A word of a query. `text` lies in the query.
struct Token {
    TokenKind kind = TokenKind::EndOfInput;
    std::size_t begin = 0;
    std::string_view text;
    BinaryOp op = BinaryOp::Add;
    AggregateOp aggregate = AggregateOp::Sum;

    [[nodiscard]] std::size_t end() const { return begin + text.size(); }
    [[nodiscard]] bool is(BinaryOp wanted) const { return kind == TokenKind::Operator && op == wanted; }
};

/// The token as it stands in error texts: `identifier "foo"`, `<op:+>`, `end of input`.
[[nodiscard]] std::string describe(const Token& token);

/// Every keyword's token (`sum`, `by`, `and`, …; `inf` and `nan` are numbers) and those of other words; in any case of
/// letters.
[[nodiscard]] Token wordToken(std::size_t begin, std::string_view word);

} // namespace sextant::promql
