// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/backoff.h"
#include "metrics/sdk/http_post.h"
#include "server/config/remote_write.h"
#include "server/forward/forward_queue.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace sextant::logging {
class Log;
}

namespace sextant::server {

/// What became of the samples for a target since the server started.
struct ForwardCounts {
    std::uint64_t sent = 0;    ///< the target has them
    std::uint64_t refused = 0; ///< the target will never take them
    std::uint64_t dropped = 0; ///< there was no room in the queue, or it could not be written
    std::uint64_t retries = 0; ///< requests that are sent again
    long status = 0;           ///< HTTP status of its last answer; 0: it did not answer, or was not asked yet
    std::string trouble;       ///< why nothing goes now; empty: nothing is known to be wrong
};

/// One target of remote write: its queue, and the thread that empties it. One request at a time, so that the samples of
/// a series arrive in order; where many bodies wait they go together. 2xx: taken. 400, 409, 413 and 422 say something
/// about the samples: the target will never take them; where several bodies went together, each is tried alone, so that
/// one costs nothing but itself. Anything else, and no answer: again, later (metrics::Backoff, Retry-After), for a
/// wrong token or address is mended by people, and costs nothing meanwhile. A request that was cut off is sent again,
/// also after a restart: targets get what they have a second time rather than not at all.
class ForwardTarget {
public:
    static constexpr std::int64_t kSamplesPerRequest = 10'000;

    ForwardTarget(RemoteWriteTarget settings, std::unique_ptr<ForwardQueue> queue, logging::Log& log);
    /// stop()
    ~ForwardTarget();
    ForwardTarget(const ForwardTarget&) = delete;
    ForwardTarget& operator=(const ForwardTarget&) = delete;

    void start();
    /// Ends the thread within about a second; what was not sent stays in the queue.
    void stop();

    /// Puts bodies into the queue; what cannot be kept is counted as dropped, and told once. Any thread.
    void put(std::span<const QueuedBody> bodies);

    [[nodiscard]] const RemoteWriteTarget& settings() const { return m_settings; }
    [[nodiscard]] QueueSize waiting() const { return m_queue->size(); }
    [[nodiscard]] ForwardCounts counts() const;

private:
    using Milliseconds = std::chrono::milliseconds;

    void run();
    /// How long to wait before the next request.
    Milliseconds sendOldest();
    [[nodiscard]] Result<metrics::sdk::HttpAnswer> post(const std::string& body);
    [[nodiscard]] Result<void> connect();
    /// Logs `why` when it is news: nothing was wrong before, or something else.
    Milliseconds tryLater(long status, const std::string& why, std::optional<Milliseconds> asked = std::nullopt);
    // How long to wait, as of sendOldest().
    /// Where there are several, each is to be tried alone first.
    Milliseconds refuseOrPart(std::span<const QueuedBody> bodies, const std::string& why);
    Milliseconds refuse(std::span<const QueuedBody> bodies, const std::string& why);
    Milliseconds taken(std::span<const QueuedBody> bodies);
    Milliseconds done(std::span<const QueuedBody> bodies);
    void drop(std::int64_t samples, const std::string& why);

    const RemoteWriteTarget m_settings;
    const std::unique_ptr<ForwardQueue> m_queue;
    logging::Log& m_log;

    // of the thread
    std::unique_ptr<metrics::sdk::HttpPost> m_post;
    std::string m_secret; ///< with which m_post was made
    metrics::Backoff m_backoff;
    long m_triedAfter = 0;   ///< the status after which the last request was put off
    std::size_t m_alone = 0; ///< so many of the oldest bodies are tried each by itself
    bool m_toldRefused = false;

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::atomic<bool> m_stopping = false;
    ForwardCounts m_counts;
    bool m_toldDropped = false;
    std::thread m_thread;
};

} // namespace sextant::server
