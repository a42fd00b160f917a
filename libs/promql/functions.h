// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sextant::promql {

enum class ValueType : std::uint8_t { Scalar, String, InstantVector, RangeVector };

/// "scalar", "string", "instant vector", "range vector".
[[nodiscard]] std::string_view toText(ValueType type);

/// What a function takes and gives. Arguments from `required` on may be left out; with `endless` the last one may be
/// given any number of times.
struct Function {
    std::string_view name;
    std::span<const ValueType> arguments;
    std::size_t required;
    bool endless;
    ValueType result;
};

/// Every function that Prometheus 2.42 documents (those of native histograms left out), sorted by name.
[[nodiscard]] std::span<const Function> functions();

/// Null when there is none of that name.
[[nodiscard]] const Function* findFunction(std::string_view name);

} // namespace sextant::promql
