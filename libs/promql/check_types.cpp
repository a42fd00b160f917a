// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/check_types.h"

#include "promql/labels.h"
#include "promql/quote.h"
#include "promql/token_stream.h"

#include <algorithm>
#include <utility>

namespace sextant::promql {
namespace {

using Checked = Result<void>;

bool isComparison(BinaryOp op)
{
    return op >= BinaryOp::Equal && op <= BinaryOp::LessOrEqual;
}

bool isSetOperator(BinaryOp op)
{
    return op == BinaryOp::And || op == BinaryOp::Or || op == BinaryOp::Unless;
}

bool isOperand(ValueType type)
{
    return type == ValueType::Scalar || type == ValueType::InstantVector;
}

/// Prometheus' inner name for a type, which one of its errors prints.
std::string_view innerName(ValueType type)
{
    return type == ValueType::RangeVector ? "matrix" : toText(type);
}

class TypeChecker {
public:
    explicit TypeChecker(std::string_view query) : m_query(query) {}

    Result<ValueType> check(Expr& expr) const
    {
        return std::visit([&](auto& node) { return check(node, expr.span); }, expr.node);
    }

private:
    [[nodiscard]] tl::unexpected<Error> errorAt(Span span, const std::string& message) const
    {
        return parseError(m_query, span.begin, message);
    }

    Result<ValueType> check(NumberLiteral&, Span) const { return ValueType::Scalar; }
    Result<ValueType> check(StringLiteral&, Span) const { return ValueType::String; }
    Result<ValueType> check(Selector& selector, Span span) const;
    Result<ValueType> check(Subquery& subquery, Span span) const;
    Result<ValueType> check(Paren& paren, Span) const { return check(*paren.expr); }
    Result<ValueType> check(Unary& unary, Span span) const;
    Result<ValueType> check(Binary& binary, Span span) const;
    Result<ValueType> check(Aggregate& aggregate, Span) const;
    Result<ValueType> check(Call& call, Span span) const;

    Checked expect(Expr& expr, ValueType wanted, const std::string& where) const;
    Checked checkOperator(const Binary& binary, bool scalars) const;
    Checked checkMatching(Binary& binary, ValueType left, ValueType right, Span span) const;

    std::string_view m_query;
};

Checked TypeChecker::expect(Expr& expr, ValueType wanted, const std::string& where) const
{
    const auto type = check(expr);
    if (!type)
        return tl::unexpected(type.error());
    if (*type != wanted)
        return errorAt(expr.span,
            "expected type " + std::string(toText(wanted)) + " in " + where + ", got " + std::string(toText(*type)));
    return {};
}

Result<ValueType> TypeChecker::check(Selector& selector, Span span) const
{
    const auto type = selector.rangeMs != 0 ? ValueType::RangeVector : ValueType::InstantVector;
    if (selector.name.empty()) {
        if (std::ranges::all_of(selector.matchers, [](const Matcher& matcher) { return matcher.matches({}); }))
            return errorAt(span, "vector selector must contain at least one non-empty matcher");
        return type;
    }
    // The last one is that of the name in front.
    for (std::size_t i = 0; i + 1 < selector.matchers.size(); ++i) {
        if (selector.matchers[i].label() == kMetricName)
            return errorAt(span, "metric name must not be set twice: " + quoted(selector.name) + " or " +
                                     quoted(selector.matchers[i].value()));
    }
    return type;
}

Result<ValueType> TypeChecker::check(Subquery& subquery, Span span) const
{
    const auto type = check(*subquery.expr);
    if (type && *type != ValueType::InstantVector)
        return errorAt(
            span, "subquery is only allowed on instant vector, got " + std::string(innerName(*type)) + " instead");
    return type ? ValueType::RangeVector : type;
}

Result<ValueType> TypeChecker::check(Unary& unary, Span span) const
{
    const auto type = check(*unary.expr);
    if (type && !isOperand(*type))
        return errorAt(span, "unary expression only allowed on expressions of type scalar or instant vector, got " +
                                 quoted(toText(*type)));
    return type;
}

Checked TypeChecker::checkOperator(const Binary& binary, bool scalars) const
{
    const auto atOperator = [&](const std::string& message) {
        const std::size_t begin = m_query.find_first_not_of(" \t\n\r", binary.left->span.end);
        return parseError(m_query, begin, message);
    };
    if (binary.returnBool && !isComparison(binary.op))
        return atOperator("bool modifier can only be used on comparison operators");
    if (isComparison(binary.op) && !binary.returnBool && scalars)
        return atOperator("comparisons between scalars must use BOOL modifier");
    if (!binary.matching->on)
        return {};
    for (const std::string& label : binary.matching->labels) {
        if (std::ranges::find(binary.matching->include, label) != binary.matching->include.end())
            return atOperator("label " + quoted(label) + " must not occur in ON and GROUP clause at once");
    }
    return {};
}

Checked TypeChecker::checkMatching(Binary& binary, ValueType left, ValueType right, Span span) const
{
    using Card = VectorMatching::Card;
    const std::string op = quoted(toText(binary.op));
    VectorMatching& matching = *binary.matching;
    if (left != ValueType::InstantVector || right != ValueType::InstantVector) {
        if (!matching.labels.empty())
            return errorAt(span, "vector matching only allowed between instant vectors");
        if (isSetOperator(binary.op))
            return errorAt(span, "set operator " + op + " not allowed in binary scalar expression");
        binary.matching.reset();
    } else if (isSetOperator(binary.op)) {
        if (matching.card != Card::OneToOne)
            return errorAt(span, "no grouping allowed for " + op + " operation");
        matching.card = Card::ManyToMany;
    }
    return {};
}

Result<ValueType> TypeChecker::check(Binary& binary, Span span) const
{
    const auto left = check(*binary.left);
    if (!left)
        return left;
    const auto right = check(*binary.right);
    if (!right)
        return right;
    const bool scalars = *left == ValueType::Scalar && *right == ValueType::Scalar;
    if (const auto checked = checkOperator(binary, scalars); !checked)
        return tl::unexpected(checked.error());
    for (const auto& [operand, type] : {std::pair(&binary.left, *left), std::pair(&binary.right, *right)}) {
        if (!isOperand(type))
            return errorAt((*operand)->span, "binary expression must contain only scalar and instant vector types");
    }
    if (const auto checked = checkMatching(binary, *left, *right, span); !checked)
        return tl::unexpected(checked.error());
    return scalars ? ValueType::Scalar : ValueType::InstantVector;
}

Result<ValueType> TypeChecker::check(Aggregate& aggregate, Span) const
{
    if (const auto checked = expect(*aggregate.expr, ValueType::InstantVector, "aggregation expression"); !checked)
        return tl::unexpected(checked.error());
    if (aggregate.param) {
        const auto wanted = aggregate.op == AggregateOp::CountValues ? ValueType::String : ValueType::Scalar;
        if (const auto checked = expect(*aggregate.param, wanted, "aggregation parameter"); !checked)
            return tl::unexpected(checked.error());
    }
    return ValueType::InstantVector;
}

Result<ValueType> TypeChecker::check(Call& call, Span span) const
{
    const Function& function = *call.function;
    const std::size_t given = call.arguments.size();
    const std::size_t most = function.arguments.size();
    const auto wrongCount = [&](std::string_view much, std::size_t count) {
        return errorAt(span, "expected " + std::string(much) + std::to_string(count) + " argument(s) in call to " +
                                 quoted(function.name) + ", got " + std::to_string(given));
    };
    const bool fixed = function.required == most && !function.endless;
    if (fixed && given != most)
        return wrongCount("", most);
    if (given < function.required)
        return wrongCount("at least ", function.required);
    if (given > most && !function.endless)
        return wrongCount("at most ", most);

    const std::string where = "call to function " + quoted(function.name);
    for (std::size_t i = 0; i < given; ++i) {
        const ValueType wanted = function.arguments[std::min(i, most - 1)];
        if (const auto checked = expect(*call.arguments[i], wanted, where); !checked)
            return tl::unexpected(checked.error());
    }
    return function.result;
}

} // namespace

Result<ValueType> checkTypes(Expr& expr, std::string_view query)
{
    return TypeChecker(query).check(expr);
}

} // namespace sextant::promql
