// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/worker.h"

#include <QDateTime>
#include <QLocale>
#include <QSslSocket>
#include <QTimer>

#include <chrono>

namespace sextant::server::http {
namespace {

constexpr std::chrono::milliseconds kTick{250};

} // namespace

Worker::Worker(const Limits& limits, RequestHandler& handler, ConnectionBudget& budget)
    : m_limits(limits),
      m_budget(budget),
      m_context{limits, handler, std::make_shared<Mailbox>([this] {
                    QMetaObject::invokeMethod(this, &Worker::deliverLetters, Qt::QueuedConnection);
                }),
          [this](std::uint64_t id) { retire(id); }, [this] { return date(); }}
{
}

Worker::~Worker()
{
    m_context.mailbox->close();
}

void Worker::start()
{
    m_timer = new QTimer(this);
    connect(m_timer, &QTimer::timeout, this, &Worker::tick);
    m_timer->start(kTick);
}

void Worker::adopt(qintptr descriptor, const QSslConfiguration& tls)
{
    auto socket = std::make_unique<QSslSocket>();
    if (!socket->setSocketDescriptor(descriptor)) {
        --m_load; // the client is gone already
        return;
    }
    auto lease = m_budget.take(socket->peerAddress());
    if (!lease || m_shuttingDown) {
        socket->abort();
        --m_load;
        return;
    }
    const std::uint64_t id = m_nextId++;
    auto connection = std::make_unique<Connection>(id, m_context, std::move(socket), std::move(lease));
    Connection& started = *connection;
    m_connections.emplace(id, std::move(connection));
    started.start(tls);
}

void Worker::deliverLetters()
{
    for (Mailbox::Letter& letter : m_context.mailbox->takeAll()) {
        const auto found = m_connections.find(letter.connection);
        if (found != m_connections.end())
            found->second->deliver(std::move(letter));
    }
}

void Worker::tick()
{
    const auto now = Connection::Clock::now();
    // A connection that ends moves to m_retired, so the ids are taken first.
    std::vector<std::uint64_t> ids;
    ids.reserve(m_connections.size());
    for (const auto& [id, connection] : m_connections)
        ids.push_back(id);
    for (const std::uint64_t id : ids) {
        const auto found = m_connections.find(id);
        if (found != m_connections.end())
            found->second->tick(now);
    }
}

void Worker::retire(std::uint64_t id)
{
    auto node = m_connections.extract(id);
    if (node.empty())
        return;
    --m_load;
    // The call may come from inside one of the connection's own functions.
    m_retired.push_back(std::move(node.mapped()));
    if (m_retired.size() == 1)
        QMetaObject::invokeMethod(this, &Worker::bury, Qt::QueuedConnection);
    if (m_shuttingDown && m_connections.empty())
        emit drained();
}

void Worker::bury()
{
    m_retired.clear();
}

void Worker::shutDown()
{
    m_shuttingDown = true;
    if (m_connections.empty()) {
        emit drained();
        return;
    }
    std::vector<std::uint64_t> ids;
    for (const auto& [id, connection] : m_connections)
        ids.push_back(id);
    for (const std::uint64_t id : ids) {
        const auto found = m_connections.find(id);
        if (found != m_connections.end())
            found->second->shutDown();
    }
}

void Worker::abortAll()
{
    while (!m_connections.empty())
        m_connections.begin()->second->abort();
    m_retired.clear();
    m_context.mailbox->close();
    delete m_timer;
    m_timer = nullptr;
}

std::string_view Worker::date()
{
    const qint64 second = QDateTime::currentSecsSinceEpoch();
    if (second != m_dateSecond) {
        m_dateSecond = second;
        m_date = QLocale::c()
                     .toString(QDateTime::fromSecsSinceEpoch(second, Qt::UTC), u"ddd, dd MMM yyyy hh:mm:ss")
                     .toStdString() +
                 " GMT";
    }
    return m_date;
}

} // namespace sextant::server::http
