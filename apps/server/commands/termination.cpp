// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands/termination.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace sextant::server {
namespace {

/// The writing end of the pipe; the only thing that a signal handler may use.
volatile std::sig_atomic_t signalPipe = -1;

extern "C" void onSignal(int)
{
    const char byte = 1;
    // Nothing can be done about a full pipe here: then a request to end is waiting already.
    [[maybe_unused]] const ssize_t written = ::write(signalPipe, &byte, 1);
}

} // namespace

Termination::Termination()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return; // signals then end the process at once
    signalPipe = ends[1];
    m_notifier = std::make_unique<QSocketNotifier>(ends[0], QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this](QSocketDescriptor descriptor) {
        char byte = 0;
        while (::read(descriptor, &byte, 1) > 0) {
        }
        emit requested();
    });
    struct sigaction action {};
    action.sa_handler = onSignal;
    action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND); // a second signal ends the process at once
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

std::size_t raiseDescriptorLimit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    return limit.rlim_cur;
}

} // namespace sextant::server
