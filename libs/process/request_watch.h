// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sextant::process {

enum class Request {
    Terminate, ///< SIGTERM; on Windows the console's window was closed, or the session ends
    Interrupt, ///< SIGINT; on Windows Ctrl+C or Ctrl+Break
    Reload,    ///< SIGHUP; on Windows what the service manager calls PARAMCHANGE
    Suspend,   ///< the machine is about to sleep; told to Windows services only
    Resume,    ///< it woke up; the same
};

/// What the admin knows it by: "SIGTERM"; on Windows "Ctrl+C" and the like.
[[nodiscard]] std::string_view requestName(Request request);

/// What an admin types so that the service of a program ("agent") reads its settings again.
[[nodiscard]] std::string reloadCommand(std::string_view program);

/// Turns what people and systems send to a program into calls, on a thread of its own: nothing runs in a signal
/// handler. One per process, made before any other thread is started, so that all of them have the signals blocked.
/// A second request to end, before the first was done, ends the process at once. Also ignores SIGPIPE, and SIGXFSZ, so
/// that a limit on files is an error of a write like a full disk.
class RequestWatch {
public:
    explicit RequestWatch(std::function<void(Request)> asked);
    ~RequestWatch(); ///< no call comes after it
    RequestWatch(const RequestWatch&) = delete;
    RequestWatch& operator=(const RequestWatch&) = delete;

private:
    struct Watcher;
    std::unique_ptr<Watcher> m_watcher;
};

} // namespace sextant::process
