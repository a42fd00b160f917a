// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// One network interface: cumulative traffic since it appeared, and what it is.
struct NetworkInterface {
    std::string name;
    std::uint64_t receiveBytes = 0;
    std::uint64_t receivePackets = 0;
    std::uint64_t receiveErrors = 0;
    std::uint64_t receiveDrops = 0;
    std::uint64_t transmitBytes = 0;
    std::uint64_t transmitPackets = 0;
    std::uint64_t transmitErrors = 0;
    std::uint64_t transmitDrops = 0;
    std::optional<std::uint64_t> speedBytesPerSecond; ///< absent where there is none or the link is down
    std::optional<bool> up;                           ///< the link carries traffic; absent when not known
    std::optional<bool> loopback;                     ///< by the interface's flags, not by name
    /// Bridge, bond, VLAN, tunnel, container link…: no device of its own, so its traffic passes another interface too.
    std::optional<bool> isVirtual;
    std::optional<std::uint64_t> mtuBytes;
};

struct NetworkReading {
    std::vector<NetworkInterface> interfaces; ///< in the kernel's order
    std::vector<std::string> warnings;
};

/// Reads the network interfaces. Owns its open files and remembers what kind each interface is; one thread at a time.
class NetworkReader {
public:
    explicit NetworkReader(Roots roots);
    ~NetworkReader();
    NetworkReader(const NetworkReader&) = delete;
    NetworkReader& operator=(const NetworkReader&) = delete;

    [[nodiscard]] Result<NetworkReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
