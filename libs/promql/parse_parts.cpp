// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/labels.h"
#include "promql/parser.h"
#include "promql/quote.h"
#include "promql/token_stream.h"

#include <charconv>
#include <limits>
#include <locale>
#include <sstream>

namespace sextant::promql {
namespace {

constexpr std::string_view kGrouping = "grouping opts";
constexpr std::string_view kMatching = "label matching";

/// Between parentheses all keywords but `without` may be labels, as Prometheus has it.
bool isLabelName(const Token& token)
{
    switch (token.kind) {
    case TokenKind::Identifier:
    case TokenKind::Aggregator:
    case TokenKind::By:
    case TokenKind::On:
    case TokenKind::Ignoring:
    case TokenKind::GroupLeft:
    case TokenKind::GroupRight:
    case TokenKind::Bool:
    case TokenKind::Offset:
    case TokenKind::Start:
    case TokenKind::End:
        return true;
    default:
        return token.is(BinaryOp::And) || token.is(BinaryOp::Or) || token.is(BinaryOp::Unless) ||
               token.is(BinaryOp::Atan2);
    }
}

std::optional<MatchOp> matchOp(const Token& token)
{
    if (token.kind == TokenKind::Assign)
        return MatchOp::Equal;
    if (token.kind == TokenKind::EqualRegex)
        return MatchOp::Regex;
    if (token.kind == TokenKind::NotRegex)
        return MatchOp::NotRegex;
    return token.is(BinaryOp::NotEqual) ? std::optional(MatchOp::NotEqual) : std::nullopt;
}

Result<Matcher> parseMatcher(TokenStream& tokens)
{
    if (tokens.peek().kind != TokenKind::Identifier)
        return tokens.unexpected(kMatching, R"(identifier or "}")");
    const Token label = tokens.take();
    const auto op = matchOp(tokens.peek());
    if (!op)
        return tokens.unexpected(kMatching, "label matching operator");
    tokens.take();
    if (tokens.peek().kind != TokenKind::String)
        return tokens.unexpected(kMatching, "string");
    auto value = parseString(tokens);
    if (!value)
        return tl::unexpected(value.error());
    auto matcher = Matcher::make(std::string(label.text), *op, std::move(*value));
    if (!matcher)
        return tokens.errorAt(label.begin, matcher.error().message);
    if (!tokens.spendRegex(matcher->regexSize()))
        return fail(ErrorCode::TooLarge, "the query's regular expressions are too large together");
    return matcher;
}

/// Go's strconv.ParseInt with base 0, for what does not read as a decimal: `0x1f`, `017`.
std::optional<std::int64_t> prefixedInteger(std::string_view text)
{
    if (text.size() < 2 || text.front() != '0')
        return std::nullopt;
    const bool hex = text[1] == 'x' || text[1] == 'X';
    const std::string_view digits = text.substr(hex ? 2 : 1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 8);
    return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

bool isWord(std::string_view text)
{
    return (text.front() | 0x20) == 'i' || (text.front() | 0x20) == 'n';
}

} // namespace

bool isMetricName(const Token& token)
{
    switch (token.kind) {
    case TokenKind::Identifier:
    case TokenKind::MetricIdentifier:
    case TokenKind::Aggregator:
    case TokenKind::By:
    case TokenKind::Without:
    case TokenKind::Offset:
    case TokenKind::Start:
    case TokenKind::End:
        return true;
    default:
        return token.is(BinaryOp::And) || token.is(BinaryOp::Or) || token.is(BinaryOp::Unless);
    }
}

Result<std::vector<std::string>> parseLabelNames(TokenStream& tokens)
{
    std::vector<std::string> names;
    if (!tokens.take(TokenKind::LeftParen))
        return tokens.unexpected(kGrouping, R"("(")");
    while (!tokens.take(TokenKind::RightParen)) {
        if (!isLabelName(tokens.peek()))
            return tokens.unexpected(kGrouping, "label");
        names.emplace_back(tokens.take().text);
        if (!tokens.take(TokenKind::Comma) && tokens.peek().kind != TokenKind::RightParen)
            return tokens.unexpected(kGrouping, R"x("," or ")")x");
    }
    return names;
}

Result<Selector> parseSelector(TokenStream& tokens, std::string_view name)
{
    Selector selector;
    selector.name = name;
    if (tokens.take(TokenKind::LeftBrace)) {
        while (!tokens.take(TokenKind::RightBrace)) {
            auto matcher = parseMatcher(tokens);
            if (!matcher)
                return tl::unexpected(matcher.error());
            selector.matchers.push_back(std::move(*matcher));
            if (!tokens.take(TokenKind::Comma) && tokens.peek().kind != TokenKind::RightBrace)
                return tokens.unexpected(kMatching, R"("," or "}")");
        }
    }
    if (name.empty())
        return selector;
    auto matcher = Matcher::make(std::string(kMetricName), MatchOp::Equal, selector.name);
    if (!matcher)
        return tl::unexpected(matcher.error());
    selector.matchers.push_back(std::move(*matcher));
    return selector;
}

Result<double> parseNumber(TokenStream& tokens)
{
    const Token token = tokens.take();
    if (isWord(token.text)) {
        const bool infinite = (token.text.front() | 0x20) == 'i';
        return infinite ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    }
    if (const auto integer = prefixedInteger(token.text))
        return static_cast<double>(*integer);

    // A stream, as from_chars does not tell a number that is too small, which is 0, from one that is too large.
    std::istringstream text{std::string(token.text)};
    text.imbue(std::locale::classic());
    double value = 0;
    text >> value;
    const bool tooLarge = text.fail() && value == std::numeric_limits<double>::max();
    if (text.fail() || text.peek() != std::istringstream::traits_type::eof()) {
        const std::string why = tooLarge ? "value out of range" : "invalid syntax";
        return tokens.errorAt(
            token.begin, "error parsing number: strconv.ParseFloat: parsing " + quoted(token.text) + ": " + why);
    }
    return value;
}

Result<std::string> parseString(TokenStream& tokens)
{
    const Token token = tokens.take();
    auto text = unquoted(token.text);
    if (!text)
        return tokens.errorAt(token.begin, "error unquoting string " + quoted(token.text) + ": invalid syntax");
    return std::move(*text);
}

Result<std::int64_t> parseDuration(TokenStream& tokens)
{
    const Token token = tokens.take();
    auto duration = parseDuration(token.text);
    if (!duration)
        return tokens.errorAt(token.begin, duration.error().message);
    return duration;
}

} // namespace sextant::promql
