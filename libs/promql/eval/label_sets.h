// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/labels.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sextant::promql {

/// Which labels count: `on` and `by` name those that do, `ignoring` and `without` those that do not.
class LabelChoice {
public:
    [[nodiscard]] static LabelChoice all() { return LabelChoice(false, {}); }
    [[nodiscard]] static LabelChoice only(std::vector<std::string> names)
    {
        return LabelChoice(true, std::move(names));
    }
    [[nodiscard]] static LabelChoice except(std::vector<std::string> names)
    {
        return LabelChoice(false, std::move(names));
    }

    [[nodiscard]] bool takes(std::string_view name) const;
    [[nodiscard]] Labels of(const Labels& labels) const;

private:
    LabelChoice(bool only, std::vector<std::string> names);

    bool m_only;
    std::vector<std::string> m_names; ///< sorted
};

/// Numbers label sets, as far as a choice of labels tells them apart, from 0 in the order in which they come.
class LabelSetIndex {
public:
    explicit LabelSetIndex(LabelChoice choice) : m_choice(std::move(choice)) {}

    [[nodiscard]] std::size_t numberOf(const Labels& labels);
    [[nodiscard]] std::size_t size() const { return m_numbers.size(); }
    [[nodiscard]] const LabelChoice& choice() const { return m_choice; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    LabelChoice m_choice;
    std::string m_key; ///< kept for its memory
    std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> m_numbers;
};

/// Sets a label; an empty value takes it away.
void setLabel(Labels& labels, std::string_view name, std::string_view value);
void removeLabel(Labels& labels, std::string_view name);

/// `{__name__="up", job="a"}`: labels as Prometheus' errors write them.
[[nodiscard]] std::string errorText(const Labels& labels);

} // namespace sextant::promql
