// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_interfaces.h"

#include "platform/parse/utf16.h"
#include "platform/parse/windows_layout.h"

#include <limits>

namespace sextant::platform::parse {
namespace {

using Layout = windows::InterfaceLayout;

// IF_OPER_STATUS and IFTYPE of <ifdef.h> and <ipifcons.h>.
constexpr std::uint32_t kUp = 1;
constexpr std::uint32_t kNotPresent = 6;
constexpr std::uint32_t kLoopbackType = 24;

std::string nameOf(RawBytes row)
{
    std::string name = utf16At(row, Layout::kAlias, Layout::kTextSize);
    if (name.empty())
        name = utf16At(row, Layout::kDescription, Layout::kTextSize);
    if (name.empty())
        name = "if" + std::to_string(numberAt<std::uint32_t>(row, Layout::kIndex));
    return name;
}

NetworkInterface interfaceOf(RawBytes row)
{
    const auto counter = [row](std::size_t offset) { return numberAt<std::uint64_t>(row, offset); };
    NetworkInterface interface;
    interface.name = nameOf(row);
    interface.receiveBytes = counter(Layout::kReceiveBytes);
    interface.receivePackets = counter(Layout::kReceiveUnicast) + counter(Layout::kReceiveOther);
    interface.receiveErrors = counter(Layout::kReceiveErrors);
    interface.receiveDrops = counter(Layout::kReceiveDrops);
    interface.transmitBytes = counter(Layout::kTransmitBytes);
    interface.transmitPackets = counter(Layout::kTransmitUnicast) + counter(Layout::kTransmitOther);
    interface.transmitErrors = counter(Layout::kTransmitErrors);
    interface.transmitDrops = counter(Layout::kTransmitDrops);

    interface.up = numberAt<std::uint32_t>(row, Layout::kState) == kUp;
    interface.loopback = numberAt<std::uint32_t>(row, Layout::kType) == kLoopbackType;
    const bool hardware = (numberAt<std::uint8_t>(row, Layout::kFlags) & Layout::kHardware) != 0;
    interface.isVirtual = !*interface.loopback && !hardware;
    const std::uint64_t mtu = numberAt<std::uint32_t>(row, Layout::kMtu);
    if (mtu > 0 && mtu < std::numeric_limits<std::uint32_t>::max()) // the loopback says: no limit
        interface.mtuBytes = mtu;
    const std::uint64_t bits = std::min(counter(Layout::kTransmitSpeed), counter(Layout::kReceiveSpeed));
    if (*interface.up && !*interface.loopback && bits > 0 && bits < std::numeric_limits<std::uint64_t>::max())
        interface.speedBytesPerSecond = bits / 8;
    return interface;
}

bool isShown(RawBytes row, const NetworkInterface& interface)
{
    const auto flags = numberAt<std::uint8_t>(row, Layout::kFlags);
    if ((flags & Layout::kFilter) != 0 || numberAt<std::uint32_t>(row, Layout::kState) == kNotPresent)
        return false;
    return *interface.isVirtual ? interface.receivePackets > 0 || interface.transmitPackets > 0 : true;
}

} // namespace

Result<std::vector<NetworkInterface>> parseInterfaceTable(RawBytes bytes)
{
    const std::size_t count = numberAt<std::uint32_t>(bytes, 0);
    if (bytes.size() < Layout::kHeader || count > (bytes.size() - Layout::kHeader) / Layout::kSize)
        return fail(ErrorCode::Malformed, "the table of interfaces is shorter than it says");
    std::vector<NetworkInterface> interfaces;
    for (std::size_t i = 0; i < count; ++i) {
        const RawBytes row = bytes.subspan(Layout::kHeader + i * Layout::kSize, Layout::kSize);
        NetworkInterface interface = interfaceOf(row);
        if (isShown(row, interface))
            interfaces.push_back(std::move(interface));
    }
    return interfaces;
}

} // namespace sextant::platform::parse
