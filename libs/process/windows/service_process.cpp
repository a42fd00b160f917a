// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/windows/service_process.h"

#include "process/windows/service_registration.h"
#include "process/windows/wide_text.h"

#include <windows.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace sextant::process {
namespace {

constexpr DWORD kAccepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PRESHUTDOWN |
                            SERVICE_ACCEPT_POWEREVENT | SERVICE_ACCEPT_SESSIONCHANGE;

/// The SCM calls serviceMain() without any context: this is the one service of the process. Set before the dispatcher
/// starts, which alone reads it.
ServiceConnection* theConnection = nullptr;

} // namespace

/// The state that the SCM's threads and the program share.
class ServiceConnection {
public:
    ServiceConnection(const std::string& name, ServiceControls controls)
        : m_name(wide(name)), m_controls(std::move(controls))
    {
    }

    ~ServiceConnection()
    {
        stopped(0);
        if (m_dispatcher.joinable())
            m_dispatcher.join(); // the dispatcher returns once the service is stopped
    }

    /// The error with which the SCM would not have this process, or ERROR_SUCCESS once it knows that it runs.
    DWORD open()
    {
        theConnection = this;
        m_dispatcher = std::thread([this] {
            SERVICE_TABLE_ENTRYW table[] = {{m_name.data(), serviceMain}, {nullptr, nullptr}};
            if (!::StartServiceCtrlDispatcherW(table))
                conclude(::GetLastError());
        });
        std::unique_lock lock(m_mutex);
        m_concluded.wait(lock, [&] { return m_result.has_value(); });
        return *m_result;
    }

    void stopped(int exitCode)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_handle && !std::exchange(m_isStopped, true))
            tell(SERVICE_STOPPED, exitCode);
    }

private:
    static void WINAPI serviceMain(DWORD, wchar_t**)
    {
        theConnection->m_handle =
            ::RegisterServiceCtrlHandlerExW(theConnection->m_name.c_str(), onControl, theConnection);
        if (!theConnection->m_handle)
            return theConnection->conclude(::GetLastError());
        theConnection->tell(SERVICE_RUNNING);
        theConnection->conclude(ERROR_SUCCESS);
    }

    static DWORD WINAPI onControl(DWORD control, DWORD event, void* data, void* context)
    {
        return static_cast<ServiceConnection*>(context)->take(control, event, data);
    }

    DWORD take(DWORD control, DWORD event, void* data)
    {
        const auto call = [](const auto& function, auto... arguments) {
            if (function)
                function(arguments...);
            return static_cast<DWORD>(NO_ERROR);
        };
        switch (control) {
        case SERVICE_CONTROL_INTERROGATE:
            return NO_ERROR;
        case SERVICE_CONTROL_STOP:
            return stop("stop");
        case SERVICE_CONTROL_SHUTDOWN:
            return stop("shutdown");
        case SERVICE_CONTROL_PRESHUTDOWN:
            return stop("preshutdown");
        case SERVICE_CONTROL_PARAMCHANGE:
            return call(m_controls.onReload);
        case SERVICE_CONTROL_POWEREVENT:
            if (event == PBT_APMSUSPEND)
                return call(m_controls.onSuspend);
            return event == PBT_APMRESUMEAUTOMATIC ? call(m_controls.onResume) : NO_ERROR;
        case SERVICE_CONTROL_SESSIONCHANGE:
            return call(m_controls.onSession,
                static_cast<unsigned>(static_cast<const WTSSESSION_NOTIFICATION*>(data)->dwSessionId));
        default:
            return ERROR_CALL_NOT_IMPLEMENTED;
        }
    }

    DWORD stop(std::string_view why)
    {
        {
            const std::scoped_lock lock(m_mutex);
            if (std::exchange(m_isStopping, true) || m_isStopped)
                return NO_ERROR;
            tell(SERVICE_STOP_PENDING);
        }
        if (m_controls.onStop)
            m_controls.onStop(why);
        return NO_ERROR;
    }

    void conclude(DWORD error)
    {
        const std::scoped_lock lock(m_mutex);
        m_result = error;
        m_concluded.notify_all();
    }

    void tell(DWORD state, int exitCode = 0)
    {
        SERVICE_STATUS status{};
        status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
        status.dwCurrentState = state;
        // Nobody is to believe that settings were read again by a service that cannot do that.
        const DWORD accepted = kAccepted | (m_controls.onReload ? DWORD{SERVICE_ACCEPT_PARAMCHANGE} : DWORD{0});
        status.dwControlsAccepted = state == SERVICE_RUNNING ? accepted : 0;
        status.dwWin32ExitCode = exitCode == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
        status.dwServiceSpecificExitCode = static_cast<DWORD>(exitCode);
        status.dwWaitHint =
            state == SERVICE_STOP_PENDING ? static_cast<DWORD>(std::chrono::milliseconds(kStopLimit).count()) : 0;
        ::SetServiceStatus(m_handle, &status);
    }

    std::wstring m_name;
    const ServiceControls m_controls;
    std::thread m_dispatcher;
    std::mutex m_mutex;
    std::condition_variable m_concluded;
    std::optional<DWORD> m_result;
    SERVICE_STATUS_HANDLE m_handle = nullptr; ///< set before the result is
    bool m_isStopping = false;
    bool m_isStopped = false;
};

Result<std::unique_ptr<ServiceProcess>> ServiceProcess::answer(const std::string& name, ServiceControls controls)
{
    auto connection = std::make_unique<ServiceConnection>(name, std::move(controls));
    const DWORD error = connection->open();
    if (error == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
        return fail(ErrorCode::Unreachable,
            "this is what the service manager starts; by hand it is `run`, or `service start` once it is installed");
    if (error != ERROR_SUCCESS)
        return fail(ErrorCode::Unreachable, "the service manager does not take this process: " + systemMessage(error));
    return std::unique_ptr<ServiceProcess>(new ServiceProcess(std::move(connection)));
}

ServiceProcess::ServiceProcess(std::unique_ptr<ServiceConnection> connection) : m_connection(std::move(connection)) {}

ServiceProcess::~ServiceProcess() = default;

void ServiceProcess::stopped(int exitCode)
{
    m_connection->stopped(exitCode);
}

} // namespace sextant::process
