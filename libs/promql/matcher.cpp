// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/matcher.h"

#include <re2/re2.h>

#include <utility>

namespace sextant::promql {

std::string_view matchOpText(MatchOp op)
{
    switch (op) {
    case MatchOp::Equal:
        return "=";
    case MatchOp::NotEqual:
        return "!=";
    case MatchOp::Regex:
        return "=~";
    case MatchOp::NotRegex:
        return "!~";
    }
    return {};
}

Result<Matcher> Matcher::make(std::string label, MatchOp op, std::string value)
{
    Matcher matcher;
    matcher.m_label = std::move(label);
    matcher.m_op = op;
    matcher.m_value = std::move(value);
    if (op == MatchOp::Regex || op == MatchOp::NotRegex) {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_dot_nl(true);
        auto regex = std::make_shared<RE2>(matcher.m_value, options);
        if (!regex->ok())
            return fail(ErrorCode::Invalid, "error parsing regexp: " + regex->error());
        matcher.m_regex = std::move(regex);
    }
    return matcher;
}

bool Matcher::matches(std::string_view value) const
{
    switch (m_op) {
    case MatchOp::Equal:
        return value == m_value;
    case MatchOp::NotEqual:
        return value != m_value;
    case MatchOp::Regex:
        return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *m_regex);
    case MatchOp::NotRegex:
        return !RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *m_regex);
    }
    return false;
}

} // namespace sextant::promql
