// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/sdk/pusher.h"

#include "metrics/remote_write.h"

#include <algorithm>
#include <map>
#include <utility>

namespace sextant::metrics::sdk {
namespace {

/// Gathers what a registry writes, with the labels that all series get.
class Gatherer final : public MetricSink {
public:
    using Take = std::function<void(metrics::Labels, double)>;

    Gatherer(const sdk::Labels& labels, Take take) : m_labels(labels), m_take(std::move(take)) {}

    void begin(std::string_view name, MetricType, std::string_view) override { m_name = name; }

private:
    void add(double value, Labels labels, std::string_view suffix, std::optional<std::int64_t>) override
    {
        sdk::Labels all(labels.begin(), labels.end());
        all.insert(m_labels.begin(), m_labels.end()); // what the metric says itself stays
        all.insert_or_assign("__name__", m_name + std::string(suffix));
        metrics::Labels series;
        for (const auto& [name, text] : all) {
            if (!text.empty())
                series.push_back({name, text});
        }
        m_take(std::move(series), value);
    }

    const sdk::Labels& m_labels;
    Take m_take;
    std::string m_name;
};

std::int64_t nowMs()
{
    const auto since1970 = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since1970).count();
}

} // namespace

Pusher::Pusher(const Registry& registry, Deliver deliver, PushOptions options)
    : m_registry(registry), m_deliver(std::move(deliver)), m_options(std::move(options))
{
}

Pusher::~Pusher()
{
    stop();
}

void Pusher::start()
{
    if (!m_thread.joinable())
        m_thread = std::thread(&Pusher::run, this);
}

void Pusher::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    if (m_thread.joinable())
        m_thread.join();
}

PushCounts Pusher::counts() const
{
    const std::lock_guard lock(m_mutex);
    return m_counts;
}

void Pusher::run()
{
    auto nextReading = Clock::now();
    auto nextDelivery = nextReading;
    auto retry = m_options.retryFirst;
    while (waitUntil(m_waiting.empty() ? nextReading : std::min(nextReading, nextDelivery))) {
        const auto now = Clock::now();
        if (now >= nextReading) {
            readOnce();
            nextReading = std::max(nextReading + m_options.interval, now);
        }
        if (now < nextDelivery)
            continue;
        const bool delivered = deliverWaiting({});
        nextDelivery = Clock::now() + (delivered ? std::chrono::milliseconds(0) : retry);
        retry = delivered ? m_options.retryFirst : std::min(2 * retry, m_options.retryLongest);
    }

    const auto until = Clock::now() + m_options.flushWithin;
    readOnce();
    while (!deliverWaiting(until) && Clock::now() + m_options.retryFirst < until)
        std::this_thread::sleep_for(m_options.retryFirst);
}

bool Pusher::waitUntil(Clock::time_point time)
{
    std::unique_lock lock(m_mutex);
    m_wake.wait_until(lock, time, [this] { return m_stopping; });
    return !m_stopping;
}

void Pusher::readOnce()
{
    std::int64_t timeMs = nowMs();
    timeMs += timeMs == m_lastReadMs ? 1 : 0; // at most one sample per series and millisecond
    m_lastReadMs = timeMs;
    Reading reading{.timeMs = timeMs, .values = {}};
    Gatherer gatherer(m_options.labels,
        [&](metrics::Labels labels, double value) { reading.values.emplace_back(std::move(labels), value); });
    m_registry.write(gatherer);
    m_waiting.push_back(std::move(reading));

    const std::lock_guard lock(m_mutex);
    ++m_counts.read;
    while (m_waiting.size() > m_options.waitingReadings) {
        m_waiting.pop_front();
        ++m_counts.dropped;
    }
    m_counts.waiting = m_waiting.size();
}

bool Pusher::deliverWaiting(std::optional<Clock::time_point> until)
{
    while (!m_waiting.empty()) {
        if (until && Clock::now() >= *until)
            return false;
        const std::size_t count = std::min(m_waiting.size(), std::max<std::size_t>(m_options.readingsPerRequest, 1));
        std::map<metrics::Labels, std::vector<RemoteSeries::Sample>> series;
        for (std::size_t at = 0; at < count; ++at) {
            for (const auto& [labels, value] : m_waiting[at].values)
                series[labels].push_back({m_waiting[at].timeMs, value});
        }
        std::vector<RemoteSeries> request;
        request.reserve(series.size());
        for (auto& [labels, samples] : series)
            request.push_back({labels, std::move(samples)});

        const auto answer = m_deliver(encodeRemoteWrite(request));
        const bool later =
            !answer && (answer.error().code == ErrorCode::Busy || answer.error().code == ErrorCode::Unreachable);
        const std::lock_guard lock(m_mutex);
        m_counts.lastError = answer ? std::string() : answer.error().message;
        if (later)
            return false;
        (answer ? m_counts.delivered : m_counts.refused) += count;
        m_waiting.erase(m_waiting.begin(), m_waiting.begin() + static_cast<std::ptrdiff_t>(count));
        m_counts.waiting = m_waiting.size();
    }
    return true;
}

} // namespace sextant::metrics::sdk
