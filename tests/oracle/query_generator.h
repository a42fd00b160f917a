// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace sextant::oracle {

/// Makes queries over the names and labels of makeSamples() that parse, of every kind of expression that PromQL has;
/// some fail when they run, as they do with Prometheus. The same seed gives the same queries.
class QueryGenerator {
public:
    explicit QueryGenerator(std::uint64_t seed) : m_random(seed) {}

    [[nodiscard]] std::string next();

private:
    std::size_t below(std::size_t end) { return m_random() % end; }
    bool chance(std::size_t percent) { return below(100) < percent; }
    template <typename List>
    std::string pick(const List& list)
    {
        return list[below(std::size(list))];
    }

    std::string vector(int depth);
    std::string scalar(int depth);
    std::string selector();
    // What `@` fixes and something else moves differs from Prometheus (docs/promql.md): only queries.txt has it.
    std::string modifiers(bool mayBeFixed = true);
    std::string range(int depth, bool mayBeFixed = true);
    std::string aggregate(int depth);
    std::string grouping();
    std::string rangeCall(int depth);
    std::string instantCall(int depth);
    std::string labelCall(int depth);
    std::string binary(int depth);

    std::mt19937_64 m_random;
};

} // namespace sextant::oracle
