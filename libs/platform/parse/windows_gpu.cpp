// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_gpu.h"

#include "platform/parse/fields.h"

#include <algorithm>

namespace sextant::platform::parse {
namespace {

constexpr std::string_view kLuid = "luid_0x";

/// Takes what stands before `end` off the front of `text`, and `end`.
std::string_view takeUntil(std::string_view& text, std::string_view end)
{
    const std::size_t size = std::min(text.find(end), text.size());
    const std::string_view taken = text.substr(0, size);
    text.remove_prefix(std::min(size + end.size(), text.size()));
    return taken;
}

} // namespace

std::optional<std::uint64_t> adapterOfInstance(std::string_view instance)
{
    const std::size_t begin = instance.find(kLuid);
    if (begin == std::string_view::npos)
        return std::nullopt;
    instance.remove_prefix(begin + kLuid.size());
    const auto high = fromHex(takeUntil(instance, "_0x"));
    const auto low = fromHex(takeUntil(instance, "_"));
    constexpr std::uint64_t kLargest = 0xffffffff;
    if (!high || !low || *high > kLargest || *low > kLargest)
        return std::nullopt;
    return *high << 32 | *low;
}

std::map<std::uint64_t, double> busiestEngines(std::span<const CounterValue> engines)
{
    std::map<std::string, double, std::less<>> byEngine; // from "luid_" on: without the process
    for (const auto& [instance, percent] : engines) {
        if (adapterOfInstance(instance) && percent >= 0)
            byEngine[instance.substr(instance.find(kLuid))] += percent;
    }
    std::map<std::uint64_t, double> busiest;
    for (const auto& [engine, percent] : byEngine) {
        double& most = busiest[*adapterOfInstance(engine)];
        most = std::max(most, std::min(percent, 100.0));
    }
    return busiest;
}

std::map<std::uint64_t, double> sumByAdapter(std::span<const CounterValue> values)
{
    std::map<std::uint64_t, double> sums;
    for (const auto& [instance, value] : values) {
        if (const auto adapter = adapterOfInstance(instance); adapter && value >= 0)
            sums[*adapter] += value;
    }
    return sums;
}

} // namespace sextant::platform::parse
