// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/promql_source.h"

#include "server/query/stored_samples.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sextant::server {
namespace {

using promql::Series;

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

/// Drops series without samples and makes one of those with equal labels; sorted by them.
void tidy(std::vector<Series>& all)
{
    std::erase_if(all, [](const Series& series) { return series.timesMs.empty(); });
    std::ranges::stable_sort(all, {}, &Series::labels);
    std::size_t kept = 0;
    for (std::size_t at = 1; at < all.size(); ++at) {
        if (all[at].labels == all[kept].labels)
            all[kept] = merged(std::move(all[kept]), std::move(all[at]));
        else if (++kept != at)
            all[kept] = std::move(all[at]);
    }
    if (!all.empty())
        all.resize(kept + 1);
}

bool holdsAnything(const Coverage& coverage)
{
    return !coverage.hot.empty() ||
           std::ranges::any_of(coverage.blocks, [](const auto& starts) { return !starts.empty(); });
}

} // namespace

Result<std::vector<Series>> PromqlSource::select(
    std::span<const promql::Matcher> matchers, const promql::SelectHints& hints, promql::Budget& budget) const
{
    std::vector<Series> found;
    // At once: what is sealed, rolled up or removed between two reads would be read twice or not at all.
    const auto read = m_store.atOnce([&]() -> Result<void> {
        auto families = selectSeries(m_store, m_hosts, matchers, budget);
        if (!families)
            return tl::unexpected(families.error());
        for (SelectedFamily& family : *families) {
            auto all = readSamples(m_store, std::move(family), hints, budget);
            if (!all)
                return tl::unexpected(all.error());
            std::ranges::move(*all, std::back_inserter(found));
        }
        return {};
    });
    if (!read)
        return tl::unexpected(read.error());
    tidy(found);
    return found;
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
