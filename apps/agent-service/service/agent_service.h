// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/assembler.h"
#include "agent-service/collect/runner.h"
#include "agent-service/collect/tick_plan.h"
#include "agent-service/config/settings.h"
#include "agent-service/service/pending_enrolment.h"
#include "agent-service/spool/spool.h"
#include "agent-service/uplink/renewal.h"
#include "agent-service/uplink/uplink.h"
#include "logging/log.h"
#include "platform/host.h"
#include "platform/roots.h"

#include <QObject>
#include <QTimer>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sextant::agent {

/// The agent at work: the clock starts a collection, the collectors' frames become a batch, the batch goes into the
/// spool, the uplink delivers it. Without an identity it collects all the same and looks with every tick whether the
/// host has been enrolled meanwhile; an identity that enrolment replaced is taken up in the same way. Lives on one
/// event loop; does not own the log.
class AgentService : public QObject {
    Q_OBJECT
public:
    AgentService(Settings settings, platform::Roots roots, platform::HostFacts host, logging::Log& log);
    ~AgentService() override;

    void start();

    /// Takes new settings up without losing what waits in the spool.
    void apply(const Settings& settings);

    /// Brings to the disk what waits, delivers what it can within `limit`, then calls `done`. `how` the run ended is
    /// what the next one reports: "stopped by SIGTERM".
    void stop(const std::string& how, std::chrono::milliseconds limit, std::function<void()> done);

    /// Where the system says that the machine will sleep, and that it woke up. (It is noticed without that, too.)
    void prepareForSleep();
    void wakeUp();

private:
    void startCollecting();
    void lookAtClock();
    void onTick(std::int64_t timeMs);
    void onOutcome(Outcome outcome);
    void ship();
    void takeUpIdentity();
    void startSpool();
    void noteOutcome(const Outcome& outcome);
    [[nodiscard]] DeliveryStats delivery();

    Settings m_settings;
    platform::Roots m_roots;
    platform::HostFacts m_host;
    logging::Log& m_log;
    Spool m_spool;
    Uplink m_uplink;
    Renewal m_renewal;
    PendingEnrolment m_enrolment;
    TickPlan m_plan;
    QTimer m_clock;
    QTimer m_grace; ///< how long a batch waits for collectors that are late
    std::unique_ptr<Runner> m_runner;
    std::unique_ptr<Assembler> m_assembler;
    std::uint64_t m_identityVersion = 0;
    std::uint64_t m_ticksMissed = 0;
    std::int64_t m_journalSavedMs = 0; ///< by the clock that only goes forward
};

} // namespace sextant::agent
