// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/expression_parser.h"

#include "promql/parser.h"
#include "promql/quote.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sextant::promql {
namespace {

constexpr int kUnaryPrecedence = 6; ///< above that of `*`: -a * b is (-a) * b, and -a ^ b is -(a ^ b)

int precedenceOf(BinaryOp op)
{
    switch (op) {
    case BinaryOp::Or:
        return 1;
    case BinaryOp::And:
    case BinaryOp::Unless:
        return 2;
    case BinaryOp::Equal:
    case BinaryOp::NotEqual:
    case BinaryOp::Greater:
    case BinaryOp::Less:
    case BinaryOp::GreaterOrEqual:
    case BinaryOp::LessOrEqual:
        return 3;
    case BinaryOp::Add:
    case BinaryOp::Subtract:
        return 4;
    case BinaryOp::Multiply:
    case BinaryOp::Divide:
    case BinaryOp::Modulo:
    case BinaryOp::Atan2:
        return 5;
    case BinaryOp::Power:
        return 6;
    }
    return 0;
}

bool isSign(const Token& token)
{
    return token.is(BinaryOp::Add) || token.is(BinaryOp::Subtract);
}

bool beginsExpression(const Token& token)
{
    return isMetricName(token) || isSign(token) || token.kind == TokenKind::LeftParen ||
           token.kind == TokenKind::LeftBrace || token.kind == TokenKind::Number || token.kind == TokenKind::String;
}

bool takesParameter(AggregateOp op)
{
    return op == AggregateOp::TopK || op == AggregateOp::BottomK || op == AggregateOp::CountValues ||
           op == AggregateOp::Quantile;
}

/// As Go's %f.
std::string fixed(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 400> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 6);
    return {text.data(), end};
}

/// The offset and `@` of what may have them; null for anything else.
template <typename Member, typename Tree>
auto* modifierOf(Tree& expr, Member Selector::*ofSelector, Member Subquery::*ofSubquery)
{
    if (auto* selector = std::get_if<Selector>(&expr.node))
        return &(selector->*ofSelector);
    auto* subquery = std::get_if<Subquery>(&expr.node);
    return subquery != nullptr ? &(subquery->*ofSubquery) : nullptr;
}

constexpr std::string_view kPrecededBy =
    " modifier must be preceded by an instant vector selector or range vector selector or a subquery";

} // namespace

Result<ExprPtr> ExpressionParser::parse()
{
    if (m_tokens.peek().kind == TokenKind::EndOfInput)
        return m_tokens.errorAt(0, "no expression found in input");
    auto whole = expression(0);
    if (!whole)
        return tl::unexpected(whole.error());
    if (m_tokens.peek().kind != TokenKind::EndOfInput)
        return unexpected();
    return std::move(whole->expr);
}

tl::unexpected<Error> ExpressionParser::unexpected()
{
    return m_tokens.unexpected(m_openAggregates > 0 ? "aggregation" : "");
}

tl::unexpected<Error> ExpressionParser::tooDeep(std::size_t position) const
{
    auto error =
        m_tokens.errorAt(position, "the query is nested more than " + std::to_string(kNestingDepth) + " levels deep");
    error.value().code = ErrorCode::TooLarge;
    return error;
}

template <typename Node>
ExpressionParser::Parsed ExpressionParser::tree(Node node, std::size_t begin, std::size_t height)
{
    auto expr = std::make_unique<Expr>(Expr{std::move(node), {begin, m_tokens.end()}});
    if (height > kNestingDepth)
        return tooDeep(begin);
    return Tree{std::move(expr), height};
}

ExpressionParser::Parsed ExpressionParser::expression(int precedence)
{
    if (m_depth == kNestingDepth)
        return tooDeep(m_tokens.peek().begin);
    ++m_depth;
    auto parsed = climb(precedence);
    --m_depth;
    return parsed;
}

ExpressionParser::Parsed ExpressionParser::climb(int precedence)
{
    auto left = operand();
    while (left && m_tokens.peek().kind == TokenKind::Operator && precedenceOf(m_tokens.peek().op) >= precedence)
        left = binary(std::move(*left));
    return left;
}

ExpressionParser::Parsed ExpressionParser::operand()
{
    if (isSign(m_tokens.peek()))
        return unary();
    auto parsed = primary();
    return parsed ? postfix(std::move(*parsed)) : std::move(parsed);
}

ExpressionParser::Parsed ExpressionParser::unary()
{
    const Token sign = m_tokens.take();
    const bool negative = sign.is(BinaryOp::Subtract);
    auto parsed = expression(kUnaryPrecedence);
    if (!parsed)
        return parsed;
    if (auto* number = std::get_if<NumberLiteral>(&parsed->expr->node)) {
        number->value = negative ? -number->value : number->value;
        parsed->expr->span.begin = sign.begin;
        return parsed;
    }
    return tree(Unary{negative, std::move(parsed->expr)}, sign.begin, parsed->height + 1);
}

ExpressionParser::Parsed ExpressionParser::binary(Tree left)
{
    const Token op = m_tokens.take();
    Binary node;
    node.op = op.op;
    node.returnBool = m_tokens.take(TokenKind::Bool);
    auto matched = matching();
    if (!matched)
        return tl::unexpected(matched.error());
    node.matching = std::move(*matched);
    const int precedence = precedenceOf(op.op);
    auto right = expression(op.op == BinaryOp::Power ? precedence : precedence + 1);
    if (!right)
        return right;
    const std::size_t begin = left.expr->span.begin;
    node.left = std::move(left.expr);
    node.right = std::move(right->expr);
    return tree(std::move(node), begin, std::max(left.height, right->height) + 1);
}

Result<VectorMatching> ExpressionParser::matching()
{
    VectorMatching matching;
    const auto names = [&](std::vector<std::string>& labels) -> Result<void> {
        auto read = parseLabelNames(m_tokens);
        if (!read)
            return tl::unexpected(read.error());
        labels = std::move(*read);
        return {};
    };
    matching.on = m_tokens.take(TokenKind::On);
    if (!matching.on && !m_tokens.take(TokenKind::Ignoring))
        return matching;
    if (const auto read = names(matching.labels); !read)
        return tl::unexpected(read.error());
    if (m_tokens.take(TokenKind::GroupLeft))
        matching.card = VectorMatching::Card::ManyToOne;
    else if (m_tokens.take(TokenKind::GroupRight))
        matching.card = VectorMatching::Card::OneToMany;
    else
        return matching;
    // Without its labels, an operand follows.
    if (m_tokens.peek().kind == TokenKind::LeftParen || !beginsExpression(m_tokens.peek())) {
        if (const auto read = names(matching.include); !read)
            return tl::unexpected(read.error());
    }
    return matching;
}

ExpressionParser::Parsed ExpressionParser::primary()
{
    const Token& token = m_tokens.peek();
    const std::size_t begin = token.begin;
    switch (token.kind) {
    case TokenKind::Number: {
        const auto value = parseNumber(m_tokens);
        return value ? tree(NumberLiteral{*value}, begin, 1) : tl::unexpected(value.error());
    }
    case TokenKind::String: {
        auto text = parseString(m_tokens);
        return text ? tree(StringLiteral{std::move(*text)}, begin, 1) : tl::unexpected(text.error());
    }
    case TokenKind::LeftParen:
        return paren();
    case TokenKind::LeftBrace:
        return selector({}, begin);
    case TokenKind::Identifier:
        return identifier();
    case TokenKind::Aggregator:
        return aggregator();
    default:
        if (isMetricName(token))
            return selector(m_tokens.take().text, begin);
        return unexpected();
    }
}

ExpressionParser::Parsed ExpressionParser::paren()
{
    const std::size_t begin = m_tokens.take().begin;
    auto inner = expression(0);
    if (!inner)
        return inner;
    if (!m_tokens.take(TokenKind::RightParen))
        return unexpected();
    return tree(Paren{std::move(inner->expr)}, begin, inner->height + 1);
}

ExpressionParser::Parsed ExpressionParser::selector(std::string_view name, std::size_t begin)
{
    auto selector = parseSelector(m_tokens, name);
    return selector ? tree(std::move(*selector), begin, 1) : tl::unexpected(selector.error());
}

ExpressionParser::Parsed ExpressionParser::identifier()
{
    const Token name = m_tokens.take();
    return m_tokens.peek().kind == TokenKind::LeftParen ? call(name) : selector(name.text, name.begin);
}

ExpressionParser::Parsed ExpressionParser::call(const Token& name)
{
    auto read = arguments();
    if (!read)
        return tl::unexpected(read.error());
    Call node{findFunction(name.text), {}};
    if (node.function == nullptr)
        return m_tokens.errorAt(name.begin, "unknown function with name " + quoted(name.text));
    std::size_t height = 0;
    for (Tree& argument : *read) {
        height = std::max(height, argument.height);
        node.arguments.push_back(std::move(argument.expr));
    }
    return tree(std::move(node), name.begin, height + 1);
}

Result<std::vector<ExpressionParser::Tree>> ExpressionParser::arguments()
{
    std::vector<Tree> read;
    if (!m_tokens.take(TokenKind::LeftParen))
        return unexpected();
    if (m_tokens.take(TokenKind::RightParen))
        return read;
    while (true) {
        auto argument = expression(0);
        if (!argument)
            return tl::unexpected(argument.error());
        read.push_back(std::move(*argument));
        if (m_tokens.take(TokenKind::RightParen))
            return read;
        const std::size_t comma = m_tokens.peek().begin;
        if (!m_tokens.take(TokenKind::Comma))
            return unexpected();
        if (m_tokens.peek().kind != TokenKind::Error && !beginsExpression(m_tokens.peek()))
            return m_tokens.errorAt(comma, "trailing commas not allowed in function call args");
    }
}

ExpressionParser::Parsed ExpressionParser::aggregator()
{
    const Token name = m_tokens.take();
    const TokenKind next = m_tokens.peek().kind;
    if (next != TokenKind::LeftParen && next != TokenKind::By && next != TokenKind::Without)
        return selector(name.text, name.begin);
    ++m_openAggregates;
    auto parsed = aggregate(name);
    --m_openAggregates;
    return parsed;
}

Result<void> ExpressionParser::grouping(Aggregate& node)
{
    if (m_tokens.peek().kind == TokenKind::Error)
        return unexpected();
    node.without = m_tokens.take(TokenKind::Without);
    if (!node.without && !m_tokens.take(TokenKind::By))
        return {};
    auto labels = parseLabelNames(m_tokens);
    if (!labels)
        return tl::unexpected(labels.error());
    node.grouping = std::move(*labels);
    return {};
}

ExpressionParser::Parsed ExpressionParser::aggregate(const Token& name)
{
    Aggregate node;
    node.op = name.aggregate;
    const bool groupedBefore = m_tokens.peek().kind != TokenKind::LeftParen;
    if (const auto read = grouping(node); !read)
        return tl::unexpected(read.error());
    auto operands = arguments();
    if (!operands)
        return tl::unexpected(operands.error());
    if (const auto read = groupedBefore ? Result<void>() : grouping(node); !read)
        return tl::unexpected(read.error());

    const std::size_t wanted = takesParameter(node.op) ? 2 : 1;
    const std::size_t given = operands->size();
    if (given == 0)
        return m_tokens.errorAt(name.begin, "no arguments for aggregate expression provided");
    if (given != wanted)
        return m_tokens.errorAt(name.begin, "wrong number of arguments for aggregate expression provided, expected " +
                                                std::to_string(wanted) + ", got " + std::to_string(given));
    const std::size_t height = std::max(operands->front().height, operands->back().height);
    node.expr = std::move(operands->back().expr);
    if (wanted == 2)
        node.param = std::move(operands->front().expr);
    return tree(std::move(node), name.begin, height + 1);
}

ExpressionParser::Parsed ExpressionParser::postfix(Tree first)
{
    Parsed parsed = std::move(first);
    while (parsed) {
        Result<void> read;
        if (m_tokens.peek().kind == TokenKind::LeftBracket)
            parsed = brackets(std::move(*parsed));
        else if (m_tokens.peek().kind == TokenKind::Offset)
            read = offset(*parsed);
        else if (m_tokens.peek().kind == TokenKind::At)
            read = at(*parsed);
        else
            break;
        if (!read)
            return tl::unexpected(read.error());
    }
    return parsed;
}

/// `[5m]`, `[1h:]`, `[1h:5m]`.
ExpressionParser::Parsed ExpressionParser::brackets(Tree inner)
{
    const std::size_t bracket = m_tokens.take().begin;
    if (m_tokens.peek().kind != TokenKind::Duration)
        return m_tokens.unexpected("subquery selector", "duration");
    const auto range = parseDuration(m_tokens);
    if (!range)
        return tl::unexpected(range.error());

    if (m_tokens.take(TokenKind::RightBracket)) {
        auto* selector = std::get_if<Selector>(&inner.expr->node);
        if (selector == nullptr || selector->rangeMs != 0)
            return m_tokens.errorAt(bracket, "ranges only allowed for vector selectors");
        if (selector->offsetMs != 0)
            return m_tokens.errorAt(bracket, "no offset modifiers allowed before range");
        if (selector->at && selector->at->kind == AtModifier::Kind::Time) // Prometheus lets start() and end() pass
            return m_tokens.errorAt(bracket, "no @ modifiers allowed before range");
        selector->rangeMs = *range;
        inner.expr->span.end = m_tokens.end();
        return inner;
    }

    if (!m_tokens.take(TokenKind::Colon))
        return m_tokens.unexpected("subquery or range", R"(":" or "]")");
    Subquery subquery;
    subquery.rangeMs = *range;
    const bool withStep = m_tokens.peek().kind == TokenKind::Duration;
    if (withStep) {
        const auto step = parseDuration(m_tokens);
        if (!step)
            return tl::unexpected(step.error());
        subquery.stepMs = *step;
    }
    if (!m_tokens.take(TokenKind::RightBracket))
        return m_tokens.unexpected("subquery selector", withStep ? R"("]")" : R"(duration or "]")");
    const std::size_t begin = inner.expr->span.begin;
    subquery.expr = std::move(inner.expr);
    return tree(std::move(subquery), begin, inner.height + 1);
}

Result<void> ExpressionParser::offset(Tree& tree)
{
    m_tokens.take();
    const bool negative = m_tokens.peek().is(BinaryOp::Subtract);
    if (negative)
        m_tokens.take();
    if (m_tokens.peek().kind != TokenKind::Duration)
        return m_tokens.unexpected("offset", "duration");
    const auto duration = parseDuration(m_tokens);
    if (!duration)
        return tl::unexpected(duration.error());
    Expr& expr = *tree.expr;
    std::int64_t* const offsetMs = modifierOf(expr, &Selector::offsetMs, &Subquery::offsetMs);
    if (offsetMs == nullptr)
        return m_tokens.errorAt(expr.span.begin, "offset" + std::string(kPrecededBy));
    if (*offsetMs != 0)
        return m_tokens.errorAt(expr.span.begin, "offset may not be set multiple times");
    *offsetMs = negative ? -*duration : *duration;
    expr.span.end = m_tokens.end();
    return {};
}

Result<void> ExpressionParser::at(Tree& tree)
{
    m_tokens.take();
    Expr& expr = *tree.expr;
    const auto modifier = timestamp(expr);
    if (!modifier)
        return tl::unexpected(modifier.error());
    std::optional<AtModifier>* const at = modifierOf(expr, &Selector::at, &Subquery::at);
    if (at == nullptr)
        return m_tokens.errorAt(expr.span.begin, "@" + std::string(kPrecededBy));
    if (*at)
        return m_tokens.errorAt(expr.span.begin, "@ <timestamp> may not be set multiple times");
    *at = *modifier;
    expr.span.end = m_tokens.end();
    return {};
}

Result<AtModifier> ExpressionParser::timestamp(const Expr& expr)
{
    const auto unexpectedHere = [&] { return m_tokens.unexpected("@", "timestamp"); };
    const Token& token = m_tokens.peek();
    if (token.kind == TokenKind::Start || token.kind == TokenKind::End) {
        const auto kind = token.kind == TokenKind::Start ? AtModifier::Kind::Start : AtModifier::Kind::End;
        m_tokens.take();
        if (!m_tokens.take(TokenKind::LeftParen) || !m_tokens.take(TokenKind::RightParen))
            return unexpectedHere();
        return AtModifier{kind, 0};
    }
    const bool negative = token.is(BinaryOp::Subtract);
    if (isSign(token))
        m_tokens.take();
    if (m_tokens.peek().kind != TokenKind::Number)
        return unexpectedHere();
    const auto number = parseNumber(m_tokens);
    if (!number)
        return tl::unexpected(number.error());
    const double seconds = negative ? -*number : *number;
    // Milliseconds that a double holds exactly; Prometheus' own bound lets through what overflows its milliseconds.
    constexpr double mostMs = 9007199254740992.0;
    const double ms = std::round(seconds * 1000);
    if (!(std::abs(ms) <= mostMs))
        return m_tokens.errorAt(expr.span.begin, "timestamp out of bounds for @ modifier: " + fixed(seconds));
    return AtModifier{AtModifier::Kind::Time, static_cast<std::int64_t>(ms)};
}

} // namespace sextant::promql
