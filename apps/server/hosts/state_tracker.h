// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/frame.h"
#include "server/hosts/host_state.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace sextant::server {

/// Makes the headline numbers of a host out of its frames: the state after a batch from the state before it. Only a
/// frame newer than what the state has of its family changes anything. Remembers the last network counters of each
/// host, which rates need. For ingest's thread alone; a plain function of what it was given, without clock or I/O.
class StateTracker {
public:
    /// What the current frames of one batch do to its host. `state` is what the host's state was and becomes. `sentMs`:
    /// when the batch was sent, by the clock of its frames: what the state has from after that was measured before the
    /// clock was set back, and gives way.
    void apply(HostId host, std::span<const metrics::Frame> frames, std::int64_t receivedMs, HostState& state,
        std::optional<std::int64_t> sentMs = std::nullopt);

    /// The tags that came with these current frames are the host's, where a frame is newer than what its tags came
    /// with. After apply().
    static void applyTags(std::span<const metrics::Frame> frames, const metrics::Labels& tags, HostState& state);

    /// The CPU readings among the frames, for the trend.
    [[nodiscard]] static std::vector<CpuReading> cpuReadings(std::span<const metrics::Frame> frames);

private:
    struct Traffic {
        std::int64_t receive = 0;
        std::int64_t transmit = 0;
    };
    struct NetworkBefore {
        std::int64_t timeMs = 0;
        std::unordered_map<std::string, Traffic> interfaces;
    };

    void applyNetwork(HostId host, const metrics::Frame& frame, HostState& state);
    void forgetAfter(HostId host, std::int64_t timeMs, HostState& state);

    std::unordered_map<HostId, NetworkBefore> m_network;
};

} // namespace sextant::server
