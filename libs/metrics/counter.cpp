// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/counter.h"

#include "metrics/checked.h"

namespace sextant::metrics {

CounterDelta counterDelta(CounterReading previous, CounterReading current, const CounterRules& rules)
{
    const std::int64_t elapsed = current.timeMs - previous.timeMs;
    if (elapsed <= 0)
        return {};
    if (elapsed > rules.maxGapMs)
        return {CounterStep::Gap, 0, elapsed};
    if (current.value >= previous.value) {
        std::int64_t increase = 0;
        // Only nonsense from outside (a counter below zero) can overflow here.
        if (subtractOverflows(current.value, previous.value, increase))
            return {CounterStep::Reset, current.value, elapsed};
        return {CounterStep::Advance, increase, elapsed};
    }
    if (rules.widthBits == 32) {
        constexpr std::int64_t kRange = std::int64_t{1} << 32;
        constexpr std::int64_t kQuarter = kRange / 4;
        if (previous.value >= kRange - kQuarter && previous.value < kRange && current.value >= 0 &&
            current.value < kQuarter)
            return {CounterStep::Wrap, kRange - previous.value + current.value, elapsed};
    }
    return {CounterStep::Reset, current.value > 0 ? current.value : 0, elapsed};
}

std::optional<double> counterRate(CounterReading previous, CounterReading current, const CounterRules& rules)
{
    const CounterDelta delta = counterDelta(previous, current, rules);
    if (delta.step == CounterStep::Gap || delta.step == CounterStep::Stale)
        return std::nullopt;
    return static_cast<double>(delta.increase) * 1000.0 / static_cast<double>(delta.elapsedMs);
}

} // namespace sextant::metrics
