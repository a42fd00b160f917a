// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/labels.h"

#include "promql/quote.h"

#include <algorithm>

namespace sextant::promql {
std::string_view labelValue(const Labels& labels, std::string_view name)
{
    const auto at = std::lower_bound(labels.begin(), labels.end(), name,
        [](const Label& label, std::string_view wanted) { return label.name < wanted; });
    return at != labels.end() && at->name == name ? std::string_view(at->value) : std::string_view();
}

std::string toText(const Labels& labels)
{
    std::string text(labelValue(labels, kMetricName));
    bool first = true;
    for (const Label& label : labels) {
        if (label.name == kMetricName)
            continue;
        text += first ? "{" : ", ";
        first = false;
        text += label.name;
        text += '=';
        text += quoted(label.value);
    }
    if (!first || text.empty())
        text += first ? "{}" : "}";
    return text;
}

} // namespace sextant::promql
