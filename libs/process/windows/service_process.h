// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sextant::process {

class ServiceConnection;

/// What the service control manager (SCM) asks of a running service. Called on a thread of the SCM's, which waits for
/// the return: hand over to your own loop at once. Empty functions are not called.
struct ServiceControls {
    std::function<void(std::string_view why)> onStop; ///< "stop", "shutdown" or "preshutdown"; once
    std::function<void()> onReload;                   ///< `sc control NAME paramchange`
    std::function<void()> onSuspend;                  ///< the machine is about to sleep
    std::function<void()> onResume;                   ///< it woke up
    std::function<void(unsigned session)> onSession;  ///< somebody logged on or off, locked, connected…
};

/// This process as the SCM sees it. The SCM gives a program 30 seconds to answer after it started it, and a busy
/// machine at boot makes that short: so this answers at once, "running", and the program initialises afterwards. One
/// object per process; the main thread is free for its own loop.
class ServiceProcess {
public:
    /// Answers the SCM. Unreachable when it was not the SCM that started this process.
    [[nodiscard]] static Result<std::unique_ptr<ServiceProcess>> answer(
        const std::string& name, ServiceControls controls);

    /// Tells the SCM that the service has ended, unless stopped() did.
    ~ServiceProcess();

    ServiceProcess(const ServiceProcess&) = delete;
    ServiceProcess& operator=(const ServiceProcess&) = delete;

    /// The last thing to say: the process may be ended after it. Any `exitCode` but 0 is a failure, after which the SCM
    /// starts the service again.
    void stopped(int exitCode);

private:
    explicit ServiceProcess(std::unique_ptr<ServiceConnection> connection);

    std::unique_ptr<ServiceConnection> m_connection;
};

} // namespace sextant::process
