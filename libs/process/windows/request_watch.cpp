// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/request_watch.h"

#include <windows.h>

#include <mutex>
#include <utility>

namespace sextant::process {
namespace {

// The handler has no argument of ours, so what it calls has to stand here.
std::mutex watcherMutex;
std::function<void(Request)>* watcher = nullptr;
bool ending = false;

/// Called by the system on a thread of its own. After a close event the process is ended when this returns, after a
/// few seconds in any case: so it stays here, and main() ends the process before.
BOOL WINAPI onConsoleEvent(DWORD event)
{
    const bool isKey = event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
    {
        const std::scoped_lock lock(watcherMutex);
        if (!watcher || std::exchange(ending, true))
            return FALSE; // the system's own handler ends the process
        (*watcher)(isKey ? Request::Interrupt : Request::Terminate);
    }
    if (!isKey)
        Sleep(INFINITE);
    return TRUE;
}

} // namespace

std::string_view requestName(Request request)
{
    return request == Request::Interrupt ? "Ctrl+C" : "the end of the console";
}

std::string reloadCommand(std::string_view program)
{
    return "sc control sextant" + std::string(program) + " paramchange"; // names of services know no case
}

struct RequestWatch::Watcher {
    std::function<void(Request)> asked;
};

RequestWatch::RequestWatch(std::function<void(Request)> asked)
    : m_watcher(std::make_unique<Watcher>(Watcher{std::move(asked)}))
{
    const std::scoped_lock lock(watcherMutex);
    watcher = &m_watcher->asked;
    SetConsoleCtrlHandler(onConsoleEvent, TRUE);
}

RequestWatch::~RequestWatch()
{
    SetConsoleCtrlHandler(onConsoleEvent, FALSE);
    const std::scoped_lock lock(watcherMutex);
    watcher = nullptr;
    ending = false;
}

} // namespace sextant::process
