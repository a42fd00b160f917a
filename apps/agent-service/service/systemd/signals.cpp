// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/service/systemd/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace sextant::agent {

Signals::Signals(QObject* parent) : QObject(parent)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    m_descriptor = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (m_descriptor < 0)
        qFatal("no file descriptors left for signals"); // at start: there is nothing to go on with
    m_notifier = std::make_unique<QSocketNotifier>(m_descriptor, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &Signals::read);
}

Signals::~Signals()
{
    m_notifier.reset();
    ::close(m_descriptor);
}

void Signals::read()
{
    signalfd_siginfo signal{};
    while (::read(m_descriptor, &signal, sizeof(signal)) == static_cast<ssize_t>(sizeof(signal))) {
        if (signal.ssi_signo == SIGHUP && onReload)
            onReload();
        else if (signal.ssi_signo != SIGHUP && onStop)
            onStop(signal.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
    }
}

} // namespace sextant::agent
