// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/private_files.h"

#include "process/windows/file_owner.h"
#include "process/windows/owned.h"
#include "process/windows/wide_text.h"

#include <aclapi.h>
#include <sddl.h>
#include <windows.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

namespace sextant::process {
namespace {

constexpr std::size_t kMaxBytes = 1U << 20;
constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
constexpr DWORD kMayRead = FILE_READ_DATA | GENERIC_READ | GENERIC_ALL;

Handle opened(const std::string& path, DWORD access, DWORD disposition, SECURITY_ATTRIBUTES* security = nullptr)
{
    // Backup semantics: folders can be opened, too.
    HANDLE handle =
        CreateFileW(wide(path).c_str(), access, kShareAll, security, disposition, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
    return Handle(handle == INVALID_HANDLE_VALUE ? nullptr : handle);
}

tl::unexpected<Error> systemError(const std::string& path, DWORD error = GetLastError())
{
    ErrorCode code = ErrorCode::Io;
    if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND)
        code = ErrorCode::NotFound;
    else if (error == ERROR_ACCESS_DENIED || error == ERROR_WRITE_PROTECT || error == ERROR_PRIVILEGE_NOT_HELD)
        code = ErrorCode::Denied;
    else if (error == ERROR_FILE_EXISTS || error == ERROR_ALREADY_EXISTS)
        code = ErrorCode::Conflict;
    return fail(code, path + ": " + systemMessage(error));
}

std::string folderOf(const std::string& path)
{
    return narrow(std::filesystem::path(wide(path)).parent_path().native());
}

/// Whether this process may do what administrators may, as the system and a program started "as administrator" may.
bool isAdministrator()
{
    alignas(SID) std::array<unsigned char, SECURITY_MAX_SID_SIZE> administrators{};
    auto size = static_cast<DWORD>(administrators.size());
    BOOL isMember = FALSE;
    return CreateWellKnownSid(WinBuiltinAdministratorsSid, nullptr, administrators.data(), &size) &&
           CheckTokenMembership(nullptr, administrators.data(), &isMember) && isMember;
}

bool isServiceAccount(PSID sid)
{
    const SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY;
    const bool isNt = std::equal(std::begin(nt.Value), std::end(nt.Value), GetSidIdentifierAuthority(sid)->Value);
    return isNt && *GetSidSubAuthorityCount(sid) > 0 && *GetSidSubAuthority(sid, 0) == SECURITY_SERVICE_ID_BASE_RID;
}

/// The entries of an access list that allow something, each with the SID that it is for.
std::vector<std::pair<const ACCESS_ALLOWED_ACE*, PSID>> allowances(PACL list)
{
    std::vector<std::pair<const ACCESS_ALLOWED_ACE*, PSID>> found;
    for (DWORD i = 0; list && i < list->AceCount; ++i) {
        void* entry = nullptr;
        if (!GetAce(list, i, &entry))
            continue;
        const auto* allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);
        if (allowed->Header.AceType == ACCESS_ALLOWED_ACE_TYPE)
            found.emplace_back(allowed, const_cast<DWORD*>(&allowed->SidStart));
    }
    return found;
}

/// The services that a folder and all that is made in it belongs to (letServiceOwn()), as text.
std::vector<std::string> servicesThatOwn(const std::string& folder)
{
    const Handle file = opened(folder, READ_CONTROL, OPEN_EXISTING);
    PACL list = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    if (!file || GetSecurityInfo(file.get(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr, &list,
                     nullptr, &descriptor) != ERROR_SUCCESS)
        return {};
    const Local<void> memory(descriptor);
    std::vector<std::string> services;
    for (const auto& [allowed, sid] : allowances(list)) {
        wchar_t* text = nullptr;
        if (allowed->Mask == FILE_ALL_ACCESS && (allowed->Header.AceFlags & OBJECT_INHERIT_ACE) != 0 &&
            isServiceAccount(sid) && ConvertSidToStringSidW(sid, &text)) {
            services.push_back(narrow(text));
            LocalFree(text);
        }
    }
    return services;
}

/// Protected from what the parent folder would hand down: system, administrators, the service that the folder belongs
/// to, which is to read what an administrator's `restore` puts there, and who makes it. An administrator does so as one
/// of them: by his own name his programs without those rights could read it, too.
Result<Local<void>> ownersOnly(bool isFolder, const std::string& parent)
{
    const std::wstring list =
        wide(privateAccessList(isFolder, isAdministrator() ? std::string() : ownSid(), servicesThatOwn(parent)));
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(list.c_str(), SDDL_REVISION_1, &descriptor, nullptr))
        return systemError("access list");
    return Local<void>(descriptor);
}

/// The system, the administrators, the owner, and services' own accounts (S-1-5-80-…) are no others.
bool isOther(PSID sid, PSID owner)
{
    if (EqualSid(sid, owner) || IsWellKnownSid(sid, WinLocalSystemSid) ||
        IsWellKnownSid(sid, WinBuiltinAdministratorsSid))
        return false;
    return !isServiceAccount(sid);
}

/// Denied when the owner is one who could let himself in.
Result<bool> othersMayRead(HANDLE file, const std::string& path)
{
    PSID owner = nullptr;
    PACL list = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    const DWORD error = GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
        &owner, nullptr, &list, nullptr, &descriptor);
    if (error != ERROR_SUCCESS)
        return systemError(path, error);
    const Local<void> memory(descriptor);
    if (auto trusted = checkOwner(owner, path); !trusted)
        return tl::unexpected(trusted.error());
    if (!list)
        return true; // no list: everybody
    return std::ranges::any_of(allowances(list),
        [&](const auto& entry) { return (entry.first->Mask & kMayRead) != 0 && isOther(entry.second, owner); });
}

Result<void> closeToOthers(const std::string& path, bool isFolder)
{
    const auto descriptor = ownersOnly(isFolder, folderOf(path));
    if (!descriptor)
        return tl::unexpected(descriptor.error());
    const Handle file = opened(path, READ_CONTROL | WRITE_DAC, OPEN_EXISTING);
    BOOL present = FALSE;
    BOOL defaulted = FALSE;
    PACL list = nullptr;
    if (!file || !GetSecurityDescriptorDacl(descriptor->get(), &present, &list, &defaulted))
        return systemError(path);
    const DWORD error = SetSecurityInfo(file.get(), SE_FILE_OBJECT,
        DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, nullptr, nullptr, list, nullptr);
    return error == ERROR_SUCCESS ? Result<void>() : systemError(path, error);
}

Result<Handle> makePrivate(const std::string& path, DWORD disposition)
{
    auto descriptor = ownersOnly(false, folderOf(path));
    if (!descriptor)
        return tl::unexpected(descriptor.error());
    SECURITY_ATTRIBUTES security{sizeof(SECURITY_ATTRIBUTES), descriptor->get(), FALSE};
    Handle file = opened(path, GENERIC_READ | GENERIC_WRITE, disposition, &security);
    if (!file)
        return systemError(path);
    return file;
}

Result<void> writeAll(HANDLE file, std::string_view bytes, const std::string& path)
{
    while (!bytes.empty()) {
        DWORD written = 0;
        if (!WriteFile(file, bytes.data(), static_cast<DWORD>(std::min(bytes.size(), kMaxBytes)), &written, nullptr))
            return systemError(path);
        bytes.remove_prefix(written);
    }
    return FlushFileBuffers(file) ? Result<void>() : systemError(path);
}

/// Puts a file in another's place. Who looks for viruses or indexes, and who copies, holds a file for a moment and lets
/// nobody replace it meanwhile; a system that is asked then says "access denied" as well as "in use".
DWORD moveOver(const std::string& from, const std::string& to)
{
    constexpr int kTries = 20;
    constexpr DWORD kPauseMs = 50;
    for (int tries = 1;; ++tries) {
        if (MoveFileExW(wide(from).c_str(), wide(to).c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0)
            return ERROR_SUCCESS;
        const DWORD error = GetLastError();
        const bool mayPass =
            error == ERROR_SHARING_VIOLATION || error == ERROR_LOCK_VIOLATION || error == ERROR_ACCESS_DENIED;
        if (!mayPass || tries == kTries)
            return error;
        Sleep(kPauseMs);
    }
}

} // namespace

Result<void> preparePrivateFolder(const std::string& folder)
{
    std::error_code error;
    // Those above it that are missing, too: in C:\ProgramData all users of the machine may put something into a folder
    // that is made without an access list of its own.
    const std::string parent = folderOf(folder);
    if (!parent.empty() && parent != folder && !std::filesystem::exists(wide(parent), error)) {
        if (auto made = preparePrivateFolder(parent); !made)
            return made;
    }
    auto descriptor = ownersOnly(true, parent);
    if (!descriptor)
        return tl::unexpected(descriptor.error());
    SECURITY_ATTRIBUTES security{sizeof(SECURITY_ATTRIBUTES), descriptor->get(), FALSE};
    if (CreateDirectoryW(wide(folder).c_str(), &security))
        return {};
    if (GetLastError() != ERROR_ALREADY_EXISTS)
        return systemError(folder);
    if (!std::filesystem::is_directory(wide(folder), error))
        return fail(ErrorCode::Conflict, folder + ": is no folder");
    if (auto trusted = checkOwner(folder); !trusted)
        return trusted;
    const Handle made = opened(folder, READ_CONTROL, OPEN_EXISTING);
    if (!made)
        return systemError(folder);
    const auto open = othersMayRead(made.get(), folder);
    if (!open)
        return tl::unexpected(open.error());
    return *open ? closeToOthers(folder, true) : Result<void>();
}

Result<void> createPrivateFile(const std::string& path, std::string_view bytes)
{
    auto file = makePrivate(path, CREATE_NEW);
    if (!file)
        return tl::unexpected(file.error());
    auto done = writeAll(file->get(), bytes, path);
    file->reset();
    if (!done)
        DeleteFileW(wide(path).c_str());
    return done;
}

Result<void> ensurePrivateFile(const std::string& path)
{
    return makePrivate(path, OPEN_ALWAYS).and_then([&](const Handle& file) -> Result<void> {
        const auto open = othersMayRead(file.get(), path);
        if (!open)
            return tl::unexpected(open.error());
        return *open ? closeToOthers(path, false) : Result<void>();
    });
}

Result<void> replacePrivateFile(const std::string& path, std::string_view bytes)
{
    const std::string temporary = path + ".new";
    DeleteFileW(wide(temporary).c_str()); // left over from a crash
    return createPrivateFile(temporary, bytes).and_then([&]() -> Result<void> {
        const DWORD error = moveOver(temporary, path);
        if (error != ERROR_SUCCESS)
            DeleteFileW(wide(temporary).c_str());
        return error == ERROR_SUCCESS ? Result<void>() : systemError(path, error);
    });
}

Result<std::string> readPrivateFile(const std::string& path)
{
    const Handle file = opened(path, GENERIC_READ, OPEN_EXISTING);
    if (!file)
        return systemError(path);
    const auto open = othersMayRead(file.get(), path);
    if (!open)
        return tl::unexpected(open.error());
    if (*open)
        return fail(ErrorCode::Denied,
            path + ": may be read by others than its owner, the system and administrators; take their rights, or enrol "
                   "again");
    std::string bytes;
    std::array<char, 4096> block{};
    while (bytes.size() <= kMaxBytes) {
        DWORD size = 0;
        if (!ReadFile(file.get(), block.data(), static_cast<DWORD>(block.size()), &size, nullptr))
            return systemError(path);
        if (size == 0)
            return bytes;
        bytes.append(block.data(), size);
    }
    return fail(ErrorCode::TooLarge, path + ": larger than 1 MiB");
}

std::uint64_t fileVersion(const std::string& path)
{
    const Handle file = opened(path, FILE_READ_ATTRIBUTES, OPEN_EXISTING);
    BY_HANDLE_FILE_INFORMATION facts{};
    if (!file || !GetFileInformationByHandle(file.get(), &facts))
        return 0;
    std::uint64_t version = 0xcbf29ce484222325ULL;
    for (const DWORD value : {facts.nFileIndexHigh, facts.nFileIndexLow, facts.ftLastWriteTime.dwHighDateTime,
             facts.ftLastWriteTime.dwLowDateTime, facts.ftCreationTime.dwLowDateTime, facts.nFileSizeLow})
        version = (version ^ value) * 0x100000001b3ULL;
    return version == 0 ? 1 : version;
}

Result<void> syncFile(const std::string& path)
{
    const Handle file = opened(path, GENERIC_WRITE, OPEN_EXISTING);
    return file && FlushFileBuffers(file.get()) ? Result<void>() : systemError(path);
}

} // namespace sextant::process
