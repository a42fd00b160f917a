// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/support/test_pki.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QSslSocket>
#include <QTcpServer>

#include <functional>
#include <string>
#include <vector>

namespace sextant::agent::test {

/// A request as the fake server got it.
struct Request {
    QByteArray method;
    QByteArray path;
    QHash<QByteArray, QByteArray> headers; ///< names in lower case
    QByteArray body;
    QSslCertificate peer; ///< the client's certificate; null when it showed none
    int connection = 0;   ///< 1, 2, … in the order in which they were made
};

/// What it does with a request.
struct Reply {
    QByteArray bytes; ///< what is written; nothing for silence
    bool closeAfter = false;
    int delayMs = 0;
};

[[nodiscard]] Reply reply(int status, const QByteArray& headers = {}, const QByteArray& body = {});

/// A real TLS server on a free loopback port that injects faults: each request is answered by `onRequest`. Runs on the
/// event loop of its thread.
class FakeServer : public QTcpServer {
    Q_OBJECT
public:
    FakeServer(const Issued& certificate, const Issued& authority);

    [[nodiscard]] QString url() const;

    std::function<Reply(const Request&)> onRequest;
    std::vector<Request> requests;
    int connections = 0;
    QList<QSslSocket*> sockets;

    /// Closes all connections, as a server does with idle ones.
    void closeConnections();

protected:
    void incomingConnection(qintptr handle) override;

private:
    void read(QSslSocket* socket, QByteArray& buffer, int connection);

    Issued m_certificate;
    Issued m_authority;
};

} // namespace sextant::agent::test
