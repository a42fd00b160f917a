// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/frame.h"
#include "server/hosts/host_id.h"

#include <QByteArray>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sextant::server {

class LiveFrames;
class LiveOverview;
class Overview;

/// Tells live subscribers what is new: makes the text of server-sent events (docs/api.md, GET /api/v1/live) once and
/// gives it to everyone who asked for it. Overview changes go out at most once per period; frames as they are
/// committed.
///
/// Owned by main. Has a thread of its own, so that neither ingest nor HTTP waits for it. Nothing is formatted, kept or
/// compared for what nobody subscribed to. Frames that wait are bounded (`kWaitingFrames`): past it the oldest are
/// dropped and counted; live is a view, the store is the truth. What a slow client has not read yet is for its
/// connection to bound: the hub keeps nothing per subscriber.
class Hub {
public:
    static constexpr std::size_t kHostsPerSubscription = 50;
    static constexpr std::size_t kWaitingFrames = 20'000;

    /// Gets the text of one or more whole events, ready to send; shared between subscribers. Runs on the hub's thread,
    /// must be short (queue it for your own thread) and must not touch its own subscription.
    using Callback = std::function<void(std::shared_ptr<const QByteArray>)>;

    class Subscriber;
    /// Ends the subscription when it goes: after that the callback does not run any more. May outlive the hub.
    class Subscription {
    public:
        Subscription() = default;
        explicit Subscription(std::shared_ptr<Subscriber> subscriber) : m_subscriber(std::move(subscriber)) {}
        ~Subscription() { end(); }
        Subscription(Subscription&& other) noexcept = default;
        Subscription& operator=(Subscription&& other) noexcept;

        void end();

    private:
        std::shared_ptr<Subscriber> m_subscriber;
    };

    explicit Hub(const Overview& overview, std::chrono::milliseconds period = std::chrono::seconds(1));
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    void start();
    void stop();

    /// Overview changes from now on (the first subscriber after a time without any gets every host once: nobody kept
    /// track), and every new frame of these hosts (at most kHostsPerSubscription; more are ignored: the route refuses
    /// them before). Any thread.
    [[nodiscard]] Subscription subscribe(std::vector<HostId> hosts, Callback callback);

    /// Takes the frames of a batch that was committed. Any thread; returns at once.
    void publish(HostId host, std::vector<metrics::Frame> frames);

    /// Frames dropped because the hub was behind, since start.
    [[nodiscard]] std::uint64_t dropped() const;
    [[nodiscard]] std::size_t subscribers() const;

private:
    struct Published {
        HostId host;
        std::vector<metrics::Frame> frames;
    };

    void run();
    void deliverFrames(const Published& published);
    void deliverOverview();
    void dropEnded();
    void appendEvent(QByteArray& text, const char* event, const QByteArray& json);
    [[nodiscard]] std::vector<std::shared_ptr<Subscriber>> current() const;

    const Overview& m_overview;
    std::chrono::milliseconds m_period;
    std::unique_ptr<LiveFrames> m_frames;    ///< used by the hub's thread alone
    std::unique_ptr<LiveOverview> m_changes; ///< used by the hub's thread alone

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::vector<std::weak_ptr<Subscriber>> m_subscribers;
    std::deque<Published> m_waiting;
    std::size_t m_waitingFrames = 0;
    std::uint64_t m_dropped = 0;
    bool m_startOver = false;        ///< the next overview event tells every host
    std::uint64_t m_lastEventId = 0; ///< used by the hub's thread alone
    bool m_stopping = true;          ///< until start()
    std::thread m_thread;
};

} // namespace sextant::server
