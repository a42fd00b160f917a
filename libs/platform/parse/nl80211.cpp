// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/nl80211.h"

#include "platform/parse/netlink.h"
#include "platform/parse/ssid.h"

namespace sextant::platform::parse {
namespace {

/// Whole dBm in a signed byte. 0 and above come from drivers that do not know, or that count in a unit of their own.
std::optional<double> decibelsOf(RawBytes attributes, std::uint16_t type)
{
    const auto value = numberOf<std::int8_t>(attributes, type);
    return value && *value < 0 ? std::optional<double>(*value) : std::nullopt;
}

/// Both are units of 100 kbit/s; the narrow one ends at 6.5 Gbit/s.
std::optional<std::uint64_t> rateOf(RawBytes attributes, std::uint16_t type)
{
    constexpr std::uint64_t kBytesPerUnit = 12'500;
    const auto rate = attributeOf(attributes, type);
    if (!rate)
        return std::nullopt;
    std::optional<std::uint64_t> units = numberOf<std::uint32_t>(*rate, Nl80211::kRate32);
    if (!units)
        units = numberOf<std::uint16_t>(*rate, Nl80211::kRate16);
    return units && *units > 0 ? std::optional(*units * kBytesPerUnit) : std::nullopt;
}

/// A station's flag; nothing when the driver does not keep it. Two numbers: which flags are told, and those.
std::optional<bool> flagOf(RawBytes station, unsigned bit)
{
    const auto flags = attributeOf(station, Nl80211::kFlags);
    if (!flags || flags->size() != 2 * sizeof(std::uint32_t) || (numberAt<std::uint32_t>(*flags, 0) >> bit & 1U) == 0)
        return std::nullopt;
    return (numberAt<std::uint32_t>(*flags, sizeof(std::uint32_t)) >> bit & 1U) != 0;
}

} // namespace

std::optional<WirelessInterface> parseWirelessInterface(RawBytes attributes)
{
    constexpr std::uint64_t kMega = 1'000'000, kKilo = 1'000;
    const auto index = numberOf<std::uint32_t>(attributes, Nl80211::kIndex);
    const auto name = attributeOf(attributes, Nl80211::kName);
    if (!index || !name)
        return std::nullopt;
    WirelessInterface interface;
    interface.index = *index;
    interface.link.interfaceName = textAt(*name, 0, name->size());
    if (interface.link.interfaceName.empty())
        return std::nullopt;
    const auto type = numberOf<std::uint32_t>(attributes, Nl80211::kType);
    interface.isClient = type == Nl80211::kClient || type == Nl80211::kDirectClient;
    if (const auto ssid = attributeOf(attributes, Nl80211::kSsid))
        interface.link.ssid = ssidText(*ssid);
    if (const auto megahertz = numberOf<std::uint32_t>(attributes, Nl80211::kFrequency); megahertz && *megahertz > 0)
        interface.link.frequencyHertz =
            *megahertz * kMega + numberOf<std::uint32_t>(attributes, Nl80211::kFrequencyOffset).value_or(0) * kKilo;
    return interface;
}

bool parseAccessPoint(RawBytes attributes, WifiLink& link)
{
    const auto station = attributeOf(attributes, Nl80211::kStation);
    if (!station || flagOf(*station, Nl80211::kPeerFlag).value_or(false) ||
        !flagOf(*station, Nl80211::kAssociatedFlag).value_or(true))
        return false;
    const auto counter = [&station](std::uint16_t type) -> std::optional<std::uint64_t> {
        return numberOf<std::uint32_t>(*station, type);
    };
    link.signalDbm = decibelsOf(*station, Nl80211::kSignal);
    if (!link.signalDbm)
        link.signalDbm = decibelsOf(*station, Nl80211::kSignalAverage);
    link.receiveBytesPerSecond = rateOf(*station, Nl80211::kReceiveRate);
    link.transmitBytesPerSecond = rateOf(*station, Nl80211::kTransmitRate);
    link.transmitRetries = counter(Nl80211::kTransmitRetries);
    link.transmitFailures = counter(Nl80211::kTransmitFailed);
    link.beaconLosses = counter(Nl80211::kBeaconLoss);
    if (const auto connected = counter(Nl80211::kConnectedTime))
        link.connected = std::chrono::seconds(*connected);
    return true;
}

std::optional<double> parseChannelNoise(RawBytes attributes)
{
    const auto survey = attributeOf(attributes, Nl80211::kSurvey);
    if (!survey || !attributeOf(*survey, Nl80211::kInUse))
        return std::nullopt;
    return decibelsOf(*survey, Nl80211::kNoise);
}

} // namespace sextant::platform::parse
