// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/functions.h"
#include "promql/matcher.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sextant::promql {

// The tree of a parsed query, as Prometheus 2.42 has the language
// (https://prometheus.io/docs/prometheus/2.42/querying/). The parser has checked the types: an operand that stands in
// this tree has a type that its operator takes.

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

/// A place in the text of the query: bytes [begin, end).
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// `@ <timestamp>`, `@ start()`, `@ end()`.
struct AtModifier {
    enum class Kind : std::uint8_t { Time, Start, End } kind = Kind::Time;
    std::int64_t timeMs = 0; ///< of Kind::Time
};

struct NumberLiteral {
    double value = 0;
};

struct StringLiteral {
    std::string text;
};

/// `name{matchers}`, with a range when it is a range vector selector.
struct Selector {
    std::string name;              ///< as written in front of the braces; empty when it was not
    std::vector<Matcher> matchers; ///< all, that of the name too
    std::int64_t rangeMs = 0;      ///< 0: an instant vector selector
    std::int64_t offsetMs = 0;     ///< may be negative
    std::optional<AtModifier> at;
};

/// `expr[range:step]`
struct Subquery {
    ExprPtr expr;
    std::int64_t rangeMs = 0;
    std::int64_t stepMs = 0; ///< 0: not given, the evaluator's default
    std::int64_t offsetMs = 0;
    std::optional<AtModifier> at;
};

struct Paren {
    ExprPtr expr;
};

/// `+expr`, `-expr`
struct Unary {
    bool negative = false;
    ExprPtr expr;
};

enum class BinaryOp : std::uint8_t {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    And,
    Or,
    Unless,
};

/// How the series of two vectors find each other.
struct VectorMatching {
    enum class Card : std::uint8_t { OneToOne, ManyToOne, OneToMany, ManyToMany } card = Card::OneToOne;
    bool on = false; ///< `labels` are those that count (on), else those that do not (ignoring)
    std::vector<std::string> labels;
    std::vector<std::string> include; ///< of group_left/group_right: labels taken from the "one" side
};

struct Binary {
    BinaryOp op = BinaryOp::Add;
    ExprPtr left;
    ExprPtr right;
    bool returnBool = false;
    std::optional<VectorMatching> matching; ///< where both operands are vectors
};

enum class AggregateOp : std::uint8_t {
    Sum,
    Avg,
    Count,
    Min,
    Max,
    Group,
    Stddev,
    Stdvar,
    TopK,
    BottomK,
    CountValues,
    Quantile,
};

struct Aggregate {
    AggregateOp op = AggregateOp::Sum;
    ExprPtr expr;
    ExprPtr param; ///< k, φ or the label of count_values; null for the others
    bool without = false;
    std::vector<std::string> grouping; ///< with neither by nor without: empty, and `without` is false
};

struct Call {
    const Function* function = nullptr;
    std::vector<ExprPtr> arguments;
};

/// A node of the tree. Owns what is under it.
struct Expr {
    std::variant<NumberLiteral, StringLiteral, Selector, Subquery, Paren, Unary, Binary, Aggregate, Call> node;
    Span span;
};

[[nodiscard]] ValueType typeOf(const Expr& expr);

[[nodiscard]] std::string_view toText(BinaryOp op);
[[nodiscard]] std::string_view toText(AggregateOp op);

} // namespace sextant::promql
