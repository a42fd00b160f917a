// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>

namespace sextant::metrics {

// Sums, differences and products of two integers of one type that say when they do not fit: true, and `result` is then
// worth nothing. `result` may be one of the operands.

/// For compilers that have nothing of their own for it (Microsoft's).
namespace portable {

template <typename T>
[[nodiscard]] constexpr bool addOverflows(T a, T b, T& result)
{
    using Limits = std::numeric_limits<T>;
    if (b > 0 ? a > Limits::max() - b : a < Limits::min() - b)
        return true;
    result = static_cast<T>(a + b);
    return false;
}

template <typename T>
[[nodiscard]] constexpr bool subtractOverflows(T a, T b, T& result)
{
    using Limits = std::numeric_limits<T>;
    if (b > 0 ? a < Limits::min() + b : a > Limits::max() + b)
        return true;
    result = static_cast<T>(a - b);
    return false;
}

template <typename T>
[[nodiscard]] constexpr bool multiplyOverflows(T a, T b, T& result)
{
    using Limits = std::numeric_limits<T>;
    const auto fits = [&] { // no limit is divided by −1 that has no counterpart
        if (a == 0 || b == 0)
            return true;
        if (b > 0)
            return a > 0 ? a <= Limits::max() / b : a >= Limits::min() / b;
        return a > 0 ? b >= Limits::min() / a : a >= Limits::max() / b;
    };
    if (!fits())
        return true;
    result = static_cast<T>(a * b);
    return false;
}

} // namespace portable

#ifdef __GNUC__ // GCC and clang

template <typename T>
[[nodiscard]] constexpr bool addOverflows(T a, T b, T& result)
{
    return __builtin_add_overflow(a, b, &result);
}

template <typename T>
[[nodiscard]] constexpr bool subtractOverflows(T a, T b, T& result)
{
    return __builtin_sub_overflow(a, b, &result);
}

template <typename T>
[[nodiscard]] constexpr bool multiplyOverflows(T a, T b, T& result)
{
    return __builtin_mul_overflow(a, b, &result);
}

#else

using portable::addOverflows;
using portable::multiplyOverflows;
using portable::subtractOverflows;

#endif

} // namespace sextant::metrics
