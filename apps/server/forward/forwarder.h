// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/remote_write.h"
#include "server/config/remote_write.h"
#include "server/forward/forward_target.h"
#include "server/hosts/host_registry.h"
#include "server/ingest/ingest.h"
#include "server/query/series_selection.h"
#include "server/storage/clock.h"

#include <QString>

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace sextant::server {

/// How it goes with a target, for /metrics.
struct ForwardState {
    std::string name;
    QueueSize waiting;
    ForwardCounts counts;
};

/// Where the queue of a target lies.
[[nodiscard]] QString forwardQueuePath(const QString& dataDir, const std::string& target);

/// Sends what was stored on to the targets of remote write. take() belongs between the store's commit and the answer to
/// the sender, so that what was acknowledged is in the queues: a batch that is sent again because the server died in
/// between goes out again as well. What was late stands before what is current, each in bodies of its own, because some
/// targets refuse a body for one sample that is older than what they have.
class Forwarder {
public:
    /// Opens the queues, in `forward/` of the data folder.
    [[nodiscard]] static Result<std::unique_ptr<Forwarder>> open(const QString& dataDir,
        const std::vector<RemoteWriteTarget>& targets, const HostRegistry& hosts, logging::Log& log, Clock clock);

    void start();
    void stop();

    /// Puts the frames into the queues of all targets. On one thread; blocks for the time of a commit per target.
    void take(std::span<const StoredFrames> stored);

    [[nodiscard]] std::vector<ForwardState> states() const;

private:
    Forwarder(const HostRegistry& hosts, Clock clock) : m_registry(hosts), m_clock(std::move(clock)) {}

    [[nodiscard]] const QueryHost* hostOf(HostId id);

    const HostRegistry& m_registry;
    const Clock m_clock;
    std::vector<std::unique_ptr<ForwardTarget>> m_targets;
    HostRegistry::HostList m_list; ///< that m_hosts was made of
    std::unordered_map<HostId, QueryHost> m_hosts;
};

/// What of the series goes to the target, as bodies for its queue of at most 5,000 samples and about 1 MiB of labels.
void appendBodies(std::vector<QueuedBody>& bodies, const RemoteWriteTarget& target,
    std::span<const metrics::RemoteSeries> series, std::int64_t nowMs);

} // namespace sextant::server
