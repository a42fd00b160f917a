// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/forward/series_filter.h"

#include "promql/labels.h"

#include <algorithm>

namespace sextant::server {
namespace {

bool fits(const SeriesRule& rule, const metrics::Labels& labels)
{
    return std::ranges::all_of(rule,
        [&](const promql::Matcher& matcher) { return matcher.matches(promql::labelValue(labels, matcher.label())); });
}

} // namespace

metrics::Labels withExternalLabels(const RemoteWriteTarget& target, metrics::Labels labels)
{
    for (const metrics::Label& label : target.externalLabels) {
        const auto at = std::ranges::lower_bound(labels, label.name, {}, &metrics::Label::name);
        if (at == labels.end() || at->name != label.name)
            labels.insert(at, label);
    }
    return labels;
}

bool isForwarded(const RemoteWriteTarget& target, const metrics::Labels& labels)
{
    const auto isOf = [&labels](const std::vector<SeriesRule>& rules) {
        return std::ranges::any_of(rules, [&labels](const SeriesRule& rule) { return fits(rule, labels); });
    };
    return (target.allow.empty() || isOf(target.allow)) && !isOf(target.deny);
}

} // namespace sextant::server
