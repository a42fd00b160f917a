// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/ast.h"

namespace sextant::promql {
namespace {

struct TypeOf {
    ValueType operator()(const NumberLiteral&) const { return ValueType::Scalar; }
    ValueType operator()(const StringLiteral&) const { return ValueType::String; }
    ValueType operator()(const Selector& selector) const
    {
        return selector.rangeMs != 0 ? ValueType::RangeVector : ValueType::InstantVector;
    }
    ValueType operator()(const Subquery&) const { return ValueType::RangeVector; }
    ValueType operator()(const Paren& paren) const { return typeOf(*paren.expr); }
    ValueType operator()(const Unary& unary) const { return typeOf(*unary.expr); }
    ValueType operator()(const Binary& binary) const
    {
        const bool scalars = typeOf(*binary.left) == ValueType::Scalar && typeOf(*binary.right) == ValueType::Scalar;
        return scalars ? ValueType::Scalar : ValueType::InstantVector;
    }
    ValueType operator()(const Aggregate&) const { return ValueType::InstantVector; }
    ValueType operator()(const Call& call) const { return call.function->result; }
};

} // namespace

ValueType typeOf(const Expr& expr)
{
    return std::visit(TypeOf{}, expr.node);
}

std::string_view toText(BinaryOp op)
{
    switch (op) {
    case BinaryOp::Add:
        return "+";
    case BinaryOp::Subtract:
        return "-";
    case BinaryOp::Multiply:
        return "*";
    case BinaryOp::Divide:
        return "/";
    case BinaryOp::Modulo:
        return "%";
    case BinaryOp::Power:
        return "^";
    case BinaryOp::Atan2:
        return "atan2";
    case BinaryOp::Equal:
        return "==";
    case BinaryOp::NotEqual:
        return "!=";
    case BinaryOp::Greater:
        return ">";
    case BinaryOp::Less:
        return "<";
    case BinaryOp::GreaterOrEqual:
        return ">=";
    case BinaryOp::LessOrEqual:
        return "<=";
    case BinaryOp::And:
        return "and";
    case BinaryOp::Or:
        return "or";
    case BinaryOp::Unless:
        return "unless";
    }
    return {};
}

std::string_view toText(AggregateOp op)
{
    switch (op) {
    case AggregateOp::Sum:
        return "sum";
    case AggregateOp::Avg:
        return "avg";
    case AggregateOp::Count:
        return "count";
    case AggregateOp::Min:
        return "min";
    case AggregateOp::Max:
        return "max";
    case AggregateOp::Group:
        return "group";
    case AggregateOp::Stddev:
        return "stddev";
    case AggregateOp::Stdvar:
        return "stdvar";
    case AggregateOp::TopK:
        return "topk";
    case AggregateOp::BottomK:
        return "bottomk";
    case AggregateOp::CountValues:
        return "count_values";
    case AggregateOp::Quantile:
        return "quantile";
    }
    return {};
}

} // namespace sextant::promql
