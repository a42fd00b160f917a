// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/config/settings.h"
#include "agent-service/uplink/retry.h"
#include "logging/log.h"

#include <QProcess>

#include <chrono>
#include <string>

namespace sextant::agent {

/// Enrols this host by itself when whoever installed it (an MSI, cloud-init, a golden image) has left a token in the
/// file `enroll.token` of the state folder: a private file, removed once it has worked. A server that cannot be reached
/// is tried again, longer and longer apart; a token that is refused is put aside as `enroll.token.refused`, with an
/// error in the log. The work is done by `sextant-agent enroll` as a child, so that collecting goes on meanwhile. Lives
/// on one event loop; does not own the log.
class PendingEnrolment {
public:
    PendingEnrolment(logging::Log& log, Backoff::Dice dice);
    /// Ends a child that is still at it; the token stays then.
    ~PendingEnrolment();

    /// To be called again and again while there is no identity. `elapsed`: by the clock that only goes forward.
    void look(const Settings& settings, std::chrono::milliseconds elapsed);

private:
    void onEnd(const std::string& tokenFile, int code);

    logging::Log& m_log;
    Backoff m_backoff;
    QProcess m_child;
    std::chrono::milliseconds m_elapsed{0};
    std::chrono::milliseconds m_notBefore{0};
};

} // namespace sextant::agent
