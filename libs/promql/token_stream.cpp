// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/token_stream.h"

#include "promql/parser.h"

#include <algorithm>

namespace sextant::promql {

tl::unexpected<Error> parseError(std::string_view query, std::size_t position, std::string_view message)
{
    const std::string_view before = query.substr(0, position);
    const auto line = std::ranges::count(before, '\n') + 1;
    const std::size_t column = position - (before.rfind('\n') + 1) + 1; // npos + 1 is 0
    return fail(ErrorCode::Invalid,
        std::to_string(line) + ":" + std::to_string(column) + ": parse error: " + std::string(message));
}

const Token& TokenStream::peek()
{
    if (!m_next)
        m_next = m_lexer.next();
    return *m_next;
}

Token TokenStream::take()
{
    const Token token = peek();
    m_next.reset();
    m_end = token.end();
    return token;
}

bool TokenStream::take(TokenKind kind)
{
    if (peek().kind != kind)
        return false;
    take();
    return true;
}

bool TokenStream::spendRegex(std::size_t instructions)
{
    m_regexInstructions += instructions;
    return m_regexInstructions <= kRegexInstructions;
}

tl::unexpected<Error> TokenStream::unexpected(std::string_view context, std::string_view expected)
{
    const Token& token = peek();
    if (token.kind == TokenKind::Error)
        return errorAt(token.begin, m_lexer.error());
    std::string text = "unexpected " + describe(token);
    if (!context.empty())
        text.append(" in ").append(context);
    if (!expected.empty())
        text.append(", expected ").append(expected);
    return errorAt(token.begin, text);
}

} // namespace sextant::promql
