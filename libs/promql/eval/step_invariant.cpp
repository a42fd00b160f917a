// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/step_invariant.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sextant::promql {
namespace {

/// Functions that look at the time of the step, whatever their arguments.
constexpr auto kOfTheStep = std::to_array<std::string_view>({"day_of_month", "day_of_week", "day_of_year",
    "days_in_month", "hour", "minute", "month", "predict_linear", "time", "timestamp", "year"});

class Search {
public:
    std::unordered_set<const Expr*> found;

    bool visit(const Expr& expr)
    {
        const bool invariant = std::visit([this](const auto& node) { return this->of(node); }, expr.node);
        if (invariant)
            found.insert(&expr);
        return invariant;
    }

private:
    static bool of(const NumberLiteral&) { return true; }
    static bool of(const StringLiteral&) { return true; }
    static bool of(const Selector& selector) { return selector.at.has_value(); }
    bool of(const Subquery& subquery)
    {
        visit(*subquery.expr);
        return subquery.at.has_value();
    }
    bool of(const Paren& paren) { return visit(*paren.expr); }
    bool of(const Unary& unary) { return visit(*unary.expr); }
    bool of(const Binary& binary)
    {
        const bool left = visit(*binary.left);
        return visit(*binary.right) && left;
    }
    bool of(const Aggregate& aggregate)
    {
        const bool parameter = !aggregate.param || visit(*aggregate.param);
        return visit(*aggregate.expr) && parameter;
    }
    bool of(const Call& call)
    {
        bool all = true;
        for (const ExprPtr& argument : call.arguments)
            all = visit(*argument) && all;
        return all && std::ranges::find(kOfTheStep, call.function->name) == kOfTheStep.end();
    }
};

} // namespace

std::unordered_set<const Expr*> stepInvariantNodes(const Expr& query)
{
    Search search;
    search.visit(query);
    return std::move(search.found);
}

} // namespace sextant::promql
