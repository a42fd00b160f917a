// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/raw_bytes.h"
#include "platform/wifi.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform::parse {

using Guid = std::array<std::byte, 16>;
using MacAddress = std::array<std::byte, 6>;

/// A wireless interface of Windows.
struct WlanInterface {
    Guid guid{};
    std::string description; ///< "Intel(R) Wi-Fi 6 AX201 160MHz"
    bool connected = false;
};

/// What WLAN_INTERFACE_INFO_LIST holds. Malformed when it is shorter than it says, TooLarge past kMaxWlanInterfaces.
inline constexpr std::size_t kMaxWlanInterfaces = 64;
[[nodiscard]] Result<std::vector<WlanInterface>> parseWlanInterfaces(RawBytes bytes);

/// What WLAN_CONNECTION_ATTRIBUTES says of the link, and the access point that it is to; nothing when it is not
/// connected. Malformed when it is too short.
struct WlanConnection {
    WifiLink link; ///< without interface, signal and frequency
    MacAddress accessPoint{};
};
[[nodiscard]] Result<std::optional<WlanConnection>> parseWlanConnection(RawBytes bytes);

/// The signal of wlan_intf_opcode_rssi, in dBm.
[[nodiscard]] std::optional<double> parseWlanSignal(RawBytes bytes);

/// The frequency, in hertz, on which that access point was last heard, in a WLAN_BSS_LIST. It is told by no channel's
/// number: those of 6 GHz stand in the other bands, too. Malformed when the list is shorter than it says.
[[nodiscard]] Result<std::optional<std::uint64_t>> parseWlanFrequency(RawBytes bytes, const MacAddress& accessPoint);

/// What Windows' WLAN service is asked, each answer as the bytes of its structure. Denied: it tells only those who may
/// know where the machine is.
class WlanQuestions {
public:
    WlanQuestions() = default;
    virtual ~WlanQuestions() = default;
    WlanQuestions(const WlanQuestions&) = delete;
    WlanQuestions& operator=(const WlanQuestions&) = delete;

    [[nodiscard]] virtual Result<std::vector<std::byte>> interfaces() = 0;
    [[nodiscard]] virtual Result<std::vector<std::byte>> connection(const Guid& interface) = 0;
    [[nodiscard]] virtual Result<std::vector<std::byte>> signal(const Guid& interface) = 0;
    [[nodiscard]] virtual Result<std::vector<std::byte>> accessPoints(const Guid& interface) = 0;
    /// The name that people know ("Wi-Fi"); empty when there is none.
    [[nodiscard]] virtual std::string alias(const Guid& interface) = 0;
};

/// Asks for the links of all interfaces and puts them together. NotAvailable without an interface, and with the reason
/// when what it needs is denied.
[[nodiscard]] Result<WifiReading> readWlan(WlanQuestions& windows);

} // namespace sextant::platform::parse
