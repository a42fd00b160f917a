// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/services.h"

#include "platform/parse/windows_services.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace sextant::platform {
namespace {

struct CloseTheServiceHandle {
    using pointer = SC_HANDLE;
    void operator()(SC_HANDLE handle) const { ::CloseServiceHandle(handle); }
};
using ServiceHandle = std::unique_ptr<SC_HANDLE, CloseTheServiceHandle>;

constexpr DWORD kAnswerBytes = 8 * 1024; ///< the most that QueryServiceConfig and its like give

/// Room for an answer, aligned for every structure that is read from it.
struct Answer {
    alignas(std::max_align_t) std::array<BYTE, kAnswerBytes> bytes;

    template <typename T>
    [[nodiscard]] const T& as() const
    {
        return *reinterpret_cast<const T*>(bytes.data());
    }
};

std::string textOf(const wchar_t* text)
{
    return text == nullptr ? std::string() : toUtf8(text);
}

/// False where this system does not know the question, or refuses it.
bool ask(SC_HANDLE service, DWORD level, Answer& answer)
{
    DWORD needed = 0;
    return ::QueryServiceConfig2W(service, level, answer.bytes.data(), kAnswerBytes, &needed) != 0;
}

void addConfiguration(SC_HANDLE service, parse::ServiceRecord& record)
{
    Answer answer;
    DWORD needed = 0;
    if (::QueryServiceConfigW(
            service, reinterpret_cast<QUERY_SERVICE_CONFIGW*>(answer.bytes.data()), kAnswerBytes, &needed) != 0) {
        const auto& config = answer.as<QUERY_SERVICE_CONFIGW>();
        record.startType = config.dwStartType;
        record.account = textOf(config.lpServiceStartName);
        record.imagePath = textOf(config.lpBinaryPathName);
    }
    if (ask(service, SERVICE_CONFIG_DESCRIPTION, answer))
        record.description = textOf(answer.as<SERVICE_DESCRIPTIONW>().lpDescription);
    if (ask(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, answer))
        record.delayed = answer.as<SERVICE_DELAYED_AUTO_START_INFO>().fDelayedAutostart != 0;
    if (ask(service, SERVICE_CONFIG_TRIGGER_INFO, answer))
        record.triggers = answer.as<DWORD>(); // how many: SERVICE_TRIGGER_INFO's first, which MinGW does not declare
    if (ask(service, SERVICE_CONFIG_FAILURE_ACTIONS, answer)) {
        const auto& actions = answer.as<SERVICE_FAILURE_ACTIONSW>();
        record.recovery.emplace();
        record.recovery->resetSeconds = actions.dwResetPeriod;
        if (actions.lpsaActions != nullptr) {
            for (const SC_ACTION& action : std::span(actions.lpsaActions, actions.cActions))
                record.recovery->steps.emplace_back(static_cast<std::uint32_t>(action.Type), action.Delay);
        }
    }
}

Service readService(SC_HANDLE manager, const ENUM_SERVICE_STATUS_PROCESSW& entry)
{
    const SERVICE_STATUS_PROCESS& status = entry.ServiceStatusProcess;
    parse::ServiceRecord record;
    record.name = textOf(entry.lpServiceName);
    record.displayName = textOf(entry.lpDisplayName);
    record.state = status.dwCurrentState;
    record.pid = status.dwProcessId;
    record.exitCode = status.dwWin32ExitCode;
    record.specificExitCode = status.dwServiceSpecificExitCode;
    const ServiceHandle service(::OpenServiceW(manager, entry.lpServiceName, SERVICE_QUERY_CONFIG));
    if (service) // some may be asked by the system only
        addConfiguration(service.get(), record);
    return parse::serviceOf(record);
}

} // namespace

/// Each read asks the manager anew: there is nothing to keep.
struct ServicesReader::State {};

ServicesReader::ServicesReader(Roots) {}

ServicesReader::~ServicesReader() = default;

Result<ServicesReading> ServicesReader::read()
{
    constexpr DWORD kBytes = 256 * 1024; // the most that one call gives
    const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ENUMERATE_SERVICE));
    if (!manager)
        return tl::unexpected(lastError("the list of services"));
    ServicesReading reading;
    reading.manager = "scm";
    std::vector<ENUM_SERVICE_STATUS_PROCESSW> entries(kBytes / sizeof(ENUM_SERVICE_STATUS_PROCESSW));
    DWORD next = 0;
    bool more = true;
    while (more) {
        DWORD needed = 0;
        DWORD count = 0;
        more = ::EnumServicesStatusExW(manager.get(), SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL,
                   reinterpret_cast<BYTE*>(entries.data()),
                   static_cast<DWORD>(entries.size() * sizeof(entries.front())), &needed, &count, &next, nullptr) == 0;
        if (more && (::GetLastError() != ERROR_MORE_DATA || count == 0))
            return tl::unexpected(lastError("the list of services"));
        for (const ENUM_SERVICE_STATUS_PROCESSW& entry : std::span(entries).first(count))
            reading.services.push_back(readService(manager.get(), entry));
    }
    std::ranges::sort(reading.services, {}, &Service::name);
    return reading;
}

} // namespace sextant::platform
