// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/forward/forward_target.h"

#include "logging/log.h"
#include "metrics/remote_write.h"

#include <QFile>

#include <random>
#include <utility>

namespace sextant::server {
namespace {

/// Evenly in [0, 1).
double rollDice()
{
    thread_local std::mt19937 generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(generator);
}

Result<std::string> firstLineOf(const std::string& path)
{
    QFile file(QString::fromStdString(path));
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Io, "cannot read " + path + ": " + file.errorString().toStdString());
    return file.readLine(64 * 1024).trimmed().toStdString();
}

std::int64_t samplesOf(std::span<const QueuedBody> bodies)
{
    std::int64_t samples = 0;
    for (const QueuedBody& body : bodies)
        samples += body.samples;
    return samples;
}

/// What to do about an answer that does not end by itself; empty where waiting helps.
std::string_view adviceFor(long status)
{
    if (status == 401 || status == 403)
        return "; look at its bearer_token_file, or user and password_file";
    if (status == 407)
        return "; a proxy in between wants a login";
    const bool comesLater = status == 408 || status == 425 || status == 429 || status / 100 == 5;
    return comesLater ? "" : "; look at its url and headers: this is no answer of a remote write receiver";
}

} // namespace

ForwardTarget::ForwardTarget(RemoteWriteTarget settings, std::unique_ptr<ForwardQueue> queue, logging::Log& log)
    : m_settings(std::move(settings)), m_queue(std::move(queue)), m_log(log), m_backoff(rollDice)
{
}

ForwardTarget::~ForwardTarget()
{
    stop();
}

void ForwardTarget::start()
{
    m_thread = std::thread([this] { run(); });
}

void ForwardTarget::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    if (m_thread.joinable())
        m_thread.join();
}

ForwardCounts ForwardTarget::counts() const
{
    const std::lock_guard lock(m_mutex);
    return m_counts;
}

void ForwardTarget::put(std::span<const QueuedBody> bodies)
{
    if (bodies.empty())
        return;
    const auto dropped = m_queue->append(bodies);
    if (!dropped)
        drop(samplesOf(bodies), dropped.error().message);
    else if (*dropped > 0)
        drop(*dropped, "its queue is full (queue_bytes); the oldest go");
    {
        const std::lock_guard lock(m_mutex); // or the thread might look at the queue before and wait after
    }
    m_wake.notify_one();
}

void ForwardTarget::drop(std::int64_t samples, const std::string& why)
{
    bool isNew = false;
    {
        const std::lock_guard lock(m_mutex);
        m_counts.dropped += static_cast<std::uint64_t>(samples);
        isNew = !std::exchange(m_toldDropped, true);
    }
    if (isNew)
        m_log.error(
            "forward", "samples for a remote write target are dropped", {{"target", m_settings.name}, {"error", why}});
}

void ForwardTarget::run()
{
    auto next = std::chrono::steady_clock::now();
    std::unique_lock lock(m_mutex);
    while (!m_stopping) {
        const bool isEmpty = m_queue->size().bodies == 0;
        if (isEmpty) {
            m_wake.wait(lock, [this] { return m_stopping || m_queue->size().bodies > 0; });
        } else if (std::chrono::steady_clock::now() < next) {
            m_wake.wait_until(lock, next, [this] { return m_stopping.load(); });
        } else {
            lock.unlock();
            next = std::chrono::steady_clock::now() + sendOldest();
            lock.lock();
        }
    }
}

ForwardTarget::Milliseconds ForwardTarget::sendOldest()
{
    const auto bodies = m_queue->oldest(m_alone > 0 ? 0 : kSamplesPerRequest);
    if (!bodies)
        return tryLater(0, "its queue cannot be read: " + bodies.error().message);
    std::vector<std::string> parts;
    for (const QueuedBody& body : *bodies)
        parts.push_back(body.body);
    const auto body = metrics::joinRemoteWrites(parts);
    if (!body)
        return refuseOrPart(*bodies, "its queue holds what is no request");
    const auto answer = post(*body);
    const long status = answer ? answer->status : 0;
    {
        const std::lock_guard lock(m_mutex);
        m_counts.status = status;
    }
    if (!answer)
        return tryLater(status, answer.error().message);
    if (status / 100 == 2)
        return taken(*bodies);
    const std::string said = m_settings.url + " answered " + std::to_string(status) + ": " + answer->reason;
    if (metrics::sdk::refusesSamples(status))
        return refuseOrPart(*bodies, said);
    return tryLater(status, said + std::string(adviceFor(status)), answer->retryAfter);
}

Result<metrics::sdk::HttpAnswer> ForwardTarget::post(const std::string& body)
{
    if (auto connected = connect(); !connected)
        return tl::unexpected(connected.error());
    return m_post->send(body);
}

Result<void> ForwardTarget::connect()
{
    // Read each time: whoever renews a token need not start the server anew.
    std::string secret;
    for (const std::string& path : {m_settings.bearerTokenFile, m_settings.passwordFile}) {
        if (path.empty())
            continue;
        auto line = firstLineOf(path);
        if (!line)
            return tl::unexpected(line.error());
        secret = std::move(*line);
    }
    if (m_post && secret == m_secret)
        return {};
    m_secret = secret;
    metrics::sdk::HttpTarget target;
    target.url = m_settings.url;
    target.caFile = m_settings.caFile;
    target.timeout = m_settings.timeout;
    target.headers = m_settings.headers;
    target.user = m_settings.user;
    (m_settings.user.empty() ? target.key : target.password) = std::move(secret);
    target.isCancelled = [this] { return m_stopping.load(); };
    m_post = std::make_unique<metrics::sdk::HttpPost>(std::move(target));
    return {};
}

ForwardTarget::Milliseconds ForwardTarget::tryLater(
    long status, const std::string& why, std::optional<Milliseconds> asked)
{
    if (m_stopping)
        return {};
    bool isNew = false;
    {
        const std::lock_guard lock(m_mutex);
        ++m_counts.retries;
        isNew = std::exchange(m_counts.trouble, why).empty();
    }
    if (std::exchange(m_triedAfter, status) != status || isNew)
        m_log.warning("forward", "a remote write target takes nothing now; what is for it waits in its queue",
            {{"target", m_settings.name}, {"error", why}});
    return m_backoff.next(asked);
}

ForwardTarget::Milliseconds ForwardTarget::refuseOrPart(std::span<const QueuedBody> bodies, const std::string& why)
{
    if (bodies.size() == 1)
        return refuse(bodies, why);
    m_alone = bodies.size();
    return {};
}

ForwardTarget::Milliseconds ForwardTarget::refuse(std::span<const QueuedBody> bodies, const std::string& why)
{
    {
        const std::lock_guard lock(m_mutex);
        m_counts.refused += static_cast<std::uint64_t>(samplesOf(bodies));
    }
    if (!std::exchange(m_toldRefused, true))
        m_log.error("forward", "a remote write target refuses samples; they are not sent again",
            {{"target", m_settings.name}, {"error", why}});
    return done(bodies);
}

ForwardTarget::Milliseconds ForwardTarget::taken(std::span<const QueuedBody> bodies)
{
    bool isBack = false;
    {
        const std::lock_guard lock(m_mutex);
        m_counts.sent += static_cast<std::uint64_t>(samplesOf(bodies));
        isBack = !std::exchange(m_counts.trouble, {}).empty();
        m_toldDropped = false;
    }
    if (isBack)
        m_log.info("forward", "a remote write target takes samples again", {{"target", m_settings.name}});
    m_toldRefused = m_alone > 0 && m_toldRefused;
    return done(bodies);
}

ForwardTarget::Milliseconds ForwardTarget::done(std::span<const QueuedBody> bodies)
{
    m_alone -= m_alone > 0 ? 1 : 0;
    if (auto removed = m_queue->remove(bodies); !removed) {
        m_log.error("forward", "what a remote write target has cannot be taken out of its queue; it is sent again",
            {{"target", m_settings.name}, {"error", removed.error().message}});
        return m_backoff.next();
    }
    m_backoff.reset();
    return {};
}

} // namespace sextant::server
