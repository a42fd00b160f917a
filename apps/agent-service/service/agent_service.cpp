// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/service/agent_service.h"

#include "agent-service/collect/collectors.h"
#include "agent-service/service/clock.h"
#include "agent-service/uplink/proxy.h"
#include "metrics/codec.h"
#include "metrics/compression.h"
#include "platform/clocks.h"
#include "process/private_files.h"

#include <QRandomGenerator>
#include <QUuid>

#include <algorithm>
#include <array>
#include <utility>

namespace sextant::agent {
namespace {

constexpr std::chrono::milliseconds kGrace = 2 * Runner::kPatience;
constexpr std::int64_t kExpiryWarningMs = 14LL * 24 * 3600 * 1000;

constexpr std::int64_t kHeartbeatMs = 60'000; ///< where the interval is longer than this

SpoolOptions spoolOptions(const Settings& settings)
{
    const SpoolMode mode = settings.spoolMode == "always" ? SpoolMode::Always
                           : settings.spoolMode == "off"  ? SpoolMode::Off
                                                          : SpoolMode::OnFailure;
    return {
        settings.stateDir + "/spool.db", mode, settings.spoolBytes, settings.spoolMinFreeBytes, settings.queueBytes};
}

std::int64_t wallMs()
{
    return readClocks().wallMs;
}

double rollDice()
{
    return QRandomGenerator::global()->generateDouble();
}

metrics::BatchId makeBatchId()
{
    std::array<std::uint8_t, 10> random{};
    for (std::uint8_t& byte : random)
        byte = static_cast<std::uint8_t>(QRandomGenerator::global()->generate());
    return metrics::BatchId::make(wallMs(), random);
}

} // namespace

AgentService::AgentService(Settings settings, platform::Roots roots, platform::HostFacts host, logging::Log& log)
    : m_settings(std::move(settings)),
      m_roots(std::move(roots)),
      m_host(std::move(host)),
      m_log(log),
      m_spool(spoolOptions(m_settings), log, wallMs),
      m_uplink(m_spool, log, wallMs, rollDice),
      m_renewal(log, wallMs, rollDice, [this] { takeUpIdentity(); }),
      m_enrolment(log, rollDice),
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
    startSpool();
    m_uplink.setTimeout(m_settings.requestTimeout);
    m_renewal.setTimeout(m_settings.requestTimeout);
    m_uplink.setBacklogRate(m_settings.backlogPerSecond);
    m_uplink.setLeastOutage(m_settings.interval);
    m_uplink.introduce(m_host);
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
    const bool otherServer = settings.server != m_settings.server || settings.proxy != m_settings.proxy ||
                             settings.stateDir != m_settings.stateDir;
    useProxy(settings.proxy);
    m_settings = settings;
    m_spool.setOptions(spoolOptions(settings));
    m_uplink.setTimeout(settings.requestTimeout);
    m_renewal.setTimeout(settings.requestTimeout);
    m_uplink.setBacklogRate(settings.backlogPerSecond);
    m_uplink.setLeastOutage(settings.interval);
    if (otherServer) {
        m_identityVersion = 0;
        m_uplink.introduce(m_host);
    }
    takeUpIdentity();
    ship();
    startCollecting();
}

void AgentService::stop(const std::string& how, std::chrono::milliseconds limit, std::function<void()> done)
{
    m_clock.stop();
    ship();
    m_runner.reset();
    m_spool.keep(); // before the server is given time: whoever is impatient may kill us in it
    m_spool.journal().end(how, platform::readClocks());
    m_spool.saveJournal();
    m_uplink.finish(limit, std::move(done));
}

void AgentService::prepareForSleep()
{
    m_spool.keep(); // it may never wake up
    m_spool.journal().beat(platform::readClocks());
    m_spool.saveJournal();
}

void AgentService::wakeUp()
{
    if (m_runner) // not when it is stopping
        lookAtClock();
    m_uplink.wake();
}

void AgentService::startSpool()
{
    if (const auto prepared = process::preparePrivateFolder(m_settings.stateDir); !prepared)
        m_log.warning("spool", "the state folder cannot be used", {{"reason", prepared.error().message}});
    const std::string run = QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
    m_uplink.setRun(run);
    m_spool.start({run, platform::readBootId(m_roots).value_or(""), SEXTANT_VERSION, platform::readClocks()});
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
    const platform::Clocks clocks = platform::readClocks();
    m_spool.journal().beat(clocks);
    if (clocks.elapsedMs - m_journalSavedMs >= kHeartbeatMs) {
        m_journalSavedMs = clocks.elapsedMs;
        m_spool.saveJournal();
    }
    const TickPlan::Decision decision = m_plan.look({clocks.wallMs, std::chrono::milliseconds(clocks.elapsedMs)});
    m_ticksMissed += decision.missed;
    if (decision.tickMs)
        onTick(*decision.tickMs);
    m_clock.start(decision.wait);
}

void AgentService::onTick(std::int64_t timeMs)
{
    takeUpIdentity();
    if (m_identityVersion == 0)
        m_enrolment.look(m_settings, std::chrono::milliseconds(platform::readClocks().elapsedMs));
    m_runner->run({timeMs, static_cast<std::uint32_t>(m_settings.interval.count()), delivery()});
}

void AgentService::onOutcome(Outcome outcome)
{
    noteOutcome(outcome);
    m_assembler->add(std::move(outcome));
    if (m_runner->pending() == 0)
        ship();
    else if (!m_grace.isActive())
        m_grace.start();
}

void AgentService::noteOutcome(const Outcome& outcome)
{
    const std::string name(m_runner->collectors()[outcome.collector]->name());
    const std::string key = "collector:" + name;
    if (outcome.end == Outcome::End::Done)
        m_spool.journal().close(key, outcome.tickMs, 1);
    else
        m_spool.journal().open(key, metrics::GapCause::CollectorError, outcome.tickMs,
            name + ": " + (outcome.error.empty() ? "has not come back" : outcome.error));
}

void AgentService::ship()
{
    m_grace.stop();
    if (!m_assembler || m_assembler->empty())
        return;
    metrics::Batch batch{makeBatchId(), m_host.hostname, m_assembler->take()};
    batch.documents = m_assembler->takeDocuments();
    batch.tags = m_settings.tags;
    batch.sequence = m_spool.journal().nextSequence();
    batch.gaps = m_spool.journal().assign(batch.id);
    // First the journal, then the batch: a number that was given is never given again, whatever happens in between.
    m_journalSavedMs = platform::readClocks().elapsedMs;
    const auto [first, last] = std::ranges::minmax(batch.frames, {}, &metrics::Frame::timeMs);
    m_spool.saveJournal(first.timeMs());
    auto body = metrics::zstdCompressChecked(metrics::encodeBatch(batch));
    if (!body) {
        m_spool.journal().lost(batch.id);
        m_log.error("collect", "a batch could not be packed", {{"reason", body.error().message}});
        return;
    }
    m_spool.push({batch.id, std::move(*body), first.timeMs(), last.timeMs() + m_settings.interval.count()});
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
    if (const auto done = store.protectKey(*identity); !done)
        m_log.warning("uplink", "the private key stays unprotected in its file", {{"reason", done.error().message}});
    if (identity->notAfterMs - wallMs() < kExpiryWarningMs)
        m_log.warning("uplink", "the agent's certificate ends soon or has ended: enrol again with --force");
    m_uplink.useIdentity(*identity, *address);
    m_renewal.watch(store, *identity, *address, m_host.hostname);
}

DeliveryStats AgentService::delivery()
{
    const SpoolStats spool = m_spool.stats();
    return {spool.batches, spool.memoryBytes, spool.sent, spool.sentBytes, spool.dropped, spool.quarantined,
        m_uplink.failures(), m_ticksMissed, spool.diskBatches, spool.diskBytes, m_uplink.rowsRefused()};
}

} // namespace sextant::agent
