// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/promql_source.h"

#include "server/query/stored_samples.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace sextant::server {
namespace {

using promql::Series;

std::string keyOf(const promql::Labels& labels)
{
    std::string key;
    for (const promql::Label& label : labels) {
        key += label.name;
        key += '\0';
        key += label.value;
        key += '\0';
    }
    return key;
}

/// All samples of both in order of time; of two at the same time that of the first.
Series merged(Series&& first, Series&& second)
{
    Series both;
    both.labels = std::move(first.labels);
    const bool weighted = !first.weights.empty() || !second.weights.empty();
    const auto take = [&](const Series& from, std::size_t index) {
        both.timesMs.push_back(from.timesMs[index]);
        both.values.push_back(from.values[index]);
        if (weighted)
            both.weights.push_back(from.weights.empty() ? 1 : from.weights[index]);
    };
    std::size_t other = 0;
    for (std::size_t i = 0; i < first.timesMs.size(); ++i) {
        for (; other < second.timesMs.size() && second.timesMs[other] <= first.timesMs[i]; ++other) {
            if (second.timesMs[other] < first.timesMs[i])
                take(second, other);
        }
        take(first, i);
    }
    for (; other < second.timesMs.size(); ++other)
        take(second, other);
    return both;
}

/// Takes series and makes one of those with equal labels.
class SeriesSet {
public:
    void add(Series&& series)
    {
        if (series.timesMs.empty())
            return;
        const auto [at, isNew] = m_places.try_emplace(keyOf(series.labels), m_all.size());
        if (isNew)
            m_all.push_back(std::move(series));
        else
            m_all[at->second] = merged(std::move(m_all[at->second]), std::move(series));
    }
    std::vector<Series> take() { return std::move(m_all); }

private:
    std::unordered_map<std::string, std::size_t> m_places;
    std::vector<Series> m_all;
};

bool holdsAnything(const Coverage& coverage)
{
    return !coverage.hot.empty() ||
           std::ranges::any_of(coverage.blocks, [](const auto& starts) { return !starts.empty(); });
}

} // namespace

Result<std::vector<Series>> PromqlSource::select(
    std::span<const promql::Matcher> matchers, const promql::SelectHints& hints, promql::Budget& budget) const
{
    SeriesSet found;
    // At once: what is sealed, rolled up or removed between two reads would be read twice or not at all.
    const auto read = m_store.atOnce([&]() -> Result<void> {
        const auto families = selectSeries(m_store, m_hosts, matchers, budget);
        if (!families)
            return tl::unexpected(families.error());
        for (const SelectedFamily& family : *families) {
            auto all = readSamples(m_store, family, hints, budget);
            if (!all)
                return tl::unexpected(all.error());
            for (Series& series : *all)
                found.add(std::move(series));
        }
        return {};
    });
    if (!read)
        return tl::unexpected(read.error());
    return found.take();
}

Result<std::vector<promql::Labels>> PromqlSource::labels(
    std::span<const promql::Matcher> matchers, std::int64_t fromMs, std::int64_t toMs, promql::Budget& budget) const
{
    std::vector<promql::Labels> all;
    const auto read = m_store.atOnce([&]() -> Result<void> {
        auto families = selectSeries(m_store, m_hosts, matchers, budget);
        if (!families)
            return tl::unexpected(families.error());
        for (SelectedFamily& family : *families) {
            const auto coverage = m_store.coverage(family.host->id, *family.family, fromMs, toMs + 1);
            if (!coverage)
                return tl::unexpected(coverage.error());
            if (!holdsAnything(*coverage))
                continue;
            std::ranges::transform(family.series, std::back_inserter(all),
                [](SelectedSeries& series) { return std::move(series.labels); });
        }
        return {};
    });
    if (!read)
        return tl::unexpected(read.error());
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
    return all;
}

} // namespace sextant::server
