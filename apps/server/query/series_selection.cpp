// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/series_selection.h"

#include "metrics/families.h"
#include "server/query/series_labels.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace sextant::server {
namespace {

using metrics::NamedSeries;
using promql::kMetricName;
using promql::Label;
using promql::Labels;
using promql::Matcher;
using promql::MatchOp;

metrics::OsMask osOf(const QString& family)
{
    static const std::map<QString, metrics::OsMask> kSystems{{QStringLiteral("linux"), metrics::kLinux},
        {QStringLiteral("windows"), metrics::kWindows}, {QStringLiteral("freebsd"), metrics::kFreeBsd},
        {QStringLiteral("darwin"), metrics::kDarwin}};
    const auto found = kSystems.find(family);
    return found == kSystems.end() ? metrics::kAnyOs : found->second;
}

/// Finds what a selector's matchers ask for.
class Selection {
public:
    Selection(const Store& store, std::span<const Matcher> matchers, promql::Budget& budget)
        : m_store(store), m_matchers(matchers), m_budget(budget)
    {
        const bool byName =
            std::ranges::any_of(matchers, [](const Matcher& matcher) { return matcher.label() == kMetricName; });
        for (const Matcher& matcher : matchers) {
            const bool isOwn = matcher.label() != kMetricName && matcher.label() != "instance" &&
                               matcher.label() != "job" && matcher.label() != "labels";
            if (isOwn && matcher.op() == MatchOp::Equal && matcher.value().find_first_of("\"\\\n") == std::string::npos)
                m_ownValues.push_back(matcher.value());
        }
        collect(metrics::catalogueSeries());
        if (byName)
            collect(metrics::aliases());
    }

    Result<void> addHost(const QueryHost& host)
    {
        if (matches("instance", host.instance) && matches("job", kJob)) {
            for (const auto& [family, names] : m_named) {
                if (auto added = addCatalogue(host, *family, names); !added)
                    return added;
            }
        }
        return addCustom(host);
    }

    std::vector<SelectedFamily> take() { return std::move(m_found); }

private:
    /// Whether that value of that label is one that every matcher of the label takes.
    [[nodiscard]] bool matches(std::string_view label, std::string_view value) const
    {
        return std::ranges::all_of(
            m_matchers, [&](const Matcher& matcher) { return matcher.label() != label || matcher.matches(value); });
    }

    [[nodiscard]] bool matches(const Labels& labels) const
    {
        return std::ranges::all_of(m_matchers,
            [&](const Matcher& matcher) { return matcher.matches(promql::labelValue(labels, matcher.label())); });
    }

    void collect(std::span<const NamedSeries> all)
    {
        const auto equal = std::ranges::find_if(m_matchers,
            [](const Matcher& matcher) { return matcher.label() == kMetricName && matcher.op() == MatchOp::Equal; });
        const auto candidates = equal == m_matchers.end() ? all : metrics::findNamed(all, equal->value());
        for (const NamedSeries& named : candidates) {
            if (matches(kMetricName, named.name))
                m_named[named.family].push_back(&named);
        }
    }

    Result<void> addCatalogue(
        const QueryHost& host, const metrics::Family& family, const std::vector<const NamedSeries*>& names)
    {
        if (std::ranges::none_of(names, [&](const NamedSeries* named) { return (named->os & host.os) != 0; }))
            return {};
        const auto instances = m_store.instances(host.id, family);
        if (!instances)
            return tl::unexpected(instances.error());
        SelectedFamily selected{&host, &family, {}};
        for (const Instance& instance : *instances) {
            for (const NamedSeries* named : names) {
                if ((named->os & host.os) == 0)
                    continue;
                if (auto labels = catalogueLabels(host, *named, instance.labels); labels && matches(*labels))
                    selected.series.push_back({std::move(*labels), named, instance.id});
            }
        }
        return add(std::move(selected));
    }

    Result<void> addCustom(const QueryHost& host)
    {
        constexpr const metrics::Family& kCustom = metrics::family("custom");
        const auto instances = m_store.instances(host.id, kCustom);
        if (!instances)
            return tl::unexpected(instances.error());
        SelectedFamily selected{&host, &kCustom, {}};
        for (const Instance& instance : *instances) {
            if (!matches(kMetricName, instance.labels.front()) || !mayMatch(instance.labels.back()))
                continue;
            auto labels = applicationLabels(host, instance.labels);
            if (matches(labels))
                selected.series.push_back({std::move(labels), nullptr, instance.id});
        }
        return add(std::move(selected));
    }

    /// False when the labels, as text, lack a value that a matcher asks for: cheaper than taking them apart.
    [[nodiscard]] bool mayMatch(std::string_view text) const
    {
        return std::ranges::all_of(m_ownValues, [&](std::string_view value) { return text.find(value) != text.npos; });
    }

    Result<void> add(SelectedFamily&& selected)
    {
        m_series += selected.series.size();
        if (!selected.series.empty())
            m_found.push_back(std::move(selected));
        if (auto few = m_budget.checkSeries(m_series); !few)
            return few;
        return m_budget.check();
    }

    const Store& m_store;
    std::span<const Matcher> m_matchers;
    promql::Budget& m_budget;
    std::map<const metrics::Family*, std::vector<const NamedSeries*>> m_named;
    std::vector<std::string_view> m_ownValues; ///< that a series of an application must have, as they stand in its text
    std::vector<SelectedFamily> m_found;
    std::size_t m_series = 0;
};

} // namespace

std::vector<QueryHost> queryHosts(std::span<const HostFacts> hosts, const Overview* overview)
{
    std::vector<QueryHost> known;
    known.reserve(hosts.size());
    const QString* name = nullptr;
    for (const HostFacts& host : hosts) {
        std::string instance = host.description.name.toStdString();
        if (name && *name == host.description.name)
            instance += '#' + std::to_string(host.id.value);
        name = &host.description.name;
        known.push_back({host.id, std::move(instance), osOf(host.description.osFamily), host.description, overview});
    }
    return known;
}

Result<std::vector<SelectedFamily>> selectSeries(const Store& store, std::span<const QueryHost> hosts,
    std::span<const promql::Matcher> matchers, promql::Budget& budget)
{
    Selection selection(store, matchers, budget);
    for (const QueryHost& host : hosts) {
        if (auto added = selection.addHost(host); !added)
            return tl::unexpected(added.error());
    }
    return selection.take();
}

} // namespace sextant::server
