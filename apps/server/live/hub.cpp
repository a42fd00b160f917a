// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/live/hub.h"

#include "server/hosts/overview.h"
#include "server/live/live_frames.h"
#include "server/live/live_overview.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <unordered_set>
#include <utility>

namespace sextant::server {

/// One subscription. Its lock is held while the callback runs, so that ending it waits for a callback under way.
class Hub::Subscriber {
public:
    Subscriber(std::vector<HostId> hosts, Callback callback)
        : m_hosts(std::move(hosts)), m_callback(std::move(callback))
    {
    }

    [[nodiscard]] const std::vector<HostId>& hosts() const { return m_hosts; }
    [[nodiscard]] bool watches(HostId host) const { return std::ranges::find(m_hosts, host) != m_hosts.end(); }

    void deliver(const std::shared_ptr<const QByteArray>& text)
    {
        const std::lock_guard lock(m_mutex);
        if (m_callback)
            m_callback(text);
    }

    void end()
    {
        m_ended = true;
        const std::lock_guard lock(m_mutex);
        m_callback = nullptr;
    }
    [[nodiscard]] bool hasEnded() const { return m_ended; }

private:
    const std::vector<HostId> m_hosts;
    std::atomic<bool> m_ended{false};
    std::mutex m_mutex;
    Callback m_callback; ///< null once ended
};

Hub::Subscription& Hub::Subscription::operator=(Subscription&& other) noexcept
{
    if (this != &other) {
        end();
        m_subscriber = std::move(other.m_subscriber);
    }
    return *this;
}

void Hub::Subscription::end()
{
    if (m_subscriber)
        m_subscriber->end();
    m_subscriber.reset();
}

Hub::Hub(const Overview& overview, std::chrono::milliseconds period)
    : m_overview(overview),
      m_period(period),
      m_frames(std::make_unique<LiveFrames>()),
      m_changes(std::make_unique<LiveOverview>())
{
}

Hub::~Hub()
{
    stop();
}

void Hub::start()
{
    const std::lock_guard lock(m_mutex);
    m_stopping = false;
    m_thread = std::thread([this] { run(); });
}

void Hub::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

Hub::Subscription Hub::subscribe(std::vector<HostId> hosts, Callback callback)
{
    hosts.resize(std::min(hosts.size(), kHostsPerSubscription));
    auto subscriber = std::make_shared<Subscriber>(std::move(hosts), std::move(callback));
    const std::lock_guard lock(m_mutex);
    dropEnded();
    if (m_subscribers.empty())
        m_startOver = true; // what was known to earlier subscribers is not known to this one
    m_subscribers.push_back(subscriber);
    return Subscription(std::move(subscriber));
}

void Hub::publish(HostId host, std::vector<metrics::Frame> frames)
{
    {
        const std::lock_guard lock(m_mutex);
        const bool watched = std::ranges::any_of(m_subscribers, [host](const std::weak_ptr<Subscriber>& weak) {
            const auto subscriber = weak.lock();
            return subscriber && subscriber->watches(host);
        });
        if (!watched || m_stopping)
            return;
        m_waitingFrames += frames.size();
        m_waiting.push_back({host, std::move(frames)});
        while (m_waitingFrames > kWaitingFrames && m_waiting.size() > 1) {
            m_waitingFrames -= m_waiting.front().frames.size();
            m_dropped += m_waiting.front().frames.size();
            m_waiting.pop_front();
        }
    }
    m_wake.notify_one();
}

std::uint64_t Hub::dropped() const
{
    const std::lock_guard lock(m_mutex);
    return m_dropped;
}

std::size_t Hub::subscribers() const
{
    return current().size();
}

void Hub::dropEnded()
{
    std::erase_if(m_subscribers, [](const std::weak_ptr<Subscriber>& weak) { return weak.expired(); });
}

std::vector<std::shared_ptr<Hub::Subscriber>> Hub::current() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<std::shared_ptr<Subscriber>> subscribers;
    for (const std::weak_ptr<Subscriber>& weak : m_subscribers) {
        auto subscriber = weak.lock();
        if (subscriber && !subscriber->hasEnded())
            subscribers.push_back(std::move(subscriber));
    }
    return subscribers;
}

void Hub::run()
{
    auto due = std::chrono::steady_clock::now() + m_period;
    for (;;) {
        std::optional<Published> published;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait_until(lock, due, [this] { return m_stopping || !m_waiting.empty(); });
            if (m_stopping)
                return;
            if (!m_waiting.empty()) {
                published = std::move(m_waiting.front());
                m_waiting.pop_front();
                m_waitingFrames -= published->frames.size();
            }
        }
        if (published)
            deliverFrames(*published);
        if (std::chrono::steady_clock::now() >= due) {
            deliverOverview();
            due = std::chrono::steady_clock::now() + m_period;
        }
    }
}

void Hub::deliverFrames(const Published& published)
{
    auto subscribers = current();
    std::erase_if(subscribers, [&published](const auto& subscriber) { return !subscriber->watches(published.host); });
    if (subscribers.empty())
        return;
    auto text = std::make_shared<QByteArray>();
    for (const metrics::Frame& frame : published.frames) {
        const QByteArray json = m_frames->format(published.host, frame);
        if (!json.isEmpty())
            appendEvent(*text, "frame", json);
    }
    if (text->isEmpty())
        return;
    for (const auto& subscriber : subscribers)
        subscriber->deliver(text);
}

void Hub::deliverOverview()
{
    const auto subscribers = current();
    std::unordered_set<HostId> watched;
    for (const auto& subscriber : subscribers)
        watched.insert(subscriber->hosts().begin(), subscriber->hosts().end());
    m_frames->keepOnly(watched);
    bool startOver = false;
    {
        const std::lock_guard lock(m_mutex);
        dropEnded();
        startOver = std::exchange(m_startOver, false);
    }
    if (subscribers.empty())
        return;
    if (startOver)
        *m_changes = LiveOverview();
    const QByteArray json = m_changes->changes(m_overview);
    if (json.isEmpty())
        return;
    auto text = std::make_shared<QByteArray>();
    appendEvent(*text, "overview", json);
    for (const auto& subscriber : subscribers)
        subscriber->deliver(text);
}

void Hub::appendEvent(QByteArray& text, const char* event, const QByteArray& json)
{
    text += "id: " + QByteArray::number(qulonglong{++m_lastEventId}) + "\nevent: " + event + "\ndata: " + json + "\n\n";
}

} // namespace sextant::server
