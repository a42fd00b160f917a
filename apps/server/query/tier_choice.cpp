// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/tier_choice.h"

#include <algorithm>
#include <utility>

namespace sextant::server {
namespace {

/// Cuts one hour after another.
class Choice {
public:
    Choice(const Coverage& coverage, const TierQuestion& question) : m_coverage(coverage), m_question(question) {}

    std::vector<Stretch> cut()
    {
        for (std::int64_t hour = startOf(m_question.fromMs, kHourMs); hour < m_question.toMs; hour += kHourMs)
            cutHour(hour);
        return std::move(m_stretches);
    }

private:
    void cutHour(std::int64_t hour)
    {
        const std::int64_t from = std::max(hour, m_question.fromMs);
        const std::int64_t to = std::min(hour + kHourMs, m_question.toMs);
        const bool raw = isHot(hour) || std::ranges::binary_search(m_coverage.of(Tier::Raw), hour);
        if (raw && (isHot(hour) || (m_question.counters && isHotBefore(hour))))
            return add(Tier::Raw, from, to);
        const bool whole = to - from == kHourMs;
        if (whole && m_question.stepMs % bucketMs(Tier::Hour) == 0 && has(Tier::Hour, hour))
            return add(Tier::Hour, from, to);
        if (m_question.stepMs % bucketMs(Tier::FiveMinutes) == 0 && has(Tier::FiveMinutes, hour) && raw)
            return addWithRaggedEnds(from, to);
        if (raw)
            return add(Tier::Raw, from, to);
        for (const Tier tier : kRollupTiers) { // finest first
            if (has(tier, hour))
                return add(tier, startOf(from, bucketMs(tier)), startOf(to - 1, bucketMs(tier)) + bucketMs(tier));
        }
        if (!m_stretches.empty())
            m_stretches.back().toMs = to; // nothing is stored of this hour: no reason to cut
    }

    void addWithRaggedEnds(std::int64_t from, std::int64_t to)
    {
        constexpr std::int64_t kWidth = bucketMs(Tier::FiveMinutes);
        const std::int64_t firstWhole = startOf(from + kWidth - 1, kWidth);
        const std::int64_t lastWhole = startOf(to, kWidth);
        if (firstWhole >= lastWhole)
            return add(Tier::Raw, from, to);
        add(Tier::Raw, from, firstWhole);
        add(Tier::FiveMinutes, firstWhole, lastWhole);
        add(Tier::Raw, lastWhole, to);
    }

    void add(Tier tier, std::int64_t from, std::int64_t to)
    {
        if (from >= to)
            return;
        if (!m_stretches.empty() && m_stretches.back().tier == tier)
            m_stretches.back().toMs = to;
        else
            m_stretches.push_back({tier, from, to});
    }

    [[nodiscard]] bool isHot(std::int64_t hour) const { return std::ranges::binary_search(m_coverage.hot, hour); }

    [[nodiscard]] bool isHotBefore(std::int64_t hour) const
    {
        const auto found = std::ranges::lower_bound(m_coverage.hot, hour - kCoverageBeforeMs);
        return found != m_coverage.hot.end() && *found < hour;
    }

    [[nodiscard]] bool has(Tier tier, std::int64_t hour) const
    {
        return std::ranges::binary_search(m_coverage.of(tier), startOf(hour, blockMs(tier)));
    }

    const Coverage& m_coverage;
    const TierQuestion& m_question;
    std::vector<Stretch> m_stretches;
};

} // namespace

std::vector<Stretch> chooseTiers(const Coverage& coverage, const TierQuestion& question)
{
    return Choice(coverage, question).cut();
}

} // namespace sextant::server
