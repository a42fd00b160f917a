// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/token.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sextant::promql {

/// Cuts a query into its words, as Prometheus' lexer does (promql/parser/lex.go of 2.42): what a word is depends on
/// the brackets around it. Spaces and comments are left out. The query must outlive the lexer and its tokens.
class Lexer {
public:
    explicit Lexer(std::string_view query) : m_query(query) {}

    /// EndOfInput at the end, and Error, with error() set, where the text cannot be read; each for ever after.
    [[nodiscard]] Token next();

    /// What is wrong, without position; that is the Error token's.
    [[nodiscard]] const std::string& error() const { return m_error; }

private:
    [[nodiscard]] char32_t peek() const;
    char32_t take();
    bool accept(std::string_view valid);
    void acceptRun(std::string_view valid);
    void skipSpacesAndComments();

    [[nodiscard]] std::string_view lexed() const { return m_query.substr(m_begin, m_at - m_begin); }
    [[nodiscard]] Token token(TokenKind kind) const { return {kind, m_begin, lexed()}; }
    [[nodiscard]] Token token(BinaryOp op) const { return {TokenKind::Operator, m_begin, lexed(), op}; }
    Token fail(std::string error);

    Token statement();
    Token punctuation(char32_t first);
    Token comparison(char32_t first);
    Token insideBraces();
    Token atEnd();
    Token closeParen();
    Token openBracket();
    Token duration();
    Token numberOrDuration();
    Token word();
    Token quotedString(char32_t quote);
    Token rawString();

    bool scanNumber();
    bool scanRestOfDuration();
    [[nodiscard]] std::string scanEscape(char32_t quote);

    std::string_view m_query;
    std::string m_error;
    std::size_t m_at = 0;
    std::size_t m_begin = 0; ///< of the token that is being read
    std::size_t m_openParens = 0;
    bool m_inBraces = false;
    bool m_inBrackets = false;
    bool m_hadColon = false;        ///< in these brackets
    bool m_durationFollows = false; ///< a bracket was opened just now
};

} // namespace sextant::promql
