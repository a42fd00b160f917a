// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/bsd_interfaces.h"

#include "platform/parse/darwin_layout.h"

namespace sextant::platform::parse {
namespace {

// <net/if.h> and <net/if_types.h>, the same numbers on both systems.
constexpr int kUp = 0x1;
constexpr int kLoopback = 0x8;
constexpr int kRunning = 0x40;
constexpr unsigned kEthernet = 0x06;
constexpr unsigned kWireless = 0x47;
constexpr unsigned kLinkDown = 1;

/// sockaddr_dl: the length of the name at 5, the name at 8 (<net/if_dl.h>).
std::string nameOf(RawBytes address)
{
    return textAt(address, 8, numberAt<std::uint8_t>(address, 5));
}

NetworkInterface interfaceOf(RawBytes message, const InterfaceLayout& layout)
{
    const auto counter = [message](std::size_t offset) { return numberAt<std::uint64_t>(message, offset); };
    NetworkInterface interface;
    interface.name = nameOf(message.subspan(layout.size));
    interface.receiveBytes = counter(layout.receiveBytes);
    interface.receivePackets = counter(layout.receivePackets);
    interface.receiveErrors = counter(layout.receiveErrors);
    interface.receiveDrops = counter(layout.receiveDrops);
    interface.transmitBytes = counter(layout.transmitBytes);
    interface.transmitPackets = counter(layout.transmitPackets);
    interface.transmitErrors = counter(layout.transmitErrors);
    interface.transmitDrops = layout.transmitDropsSize == sizeof(std::uint32_t)
                                  ? numberAt<std::uint32_t>(message, layout.transmitDrops)
                                  : counter(layout.transmitDrops);

    const int flags = numberAt<std::int32_t>(message, layout.flags);
    const unsigned type = numberAt<std::uint8_t>(message, layout.type);
    const bool linkDown = layout.linkState && numberAt<std::uint8_t>(message, *layout.linkState) == kLinkDown;
    interface.up = (flags & kUp) != 0 && (flags & kRunning) != 0 && !linkDown;
    interface.loopback = (flags & kLoopback) != 0;
    interface.isVirtual = !*interface.loopback && type != kEthernet && type != kWireless;
    interface.mtuBytes = numberAt<std::uint32_t>(message, layout.mtu);
    const std::uint64_t bits = counter(layout.bitsPerSecond);
    if (*interface.up && !*interface.loopback && bits > 0)
        interface.speedBytesPerSecond = bits / 8;
    return interface;
}

} // namespace

Result<std::vector<NetworkInterface>> parseInterfaces(RawBytes messages, const InterfaceLayout& layout)
{
    constexpr std::size_t kSmallest = 4; // length, version, type
    std::vector<NetworkInterface> interfaces;
    while (!messages.empty()) {
        const std::size_t length = numberAt<std::uint16_t>(messages, 0);
        if (length < kSmallest || length > messages.size())
            return fail(ErrorCode::Malformed, "a routing message's length does not fit the list of interfaces");
        const RawBytes message = messages.first(length);
        messages = messages.subspan(length);
        if (numberAt<std::uint8_t>(message, 3) != layout.messageType)
            continue;
        if (message.size() < layout.size)
            return fail(ErrorCode::Malformed, "an interface's routing message is shorter than its header");
        NetworkInterface interface = interfaceOf(message, layout);
        if (interface.name.empty())
            return fail(ErrorCode::Malformed, "an interface's routing message has no name");
        interfaces.push_back(std::move(interface));
    }
    return interfaces;
}

Result<void> applyInterfaceCounters(RawBytes bytes, NetworkInterface& interface)
{
    using Layout = darwin::InterfaceDataLayout;
    if (bytes.size() < Layout::kSize)
        return fail(ErrorCode::Malformed, "ifmib gives too little about " + interface.name);
    if (textAt(bytes, Layout::kName, Layout::kNameSize) != interface.name)
        return fail(ErrorCode::NotFound, "there is no " + interface.name + " under its number");
    interface.receiveBytes = numberAt<std::uint64_t>(bytes, Layout::kReceiveBytes);
    interface.transmitBytes = numberAt<std::uint64_t>(bytes, Layout::kTransmitBytes);
    return {};
}

void applyMediaStatus(int status, NetworkInterface& interface)
{
    constexpr int kIsKnown = 0x1, kIsThere = 0x2;
    if ((status & kIsKnown) == 0 || (status & kIsThere) != 0)
        return;
    interface.up = false;
    interface.speedBytesPerSecond.reset();
}

} // namespace sextant::platform::parse
