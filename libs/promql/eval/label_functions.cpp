// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/instant_functions.h"
#include "promql/eval/label_sets.h"

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sextant::promql {
namespace {

/// A reference in a replacement: `$1`, `${1}`, `$name`, `${name}`.
struct GroupReference {
    std::string_view name;
    std::size_t length; ///< of its text behind the `$`
};

std::optional<GroupReference> readReference(std::string_view text)
{
    const bool braced = text.starts_with('{');
    const std::size_t start = braced ? 1 : 0;
    std::size_t end = start;
    const auto belongs = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c < 0;
    };
    while (end < text.size() && belongs(text[end]))
        ++end;
    if (end == start || (braced && (end == text.size() || text[end] != '}')))
        return std::nullopt;
    return GroupReference{text.substr(start, end - start), end + (braced ? 1 : 0)};
}

/// The number of a group, by its digits or its name; none when the expression has no such group.
std::optional<std::size_t> groupNumber(const RE2& regex, std::string_view name)
{
    const auto groups = static_cast<std::size_t>(regex.NumberOfCapturingGroups());
    const bool leadingZero = name.size() > 1 && name.front() == '0';
    if (!leadingZero && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) {
        std::size_t number = 0;
        for (const char digit : name) {
            number = number * 10 + static_cast<std::size_t>(digit - '0');
            if (number > groups)
                return std::nullopt;
        }
        return number;
    }
    const auto& named = regex.NamedCapturingGroups();
    const auto at = named.find(std::string(name));
    return at != named.end() ? std::optional(static_cast<std::size_t>(at->second)) : std::nullopt;
}

/// The replacement with the groups filled in, as Go's regexp.Expand does it: `$$` is a dollar, a group that there is
/// not is empty, a `$` before anything else stays.
std::string expanded(std::string_view pattern, const RE2& regex, const std::vector<re2::StringPiece>& groups)
{
    std::string text;
    while (true) {
        const std::size_t dollar = pattern.find('$');
        text += pattern.substr(0, dollar);
        if (dollar == std::string_view::npos)
            return text;
        pattern.remove_prefix(dollar + 1);
        if (pattern.starts_with('$')) {
            text += '$';
            pattern.remove_prefix(1);
        } else if (const auto reference = readReference(pattern)) {
            if (const auto number = groupNumber(regex, reference->name))
                text.append(groups[*number].data(), groups[*number].size());
            pattern.remove_prefix(reference->length);
        } else {
            text += '$';
        }
    }
}

Result<Table> joined(Table& table)
{
    if (auto distinct = joinSameLabels(table); !distinct)
        return tl::unexpected(distinct.error());
    return std::move(table);
}

} // namespace

Result<Table> labelReplace(const InstantCall& call)
{
    const std::string& target = call.text(1);
    const std::string& replacement = call.text(2);
    const std::string& source = call.text(3);
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 regex("^(?:" + call.text(4) + ")$", options);
    if (!regex.ok())
        return fail(ErrorCode::Invalid, "invalid regular expression in label_replace(): " + call.text(4));
    if (!metrics::isLabelName(target))
        return fail(ErrorCode::Invalid, "invalid destination label name in label_replace(): " + target);
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
    for (Row& row : call.arguments[0].rows) {
        if (auto more = call.budget.check(); !more)
            return tl::unexpected(more.error());
        const std::string value(labelValue(row.labels, source));
        if (regex.Match(value, 0, value.size(), RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size())))
            setLabel(row.labels, target, expanded(replacement, regex, groups));
    }
    return joined(call.arguments[0]);
}

Result<Table> labelJoin(const InstantCall& call)
{
    const std::string& target = call.text(1);
    const std::string& separator = call.text(2);
    for (std::size_t i = 3; i < call.call.arguments.size(); ++i) {
        if (!metrics::isLabelName(call.text(i)))
            return fail(ErrorCode::Invalid, "invalid source label name in label_join(): " + call.text(i));
    }
    if (!metrics::isLabelName(target))
        return fail(ErrorCode::Invalid, "invalid destination label name in label_join(): " + target);
    for (Row& row : call.arguments[0].rows) {
        std::string value;
        for (std::size_t i = 3; i < call.call.arguments.size(); ++i) {
            if (i > 3)
                value += separator;
            value += labelValue(row.labels, call.text(i));
        }
        setLabel(row.labels, target, value);
    }
    return joined(call.arguments[0]);
}

} // namespace sextant::promql
