// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/uplink/https_client.h"
#include "agent-service/uplink/retry.h"
#include "logging/log.h"
#include "platform/host.h"

#include <QDeadlineTimer>
#include <QJsonObject>

#include <string>

namespace sextant::agent {

/// What a host says of itself, at its enrolment and after: its name, its system, and the version of its agent.
[[nodiscard]] QJsonObject introductionOf(const platform::HostFacts& facts);

/// What the server is still to be told of this host: after an upgrade, or under another name, it is not what it was
/// when it enrolled. Due until the server has taken it, after a failure only when a pause is over; a server that does
/// not know the request is older than this and is left alone. Sent by the uplink on its own connection: thousands of
/// agents that are started at one moment shall not each make two. One thread; does not own the log.
class Introduction {
public:
    Introduction(logging::Log& log, Backoff::Dice dice);

    /// This is to be told now. Not of a host without a name, which no server takes.
    void tell(const platform::HostFacts& facts);

    [[nodiscard]] bool isDue() const { return !m_body.empty() && m_pause.hasExpired(); }
    [[nodiscard]] HttpRequest request() const;
    /// Takes what became of a request.
    void note(const Result<HttpResponse>& answer);

private:
    void failed(const std::string& reason);

    logging::Log& m_log;
    Backoff m_backoff;
    QDeadlineTimer m_pause;
    std::string m_body; ///< empty when the server knows
};

} // namespace sextant::agent
