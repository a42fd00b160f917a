// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/forward/forwarder.h"

#include "logging/log.h"
#include "server/forward/outgoing_series.h"
#include "server/forward/series_filter.h"

#include <QDir>

#include <algorithm>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::size_t kSamplesPerBody = 5'000;
constexpr std::size_t kLabelBytesPerBody = std::size_t{1} << 20;

std::size_t bytesOf(const metrics::Labels& labels)
{
    std::size_t bytes = 0;
    for (const metrics::Label& label : labels)
        bytes += label.name.size() + label.value.size();
    return bytes;
}

/// Gathers series until a body is full.
class Packer {
public:
    Packer(std::vector<QueuedBody>& bodies, std::int64_t nowMs) : m_bodies(bodies), m_nowMs(nowMs) {}

    void add(const metrics::Labels& labels, std::span<const metrics::RemoteSeries::Sample> samples)
    {
        while (!samples.empty()) {
            const auto part = samples.first(std::min(samples.size(), kSamplesPerBody - m_samples));
            m_request.push_back({labels, {part.begin(), part.end()}});
            m_samples += part.size();
            m_labelBytes += bytesOf(labels);
            samples = samples.subspan(part.size());
            if (m_samples == kSamplesPerBody || m_labelBytes >= kLabelBytesPerBody)
                finish();
        }
    }

    void finish()
    {
        if (m_request.empty())
            return;
        m_bodies.push_back({0, m_nowMs, static_cast<std::int64_t>(m_samples), metrics::encodeRemoteWrite(m_request)});
        m_request.clear();
        m_samples = m_labelBytes = 0;
    }

private:
    std::vector<QueuedBody>& m_bodies;
    const std::int64_t m_nowMs;
    std::vector<metrics::RemoteSeries> m_request;
    std::size_t m_samples = 0;
    std::size_t m_labelBytes = 0;
};

} // namespace

QString forwardQueuePath(const QString& dataDir, const std::string& target)
{
    return dataDir + QStringLiteral("/forward/") + QString::fromStdString(target) + QStringLiteral(".db");
}

void appendBodies(std::vector<QueuedBody>& bodies, const RemoteWriteTarget& target,
    std::span<const metrics::RemoteSeries> series, std::int64_t nowMs)
{
    Packer packer(bodies, nowMs);
    for (const metrics::RemoteSeries& one : series) {
        const metrics::Labels labels = withExternalLabels(target, one.labels);
        if (isForwarded(target, labels))
            packer.add(labels, one.samples);
    }
    packer.finish();
}

Result<std::unique_ptr<Forwarder>> Forwarder::open(const QString& dataDir,
    const std::vector<RemoteWriteTarget>& targets, const HostRegistry& hosts, logging::Log& log, Clock clock)
{
    std::unique_ptr<Forwarder> forwarder(new Forwarder(hosts, std::move(clock)));
    if (!targets.empty() && !QDir(dataDir).mkpath(QStringLiteral("forward")))
        return fail(ErrorCode::Io, "cannot make the folder " + dataDir.toStdString() + "/forward");
    for (const RemoteWriteTarget& target : targets) {
        const QString path = forwardQueuePath(dataDir, target.name);
        auto queue = ForwardQueue::open(path, target.queueBytes, forwarder->m_clock());
        if (!queue)
            return tl::unexpected(queue.error());
        if ((*queue)->wasDamaged())
            log.error("forward", "the queue of a remote write target was damaged: it is set aside and begun anew",
                {{"target", target.name}, {"file", path.toStdString()}});
        forwarder->m_targets.push_back(std::make_unique<ForwardTarget>(target, std::move(*queue), log));
    }
    return forwarder;
}

void Forwarder::start()
{
    for (const auto& target : m_targets)
        target->start();
}

void Forwarder::stop()
{
    for (const auto& target : m_targets)
        target->stop();
}

const QueryHost* Forwarder::hostOf(HostId id)
{
    if (const HostRegistry::HostList list = m_registry.list(); list != m_list) {
        m_list = list;
        m_hosts.clear();
        for (QueryHost& host : queryHosts(*list))
            m_hosts.insert_or_assign(host.id, std::move(host));
    }
    const auto found = m_hosts.find(id);
    return found == m_hosts.end() ? nullptr : &found->second;
}

void Forwarder::take(std::span<const StoredFrames> stored)
{
    const std::int64_t nowMs = m_clock();
    std::vector<std::vector<QueuedBody>> bodies(m_targets.size());
    for (const StoredFrames& batch : stored) {
        const QueryHost* host = hostOf(batch.host);
        if (!host) // was removed; nobody can ask for it here either
            continue;
        for (const auto frames : {batch.replayed, batch.current}) {
            const auto series = outgoingSeries(*host, frames);
            for (std::size_t i = 0; i < m_targets.size(); ++i)
                appendBodies(bodies[i], m_targets[i]->settings(), series, nowMs);
        }
    }
    for (std::size_t i = 0; i < m_targets.size(); ++i)
        m_targets[i]->put(bodies[i]);
}

std::vector<ForwardState> Forwarder::states() const
{
    std::vector<ForwardState> states;
    for (const auto& target : m_targets)
        states.push_back({target->settings().name, target->waiting(), target->counts()});
    return states;
}

} // namespace sextant::server
