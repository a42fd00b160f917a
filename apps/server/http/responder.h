// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <atomic>
#include <cstdint>
#include <memory>

namespace sextant::server::http {

class Mailbox;
struct Response;

/// The way back for one request's answer. Copies stand for the same request. send() may be called from any thread,
/// once: later calls do nothing. When the last copy dies without an answer the client gets 500, so no request hangs.
/// When the connection is gone the answer goes nowhere.
class Responder {
public:
    /// `gone`: becomes true when the connection ends; null: nobody says so.
    Responder(std::shared_ptr<Mailbox> mailbox, std::uint64_t connection, std::uint64_t exchange,
        std::shared_ptr<const std::atomic<bool>> gone = nullptr);

    void send(Response response) const;
    /// Whether the client went away: work for its answer is for nothing. Cheap.
    [[nodiscard]] bool isAbandoned() const;

private:
    class State;
    std::shared_ptr<State> m_state;
    std::shared_ptr<const std::atomic<bool>> m_gone;
};

/// The way to a client that reads a stream. Copies stand for the same stream; any thread. A client that does not take
/// what is sent (Limits::writeBacklogBytes) is cut off.
class Stream {
public:
    Stream(std::shared_ptr<Mailbox> mailbox, std::uint64_t connection);

    void send(std::shared_ptr<const QByteArray> bytes) const;
    void end() const;

private:
    std::shared_ptr<Mailbox> m_mailbox;
    std::uint64_t m_connection;
};

} // namespace sextant::server::http
