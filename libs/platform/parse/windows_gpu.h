// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sextant::platform::parse {

/// A counter's instance and its value.
using CounterValue = std::pair<std::string, double>;

/// The adapter of an instance of the objects "GPU Engine" and "GPU Adapter Memory", by its LUID, which is another after
/// each start: "pid_4_luid_0x00000000_0x0000D3F1_phys_0_eng_0_engtype_3D". Nothing for other names.
[[nodiscard]] std::optional<std::uint64_t> adapterOfInstance(std::string_view instance);

/// What "Utilization Percentage" of the engines says of each adapter: an engine's is the sum of all processes', at most
/// 100, and the adapter's is that of its busiest engine, as the task manager counts.
[[nodiscard]] std::map<std::uint64_t, double> busiestEngines(std::span<const CounterValue> engines);

/// The sum of each adapter's values ("Dedicated Usage", of one that is made of several).
[[nodiscard]] std::map<std::uint64_t, double> sumByAdapter(std::span<const CounterValue> values);

} // namespace sextant::platform::parse
