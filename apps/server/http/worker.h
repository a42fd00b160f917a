// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/connection.h"

#include <QObject>
#include <QSslConfiguration>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

class QTimer;

namespace sextant::server::http {

/// One thread's share of the connections. Made by the Listener and moved to its thread; all slots run there.
/// load() may be asked from any thread.
class Worker : public QObject {
    Q_OBJECT

public:
    Worker(const Limits& limits, RequestHandler& handler, ConnectionBudget& budget);
    ~Worker() override;

    [[nodiscard]] std::size_t load() const { return m_load; }
    /// Before the descriptor is handed over: it counts from now on.
    void expect() { ++m_load; }

    void start();
    void adopt(qintptr descriptor, const QSslConfiguration& tls);
    void shutDown();
    void abortAll();

signals:
    /// After shutDown(), when no connection is left.
    void drained();

private:
    void deliverLetters();
    void tick();
    void retire(std::uint64_t id);
    void bury();
    std::string_view date();

    const Limits& m_limits;
    ConnectionBudget& m_budget;
    Connection::Context m_context;
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> m_connections;
    std::vector<std::unique_ptr<Connection>> m_retired;
    std::uint64_t m_nextId = 1;
    std::atomic<std::size_t> m_load = 0;
    QTimer* m_timer = nullptr;
    std::int64_t m_dateSecond = -1;
    std::string m_date;
    bool m_shuttingDown = false;
};

} // namespace sextant::server::http
