// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/lexer.h"

#include "promql/quote.h"

#include <cstdint>
#include <utility>

namespace sextant::promql {
namespace {

constexpr char32_t kEnd = 0xFFFFFFFF; ///< no character: the query is at its end
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kSpaces = " \t\n\r";

bool isDigit(char32_t rune)
{
    return rune >= U'0' && rune <= U'9';
}

bool isAlpha(char32_t rune)
{
    return rune == U'_' || (rune >= U'a' && rune <= U'z') || (rune >= U'A' && rune <= U'Z');
}

bool isAlphaNumeric(char32_t rune)
{
    return isAlpha(rune) || isDigit(rune);
}

/// 16 when it is none.
std::uint32_t hexDigit(char32_t rune)
{
    if (isDigit(rune))
        return rune - U'0';
    if (rune >= U'a' && rune <= U'f')
        return rune - U'a' + 10;
    if (rune >= U'A' && rune <= U'F')
        return rune - U'A' + 10;
    return 16;
}

std::string shown(char32_t rune)
{
    return quotedRune(rune == kEnd ? U'\uFFFD' : rune);
}

} // namespace

Token Lexer::next()
{
    if (!m_error.empty())
        return {TokenKind::Error, m_begin, {}};
    if (std::exchange(m_durationFollows, false)) {
        acceptRun(kSpaces);
        m_begin = m_at;
        return duration();
    }
    skipSpacesAndComments();
    m_begin = m_at;
    return m_inBraces ? insideBraces() : statement();
}

char32_t Lexer::peek() const
{
    return m_at < m_query.size() ? firstRune(m_query.substr(m_at)).value : kEnd;
}

char32_t Lexer::take()
{
    if (m_at >= m_query.size())
        return kEnd;
    const Rune rune = firstRune(m_query.substr(m_at));
    m_at += rune.width;
    return rune.value;
}

bool Lexer::accept(std::string_view valid)
{
    const bool found = m_at < m_query.size() && valid.find(m_query[m_at]) != std::string_view::npos;
    m_at += found ? 1 : 0;
    return found;
}

void Lexer::acceptRun(std::string_view valid)
{
    while (accept(valid)) {
    }
}

void Lexer::skipSpacesAndComments()
{
    acceptRun(kSpaces);
    while (accept("#")) {
        while (m_at < m_query.size() && m_query[m_at] != '\n' && m_query[m_at] != '\r')
            ++m_at;
        acceptRun(kSpaces);
    }
}

Token Lexer::fail(std::string error)
{
    m_error = std::move(error);
    return {TokenKind::Error, m_begin, {}};
}

Token Lexer::statement()
{
    const char32_t next = peek();
    if (next == kEnd)
        return atEnd();
    const bool pointAndDigit = next == U'.' && m_at + 1 < m_query.size() && isDigit(char32_t(m_query[m_at + 1]));
    if (isDigit(next) || pointAndDigit)
        return numberOrDuration();
    if ((isAlpha(next) || next == U':') && !m_inBrackets)
        return word();
    take();
    switch (next) {
    case U'=':
    case U'!':
    case U'<':
    case U'>':
        return comparison(next);
    case U'"':
    case U'\'':
        return quotedString(next);
    case U'`':
        return rawString();
    default:
        return punctuation(next);
    }
}

Token Lexer::punctuation(char32_t first)
{
    switch (first) {
    case U',':
        return token(TokenKind::Comma);
    case U'*':
        return token(BinaryOp::Multiply);
    case U'/':
        return token(BinaryOp::Divide);
    case U'%':
        return token(BinaryOp::Modulo);
    case U'+':
        return token(BinaryOp::Add);
    case U'-':
        return token(BinaryOp::Subtract);
    case U'^':
        return token(BinaryOp::Power);
    case U'@':
        return token(TokenKind::At);
    case U'(':
        ++m_openParens;
        return token(TokenKind::LeftParen);
    case U')':
        return closeParen();
    case U'{':
        m_inBraces = true;
        return token(TokenKind::LeftBrace);
    case U'[':
        return openBracket();
    case U']':
        if (!std::exchange(m_inBrackets, false))
            return fail("unexpected right bracket ']'");
        return token(TokenKind::RightBracket);
    case U':': // in brackets; elsewhere it begins a word
        if (std::exchange(m_hadColon, true))
            return fail("unexpected colon ':'");
        return token(TokenKind::Colon);
    default:
        return fail("unexpected character: " + shown(first));
    }
}

Token Lexer::comparison(char32_t first)
{
    const bool withEqual = accept("=");
    if (first == U'<')
        return token(withEqual ? BinaryOp::LessOrEqual : BinaryOp::Less);
    if (first == U'>')
        return token(withEqual ? BinaryOp::GreaterOrEqual : BinaryOp::Greater);
    if (first == U'!')
        return withEqual ? token(BinaryOp::NotEqual) : fail("unexpected character after '!': " + shown(peek()));
    if (withEqual)
        return token(BinaryOp::Equal);
    return peek() == U'~' ? fail("unexpected character after '=': '~'") : token(TokenKind::Assign);
}

Token Lexer::insideBraces()
{
    const char32_t first = take();
    if (isAlpha(first)) {
        while (m_at < m_query.size() && isAlphaNumeric(char32_t(m_query[m_at])))
            ++m_at;
        return token(TokenKind::Identifier);
    }
    switch (first) {
    case kEnd:
        return fail("unexpected end of input inside braces");
    case U',':
        return token(TokenKind::Comma);
    case U'"':
    case U'\'':
        return quotedString(first);
    case U'`':
        return rawString();
    case U'=':
        return token(accept("~") ? TokenKind::EqualRegex : TokenKind::Assign);
    case U'!':
        if (accept("~"))
            return token(TokenKind::NotRegex);
        if (accept("="))
            return token(BinaryOp::NotEqual);
        return fail("unexpected character after '!' inside braces: " + shown(peek()));
    case U'{':
        return fail("unexpected left brace '{'");
    case U'}':
        m_inBraces = false;
        return token(TokenKind::RightBrace);
    default:
        return fail("unexpected character inside braces: " + shown(first));
    }
}

Token Lexer::atEnd()
{
    if (m_openParens != 0)
        return fail("unclosed left parenthesis");
    if (m_inBrackets)
        return fail("unclosed left bracket");
    return token(TokenKind::EndOfInput);
}

Token Lexer::closeParen()
{
    if (m_openParens == 0) {
        // As Prometheus does it, the place is behind the parenthesis.
        m_begin = m_at;
        return fail("unexpected right parenthesis ')'");
    }
    --m_openParens;
    return token(TokenKind::RightParen);
}

Token Lexer::openBracket()
{
    if (m_inBrackets)
        return fail("unexpected left bracket '['");
    m_inBrackets = true;
    m_hadColon = false;
    m_durationFollows = true;
    return token(TokenKind::LeftBracket);
}

Token Lexer::duration()
{
    if (scanNumber())
        return fail("missing unit character in duration");
    if (!scanRestOfDuration())
        return fail("bad duration syntax: " + quoted(lexed()));
    return token(TokenKind::Duration);
}

Token Lexer::numberOrDuration()
{
    if (scanNumber())
        return token(TokenKind::Number);
    if (!scanRestOfDuration())
        return fail("bad number or duration syntax: " + quoted(lexed()));
    return token(TokenKind::Duration);
}

/// False, and everything that could be a number read, when a letter follows. Whether the number is one is seen when it
/// is converted.
bool Lexer::scanNumber()
{
    std::string_view digits = kDigits;
    if (accept("0") && accept("xX"))
        digits = "0123456789abcdefABCDEF";
    acceptRun(digits);
    if (accept("."))
        acceptRun(digits);
    if (accept("eE")) {
        accept("+-");
        acceptRun(kDigits);
    }
    return !isAlphaNumeric(peek());
}

/// The unit of a duration whose first number is read, and the parts behind it. Their order and `hs` are seen when it
/// is converted. Where it is wrong, the character that makes it so is read.
bool Lexer::scanRestOfDuration()
{
    if (!accept("smhdwy"))
        return false;
    accept("s");
    while (accept(kDigits)) {
        acceptRun(kDigits);
        if (!accept("smhdw"))
            return false;
        accept("s");
    }
    if (!isAlphaNumeric(peek()))
        return true;
    take();
    return false;
}

Token Lexer::word()
{
    while (isAlphaNumeric(peek()) || peek() == U':')
        take();
    return wordToken(m_begin, lexed());
}

Token Lexer::quotedString(char32_t quote)
{
    while (true) {
        const bool broken = m_at < m_query.size() && firstRune(m_query.substr(m_at)).broken();
        const char32_t rune = take();
        if (rune == quote)
            return token(TokenKind::String);
        if (rune == kEnd || rune == U'\n')
            return fail("unterminated quoted string");
        if (broken)
            return fail("invalid UTF-8 rune");
        if (rune == U'\\') {
            if (std::string error = scanEscape(quote); !error.empty())
                return fail(std::move(error));
        }
    }
}

Token Lexer::rawString()
{
    while (true) {
        const bool broken = m_at < m_query.size() && firstRune(m_query.substr(m_at)).broken();
        const char32_t rune = take();
        if (rune == U'`')
            return token(TokenKind::String);
        if (rune == kEnd)
            return fail("unterminated raw string");
        if (broken)
            return fail("invalid UTF-8 rune");
    }
}

/// What is wrong with the escape whose backslash was read; empty when nothing is.
std::string Lexer::scanEscape(char32_t quote)
{
    char32_t rune = take();
    if (rune == quote || (rune < 0x80 && std::string_view("abfnrtv\\").find(char(rune)) != std::string_view::npos))
        return {};
    std::uint32_t base = 16;
    std::uint32_t most = 0x10FFFF;
    int digits = 0;
    if (rune >= U'0' && rune <= U'7') {
        base = 8;
        most = 255;
        digits = 3;
    } else if (rune == U'x' || rune == U'u' || rune == U'U') {
        digits = rune == U'x' ? 2 : rune == U'u' ? 4 : 8;
        rune = take();
    } else if (rune == kEnd) {
        return "escape sequence not terminated";
    } else {
        return "unknown escape sequence " + codePoint(rune);
    }

    std::uint32_t value = 0;
    for (int i = 0; i < digits; ++i) {
        if (i > 0)
            rune = take();
        if (rune == kEnd)
            return "escape sequence not terminated";
        const std::uint32_t digit = hexDigit(rune);
        if (digit >= base)
            return "illegal character " + codePoint(rune) + " in escape sequence";
        value = value * base + digit;
    }
    if (value > most || (value >= 0xD800 && value < 0xE000))
        return "escape sequence is an invalid Unicode code point";
    return {};
}

} // namespace sextant::promql
