// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/logins.h"

#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <algorithm>
#include <memory>
#include <span>

namespace sextant::platform {
namespace {

struct FreeWts {
    void operator()(void* memory) const { ::WTSFreeMemory(memory); }
};

bool hasUser(const WTS_SESSION_INFOW& session)
{
    wchar_t* given = nullptr;
    DWORD size = 0;
    if (::WTSQuerySessionInformationW(WTS_CURRENT_SERVER_HANDLE, session.SessionId, WTSUserName, &given, &size) == 0)
        return false; // it ended
    const std::unique_ptr<wchar_t, FreeWts> name(given);
    return name.get()[0] != L'\0';
}

} // namespace

Result<std::uint64_t> countLoggedIn()
{
    WTS_SESSION_INFOW* given = nullptr;
    DWORD count = 0;
    if (::WTSEnumerateSessionsW(WTS_CURRENT_SERVER_HANDLE, 0, 1, &given, &count) == 0)
        return tl::unexpected(lastError("the sessions"));
    const std::unique_ptr<WTS_SESSION_INFOW, FreeWts> sessions(given);
    if (count == 0)
        return fail(ErrorCode::NotAvailable, "this system lists no sessions");
    return static_cast<std::uint64_t>(std::ranges::count_if(std::span(given, count), hasUser));
}

} // namespace sextant::platform
