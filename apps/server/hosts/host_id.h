// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace sextant::server {

/// The number of a host in this server's database: given at enrolment, never used again. A plain value that no other
/// number turns into by accident.
struct HostId {
    std::int64_t value = 0;

    friend constexpr auto operator<=>(const HostId&, const HostId&) = default;
};

} // namespace sextant::server

template <>
struct std::hash<sextant::server::HostId> {
    std::size_t operator()(sextant::server::HostId id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
