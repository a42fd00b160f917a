// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/label_sets.h"

#include "promql/quote.h"

#include <algorithm>
#include <utility>

namespace sextant::promql {
namespace {

constexpr char kSeparator = '\xff'; // stands in no UTF-8 text

auto placeOf(Labels& labels, std::string_view name)
{
    return std::lower_bound(labels.begin(), labels.end(), name,
        [](const Label& label, std::string_view wanted) { return label.name < wanted; });
}

} // namespace

LabelChoice::LabelChoice(bool only, std::vector<std::string> names) : m_only(only), m_names(std::move(names))
{
    std::ranges::sort(m_names);
}

bool LabelChoice::takes(std::string_view name) const
{
    return std::binary_search(m_names.begin(), m_names.end(), name, std::less<>()) == m_only;
}

Labels LabelChoice::of(const Labels& labels) const
{
    Labels chosen;
    std::ranges::copy_if(labels, std::back_inserter(chosen), [this](const Label& label) { return takes(label.name); });
    return chosen;
}

std::size_t LabelSetIndex::numberOf(const Labels& labels)
{
    m_key.clear();
    for (const Label& label : labels) {
        if (!m_choice.takes(label.name))
            continue;
        m_key += label.name;
        m_key += kSeparator;
        m_key += label.value;
        m_key += kSeparator;
    }
    const auto known = m_numbers.find(std::string_view(m_key));
    return known != m_numbers.end() ? known->second : m_numbers.emplace(m_key, m_numbers.size()).first->second;
}

void setLabel(Labels& labels, std::string_view name, std::string_view value)
{
    if (value.empty())
        return removeLabel(labels, name);
    const auto place = placeOf(labels, name);
    if (place != labels.end() && place->name == name)
        place->value = value;
    else
        labels.insert(place, Label{std::string(name), std::string(value)});
}

void removeLabel(Labels& labels, std::string_view name)
{
    const auto place = placeOf(labels, name);
    if (place != labels.end() && place->name == name)
        labels.erase(place);
}

std::string errorText(const Labels& labels)
{
    std::string text = "{";
    for (const Label& label : labels) {
        if (text.size() > 1)
            text += ", ";
        text += label.name + "=" + quoted(label.value);
    }
    return text + "}";
}

} // namespace sextant::promql
