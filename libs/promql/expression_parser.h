// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/token_stream.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace sextant::promql {

/// Reads an expression by precedence climbing (Pratt): a prefix, then every operator that binds at least as strongly as
/// is asked for. Types are not checked here. No tree is higher, and the reader goes no deeper, than kNestingDepth.
class ExpressionParser {
public:
    explicit ExpressionParser(TokenStream& tokens) : m_tokens(tokens) {}

    [[nodiscard]] Result<ExprPtr> parse();

private:
    /// What was read, and how many nodes lie one under another in it.
    struct Tree {
        ExprPtr expr;
        std::size_t height = 1;
    };
    using Parsed = Result<Tree>;

    Parsed expression(int precedence);
    Parsed climb(int precedence);
    Parsed operand();
    Parsed unary();
    Parsed primary();
    Parsed paren();
    Parsed selector(std::string_view name, std::size_t begin);
    Parsed identifier();
    Parsed call(const Token& name);
    Parsed aggregator();
    Parsed aggregate(const Token& name);
    Parsed binary(Tree left);

    Parsed postfix(Tree tree);
    Parsed brackets(Tree tree);
    Result<void> offset(Tree& tree);
    Result<void> at(Tree& tree);
    Result<AtModifier> timestamp(const Expr& expr);

    Result<std::vector<Tree>> arguments();
    Result<VectorMatching> matching();
    Result<void> grouping(Aggregate& node);

    [[nodiscard]] tl::unexpected<Error> unexpected();
    [[nodiscard]] tl::unexpected<Error> tooDeep(std::size_t position) const;
    template <typename Node>
    Parsed tree(Node node, std::size_t begin, std::size_t height);

    TokenStream& m_tokens;
    std::size_t m_depth = 0;
    std::size_t m_openAggregates = 0; ///< errors are told as theirs
};

} // namespace sextant::promql
