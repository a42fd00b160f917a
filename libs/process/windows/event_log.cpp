// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/windows/event_log.h"

#include "process/windows/messages.h" // made from messages.mc
#include "process/windows/wide_text.h"

#include <windows.h>

namespace sextant::process {
namespace {

constexpr std::size_t kMaxCharacters = 31'839;

std::wstring sourceKey(std::string_view source)
{
    return wide("SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\" + std::string(source));
}

Result<void> registryError(LSTATUS status, std::string_view source)
{
    if (status == ERROR_SUCCESS)
        return {};
    return fail(status == ERROR_ACCESS_DENIED ? ErrorCode::Denied : ErrorCode::Io,
        "event log source " + std::string(source) + ": " + systemMessage(static_cast<unsigned long>(status)));
}

} // namespace

EventLog::EventLog(std::string_view source) : m_handle(::RegisterEventSourceW(nullptr, wide(source).c_str())) {}

EventLog::~EventLog()
{
    if (m_handle)
        ::DeregisterEventSource(m_handle);
}

void EventLog::report(logging::Level level, std::string_view text) const
{
    if (!m_handle)
        return;
    std::wstring message = wide(eventText(text));
    if (message.size() > kMaxCharacters)
        message.resize(kMaxCharacters);
    const wchar_t* strings[] = {message.c_str()};
    const auto send = [&](WORD type, DWORD id) {
        ::ReportEventW(m_handle, type, 0, id, nullptr, 1, 0, strings, nullptr);
    };
    switch (level) {
    case logging::Level::Debug:
    case logging::Level::Info:
        return send(EVENTLOG_INFORMATION_TYPE, SEXTANT_INFORMATION);
    case logging::Level::Warning:
        return send(EVENTLOG_WARNING_TYPE, SEXTANT_WARNING);
    case logging::Level::Error:
        return send(EVENTLOG_ERROR_TYPE, SEXTANT_ERROR);
    }
}

std::string eventText(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        if (c >= '0' && c <= '9' && result.ends_with('%'))
            result += ' ';
        result += c;
    }
    return result;
}

Result<void> registerEventSource(std::string_view source, std::string_view executable)
{
    HKEY key = nullptr;
    LSTATUS status = ::RegCreateKeyExW(
        HKEY_LOCAL_MACHINE, sourceKey(source).c_str(), 0, nullptr, 0, KEY_SET_VALUE, nullptr, &key, nullptr);
    if (status != ERROR_SUCCESS)
        return registryError(status, source);
    const std::wstring file = wide(executable);
    const DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
    status = ::RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ, reinterpret_cast<const BYTE*>(file.c_str()),
        static_cast<DWORD>((file.size() + 1) * sizeof(wchar_t)));
    if (status == ERROR_SUCCESS)
        status = ::RegSetValueExW(
            key, L"TypesSupported", 0, REG_DWORD, reinterpret_cast<const BYTE*>(&types), sizeof(types));
    ::RegCloseKey(key);
    return registryError(status, source);
}

Result<void> unregisterEventSource(std::string_view source)
{
    const LSTATUS status = ::RegDeleteKeyW(HKEY_LOCAL_MACHINE, sourceKey(source).c_str());
    return registryError(status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : status, source);
}

} // namespace sextant::process
