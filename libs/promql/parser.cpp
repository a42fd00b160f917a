// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/parser.h"

#include "promql/check_types.h"
#include "promql/expression_parser.h"

#include <algorithm>

namespace sextant::promql {
namespace {

Result<void> checkSize(std::string_view query)
{
    if (query.size() > kQueryBytes)
        return fail(ErrorCode::TooLarge, "the query has " + std::to_string(query.size()) + " bytes, at most " +
                                             std::to_string(kQueryBytes) + " are allowed");
    return {};
}

} // namespace

Result<ExprPtr> parse(std::string_view query)
{
    if (const auto checked = checkSize(query); !checked)
        return tl::unexpected(checked.error());
    TokenStream tokens(query);
    auto expr = ExpressionParser(tokens).parse();
    if (!expr)
        return expr;
    if (const auto type = checkTypes(**expr, query); !type)
        return tl::unexpected(type.error());
    return expr;
}

Result<std::vector<Matcher>> parseSeriesSelector(std::string_view text, MatchAll matchAll)
{
    if (const auto checked = checkSize(text); !checked)
        return tl::unexpected(checked.error());
    TokenStream tokens(text);
    std::string_view name;
    if (isMetricName(tokens.peek()))
        name = tokens.take().text;
    else if (tokens.peek().kind != TokenKind::LeftBrace)
        return tokens.unexpected();
    auto selector = parseSelector(tokens, name);
    if (!selector)
        return tl::unexpected(selector.error());
    if (tokens.peek().kind != TokenKind::EndOfInput)
        return tokens.unexpected();
    if (matchAll == MatchAll::Refused &&
        std::ranges::all_of(selector->matchers, [](const Matcher& matcher) { return matcher.matches({}); }))
        return fail(ErrorCode::Invalid, "match[] must contain at least one non-empty matcher");
    return std::move(selector->matchers);
}

} // namespace sextant::promql
