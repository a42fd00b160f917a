// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/listener.h"

#include "server/http/worker.h"

#include <QThread>
#include <QTimer>

#include <algorithm>

namespace sextant::server::http {
namespace {

constexpr int kAcceptBacklog = 1'024;

} // namespace

Listener::Listener(const Limits& limits, RequestHandler& handler, int workers) : m_limits(limits), m_budget(m_limits)
{
    setListenBacklogSize(kAcceptBacklog);
    for (int i = 0; i < std::max(1, workers); ++i) {
        auto worker = std::make_unique<Worker>(m_limits, handler, m_budget);
        auto thread = std::make_unique<QThread>();
        thread->setObjectName(QStringLiteral("http-%1").arg(i));
        worker->moveToThread(thread.get());
        connect(thread.get(), &QThread::started, worker.get(), &Worker::start);
        m_workers.push_back(std::move(worker));
        m_threads.push_back(std::move(thread));
    }
}

Listener::~Listener()
{
    endThreads();
}

Result<void> Listener::open(const QHostAddress& address, quint16 port, const QSslConfiguration& tls)
{
    m_tls = tls;
    if (!listen(address, port)) {
        const std::string where = address.toString().toStdString() + " port " + std::to_string(port);
        switch (serverError()) {
        case QAbstractSocket::AddressInUseError:
            return fail(ErrorCode::Conflict, "another program listens on " + where);
        case QAbstractSocket::SocketAccessError:
            return fail(ErrorCode::Denied, "not allowed to listen on " + where);
        case QAbstractSocket::SocketAddressNotAvailableError:
            return fail(ErrorCode::Invalid, "this machine does not have the address of " + where);
        default:
            return fail(ErrorCode::Io, "cannot listen on " + where + ": " + errorString().toStdString());
        }
    }
    for (const auto& thread : m_threads)
        thread->start();
    return {};
}

void Listener::incomingConnection(qintptr descriptor)
{
    const auto least =
        std::ranges::min_element(m_workers, {}, [](const std::unique_ptr<Worker>& worker) { return worker->load(); });
    Worker* worker = least->get();
    worker->expect();
    QMetaObject::invokeMethod(
        worker, [worker, descriptor, tls = m_tls] { worker->adopt(descriptor, tls); }, Qt::QueuedConnection);
}

void Listener::stop()
{
    close();
    m_undrained = m_workers.size();
    const auto finish = [this] {
        if (m_stopped)
            return;
        m_stopped = true;
        endThreads();
        emit stopped();
    };
    for (const auto& worker : m_workers) {
        connect(
            worker.get(), &Worker::drained, this,
            [this, finish] {
                if (m_undrained > 0 && --m_undrained == 0)
                    finish();
            },
            Qt::QueuedConnection);
        QMetaObject::invokeMethod(worker.get(), &Worker::shutDown, Qt::QueuedConnection);
    }
    QTimer::singleShot(m_limits.shutdownTime, this, finish);
}

void Listener::endThreads()
{
    for (std::size_t i = 0; i < m_threads.size(); ++i) {
        if (!m_threads[i]->isRunning())
            continue;
        QMetaObject::invokeMethod(m_workers[i].get(), &Worker::abortAll, Qt::BlockingQueuedConnection);
        m_threads[i]->quit();
        m_threads[i]->wait();
    }
}

} // namespace sextant::server::http
