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

namespace {

/// Go's text for what RE2 finds wrong.
std::string_view goText(RE2::ErrorCode code)
{
    switch (code) {
    case RE2::ErrorBadEscape:
        return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
        return "invalid character class";
    case RE2::ErrorBadCharRange:
        return "invalid character class range";
    case RE2::ErrorMissingBracket:
        return "missing closing ]";
    case RE2::ErrorMissingParen:
        return "missing closing )";
    case RE2::ErrorUnexpectedParen:
        return "unexpected )";
    case RE2::ErrorTrailingBackslash:
        return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
        return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
        return "invalid repeat count";
    case RE2::ErrorRepeatOp:
        return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
        return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
        return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
        return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
        return "expression too large";
    default:
        return "internal error";
    }
}

/// As Prometheus says it, which reads the expression between anchors.
std::string regexError(const std::string& pattern, const RE2& plain)
{
    const RE2 anchored("^(?:" + pattern + ")$", plain.options());
    const RE2& wrong = anchored.ok() ? plain : anchored;
    return "error parsing regexp: " + std::string(goText(wrong.error_code())) + ": `" + wrong.error_arg() + "`";
}

} // namespace

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
            return fail(ErrorCode::Invalid, regexError(matcher.m_value, *regex));
        matcher.m_regex = std::move(regex);
    }
    return matcher;
}

std::size_t Matcher::regexSize() const
{
    return m_regex ? static_cast<std::size_t>(m_regex->ProgramSize()) : 0;
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
