// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/service/agent_service.h"

#include "agent-service/collect/collectors.h"
#include "agent-service/service/clock.h"
#include "metrics/codec.h"
#include "metrics/compression.h"

#include <QRandomGenerator>

#include <algorithm>
#include <array>
#include <utility>

namespace sextant::agent {
namespace {

constexpr std::chrono::milliseconds kGrace = 2 * Runner::kPatience;
constexpr std::int64_t kExpiryWarningMs = 14LL * 24 * 3600 * 1000;

std::int64_t wallMs()
{
    return readClocks().wallMs;
}

metrics::BatchId makeBatchId()
{
    std::array<std::uint8_t, 10> random{};
    for (std::uint8_t& byte : random)
        byte = static_cast<std::uint8_t>(QRandomGenerator::global()->generate());
    return metrics::BatchId::make(wallMs(), random);
}

} // namespace

AgentService::AgentService(Settings settings, platform::Roots roots, std::string hostname, logging::Log& log)
    : m_settings(std::move(settings)),
      m_roots(std::move(roots)),
      m_hostname(std::move(hostname)),
      m_log(log),
      m_queue(m_settings.queueBytes),
      m_uplink(m_queue, log, wallMs, [] { return QRandomGenerator::global()->generateDouble(); }),
      m_plan(m_settings.interval)
{
    m_clock.setSingleShot(true);
    m_clock.setTimerType(Qt::PreciseTimer);
    m_grace.setSingleShot(true);
    m_grace.setInterval(kGrace);
    connect(&m_clock, &QTimer::timeout, this, &AgentService::lookAtClock);
    connect(&m_grace, &QTimer::timeout, this, &AgentService::ship);
}

AgentService::~AgentService() = default;

void AgentService::start()
{
    m_uplink.setTimeout(m_settings.requestTimeout);
    takeUpIdentity();
    if (m_identityVersion == 0) {
        m_log.warning("uplink",
            "this host is not enrolled: collecting, but nothing is delivered until `sextant-agent enroll TOKEN`",
            {{"state_dir", m_settings.stateDir}});
    }
    startCollecting();
}

void AgentService::apply(const Settings& settings)
{
    const bool otherServer = settings.server != m_settings.server || settings.stateDir != m_settings.stateDir;
    m_settings = settings;
    m_queue.setMaxBytes(settings.queueBytes);
    m_uplink.setTimeout(settings.requestTimeout);
    if (otherServer)
        m_identityVersion = 0;
    takeUpIdentity();
    ship();
    startCollecting();
}

void AgentService::stop(std::chrono::milliseconds limit, std::function<void()> done)
{
    m_clock.stop();
    ship();
    m_runner.reset();
    m_uplink.finish(limit, std::move(done));
}

void AgentService::startCollecting()
{
    m_runner = std::make_unique<Runner>(makeCollectors(m_settings, m_roots), m_settings.effectiveDeadline(),
        [this](Outcome outcome) { onOutcome(std::move(outcome)); });
    std::vector<std::string> names;
    for (const auto& collector : m_runner->collectors())
        names.emplace_back(collector->name());
    m_assembler =
        std::make_unique<Assembler>(std::move(names), static_cast<std::uint32_t>(m_settings.interval.count()), m_log);
    m_plan = TickPlan(m_settings.interval);
    lookAtClock();
}

void AgentService::lookAtClock()
{
    const TickPlan::Decision decision = m_plan.look(readClocks());
    m_ticksMissed += decision.missed;
    if (decision.tickMs)
        onTick(*decision.tickMs);
    m_clock.start(decision.wait);
}

void AgentService::onTick(std::int64_t timeMs)
{
    takeUpIdentity();
    m_runner->run({timeMs, static_cast<std::uint32_t>(m_settings.interval.count()), delivery()});
}

void AgentService::onOutcome(Outcome outcome)
{
    m_assembler->add(std::move(outcome));
    if (m_runner->pending() == 0)
        ship();
    else if (!m_grace.isActive())
        m_grace.start();
}

void AgentService::ship()
{
    m_grace.stop();
    if (!m_assembler || m_assembler->empty())
        return;
    const metrics::Batch batch{makeBatchId(), m_hostname, m_assembler->take()};
    auto body = metrics::zstdCompress(metrics::encodeBatch(batch));
    if (!body) {
        m_log.error("collect", "a batch could not be packed", {{"reason", body.error().message}});
        return;
    }
    m_queue.push({batch.id, std::move(*body)});
    m_uplink.wake();
}

void AgentService::takeUpIdentity()
{
    const IdentityStore store(m_settings.stateDir);
    const std::uint64_t version = store.version();
    if (version == m_identityVersion || version == 0)
        return;
    const auto identity = store.load();
    const auto address = identity ? parseServerAddress(m_settings.server.empty() ? identity->server : m_settings.server)
                                  : tl::unexpected(identity.error());
    if (!address) {
        m_log.error("uplink", "this host's identity cannot be used", {{"reason", address.error().message}});
        return;
    }
    m_identityVersion = version;
    m_log.info("uplink", "delivering", {{"server", address->text()}, {"host_id", std::to_string(identity->hostId)}});
    if (identity->notAfterMs - wallMs() < kExpiryWarningMs)
        m_log.warning("uplink", "the agent's certificate ends soon or has ended: enrol again with --force");
    m_uplink.useIdentity(*identity, *address);
}

DeliveryStats AgentService::delivery() const
{
    const QueueStats& queue = m_queue.stats();
    return {queue.batches, queue.bytes, queue.sent, queue.sentBytes, queue.dropped, queue.quarantined,
        m_uplink.failures(), m_ticksMissed};
}

} // namespace sextant::agent
