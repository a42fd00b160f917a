// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/request_watch.h"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <utility>

namespace sextant::process {
namespace {

sigset_t watchedSignals()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&set, signal);
    return set;
}

/// As if nobody had ever watched.
void endByDefault(int signal)
{
    std::signal(signal, SIG_DFL);
    const sigset_t set = watchedSignals();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    std::raise(signal);
}

} // namespace

std::string_view requestName(Request request)
{
    switch (request) {
    case Request::Interrupt:
        return "SIGINT";
    case Request::Reload:
        return "SIGHUP";
    default:
        return "SIGTERM";
    }
}

std::string reloadCommand(std::string_view program)
{
    return "systemctl reload sextant-" + std::string(program);
}

struct RequestWatch::Watcher {
    explicit Watcher(std::function<void(Request)> call) : asked(std::move(call)), thread([this] { watch(); }) {}

    void watch()
    {
        const sigset_t set = watchedSignals();
        bool ending = false;
        for (int signal = 0; sigwait(&set, &signal) == 0 && !over;) {
            if (signal == SIGHUP) {
                asked(Request::Reload);
                continue;
            }
            if (std::exchange(ending, true))
                endByDefault(signal);
            asked(signal == SIGINT ? Request::Interrupt : Request::Terminate);
        }
    }

    std::function<void(Request)> asked;
    std::atomic<bool> over = false;
    std::thread thread; // last: it uses the others
};

RequestWatch::RequestWatch(std::function<void(Request)> asked)
{
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    const sigset_t set = watchedSignals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    m_watcher = std::make_unique<Watcher>(std::move(asked));
}

RequestWatch::~RequestWatch()
{
    m_watcher->over = true;
    pthread_kill(m_watcher->thread.native_handle(), SIGTERM); // only to wake it
    m_watcher->thread.join();
}

} // namespace sextant::process
