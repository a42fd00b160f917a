// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/promql/tree_text.h"

#include "promql/parser.h"

namespace sextant::promql {
namespace {

std::string names(const std::vector<std::string>& labels)
{
    std::string text = "[";
    for (const std::string& label : labels)
        text += label + ",";
    return text + "]";
}

std::string atText(const std::optional<AtModifier>& at)
{
    return at ? " @" + std::to_string(static_cast<int>(at->kind)) + ":" + std::to_string(at->timeMs) : std::string();
}

struct TreeText {
    const Expr& expr;

    /// Numbers, strings and selectors have nothing under them.
    std::string operator()(const auto&) const { return print(expr); }
    std::string operator()(const Subquery& subquery) const
    {
        return "(subquery " + std::to_string(subquery.rangeMs) + ":" + std::to_string(subquery.stepMs) + " " +
               std::to_string(subquery.offsetMs) + atText(subquery.at) + " " + treeText(*subquery.expr) + ")";
    }
    std::string operator()(const Paren& paren) const { return "(paren " + treeText(*paren.expr) + ")"; }
    std::string operator()(const Unary& unary) const
    {
        return (unary.negative ? "(neg " : "(pos ") + treeText(*unary.expr) + ")";
    }
    std::string operator()(const Binary& binary) const
    {
        using Card = VectorMatching::Card;
        std::string text = "(" + std::string(toText(binary.op)) + (binary.returnBool ? " bool " : " ");
        if (const auto& matching = binary.matching; matching && (matching->on || !matching->labels.empty()))
            text += (matching->on ? "on" : "ignoring") + names(matching->labels) + " ";
        if (const auto card = binary.matching ? binary.matching->card : Card::OneToOne;
            card == Card::ManyToOne || card == Card::OneToMany)
            text += (card == Card::ManyToOne ? "left" : "right") + names(binary.matching->include) + " ";
        return text + treeText(*binary.left) + " " + treeText(*binary.right) + ")";
    }
    std::string operator()(const Aggregate& aggregate) const
    {
        return "(" + std::string(toText(aggregate.op)) + (aggregate.without ? " without" : " by") +
               names(aggregate.grouping) + " " + (aggregate.param ? treeText(*aggregate.param) + " " : std::string()) +
               treeText(*aggregate.expr) + ")";
    }
    std::string operator()(const Call& call) const
    {
        std::string text = "(call " + std::string(call.function->name);
        for (const ExprPtr& argument : call.arguments)
            text += " " + treeText(*argument);
        return text + ")";
    }
};

} // namespace

std::string treeText(const Expr& expr)
{
    return std::visit(TreeText{expr}, expr.node);
}

} // namespace sextant::promql
