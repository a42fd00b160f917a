// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/windows/service_registration.h"

#include "process/windows/event_log.h"
#include "process/windows/service_account.h"
#include "process/windows/wide_text.h"

#include <windows.h>

#include <memory>
#include <thread>
#include <type_traits>

namespace sextant::process {
namespace {

struct CloseService {
    void operator()(SC_HANDLE handle) const { ::CloseServiceHandle(handle); }
};
using Handle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, CloseService>;

constexpr std::chrono::milliseconds kPoll{100};
constexpr DWORD kFailureReset = 24 * 3'600; // seconds
constexpr const wchar_t* kSystemAccount = L"LocalSystem";

tl::unexpected<Error> systemError(const std::string& what)
{
    const DWORD error = ::GetLastError();
    ErrorCode code = ErrorCode::Io;
    if (error == ERROR_SERVICE_DOES_NOT_EXIST)
        code = ErrorCode::NotFound;
    else if (error == ERROR_ACCESS_DENIED)
        code = ErrorCode::Denied;
    else if (error == ERROR_SERVICE_EXISTS || error == ERROR_SERVICE_MARKED_FOR_DELETE)
        code = ErrorCode::Conflict;
    const char* hint = code == ErrorCode::Denied ? "; run this as administrator" : "";
    return fail(code, what + ": " + systemMessage(error) + hint);
}

Result<Handle> openManager(DWORD access)
{
    Handle manager(::OpenSCManagerW(nullptr, nullptr, access));
    if (!manager)
        return systemError("cannot reach the service manager");
    return manager;
}

Result<Handle> openService(const std::string& name, DWORD access)
{
    return openManager(SC_MANAGER_CONNECT).and_then([&](const Handle& manager) -> Result<Handle> {
        Handle service(::OpenServiceW(manager.get(), wide(name).c_str(), access));
        if (!service)
            return systemError("service " + name);
        return service;
    });
}

Result<SERVICE_STATUS_PROCESS> query(const Handle& service, const std::string& name)
{
    SERVICE_STATUS_PROCESS status{};
    DWORD needed = 0;
    if (!::QueryServiceStatusEx(
            service.get(), SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&status), sizeof(status), &needed))
        return systemError("cannot ask for the state of service " + name);
    return status;
}

/// Waits until the service is in `wanted`. Io when it ended instead, with the code that it ended with.
Result<void> waitFor(const Handle& service, const std::string& name, DWORD wanted)
{
    const auto end = std::chrono::steady_clock::now() + kStopLimit;
    while (true) {
        const auto status = query(service, name);
        if (!status)
            return tl::unexpected(status.error());
        if (status->dwCurrentState == wanted)
            return {};
        if (wanted == SERVICE_RUNNING && status->dwCurrentState == SERVICE_STOPPED)
            return fail(ErrorCode::Io, "service " + name + " ended at once, with " +
                                           std::to_string(status->dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR
                                                              ? status->dwServiceSpecificExitCode
                                                              : status->dwWin32ExitCode) +
                                           "; the event log (Application) says why");
        if (std::chrono::steady_clock::now() >= end)
            return fail(
                ErrorCode::TimedOut, "service " + name + " did not come to the state that was asked for in 30 s");
        std::this_thread::sleep_for(kPoll);
    }
}

/// One of the settings beside the registration itself. What the system will not take becomes a warning.
template <typename Info>
void change(const Handle& service, DWORD level, Info& info, const char* what, std::vector<std::string>& warnings)
{
    if (!::ChangeServiceConfig2W(service.get(), level, &info))
        warnings.push_back(std::string(what) + " was not taken: " + systemMessage(::GetLastError()));
}

/// The account that a service runs as: ".\\me", "LocalSystem". Empty when it is not told.
std::wstring accountOf(const Handle& service)
{
    DWORD size = 0;
    ::QueryServiceConfigW(service.get(), nullptr, 0, &size);
    std::vector<BYTE> room(size);
    auto* config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(room.data());
    const bool told = size > 0 && ::QueryServiceConfigW(service.get(), config, size, &size) != 0;
    return told && config->lpServiceStartName != nullptr ? config->lpServiceStartName : std::wstring();
}

bool runsAs(const Handle& service, const std::wstring& account)
{
    return ::lstrcmpiW(accountOf(service).c_str(), account.c_str()) == 0;
}

bool changeAccount(const Handle& service, const wchar_t* account, const wchar_t* password)
{
    return ::ChangeServiceConfigW(service.get(), SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, nullptr,
               nullptr, nullptr, nullptr, account, password, nullptr) != 0;
}

/// Takes LocalSystem's place. Such an account has no password at all, which is no empty one either.
void takeOwnAccount(const Handle& service, const ServiceSpec& spec, std::vector<std::string>& warnings)
{
    const std::string account = serviceAccount(spec.name);
    if (spec.ownAccount && runsAs(service, kSystemAccount) && !changeAccount(service, wide(account).c_str(), nullptr))
        warnings.push_back("the service runs as LocalSystem, because its own account " + account +
                           " was not taken: " + systemMessage(::GetLastError()));
}

void configure(const Handle& service, const ServiceSpec& spec, std::vector<std::string>& warnings)
{
    std::wstring text = wide(spec.description);
    SERVICE_DESCRIPTIONW description{text.data()};
    change(service, SERVICE_CONFIG_DESCRIPTION, description, "the description", warnings);

    SERVICE_DELAYED_AUTO_START_INFO delayed{TRUE};
    change(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, delayed, "the delayed start", warnings);

    std::array<SC_ACTION, kRestartDelays.size()> restarts{};
    for (std::size_t i = 0; i < restarts.size(); ++i)
        restarts[i] = {SC_ACTION_RESTART, static_cast<DWORD>(std::chrono::milliseconds(kRestartDelays[i]).count())};
    SERVICE_FAILURE_ACTIONSW failures{
        kFailureReset, nullptr, nullptr, static_cast<DWORD>(restarts.size()), restarts.data()};
    change(service, SERVICE_CONFIG_FAILURE_ACTIONS, failures, "the restart after a failure", warnings);
    SERVICE_FAILURE_ACTIONS_FLAG always{TRUE};
    change(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, always, "the restart after an exit code", warnings);

    SERVICE_PRESHUTDOWN_INFO preshutdown{static_cast<DWORD>(std::chrono::milliseconds(kStopLimit).count())};
    change(service, SERVICE_CONFIG_PRESHUTDOWN_INFO, preshutdown, "the time at shutdown", warnings);

    SERVICE_SID_INFO sid{SERVICE_SID_TYPE_UNRESTRICTED};
    change(service, SERVICE_CONFIG_SERVICE_SID_INFO, sid, "the service's own SID", warnings);
    takeOwnAccount(service, spec, warnings);
}

/// For where a policy names who may log on as a service, and not all services (S-1-5-80-0), who may by default.
Result<void> returnToSystem(const ServiceSpec& spec, std::vector<std::string>& warnings)
{
    return openService(spec.name, SERVICE_CHANGE_CONFIG).and_then([&](const Handle& service) -> Result<void> {
        if (!changeAccount(service, kSystemAccount, L""))
            return systemError("cannot change the account of service " + spec.name);
        warnings.push_back("the service runs as LocalSystem, because its own account " + serviceAccount(spec.name) +
                           " may not log on as a service; the policy of that name decides on it");
        return {};
    });
}

} // namespace

std::string_view toString(ServiceState state)
{
    switch (state) {
    case ServiceState::Stopped:
        return "stopped";
    case ServiceState::StartPending:
        return "starting";
    case ServiceState::Running:
        return "running";
    case ServiceState::StopPending:
        return "stopping";
    case ServiceState::Paused:
        return "paused";
    }
    return "stopped";
}

Result<void> installService(const ServiceSpec& spec, std::vector<std::string>& warnings)
{
    const auto manager = openManager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    if (!manager)
        return tl::unexpected(manager.error());
    // In quotes: a path with spaces would otherwise be tried piece by piece, and C:\Program.exe would be started.
    const std::wstring command = wide('"' + spec.executable + "\" " + spec.arguments);
    const Handle service(::CreateServiceW(manager->get(), wide(spec.name).c_str(), wide(spec.displayName).c_str(),
        SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, command.c_str(),
        nullptr, nullptr, nullptr, nullptr, nullptr));
    if (!service)
        return systemError("cannot install service " + spec.name);
    configure(service, spec, warnings);
    return registerEventSource(spec.displayName, spec.executable);
}

Result<void> configureService(const ServiceSpec& spec, std::vector<std::string>& warnings)
{
    return openService(spec.name, SERVICE_ALL_ACCESS).and_then([&](const Handle& service) {
        configure(service, spec, warnings);
        return registerEventSource(spec.displayName, spec.executable);
    });
}

Result<void> uninstallService(const ServiceSpec& spec)
{
    if (auto stopped = stopService(spec.name); !stopped)
        return stopped;
    return openService(spec.name, DELETE).and_then([&](const Handle& service) -> Result<void> {
        if (!::DeleteService(service.get()))
            return systemError("cannot take service " + spec.name + " away");
        return unregisterEventSource(spec.displayName);
    });
}

Result<void> startService(const ServiceSpec& spec, std::vector<std::string>& warnings)
{
    constexpr DWORD kRights = SERVICE_START | SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG;
    return openService(spec.name, kRights).and_then([&](const Handle& service) -> Result<void> {
        const auto start = [&] {
            return ::StartServiceW(service.get(), 0, nullptr) ? DWORD{ERROR_SUCCESS} : ::GetLastError();
        };
        DWORD error = start();
        if (error == ERROR_SERVICE_LOGON_FAILED && spec.ownAccount &&
            runsAs(service, wide(serviceAccount(spec.name)))) {
            if (auto changed = returnToSystem(spec, warnings); !changed)
                return changed;
            error = start();
        }
        if (error != ERROR_SUCCESS && error != ERROR_SERVICE_ALREADY_RUNNING) {
            ::SetLastError(error);
            return systemError("cannot start service " + spec.name);
        }
        return waitFor(service, spec.name, SERVICE_RUNNING);
    });
}

Result<void> stopService(const std::string& name)
{
    return openService(name, SERVICE_STOP | SERVICE_QUERY_STATUS).and_then([&](const Handle& service) -> Result<void> {
        SERVICE_STATUS status{};
        const bool asked = ::ControlService(service.get(), SERVICE_CONTROL_STOP, &status) != 0;
        const DWORD error = asked ? ERROR_SUCCESS : ::GetLastError();
        if (error == ERROR_SERVICE_NOT_ACTIVE)
            return {};
        // It cannot take controls while it starts or stops; it is waited for then.
        if (!asked && error != ERROR_SERVICE_CANNOT_ACCEPT_CTRL) {
            ::SetLastError(error);
            return systemError("cannot stop service " + name);
        }
        return waitFor(service, name, SERVICE_STOPPED);
    });
}

Result<ServiceState> serviceState(const std::string& name)
{
    return openService(name, SERVICE_QUERY_STATUS)
        .and_then([&](const Handle& service) { return query(service, name); })
        .map([](const SERVICE_STATUS_PROCESS& status) {
            switch (status.dwCurrentState) {
            case SERVICE_RUNNING:
                return ServiceState::Running;
            case SERVICE_START_PENDING:
            case SERVICE_CONTINUE_PENDING:
                return ServiceState::StartPending;
            case SERVICE_STOP_PENDING:
                return ServiceState::StopPending;
            case SERVICE_PAUSED:
            case SERVICE_PAUSE_PENDING:
                return ServiceState::Paused;
            default:
                return ServiceState::Stopped;
            }
        });
}

Result<std::string> manageService(ServiceAction action, const ServiceSpec& spec, std::vector<std::string>& warnings)
{
    const auto sentence = [&](const char* text) { return [&spec, text] { return spec.name + text; }; };
    switch (action) {
    case ServiceAction::Install:
        return installService(spec, warnings).map(sentence(" is installed"));
    case ServiceAction::Uninstall:
        return uninstallService(spec).map(sentence(" is uninstalled; its settings and data are where they were"));
    case ServiceAction::Start:
        return startService(spec, warnings).map(sentence(" runs"));
    case ServiceAction::Stop:
        return stopService(spec.name).map(sentence(" has stopped"));
    case ServiceAction::Status:
        return serviceState(spec.name).map(
            [&](ServiceState state) { return spec.name + " is " + std::string(toString(state)); });
    default:
        return fail(ErrorCode::Invalid, "service: expected install, uninstall, start, stop, status or run");
    }
}

} // namespace sextant::process
