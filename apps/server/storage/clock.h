// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>

namespace sextant::server {

/// Where "now" comes from: Unix time in milliseconds. Injected, so that tests choose the time. Called on any thread.
using Clock = std::function<std::int64_t()>;

/// The machine's own clock.
[[nodiscard]] std::int64_t systemNowMs();

} // namespace sextant::server
