// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/uplink/https_client.h"
#include "agent-service/uplink/identity.h"
#include "agent-service/uplink/retry.h"
#include "logging/log.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sextant::agent {

/// Renews the agent's certificate when two thirds of its life are over: asks the server, as the identity that still
/// holds, for a certificate for a **new** key, and puts both in place of the old ones in one step. A new key each time,
/// so that a copy of the state folder (a backup, a cloned disk) is worth something only until the next renewal. The
/// server takes the old certificate until it has seen the new one, so an answer that gets lost costs nothing: the key
/// is thrown away and it is tried again, after a minute at first, up to six hours later. Has its own connection: the
/// delivery of batches is not disturbed. Lives on the thread of its event loop; does not own the log.
class Renewal : public QObject {
    Q_OBJECT
public:
    using Clock = std::function<std::int64_t()>;                 ///< Unix milliseconds
    static constexpr std::chrono::milliseconds kLook{3'600'000}; ///< between two looks at the calendar

    /// `onRenewed` is called when another identity lies in the store.
    Renewal(
        logging::Log& log, Clock clock, Backoff::Dice dice, std::function<void()> onRenewed, QObject* parent = nullptr);

    /// From now on looks after `identity`, which lies in `store`; `name` is for people who read the request.
    void watch(const IdentityStore& store, const Identity& identity, const ServerAddress& server, std::string name);
    void setTimeout(std::chrono::milliseconds timeout) { m_timeout = timeout; }

    /// When the certificate is to be renewed, Unix milliseconds.
    [[nodiscard]] static std::int64_t dueMs(const QSslCertificate& certificate);

private:
    void look();
    void renew();
    void onAnswer(const std::string& keyPem, const Result<HttpResponse>& answer);
    [[nodiscard]] Result<void> store(const std::string& keyPem, const HttpResponse& response) const;
    void failed(const std::string& reason);

    logging::Log& m_log;
    Clock m_clock;
    std::function<void()> m_onRenewed;
    std::optional<IdentityStore> m_store;
    Identity m_identity;
    std::string m_name;
    std::unique_ptr<HttpsClient> m_client;
    std::chrono::milliseconds m_timeout{30'000};
    Backoff m_backoff;
    QTimer m_timer;
};

} // namespace sextant::agent
