// SPDX-License-Identifier: GPL-3.0-or-later
// Every parser of libs/platform/parse for what systems say of wireless links. The first byte selects the parser, the
// rest is its bytes. What a parser accepts must keep the promises of its header.
#include "fuzz/require.h"
#include "metrics/utf8.h"
#include "platform/parse/freebsd_wifi.h"
#include "platform/parse/netlink.h"
#include "platform/parse/nl80211.h"
#include "platform/parse/ssid.h"
#include "platform/parse/windows_wifi.h"

#include <cstdint>
#include <iterator>

namespace {

using sextant::fuzz::require;
using namespace sextant::platform;
using parse::RawBytes;

void requireTrue(const WifiLink& link)
{
    require(sextant::metrics::isText(link.ssid) && link.ssid.size() <= 4 * parse::kSsidBytes);
    require(link.signalDbm.value_or(-1) < 0 && link.noiseDbm.value_or(-1) < 0);
    require(link.qualityPercent.value_or(0) <= 100);
    require(link.receiveBytesPerSecond != std::uint64_t{0} && link.transmitBytesPerSecond != std::uint64_t{0});
}

void fuzzAttributes(RawBytes bytes)
{
    std::size_t size = 0;
    for (RawBytes rest = bytes; const auto attribute = parse::takeAttribute(rest);)
        size += attribute->value.size() + 4;
    require(size <= bytes.size());
    WifiLink link;
    if (const auto interface = parse::parseWirelessInterface(bytes)) {
        require(!interface->link.interfaceName.empty());
        link = interface->link;
    }
    static_cast<void>(parse::parseAccessPoint(bytes, link));
    link.noiseDbm = parse::parseChannelNoise(bytes);
    requireTrue(link);
}

/// Two datagrams: a cut in the middle of the bytes.
void fuzzMessages(RawBytes bytes)
{
    parse::NetlinkAnswer answer(1);
    const auto last = answer.take(bytes.first(bytes.size() / 2));
    if (last && !*last)
        static_cast<void>(answer.take(bytes.subspan(bytes.size() / 2)));
    std::size_t size = 0;
    for (const auto& message : answer.messages()) {
        size += message.size();
        fuzzAttributes(message);
    }
    require(size <= bytes.size() && answer.error() >= 0);
}

void fuzzFreeBsd(RawBytes bytes)
{
    WifiLink link;
    link.ssid = parse::ssidText(bytes);
    if (const auto joined = parse::parseStationInfo(bytes, link); joined && *joined)
        require(link.signalDbm.has_value() == link.noiseDbm.has_value());
    require(sextant::metrics::isText(link.ssid));
}

void fuzzWindows(RawBytes bytes)
{
    if (const auto interfaces = parse::parseWlanInterfaces(bytes)) {
        require(interfaces->size() <= parse::kMaxWlanInterfaces);
        for (const parse::WlanInterface& interface : *interfaces)
            require(sextant::metrics::isText(interface.description));
    }
    if (const auto connection = parse::parseWlanConnection(bytes); connection && *connection)
        requireTrue((*connection)->link);
    require(parse::parseWlanSignal(bytes).value_or(-1) < 0);
    static_cast<void>(parse::parseWlanFrequency(bytes, {}));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    constexpr void (*kParsers[])(RawBytes) = {fuzzAttributes, fuzzMessages, fuzzFreeBsd, fuzzWindows};
    kParsers[data[0] % std::size(kParsers)](std::as_bytes(std::span(data, size)).subspan(1));
    return 0;
}
