// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// The link of one wireless interface to the network that it joined; what its driver does not tell is absent. Told by
/// interface and network: not by the address of the access point, which changes as the machine moves about, and says
/// where it is.
struct WifiLink {
    std::string interfaceName;                   ///< as NetworkReader calls it; `interface` alone is a macro of Windows
    std::string ssid;                            ///< the network's name, always UTF-8; empty: it does not tell
    std::optional<double> signalDbm;             ///< of what was received last
    std::optional<double> noiseDbm;              ///< on the channel
    std::optional<double> qualityPercent;        ///< as the system counts it
    std::optional<std::uint64_t> frequencyHertz; ///< the centre of the (primary) channel
    std::optional<std::uint64_t> receiveBytesPerSecond; ///< the radio's rate: what goes through is about half of it
    std::optional<std::uint64_t> transmitBytesPerSecond;
    std::optional<std::uint64_t> transmitRetries; ///< this and the next two begin anew with each access point
    std::optional<std::uint64_t> transmitFailures;
    std::optional<std::uint64_t> beaconLosses;
    std::optional<std::chrono::seconds> connected; ///< to this access point

    friend bool operator==(const WifiLink&, const WifiLink&) = default;
};

struct WifiReading {
    std::vector<WifiLink> links; ///< of interfaces that joined a network; empty when none did
    std::vector<std::string> warnings;
};

/// Reads the wireless interfaces that are clients of an access point: their own access points and what monitors the air
/// have no link. Never scans, needs no rights. NotAvailable without a wireless interface, which costs next to nothing,
/// where the system does not let the agent ask, and on systems where they cannot be read. One thread at a time.
class WifiReader {
public:
    explicit WifiReader(Roots roots);
    ~WifiReader();
    WifiReader(const WifiReader&) = delete;
    WifiReader& operator=(const WifiReader&) = delete;

    [[nodiscard]] Result<WifiReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
