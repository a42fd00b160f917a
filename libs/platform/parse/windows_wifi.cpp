// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_wifi.h"

#include "platform/parse/ssid.h"
#include "platform/parse/utf16.h"
#include "platform/parse/windows_layout.h"

#include <algorithm>
#include <utility>

namespace sextant::platform::parse {
namespace {

using Interface = windows::WlanInterfaceLayout;
using Connection = windows::WlanConnectionLayout;
using Bss = windows::WlanBssLayout;

constexpr std::uint32_t kConnected = 1; // of WLAN_INTERFACE_STATE

std::optional<std::uint64_t> rateAt(RawBytes bytes, std::size_t offset)
{
    constexpr std::uint64_t kBytesPerKilobit = 125;
    const std::uint64_t kilobits = numberAt<std::uint32_t>(bytes, offset);
    return kilobits > 0 ? std::optional(kilobits * kBytesPerKilobit) : std::nullopt;
}

/// The link of an interface that says it is connected; nothing when it is no longer.
Result<std::optional<WifiLink>> readLink(WlanQuestions& windows, const WlanInterface& interface)
{
    auto connection =
        windows.connection(interface.guid).and_then([](const auto& bytes) { return parseWlanConnection(bytes); });
    if (!connection)
        return tl::unexpected(connection.error());
    if (!*connection)
        return std::nullopt;
    WifiLink link = std::move((*connection)->link);
    link.interfaceName = windows.alias(interface.guid);
    if (link.interfaceName.empty())
        link.interfaceName = interface.description;
    // What is not told here stays absent: the link itself is known.
    if (const auto signal = windows.signal(interface.guid))
        link.signalDbm = parseWlanSignal(*signal);
    if (const auto frequency = windows.accessPoints(interface.guid).and_then([&connection](const auto& bytes) {
            return parseWlanFrequency(bytes, (*connection)->accessPoint);
        }))
        link.frequencyHertz = *frequency;
    return link;
}

} // namespace

Result<std::vector<WlanInterface>> parseWlanInterfaces(RawBytes bytes)
{
    const std::size_t count = numberAt<std::uint32_t>(bytes, 0);
    if (count > kMaxWlanInterfaces)
        return fail(ErrorCode::TooLarge, std::to_string(count) + " wireless interfaces are too many");
    if (bytes.size() < Interface::kHeader + count * Interface::kSize)
        return fail(ErrorCode::Malformed, "the list of wireless interfaces is shorter than it says");
    std::vector<WlanInterface> interfaces;
    for (std::size_t i = 0; i < count; ++i) {
        const RawBytes row = bytes.subspan(Interface::kHeader + i * Interface::kSize, Interface::kSize);
        WlanInterface& interface = interfaces.emplace_back();
        std::ranges::copy(row.subspan(Interface::kGuid, Interface::kGuidSize), interface.guid.begin());
        interface.description = utf16At(row, Interface::kDescription, Interface::kTextSize);
        interface.connected = numberAt<std::uint32_t>(row, Interface::kState) == kConnected;
    }
    return interfaces;
}

Result<std::optional<WlanConnection>> parseWlanConnection(RawBytes bytes)
{
    if (bytes.size() < Connection::kSize)
        return fail(ErrorCode::Malformed, "what Windows says of a wireless connection is cut");
    if (numberAt<std::uint32_t>(bytes, Connection::kState) != kConnected)
        return std::optional<WlanConnection>();
    WlanConnection connection;
    const std::size_t nameSize = numberAt<std::uint32_t>(bytes, Connection::kSsid);
    connection.link.ssid =
        ssidText(bytes.subspan(Connection::kSsid + sizeof(std::uint32_t), std::min(nameSize, kSsidBytes)));
    std::ranges::copy(bytes.subspan(Connection::kBssid, connection.accessPoint.size()), connection.accessPoint.begin());
    if (const auto quality = numberAt<std::uint32_t>(bytes, Connection::kQuality); quality <= 100)
        connection.link.qualityPercent = quality;
    connection.link.receiveBytesPerSecond = rateAt(bytes, Connection::kReceiveRate);
    connection.link.transmitBytesPerSecond = rateAt(bytes, Connection::kTransmitRate);
    return std::optional(std::move(connection));
}

std::optional<double> parseWlanSignal(RawBytes bytes)
{
    constexpr std::int32_t kLeast = -200; // weaker than any noise
    const auto signal = numberAt<std::int32_t>(bytes, 0);
    if (bytes.size() != sizeof(signal) || signal >= 0 || signal < kLeast)
        return std::nullopt;
    return signal;
}

Result<std::optional<std::uint64_t>> parseWlanFrequency(RawBytes bytes, const MacAddress& accessPoint)
{
    constexpr std::uint64_t kKilo = 1'000;
    const std::size_t count = numberAt<std::uint32_t>(bytes, Bss::kCount);
    if (bytes.size() < Bss::kHeader || count > (bytes.size() - Bss::kHeader) / Bss::kSize)
        return fail(ErrorCode::Malformed, "the list of access points is shorter than it says");
    for (std::size_t i = 0; i < count; ++i) {
        const RawBytes row = bytes.subspan(Bss::kHeader + i * Bss::kSize, Bss::kSize);
        const std::uint64_t kilohertz = numberAt<std::uint32_t>(row, Bss::kFrequency);
        if (kilohertz > 0 && std::ranges::equal(row.subspan(Bss::kBssid, accessPoint.size()), accessPoint))
            return std::optional(kilohertz * kKilo);
    }
    return std::optional<std::uint64_t>();
}

Result<WifiReading> readWlan(WlanQuestions& windows)
{
    const auto interfaces = windows.interfaces().and_then([](const auto& bytes) { return parseWlanInterfaces(bytes); });
    if (!interfaces)
        return tl::unexpected(interfaces.error());
    if (interfaces->empty())
        return fail(ErrorCode::NotAvailable, "this machine has no wireless interface");
    WifiReading reading;
    bool isDenied = false;
    for (const WlanInterface& interface : *interfaces) {
        if (!interface.connected)
            continue;
        auto link = readLink(windows, interface);
        if (link && *link)
            reading.links.push_back(std::move(**link));
        else if (!link && link.error().code == ErrorCode::Denied)
            isDenied = true;
        else if (!link)
            reading.warnings.push_back(interface.description + ": " + link.error().message);
    }
    if (isDenied && reading.links.empty())
        return fail(ErrorCode::NotAvailable,
            "Windows tells of wireless networks only who may know where the machine is: allow desktop apps to access "
            "its location (Settings, Privacy & security, Location)");
    std::ranges::sort(reading.links, {}, &WifiLink::interfaceName);
    return reading;
}

} // namespace sextant::platform::parse
