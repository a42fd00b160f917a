// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/token.h"

#include "promql/quote.h"

#include <algorithm>
#include <array>

namespace sextant::promql {
namespace {

struct Keyword {
    std::string_view word;
    TokenKind kind;
};

constexpr auto kKeywords = std::to_array<Keyword>({
    {"inf", TokenKind::Number},
    {"nan", TokenKind::Number},
    {"by", TokenKind::By},
    {"without", TokenKind::Without},
    {"on", TokenKind::On},
    {"ignoring", TokenKind::Ignoring},
    {"group_left", TokenKind::GroupLeft},
    {"group_right", TokenKind::GroupRight},
    {"bool", TokenKind::Bool},
    {"offset", TokenKind::Offset},
    {"start", TokenKind::Start},
    {"end", TokenKind::End},
});
constexpr std::array kWordOperators{BinaryOp::And, BinaryOp::Or, BinaryOp::Unless, BinaryOp::Atan2};
constexpr std::array kAggregators{AggregateOp::Sum, AggregateOp::Avg, AggregateOp::Count, AggregateOp::Min,
    AggregateOp::Max, AggregateOp::Group, AggregateOp::Stddev, AggregateOp::Stdvar, AggregateOp::TopK,
    AggregateOp::BottomK, AggregateOp::CountValues, AggregateOp::Quantile};

std::string lowered(std::string_view word)
{
    std::string text(word);
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string withText(std::string_view kind, const Token& token)
{
    constexpr std::size_t shown = 10;
    std::string_view rest = token.text;
    for (std::size_t runes = 0; runes < shown && !rest.empty(); ++runes)
        rest.remove_prefix(firstRune(rest).width);
    std::string text(kind);
    if (!text.empty())
        text += ' ';
    const std::string_view head = token.text.substr(0, token.text.size() - rest.size());
    return text + (token.text.size() > shown ? quoted(head) + "..." : quoted(token.text));
}

} // namespace

std::string describe(const Token& token)
{
    switch (token.kind) {
    case TokenKind::EndOfInput:
        return "end of input";
    case TokenKind::Identifier:
        return "identifier " + quoted(token.text);
    case TokenKind::MetricIdentifier:
        return "metric identifier " + quoted(token.text);
    case TokenKind::Number:
        return withText("number", token);
    case TokenKind::Duration:
        return withText("duration", token);
    case TokenKind::String:
        return withText("string", token);
    case TokenKind::Operator:
    case TokenKind::EqualRegex:
    case TokenKind::NotRegex:
    case TokenKind::At:
        return "<op:" + std::string(token.text) + ">";
    case TokenKind::Aggregator:
        return "<aggr:" + std::string(token.text) + ">";
    case TokenKind::By:
    case TokenKind::Without:
    case TokenKind::On:
    case TokenKind::Ignoring:
    case TokenKind::GroupLeft:
    case TokenKind::GroupRight:
    case TokenKind::Bool:
    case TokenKind::Offset:
        return "<" + std::string(token.text) + ">";
    default:
        return withText({}, token);
    }
}

Token wordToken(std::size_t begin, std::string_view word)
{
    Token token{TokenKind::Identifier, begin, word};
    const std::string text = lowered(word);
    const auto isWord = [&](auto op) { return toText(op) == text; };
    const auto keyword = std::ranges::find(kKeywords, text, &Keyword::word);
    const auto wordOperator = std::ranges::find_if(kWordOperators, isWord);
    const auto aggregator = std::ranges::find_if(kAggregators, isWord);
    if (keyword != kKeywords.end()) {
        token.kind = keyword->kind;
    } else if (wordOperator != kWordOperators.end()) {
        token.kind = TokenKind::Operator;
        token.op = *wordOperator;
    } else if (aggregator != kAggregators.end()) {
        token.kind = TokenKind::Aggregator;
        token.aggregate = *aggregator;
    } else if (word.find(':') != std::string_view::npos) {
        token.kind = TokenKind::MetricIdentifier;
    }
    return token;
}

} // namespace sextant::promql
