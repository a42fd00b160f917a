// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/windows_error.h"

#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"

#include <array>

namespace sextant::platform {
namespace {

constexpr DWORD kLockedByBitLocker = 0x80310000; // FVE_E_LOCKED_VOLUME, which MinGW's headers lack

ErrorCode codeOf(DWORD code)
{
    switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_PARAMETER: // a process that ended
    case ERROR_NOT_FOUND:
        return ErrorCode::NotFound;
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
        return ErrorCode::Denied;
    case ERROR_INVALID_FUNCTION:
    case ERROR_NOT_SUPPORTED:
    case ERROR_CALL_NOT_IMPLEMENTED:
    case ERROR_INVALID_LEVEL:       // an information class that this Windows does not know
    case ERROR_NOT_READY:           // a drive without a medium
    case ERROR_UNRECOGNIZED_VOLUME: // one that was not formatted
    case kLockedByBitLocker:
        return ErrorCode::NotAvailable;
    case ERROR_SEM_TIMEOUT:
        return ErrorCode::TimedOut;
    default:
        return ErrorCode::Io;
    }
}

std::string messageOf(DWORD code)
{
    std::array<wchar_t, 512> text{};
    const DWORD size = ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, code, 0,
        text.data(), static_cast<DWORD>(text.size()), nullptr);
    std::string message = toUtf8(std::wstring_view(text.data(), size));
    while (!message.empty() &&
           (message.back() == '\n' || message.back() == '\r' || message.back() == '.' || message.back() == ' '))
        message.pop_back();
    return message.empty() ? "error " + std::to_string(code) : message;
}

} // namespace

Error windowsError(std::uint32_t code, const std::string& what)
{
    return Error{codeOf(code), "cannot read " + what + ": " + messageOf(code)};
}

Error lastError(const std::string& what)
{
    return windowsError(::GetLastError(), what);
}

Error statusError(std::int32_t status, const std::string& what)
{
    return windowsError(::RtlNtStatusToDosError(status), what);
}

} // namespace sextant::platform
