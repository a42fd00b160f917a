// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/network.h"
#include "platform/parse/raw_bytes.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace sextant::platform::parse {

/// Where in an interface's routing message its facts lie: a 16-bit length, a byte of version and one of type, the
/// header with the counters in 64 bits, then a sockaddr_dl with the name (route(4), rtsock). Offsets in bytes from the
/// message's start.
struct InterfaceLayout {
    unsigned messageType;
    std::size_t size; ///< of the header, behind which the sockaddr_dl stands
    std::size_t flags;
    std::size_t type;
    std::optional<std::size_t> linkState; ///< a byte: 0 unknown, 1 down, 2 up
    std::size_t mtu;
    std::size_t bitsPerSecond;
    std::size_t receivePackets, receiveErrors, receiveBytes, receiveDrops;
    std::size_t transmitPackets, transmitErrors, transmitBytes;
    std::size_t transmitDrops;
    std::size_t transmitDropsSize; ///< 4 or 8
};

/// struct if_msghdr of FreeBSD 14's <net/if.h>, by sysctl NET_RT_IFLIST.
inline constexpr InterfaceLayout kFreeBsdInterface{.messageType = 0x0e,
    .size = 168,
    .flags = 8,
    .type = 16,
    .linkState = 16 + 4,
    .mtu = 16 + 8,
    .bitsPerSecond = 16 + 16,
    .receivePackets = 16 + 24,
    .receiveErrors = 16 + 32,
    .receiveBytes = 16 + 64,
    .receiveDrops = 16 + 96,
    .transmitPackets = 16 + 40,
    .transmitErrors = 16 + 48,
    .transmitBytes = 16 + 72,
    .transmitDrops = 16 + 104,
    .transmitDropsSize = 8};

/// struct if_msghdr2 of macOS's <net/if_var.h> and <net/if.h>, by sysctl NET_RT_IFLIST2.
inline constexpr InterfaceLayout kDarwinInterface{.messageType = 0x12,
    .size = 160,
    .flags = 8,
    .type = 32,
    .linkState = std::nullopt,
    .mtu = 32 + 8,
    .bitsPerSecond = 32 + 16,
    .receivePackets = 32 + 24,
    .receiveErrors = 32 + 32,
    .receiveBytes = 32 + 64,
    .receiveDrops = 32 + 96,
    .transmitPackets = 32 + 40,
    .transmitErrors = 32 + 48,
    .transmitBytes = 32 + 72,
    .transmitDrops = 24,
    .transmitDropsSize = 4};

/// The interfaces among the routing messages, in their order; messages of other types (addresses) are skipped.
/// Malformed when a message's length does not fit the bytes or its header.
[[nodiscard]] Result<std::vector<NetworkInterface>> parseInterfaces(RawBytes messages, const InterfaceLayout& layout);

/// Puts the counts of bytes in macOS's struct ifmibdata (net.link.generic.ifdata.<index>.general, ifmib(4)) in the
/// place of those that NET_RT_IFLIST2 cuts to 32 bits. NotFound when it is about another interface, which took the
/// number of one that went; Malformed when it is too short.
[[nodiscard]] Result<void> applyInterfaceCounters(RawBytes bytes, NetworkInterface& interface);

/// What macOS's SIOCGIFMEDIA says in ifm_status (<net/if_media.h>): 1 when the driver knows of its link, 2 when there
/// is one. A link that it knows to be away is down, whatever the interface's flags say.
void applyMediaStatus(int status, NetworkInterface& interface);

} // namespace sextant::platform::parse
