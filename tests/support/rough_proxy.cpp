// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/rough_proxy.h"

#include <QTcpSocket>
#include <QTimer>

#include <sys/socket.h>

#include <algorithm>

namespace sextant::test {
namespace {

constexpr std::int64_t kBuffer = 16'384; // so that who is throttled notices
constexpr int kSliceMs = 20;

} // namespace

/// One connection and its other half.
class RoughProxy::Link : public QObject {
public:
    Link(RoughProxy& proxy, QTcpSocket* client, Trouble trouble, std::int64_t untilTrouble)
        : QObject(&proxy), m_proxy(proxy), m_client(client), m_trouble(trouble), m_untilTrouble(untilTrouble)
    {
        m_client->setParent(this);
        for (QTcpSocket* socket : {m_client, &m_server}) {
            socket->setReadBufferSize(kBuffer);
            connect(socket, &QTcpSocket::readyRead, this, [this] { pass(); });
            connect(socket, &QTcpSocket::disconnected, this, [this] { end(); });
            connect(socket, &QTcpSocket::errorOccurred, this, [this] { end(); });
        }
        connect(&m_slice, &QTimer::timeout, this, [this] { refill(); });
        m_slice.start(kSliceMs);
        m_server.connectToHost(QHostAddress::LocalHost, m_proxy.m_serverPort);
    }
    ~Link() override
    {
        for (QTcpSocket* socket : {m_client, &m_server})
            socket->disconnect(this); // a socket that goes says so, to one that is gone by half
    }

private:
    void refill()
    {
        const std::int64_t slice = m_proxy.m_bytesPerSecond * kSliceMs / 1'000;
        m_up = m_down = slice;
        pass();
    }
    void pass()
    {
        if (m_server.state() != QAbstractSocket::ConnectedState)
            return;
        forward(*m_client, m_server, m_up);
        forward(m_server, *m_client, m_down);
    }
    void forward(QTcpSocket& from, QTcpSocket& to, std::int64_t& allowance)
    {
        if (m_swallows && from.isOpen())
            from.readAll();
        if (m_met || !from.isOpen() || !to.isOpen())
            return;
        std::int64_t bytes = std::min<std::int64_t>(from.bytesAvailable(), kBuffer);
        if (m_proxy.m_bytesPerSecond > 0)
            bytes = std::min(bytes, allowance);
        if (m_trouble != Trouble::None)
            bytes = std::min(bytes, m_untilTrouble);
        allowance -= bytes;
        m_untilTrouble -= bytes;
        to.write(from.read(bytes));
        to.flush();
        if (m_trouble != Trouble::None && m_untilTrouble == 0)
            meet();
    }
    void meet()
    {
        m_met = true;
        ++m_proxy.m_troubled;
        if (m_trouble == Trouble::Cut) {
            m_client->abort();
            m_server.abort();
            deleteLater();
        } else if (m_trouble == Trouble::HalfClose) {
            m_swallows = true;
            ::shutdown(static_cast<int>(m_client->socketDescriptor()), SHUT_WR);
        }
    }
    /// One half is gone: the other one learns it after what was still to come; in a silence nobody learns anything.
    void end()
    {
        const bool clientGone = m_client->state() != QAbstractSocket::ConnectedState;
        if (m_met && !clientGone)
            return;
        m_up = m_down = kBuffer;
        forward(*m_client, m_server, m_up);
        forward(m_server, *m_client, m_down);
        m_client->disconnectFromHost();
        m_server.disconnectFromHost();
        deleteLater();
    }

    RoughProxy& m_proxy;
    QTcpSocket* m_client;
    QTcpSocket m_server;
    QTimer m_slice;
    Trouble m_trouble;
    std::int64_t m_untilTrouble;
    std::int64_t m_up = 0;
    std::int64_t m_down = 0;
    bool m_met = false;
    bool m_swallows = false;
};

RoughProxy::RoughProxy(quint16 serverPort, QObject* parent)
    : QObject(parent), m_serverPort(serverPort), m_random(std::random_device{}())
{
    connect(&m_listener, &QTcpServer::newConnection, this, [this] {
        while (QTcpSocket* client = m_listener.nextPendingConnection()) {
            ++m_connections;
            // A handshake is about 3,000 bytes, a batch and its answer about as many.
            new Link(*this, client, m_trouble, std::uniform_int_distribution<std::int64_t>(200, 20'000)(m_random));
        }
    });
}

bool RoughProxy::listen(const QHostAddress& address)
{
    return m_listener.listen(address);
}

} // namespace sextant::test
