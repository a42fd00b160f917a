// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace sextant::test {

/// A bad network between the server and PostgreSQL, on a free loopback port: it passes on what clients send, message by
/// message (PostgreSQL 15 manual, "Frontend/Backend Protocol"; without TLS), and refuses, delays or cuts as it is told.
/// Any thread may tell it.
class PostgresProxy {
public:
    explicit PostgresProxy(quint16 target);
    ~PostgresProxy();
    PostgresProxy(const PostgresProxy&) = delete;
    PostgresProxy& operator=(const PostgresProxy&) = delete;

    [[nodiscard]] quint16 port() const { return m_port; }

    /// Ends every connection, and each new one at once.
    void refuse(bool refuse) { m_refuses = refuse; }
    /// Every query waits so long before it is passed on.
    void delayQueries(std::chrono::milliseconds delay) { m_delay = delay; }
    /// Ends a connection in the middle of the data of a COPY.
    void cutCopies(bool cut) { m_cuts = cut; }
    /// How often it did.
    [[nodiscard]] int copiesCut() const { return m_copiesCut; }

private:
    struct Link;

    void accept();
    void pass(int client);
    [[nodiscard]] bool passRequests(Link& link);
    [[nodiscard]] bool beginMessage(Link& link);

    quint16 m_target;
    quint16 m_port = 0;
    int m_listener = -1;
    std::atomic<bool> m_stopping{false};
    std::atomic<bool> m_refuses{false};
    std::atomic<bool> m_cuts{false};
    std::atomic<int> m_copiesCut{0};
    std::atomic<std::chrono::milliseconds> m_delay{std::chrono::milliseconds(0)};
    std::thread m_accepting;
    std::vector<std::thread> m_links; ///< of the accepting thread until it ended
};

} // namespace sextant::test
