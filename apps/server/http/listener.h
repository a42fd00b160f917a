// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/http/connection_budget.h"
#include "server/http/handler.h"
#include "server/http/limits.h"

#include <QHostAddress>
#include <QSslConfiguration>
#include <QTcpServer>

#include <memory>
#include <vector>

class QThread;

namespace sextant::server::http {

class Worker;

/// Accepts TCP connections and gives each to the least loaded of a few worker threads, where TLS and HTTP happen. Owned
/// by main, lives on the main thread. open() fails with Conflict when the port is in use, Denied when it may not be
/// used.
class Listener : public QTcpServer {
    Q_OBJECT

public:
    /// `handler` outlives the listener. `workers`: threads, at least 1.
    Listener(const Limits& limits, RequestHandler& handler, int workers);
    /// Cuts what stop() has not finished.
    ~Listener() override;

    /// Port 0 takes any free one; port() says which.
    [[nodiscard]] Result<void> open(const QHostAddress& address, quint16 port, const QSslConfiguration& tls);
    [[nodiscard]] quint16 port() const { return serverPort(); }
    /// For connections from now on (a renewed server certificate).
    void setTls(const QSslConfiguration& tls) { m_tls = tls; }
    [[nodiscard]] std::size_t connections() const { return m_budget.connections(); }

    /// Stops accepting, lets running requests finish, and emits stopped() when they have, at the latest after
    /// Limits::shutdownTime.
    void stop();

signals:
    void stopped();

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void endThreads();

    const Limits m_limits;
    ConnectionBudget m_budget;
    QSslConfiguration m_tls;
    std::vector<std::unique_ptr<Worker>> m_workers;
    std::vector<std::unique_ptr<QThread>> m_threads;
    std::size_t m_undrained = 0;
    bool m_stopped = false;
};

} // namespace sextant::server::http
