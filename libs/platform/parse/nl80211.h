// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/raw_bytes.h"
#include "platform/wifi.h"

#include <cstdint>
#include <optional>
#include <string>

/// What Linux' nl80211 tells of wireless interfaces, as attributes of its messages (<linux/nl80211.h>, which
/// linux/nl80211_links.cpp holds these numbers against).
namespace sextant::platform::parse {

struct Nl80211 {
    static constexpr std::uint8_t kGetInterface = 5, kGetStation = 17, kGetSurvey = 50; ///< commands
    // Attributes of messages, and what is within those of a station, of a rate and of a channel.
    static constexpr std::uint16_t kIndex = 3, kName = 4, kType = 5, kStation = 21, kFrequency = 38, kSsid = 52,
                                   kSurvey = 84, kFrequencyOffset = 290;
    static constexpr std::uint16_t kSignal = 7, kTransmitRate = 8, kTransmitRetries = 11, kTransmitFailed = 12,
                                   kSignalAverage = 13, kReceiveRate = 14, kConnectedTime = 16, kFlags = 17,
                                   kBeaconLoss = 18;
    static constexpr std::uint16_t kRate16 = 1, kRate32 = 5;
    static constexpr std::uint16_t kNoise = 2, kInUse = 3;
    static constexpr std::uint32_t kClient = 2, kDirectClient = 8; ///< types of interfaces
    static constexpr unsigned kPeerFlag = 6, kAssociatedFlag = 7;  ///< bits of a station's flags
};

/// A wireless interface.
struct WirelessInterface {
    std::uint32_t index = 0; ///< by which the kernel is asked for more
    bool isClient = false;   ///< of an access point, or of a Wi-Fi Direct group
    WifiLink link;           ///< interface, ssid and frequency of it
};

/// A message of NL80211_CMD_GET_INTERFACE; nothing for what has no network interface of its own.
[[nodiscard]] std::optional<WirelessInterface> parseWirelessInterface(RawBytes attributes);

/// Puts what a message of NL80211_CMD_GET_STATION says into `link`. False, and nothing is put, when it tells of
/// somebody else than the access point that the interface joined: another client that is spoken to directly, or one
/// that it is still joining.
[[nodiscard]] bool parseAccessPoint(RawBytes attributes, WifiLink& link);

/// The noise in dBm that a message of NL80211_CMD_GET_SURVEY tells, when it tells of the channel in use.
[[nodiscard]] std::optional<double> parseChannelNoise(RawBytes attributes);

} // namespace sextant::platform::parse
