// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/spool/spool.h"
#include "agent-service/uplink/https_client.h"
#include "agent-service/uplink/identity.h"
#include "agent-service/uplink/introduction.h"
#include "agent-service/uplink/refused_rows.h"
#include "agent-service/uplink/retry.h"
#include "logging/log.h"
#include "metrics/batch.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace sextant::agent {

/// Delivers the spool to the server: one batch at a time, the newest as soon as it is there, the backlog at a limited
/// rate, so that a fleet that comes back does not flood its server. A batch leaves the spool when the server has said
/// 2xx, and only then. It stays, and the uplink waits longer and longer (see Backoff), when the server cannot be
/// reached, cannot be trusted, does not answer properly, is too busy (408, 429, 5xx), sends elsewhere (3xx) or does not
/// know this agent (401, 403). Any other 4xx means that the batch itself is at fault: it is quarantined and its reason
/// logged once. Without an identity it waits. What cannot be sent at once is brought to the disk. Stretches in which
/// nothing could be delivered go into the journal. What the host says of itself goes the same way, behind a batch that
/// was delivered. Lives on the thread of its event loop; does not own the spool and the log.
class Uplink : public QObject {
    Q_OBJECT
public:
    using Clock = std::function<std::int64_t()>; ///< Unix milliseconds

    Uplink(Spool& spool, logging::Log& log, Clock clock, Backoff::Dice dice, QObject* parent = nullptr);

    /// Delivers from now on as `identity` to `server`; what is under way is given up and sent again.
    void useIdentity(const Identity& identity, const ServerAddress& server);
    /// Tells the server, once, what this host is now.
    void introduce(const platform::HostFacts& facts) { m_introduction.tell(facts); }
    /// What the server tells this run of the agent from others by; sent with every batch.
    void setRun(std::string run) { m_run = std::move(run); }
    void setTimeout(std::chrono::milliseconds timeout) { m_timeout = timeout; }

    static constexpr std::chrono::milliseconds kRevokedLook{600'000};
    /// Between two attempts of an agent that the server does not know.
    void setRevokedLook(std::chrono::milliseconds look) { m_revokedLook = look; }

    /// Batches of the backlog per second, at most.
    void setBacklogRate(std::uint64_t perSecond) { m_pace.setInterval(static_cast<int>(1'000 / perSecond)); }
    /// A stretch without delivery is reported when it lasted as long as this.
    void setLeastOutage(std::chrono::milliseconds least) { m_leastOutage = least; }

    /// Something was put into the spool.
    void wake();

    /// Delivers what it can within `limit`, without waiting after a failure, then calls `done` once; what waits on disk
    /// stays there. For the end of the program: nothing is sent after it.
    void finish(std::chrono::milliseconds limit, std::function<void()> done);

    /// Attempts to deliver that failed and will be made again, since the start.
    [[nodiscard]] std::uint64_t failures() const { return m_failures; }
    /// Rows that the server left out of batches that it took, since the start.
    [[nodiscard]] std::uint64_t rowsRefused() const { return m_refusedRows.count(); }

private:
    void sendNext();
    void onAnswer(const metrics::BatchId& id, const Result<HttpResponse>& answer);
    void onDelivered(const metrics::BatchId& id);
    void onAway(metrics::GapCause cause, const std::string& reason);
    void onRevoked(const metrics::BatchId& id, const HttpResponse& response);
    void onCloned(const metrics::BatchId& id, const HttpResponse& response);
    void onRefused(const metrics::BatchId& id, const HttpResponse& response);
    void retryLater(const metrics::BatchId& id, const std::string& reason, logging::Level level,
        std::optional<std::chrono::milliseconds> retryAfter = std::nullopt);
    void checkFinished();

    Spool& m_spool;
    logging::Log& m_log;
    Clock m_clock;
    Backoff m_backoff;
    Introduction m_introduction;
    std::unique_ptr<HttpsClient> m_client;
    QTimer m_retry;
    QTimer m_limit;
    QTimer m_pace; ///< until the next batch of the backlog
    std::chrono::milliseconds m_timeout{30'000};
    std::chrono::milliseconds m_leastOutage{10'000};
    std::function<void()> m_finished; ///< set while the end is waited for
    std::set<std::string> m_reasons;  ///< of quarantined batches, already logged
    std::string m_run;
    std::chrono::milliseconds m_revokedLook = kRevokedLook;
    RefusedRows m_refusedRows;
    std::uint64_t m_failures = 0;
    bool m_cloned = false;
    bool m_failing = false;
};

} // namespace sextant::agent
