// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/duration.h"
#include "promql/labels.h"
#include "promql/parser.h"
#include "promql/quote.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sextant::promql {
namespace {

constexpr std::size_t kLineBytes = 100;

void append(std::string& text, const Expr& expr);

std::string joined(const std::vector<std::string>& words, std::string_view separator)
{
    std::string text;
    for (const std::string& word : words) {
        if (&word != &words.front())
            text += separator;
        text += word;
    }
    return text;
}

/// As Go prints a float64: the shortest digits that give the number again, with an exponent below 1e-4 and from 1e21
/// on.
std::string numberText(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    const double size = std::abs(value);
    const bool plain = size == 0 || (size >= 1e-4 && size < 1e6);
    std::array<char, 40> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value,
        plain ? std::chars_format::fixed : std::chars_format::scientific);
    return {text.data(), end};
}

/// `@` and `offset` behind a selector or a subquery.
std::string modifiers(const std::optional<AtModifier>& at, std::int64_t offsetMs)
{
    std::string text;
    if (at && at->kind == AtModifier::Kind::Time) {
        const std::int64_t size = std::abs(at->timeMs);
        const std::string fraction = std::to_string(1000 + size % 1000).substr(1);
        text = std::string(at->timeMs < 0 ? " @ -" : " @ ") + std::to_string(size / 1000) + "." + fraction;
    } else if (at) {
        text = at->kind == AtModifier::Kind::Start ? " @ start()" : " @ end()";
    }
    if (offsetMs != 0)
        text += (offsetMs < 0 ? " offset -" : " offset ") + durationText(std::abs(offsetMs));
    return text;
}

std::string suffix(const Subquery& subquery)
{
    const std::string step = subquery.stepMs != 0 ? durationText(subquery.stepMs) : std::string();
    return "[" + durationText(subquery.rangeMs) + ":" + step + "]" + modifiers(subquery.at, subquery.offsetMs);
}

std::string head(const Aggregate& aggregate)
{
    std::string text(toText(aggregate.op));
    if (aggregate.without || !aggregate.grouping.empty())
        text += (aggregate.without ? " without (" : " by (") + joined(aggregate.grouping, ", ") + ") ";
    return text;
}

std::string operatorText(const Binary& binary)
{
    using Card = VectorMatching::Card;
    std::string text(toText(binary.op));
    if (binary.returnBool)
        text += " bool";
    if (!binary.matching)
        return text;
    const VectorMatching& matching = *binary.matching;
    const bool grouped = matching.card == Card::ManyToOne || matching.card == Card::OneToMany;
    if (matching.on || grouped || !matching.labels.empty())
        text += (matching.on ? " on (" : " ignoring (") + joined(matching.labels, ", ") + ")";
    if (grouped)
        text += (matching.card == Card::ManyToOne ? " group_left (" : " group_right (") +
                joined(matching.include, ", ") + ")";
    return text;
}

struct Print {
    std::string& text;

    void operator()(const NumberLiteral& number) const { text += numberText(number.value); }
    void operator()(const StringLiteral& string) const { text += quoted(string.text); }
    void operator()(const Selector& selector) const
    {
        std::vector<std::string> matchers;
        for (const Matcher& matcher : selector.matchers) {
            const bool ofName = !selector.name.empty() && matcher.label() == kMetricName &&
                                matcher.op() == MatchOp::Equal && matcher.value() == selector.name;
            if (!ofName)
                matchers.push_back(matcher.label() + std::string(matchOpText(matcher.op())) + quoted(matcher.value()));
        }
        std::ranges::sort(matchers);
        text += selector.name;
        if (!matchers.empty())
            text += "{" + joined(matchers, ",") + "}";
        if (selector.rangeMs != 0)
            text += "[" + durationText(selector.rangeMs) + "]";
        text += modifiers(selector.at, selector.offsetMs);
    }
    void operator()(const Subquery& subquery) const
    {
        append(text, *subquery.expr);
        text += suffix(subquery);
    }
    void operator()(const Paren& paren) const
    {
        text += '(';
        append(text, *paren.expr);
        text += ')';
    }
    void operator()(const Unary& unary) const
    {
        text += unary.negative ? '-' : '+';
        append(text, *unary.expr);
    }
    void operator()(const Binary& binary) const
    {
        // +Inf ^ 2 would be read as +(Inf ^ 2).
        const auto* number = std::get_if<NumberLiteral>(&binary.left->node);
        if (binary.op == BinaryOp::Power && number != nullptr && std::isinf(number->value))
            text += "Inf";
        else
            append(text, *binary.left);
        text += ' ' + operatorText(binary) + ' ';
        append(text, *binary.right);
    }
    void operator()(const Aggregate& aggregate) const
    {
        text += head(aggregate) + '(';
        if (aggregate.param) {
            append(text, *aggregate.param);
            text += ", ";
        }
        append(text, *aggregate.expr);
        text += ')';
    }
    void operator()(const Call& call) const
    {
        text += call.function->name;
        text += '(';
        for (const ExprPtr& argument : call.arguments) {
            if (&argument != &call.arguments.front())
                text += ", ";
            append(text, *argument);
        }
        text += ')';
    }
};

void append(std::string& text, const Expr& expr)
{
    std::visit(Print{text}, expr.node);
}

std::string indent(std::size_t level)
{
    return std::string(2 * level, ' ');
}

std::string prettyAt(const Expr& expr, std::size_t level);

/// A node that does not fit on a line.
struct PrettySplit {
    const Expr& expr;
    std::size_t level;

    std::string operator()(const Subquery& subquery) const
    {
        return prettyAt(*subquery.expr, level) + suffix(subquery);
    }
    std::string operator()(const Paren& paren) const
    {
        return indent(level) + "(\n" + prettyAt(*paren.expr, level + 1) + "\n" + indent(level) + ")";
    }
    std::string operator()(const Unary& unary) const
    {
        const std::string inner = prettyAt(*unary.expr, level);
        return indent(level) + (unary.negative ? "-" : "+") + inner.substr(inner.find_first_not_of(' '));
    }
    std::string operator()(const Binary& binary) const
    {
        return prettyAt(*binary.left, level + 1) + "\n" + indent(level) + operatorText(binary) + "\n" +
               prettyAt(*binary.right, level + 1);
    }
    std::string operator()(const Aggregate& aggregate) const
    {
        std::string text = indent(level) + head(aggregate) + "(\n";
        if (aggregate.param)
            text += prettyAt(*aggregate.param, level + 1) + ",\n";
        return text + prettyAt(*aggregate.expr, level + 1) + "\n" + indent(level) + ")";
    }
    std::string operator()(const Call& call) const
    {
        std::vector<std::string> arguments;
        for (const ExprPtr& argument : call.arguments)
            arguments.push_back(prettyAt(*argument, level + 1));
        return indent(level) + std::string(call.function->name) + "(\n" + joined(arguments, ",\n") + "\n" +
               indent(level) + ")";
    }
    /// Numbers, strings and selectors are never split.
    std::string operator()(const auto&) const { return indent(level) + print(expr); }
};

std::string prettyAt(const Expr& expr, std::size_t level)
{
    std::string line = print(expr);
    if (line.size() > kLineBytes)
        return std::visit(PrettySplit{expr, level}, expr.node);
    // As Prometheus does it, a subquery that fits on a line is not indented.
    return std::holds_alternative<Subquery>(expr.node) ? line : indent(level) + line;
}

} // namespace

std::string print(const Expr& expr)
{
    std::string text;
    append(text, expr);
    return text;
}

std::string pretty(const Expr& expr)
{
    return prettyAt(expr, 0);
}

} // namespace sextant::promql
