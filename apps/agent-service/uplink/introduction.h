// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/uplink/https_client.h"
#include "agent-service/uplink/identity.h"
#include "logging/log.h"
#include "platform/host.h"

#include <QJsonObject>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <memory>
#include <string>

namespace sextant::agent {

/// What a host says of itself, at its enrolment and after: its name, its system, and the version of its agent.
[[nodiscard]] QJsonObject introductionOf(const platform::HostFacts& facts);

/// Tells the server what this host is now, once for each start: after an upgrade, or under another name, it is not what
/// it was when it enrolled. Tried again until the server has taken it, after a minute at first, doubled up to six
/// hours; a server that does not know the request is older than this and is left alone. Has a connection of its own,
/// which ends with the answer. Lives on the thread of its event loop; does not own the log.
class Introduction : public QObject {
    Q_OBJECT
public:
    static constexpr std::chrono::milliseconds kFirstRetry{60'000};
    static constexpr std::chrono::milliseconds kLongestRetry{6 * 3'600'000};

    explicit Introduction(logging::Log& log, QObject* parent = nullptr);

    /// Introduces a host, in place of what was under way.
    void introduce(const Identity& identity, const ServerAddress& server, const platform::HostFacts& facts);
    void setTimeout(std::chrono::milliseconds timeout) { m_timeout = timeout; }

private:
    void send();
    void onAnswer(const Result<HttpResponse>& answer);
    void failed(const std::string& reason);

    logging::Log& m_log;
    std::string m_body;
    std::unique_ptr<HttpsClient> m_client;
    std::chrono::milliseconds m_timeout{30'000};
    std::chrono::milliseconds m_retry = kFirstRetry;
    QTimer m_timer;
};

} // namespace sextant::agent
