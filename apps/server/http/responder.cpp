// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/responder.h"

#include "server/http/mailbox.h"
#include "server/http/response.h"

#include <atomic>
#include <utility>

namespace sextant::server::http {

class Responder::State {
public:
    State(std::shared_ptr<Mailbox> mailbox, std::uint64_t connection, std::uint64_t exchange)
        : m_mailbox(std::move(mailbox)), m_connection(connection), m_exchange(exchange)
    {
    }
    ~State()
    {
        if (!m_sent)
            send(problem(500, ErrorCode::Internal, "the server gave no answer"));
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void send(Response response)
    {
        if (!m_sent.exchange(true))
            m_mailbox->post({m_connection, Mailbox::Answer{m_exchange, std::move(response)}});
    }

private:
    const std::shared_ptr<Mailbox> m_mailbox;
    const std::uint64_t m_connection;
    const std::uint64_t m_exchange;
    std::atomic<bool> m_sent = false;
};

Responder::Responder(std::shared_ptr<Mailbox> mailbox, std::uint64_t connection, std::uint64_t exchange,
    std::shared_ptr<const std::atomic<bool>> gone)
    : m_state(std::make_shared<State>(std::move(mailbox), connection, exchange)), m_gone(std::move(gone))
{
}

bool Responder::isAbandoned() const
{
    return m_gone && m_gone->load(std::memory_order_relaxed);
}

void Responder::send(Response response) const
{
    m_state->send(std::move(response));
}

Stream::Stream(std::shared_ptr<Mailbox> mailbox, std::uint64_t connection)
    : m_mailbox(std::move(mailbox)), m_connection(connection)
{
}

void Stream::send(std::shared_ptr<const QByteArray> bytes) const
{
    m_mailbox->post({m_connection, Mailbox::StreamBytes{std::move(bytes)}});
}

void Stream::end() const
{
    m_mailbox->post({m_connection, Mailbox::StreamEnd{}});
}

} // namespace sextant::server::http
