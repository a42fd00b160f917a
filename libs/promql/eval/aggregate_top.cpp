// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/aggregate.h"
#include "promql/eval/numbers.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sextant::promql {
namespace {

struct Candidate {
    std::size_t row; ///< in the group
    double value;
};

/// The k best of a stream of values: a heap whose top is the worst of them. Its order among equals is that of Go's
/// container/heap, for it decides which series Prometheus shows.
class Best {
public:
    explicit Best(bool largest) : m_largest(largest) {}

    void clear(std::size_t k)
    {
        m_k = k;
        m_heap.clear();
    }

    void offer(Candidate candidate)
    {
        if (m_heap.size() == m_k) {
            const double worst = m_heap.front().value;
            const bool better = m_largest ? worst < candidate.value : worst > candidate.value;
            if (!better && !std::isnan(worst))
                return;
            pop();
        }
        m_heap.push_back(candidate);
        up(m_heap.size() - 1);
    }

    /// From the best to the worst, as sortByValue() has it, but in memory that is kept from step to step.
    [[nodiscard]] const std::vector<Candidate>& sorted()
    {
        m_order.resize(m_heap.size());
        std::iota(m_order.begin(), m_order.end(), std::size_t{0});
        std::ranges::sort(m_order, [this](std::size_t a, std::size_t b) {
            const double x = m_heap[a].value;
            const double y = m_heap[b].value;
            if (std::isnan(x) || std::isnan(y))
                return std::isnan(x) && std::isnan(y) ? a > b : std::isnan(y);
            return x == y ? a < b : m_largest ? x > y : x < y;
        });
        m_sorted.clear();
        for (const std::size_t at : m_order)
            m_sorted.push_back(m_heap[at]);
        return m_sorted;
    }

private:
    [[nodiscard]] bool worse(std::size_t a, std::size_t b) const
    {
        const double x = m_heap[a].value;
        const double y = m_heap[b].value;
        return std::isnan(x) || (m_largest ? x < y : x > y);
    }

    void up(std::size_t at)
    {
        while (at > 0) {
            const std::size_t parent = (at - 1) / 2;
            if (!worse(at, parent))
                return;
            std::swap(m_heap[at], m_heap[parent]);
            at = parent;
        }
    }

    void pop()
    {
        std::swap(m_heap.front(), m_heap.back());
        m_heap.pop_back();
        std::size_t at = 0;
        while (2 * at + 1 < m_heap.size()) {
            std::size_t child = 2 * at + 1;
            if (child + 1 < m_heap.size() && worse(child + 1, child))
                ++child;
            if (!worse(child, at))
                return;
            std::swap(m_heap[at], m_heap[child]);
            at = child;
        }
    }

    bool m_largest;
    std::size_t m_k = 0;
    std::vector<Candidate> m_heap;
    std::vector<std::size_t> m_order;
    std::vector<Candidate> m_sorted;
};

Result<void> checkK(std::span<const double> k)
{
    constexpr double kLimit = 9223372036854775808.0; // 2^63
    for (const double wanted : k) {
        if (!(wanted >= -kLimit && wanted < kLimit))
            return fail(ErrorCode::Invalid, "Scalar value " + exponentText(wanted) + " overflows int64");
    }
    return {};
}

/// The rows that are kept, at the steps at which they are.
class Kept {
public:
    explicit Kept(const Steps& steps) : m_steps(steps) {}

    Result<void> add(const Row& row, std::size_t step, Budget& budget)
    {
        const auto [place, isNew] = m_places.try_emplace(&row, m_table.rows.size());
        if (isNew) {
            if (auto taken = m_table.held.grow(budget, m_steps.count); !taken)
                return taken;
            addRow(m_table, row.labels, m_steps);
        }
        m_table.rows[place->second].values[step] = row.values[step];
        return {};
    }
    [[nodiscard]] Table take() { return std::move(m_table); }

private:
    const Steps& m_steps;
    std::unordered_map<const Row*, std::size_t> m_places;
    Table m_table;
};

} // namespace

Result<Table> aggregatedTop(
    const Aggregate& aggregate, Table input, std::span<const double> k, const Steps& steps, Budget& budget)
{
    if (auto valid = checkK(k); !valid)
        return tl::unexpected(valid.error());
    const Grouped groups = grouped(aggregate, input);
    Best best(aggregate.op == AggregateOp::TopK);
    Kept kept(steps);
    for (const auto& members : groups.members) {
        for (std::size_t step = 0; step < steps.count; ++step) {
            if (auto more = budget.check(); !more)
                return tl::unexpected(more.error());
            if (!(k[step] >= 1))
                continue;
            best.clear(static_cast<std::size_t>(std::min(k[step], static_cast<double>(members.size()))));
            for (std::size_t at = 0; at < members.size(); ++at) {
                if (isPresent(members[at]->values[step]))
                    best.offer({at, members[at]->values[step]});
            }
            for (const Candidate& candidate : best.sorted()) {
                if (auto added = kept.add(*members[candidate.row], step, budget); !added)
                    return tl::unexpected(added.error());
            }
        }
    }
    return kept.take();
}

} // namespace sextant::promql
