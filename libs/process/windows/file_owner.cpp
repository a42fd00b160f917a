// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/windows/file_owner.h"

#include "process/windows/owned.h"
#include "process/windows/wide_text.h"

// Each needs what stands above it.
// clang-format off
#include <windows.h>
#include <aclapi.h>
#include <sddl.h>
// clang-format on

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace sextant::process {
namespace {

std::string textOf(PSID sid)
{
    wchar_t* text = nullptr;
    if (sid == nullptr || !::ConvertSidToStringSidW(sid, &text))
        return {};
    return narrow(Local<wchar_t>(text).get());
}

/// "MACHINE\bob"; the SID where nobody knows it any more.
std::string nameOf(PSID sid)
{
    std::array<wchar_t, 257> name{};
    std::array<wchar_t, 257> domain{};
    auto nameSize = static_cast<DWORD>(name.size());
    auto domainSize = static_cast<DWORD>(domain.size());
    SID_NAME_USE use{};
    if (!::LookupAccountSidW(nullptr, sid, name.data(), &nameSize, domain.data(), &domainSize, &use))
        return textOf(sid);
    return narrow(domain.data()) + '\\' + narrow(name.data());
}

tl::unexpected<Error> notTold(const std::string& path, DWORD error)
{
    return fail(error == ERROR_ACCESS_DENIED ? ErrorCode::Denied : ErrorCode::Io,
        path + ": its owner is not known: " + systemMessage(error));
}

/// `how`: of what a link leads to, or of the link itself.
Result<void> checkOwnerOf(const std::string& path, DWORD how)
{
    constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const HANDLE opened = ::CreateFileW(
        wide(path).c_str(), READ_CONTROL, kShareAll, nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | how, nullptr);
    if (opened == INVALID_HANDLE_VALUE) {
        const DWORD error = ::GetLastError();
        if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND)
            return {};
        return notTold(path, error);
    }
    const Handle file(opened);
    PSID owner = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    const DWORD error = ::GetSecurityInfo(
        opened, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr, nullptr, nullptr, &descriptor);
    if (error != ERROR_SUCCESS)
        return notTold(path, error);
    const Local<void> memory(descriptor);
    return checkOwner(owner, path);
}

} // namespace

bool isTrustedOwner(std::string_view sid, std::string_view own)
{
    constexpr std::string_view kSystem = "S-1-5-18", kAdministrators = "S-1-5-32-544", kServices = "S-1-5-80-";
    return sid == kSystem || sid == kAdministrators || sid.starts_with(kServices) || (!own.empty() && sid == own);
}

std::string ownSid()
{
    HANDLE opened = nullptr;
    if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &opened))
        return {};
    const Handle token(opened);
    alignas(TOKEN_USER) std::array<unsigned char, sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE> bytes{};
    DWORD size = 0;
    if (!::GetTokenInformation(opened, TokenUser, bytes.data(), static_cast<DWORD>(bytes.size()), &size))
        return {};
    return textOf(reinterpret_cast<const TOKEN_USER*>(bytes.data())->User.Sid);
}

Result<void> checkOwner(void* owner, const std::string& path)
{
    if (isTrustedOwner(textOf(owner), ownSid()))
        return {};
    std::string typed = path; // as a program of Windows takes it: to those a slash begins an option
    std::ranges::replace(typed, '/', '\\');
    return fail(ErrorCode::Denied,
        typed + ": belongs to " + (owner == nullptr ? "nobody" : nameOf(owner)) +
            ", who may change it. Look at what is in it; then remove it, or give it to the administrators: icacls \"" +
            typed + "\" /setowner *S-1-5-32-544 /t");
}

Result<void> checkOwner(const std::string& path)
{
    return checkOwnerOf(path, FILE_FLAG_OPEN_REPARSE_POINT).and_then([&] { return checkOwnerOf(path, 0); });
}

std::string privateAccessList(bool isFolder, const std::string& own, std::span<const std::string> services)
{
    std::vector<std::string> accounts{"SY", "BA"};
    accounts.insert(accounts.end(), services.begin(), services.end());
    if (!own.empty() && std::ranges::find(accounts, own) == accounts.end())
        accounts.push_back(own);
    std::string list = "D:P";
    for (const std::string& account : accounts)
        list += std::string(isFolder ? "(A;OICI;FA;;;" : "(A;;FA;;;") + account + ')';
    return list;
}

} // namespace sextant::process
