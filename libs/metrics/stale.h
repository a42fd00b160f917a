// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/value.h"

#include <bit>
#include <cstdint>

namespace sextant::metrics {

/// The NaN by which writers of Prometheus' kind say that a series ended at that time. It is kept bit for bit and is no
/// value: nothing is reckoned with it.
inline constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;

[[nodiscard]] constexpr Value staleMarker()
{
    return Value::real(std::bit_cast<double>(kStaleBits));
}
[[nodiscard]] constexpr bool isStale(Value value)
{
    return value == staleMarker();
}

} // namespace sextant::metrics
