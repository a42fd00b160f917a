// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/connection_budget.h"
#include "server/http/handler.h"
#include "server/http/limits.h"
#include "server/http/mailbox.h"
#include "server/http/request_parser.h"

#include <QSslConfiguration>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

class QSslSocket;

namespace sextant::server::http {

/// One client: TLS handshake, then requests in and answers out, in the order of the requests. Several requests may run
/// at once when each of them says so (Admission::concurrent), else one after the other. Deadlines are looked at in
/// tick(), which its worker calls a few times a second. Lives on its worker's thread; ends by calling `retire` once,
/// after which the worker destroys it from the event loop.
class Connection {
public:
    using Clock = std::chrono::steady_clock;

    struct Context {
        const Limits& limits;
        RequestHandler& handler;
        std::shared_ptr<Mailbox> mailbox;
        std::function<void(std::uint64_t)> retire;
        std::function<std::string_view()> date; ///< the Date header of this moment
    };

    Connection(std::uint64_t id, const Context& context, std::unique_ptr<QSslSocket> socket,
        std::unique_ptr<ConnectionBudget::Lease> lease);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start(const QSslConfiguration& tls);
    void deliver(Mailbox::Letter letter);
    void tick(Clock::time_point now);
    /// Finishes what is in flight, takes nothing new.
    void shutDown();
    /// Cuts the connection.
    void abort();

private:
    enum class Phase {
        Handshake,
        Open,
        Lingering, ///< the last answer is on its way; input is thrown away
        Closing,   ///< waits for the socket to go
        Gone,
    };

    struct Exchange {
        enum class State { Waiting, Running, Answered };
        std::uint64_t number = 0;
        State state = State::Waiting;
        bool head = false;
        bool http11 = true;
        bool keepAlive = true;
        bool concurrent = false;
        int route = -1;
        std::optional<std::string> acceptEncoding;
        std::optional<Request> request; ///< while it waits
        std::function<void(Request, Responder)> run;
        std::optional<Response> answer;
    };

    void onEncrypted();
    void onReadyRead();
    void onBytesWritten();
    void onDisconnected();

    void readInput();
    [[nodiscard]] bool mayParse() const;
    void parseInput();
    void headDone();
    void requestDone();
    /// Answers in turn and closes afterwards; whatever input follows is thrown away.
    void refuse(Response response);
    void sendContinueWhenDue();

    void startWaiting();
    void flushAnswers();
    WireBytes wireBytes(Exchange& exchange);
    void startStream(std::shared_ptr<StreamBody> stream);
    void sendStreamBytes(const QByteArray& bytes);
    void endStream();
    void send(const QByteArray& bytes);
    [[nodiscard]] std::size_t backlog() const;
    void finishSending();
    void close();
    void gone();

    void tickOpen(Clock::time_point now);
    void tickBody(Clock::time_point now);
    void tickStream(Clock::time_point now);

    const std::uint64_t m_id;
    const Context& m_context;
    std::unique_ptr<QSslSocket> m_socket;
    std::unique_ptr<ConnectionBudget::Lease> m_lease;
    Peer m_peer;
    Phase m_phase = Phase::Handshake;
    std::shared_ptr<std::atomic<bool>> m_isGone = std::make_shared<std::atomic<bool>>(false); ///< for Responders

    std::string m_input; ///< read from the socket, not yet parsed
    RequestParser m_parser;
    Admission m_admission; ///< of the request whose body arrives
    std::deque<Exchange> m_exchanges;
    std::uint64_t m_nextExchange = 0;
    bool m_lastRequestSeen = false; ///< no further request is read
    bool m_unreadInput = false;     ///< the client may still be sending what nobody wants
    bool m_continueDue = false;
    bool m_firstRequest = true;

    std::shared_ptr<StreamBody> m_stream;
    std::shared_ptr<void> m_streamOwner;
    bool m_streamChunked = false;
    Clock::time_point m_nextHeartbeat;

    Clock::time_point m_phaseStart; ///< when the handshake, linger or closing began
    Clock::time_point m_headStart;  ///< when the head that arrives began
    Clock::time_point m_idleSince;
    Clock::time_point m_bodyWindowStart;
    std::size_t m_bodyWindowBytes = 0;
    Clock::time_point m_lastSent; ///< when the client last took something
};

} // namespace sextant::server::http
