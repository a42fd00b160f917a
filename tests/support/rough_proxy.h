// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHostAddress>
#include <QObject>
#include <QTcpServer>

#include <cstdint>
#include <random>

namespace sextant::test {

/// A bad way to a server: a TCP proxy on loopback that lets through no more than so many bytes a second, and gives
/// every connection some trouble after a random number of bytes, in the middle of a handshake, a request or an answer.
/// Runs on the event loop of its thread, which must turn.
class RoughProxy : public QObject {
public:
    enum class Trouble {
        None,
        Cut,       ///< both ends get a reset
        Silence,   ///< nothing goes through any more and nobody is told: a half-open connection
        HalfClose, ///< the client sees the end of what comes; what it sends is read and thrown away
    };

    explicit RoughProxy(quint16 serverPort, QObject* parent = nullptr);

    [[nodiscard]] bool listen(const QHostAddress& address = QHostAddress::LocalHost);
    [[nodiscard]] quint16 port() const { return m_listener.serverPort(); }

    /// For connections that are made from now on.
    void setTrouble(Trouble trouble) { m_trouble = trouble; }
    /// Each way of each connection, from now on; 0: as fast as it goes.
    void setBytesPerSecond(std::int64_t bytes) { m_bytesPerSecond = bytes; }

    /// Connections that were made, and those of them that met their trouble.
    [[nodiscard]] int connections() const { return m_connections; }
    [[nodiscard]] int troubled() const { return m_troubled; }

private:
    class Link;

    QTcpServer m_listener;
    quint16 m_serverPort;
    Trouble m_trouble = Trouble::None;
    std::int64_t m_bytesPerSecond = 0;
    std::mt19937 m_random;
    int m_connections = 0;
    int m_troubled = 0;
};

} // namespace sextant::test
